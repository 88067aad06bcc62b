//! Publishes to the page's channel. Without scripts it is a plain form.

use super::{texts, words};
use crate::{
    api::Publish,
    client::call,
    model::{EventName, channel::Channel, problem::Problem},
};
use leptos::{ev, html, prelude::*, server_fn::ServerFn, task::spawn_local};

/// The most lines that the field grows to by itself.
const MAX_LINES: usize = 8;

/// Pressing Enter while an input method is composing has this code in browsers that end the composition first.
const COMPOSING: u32 = 229;

/// Whether this key sends what is written: Enter, unless it is for a new line or for an input method.
pub(super) fn sends(event: &ev::KeyboardEvent) -> bool {
    let composes = event.is_composing() || event.key_code() == COMPOSING;
    event.key() == "Enter" && !event.shift_key() && !composes
}

/// What became of what was written.
#[derive(Clone, Debug, Default, PartialEq)]
enum State {
    #[default]
    Writing,
    Sending,
    Sent,
    Failed(Problem),
}

/// A message on its way. Its key stays the same until the server has acknowledged it, so that it is published once
/// however often it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Draft {
    data: String,
    event: String,
    key: String,
}

impl Draft {
    /// This one, or another with a key of its own where something else is written now.
    fn written(self, data: String, event: String) -> Self {
        if self.data == data && self.event == event { self } else { Self { data, event, key: key() } }
    }
}

/// An idempotency key that nobody else has.
pub(super) fn key() -> String {
    let bits = || (js_sys::Math::random() * 2f64.powi(53)) as u64;
    format!("page-{:x}-{:x}", bits(), bits())
}

/// The form.
#[component]
pub(super) fn Composer(channel: Channel) -> impl IntoView {
    let state = RwSignal::new(State::default());
    let lines = RwSignal::new(1);
    let draft = StoredValue::new(Draft::default());
    let (text, event) = (NodeRef::<html::Textarea>::new(), NodeRef::<html::Input>::new());
    let name = StoredValue::new(channel.to_string());
    let send = move || {
        let (Some(text), Some(event)) = (text.get_untracked(), event.get_untracked()) else { return };
        if text.value().is_empty() || state.with_untracked(|state| *state == State::Sending) {
            return;
        }
        draft.update_value(|draft| *draft = std::mem::take(draft).written(text.value(), event.value()));
        let Draft { data, event, key } = draft.get_value();
        state.set(State::Sending);
        spawn_local(async move {
            let name = name.get_value();
            let message = [("channel", &*name), ("data", &data), ("event", &event), ("key", &key)];
            match call::call(Publish::PATH, &message).await {
                Ok(_) => {
                    draft.set_value(Draft::default());
                    text.set_value("");
                    lines.set(1);
                    state.set(State::Sent);
                }
                Err(problem) => state.set(State::Failed(problem)),
            }
        });
    };
    let press = move |event: ev::KeyboardEvent| {
        if sends(&event) {
            event.prevent_default();
            send();
        }
    };
    let write = move |event: ev::Event| {
        lines.set(event_target_value(&event).split('\n').count().min(MAX_LINES));
        state.maybe_update(|state| matches!(std::mem::take(state), State::Sent | State::Failed(_)));
    };
    let is_sending = Memo::new(move |_| state.with(|state| *state == State::Sending));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <form class="composer" method="post" action=Publish::PATH aria-label=words(|texts| texts.compose)
            data-state=move || state.with(state_name) on:submit=submit>
            <input type="hidden" name="channel" value=channel.to_string()/>
            <textarea class="field" name="data" aria-keyshortcuts="m" required rows=move || lines.get().to_string()
                aria-label=move || (texts().compose_to)(channel.as_str()) placeholder=words(|texts| texts.compose_hint)
                aria-describedby="composer-state" prop:readOnly=is_sending node_ref=text on:keydown=press
                on:input=write></textarea>
            <input class="field" name="event" type="text" maxlength=EventName::MAX_BYTES.to_string()
                autocomplete="off" autocapitalize="none" spellcheck="false" aria-label=words(|texts| texts.event_name)
                placeholder=words(|texts| texts.event_name) prop:readOnly=is_sending node_ref=event/>
            <button class="button primary" aria-disabled=move || is_sending.get().to_string()>
                {move || state.with(|state| match state {
                    State::Failed(_) => texts().send_again,
                    _ => texts().send,
                })}
            </button>
            <p class="composer-state" id="composer-state" role="status">
                {move || state.with(state_text)}
            </p>
        </form>
    }
}

/// The state's name for the styles.
fn state_name(state: &State) -> &'static str {
    match state {
        State::Writing => "writing",
        State::Sending => "sending",
        State::Sent => "sent",
        State::Failed(_) => "failed",
    }
}

fn state_text(state: &State) -> String {
    let texts = texts();
    match state {
        State::Writing => texts.compose_keys.to_owned(),
        State::Sending => texts.sending.to_owned(),
        State::Sent => texts.sent.to_owned(),
        State::Failed(problem) => (texts.not_sent)(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_keeps_its_key_until_something_else_is_written() {
        let draft =
            |data: &str, event: &str| Draft { data: data.into(), event: event.into(), key: "k".into() };
        assert_eq!(draft("a", "").written("a".into(), String::new()), draft("a", ""));
    }
}
