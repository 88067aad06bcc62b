//! An exchange: what was asked, the answer, and what can be done with it.

use super::{
    super::clipboard::{Copied, Copying},
    conversation::{Activity, Ending, State, title},
    html::html,
    live::{Conversation, Shown},
    text::{texts, words},
};
use crate::{
    api::{Ask, Stop},
    client::{IS_BROWSER, clock},
};
use leptos::{ev, html as tags, prelude::*, server_fn::ServerFn};
use std::time::Duration;
use web_sys::HtmlElement;

/// An exchange of the conversation.
#[component]
pub(super) fn Article(conversation: Conversation, number: usize) -> impl IntoView {
    let shown = conversation.shown(number)?;
    let answer = NodeRef::<tags::Div>::new();
    Effect::new(move || {
        if let Some(place) = answer.get() {
            conversation.show(number, &place);
        }
    });
    let exchange = |exchange: &super::conversation::Exchange| {
        // The browser goes on with what the server rendered, or paints it.
        let markup = if IS_BROWSER {
            String::new()
        } else {
            format!("<div>{}</div>", html(&exchange.text, !exchange.runs()))
        };
        (exchange.reply.clone(), exchange.prompt.clone(), markup)
    };
    let (reply, prompt, markup) = conversation.with(number, exchange)?;
    let (heading, name) = (format!("q-{reply}"), title(&prompt));
    let runs = move || shown.state.with(|state| matches!(state, State::Runs(_)));
    Some(view! {
        <article class="exchange" aria-labelledby=heading>
            <h2 class="unseen" id=heading.clone()>{move || (texts().question)(&name)}</h2>
            <p class="prompt">{prompt.clone()}</p>
            <div class="answer" data-reply=reply.clone() aria-busy=move || runs().to_string() inner_html=markup
                node_ref=answer></div>
            <Standing shown/>
            <Buttons conversation number shown reply prompt/>
        </article>
    })
}

/// What the answer is doing, or how it ended, where that is worth a word.
#[component]
fn Standing(shown: Shown) -> impl IntoView {
    let kind = move || {
        shown.state.with(|state| match state {
            State::Runs(_) => "runs",
            State::Over(Ending::Failed(_)) => "failed",
            State::Over(_) => "over",
        })
    };
    let line = move || {
        shown.state.with(|state| match state {
            State::Runs(Activity::Waiting) if shown.has_text.get() => (texts().activity)(&Activity::Writing),
            State::Runs(activity) => (texts().activity)(activity),
            State::Over(Ending::Failed(failure)) => (texts().failed)(&failure.kind).to_owned(),
            State::Over(Ending::Stopped) => texts().stopped.to_owned(),
            State::Over(Ending::Length) => texts().length.to_owned(),
            State::Over(Ending::Finished) if !shown.has_text.get() => texts().empty.to_owned(),
            State::Over(Ending::Finished) => String::new(),
        })
    };
    let line = Memo::new(move |_| line());
    let failure = move || {
        shown.state.with(|state| match state {
            State::Over(Ending::Failed(failure)) => Some(failure.clone()),
            _ => None,
        })
    };
    let left = RwSignal::new(0);
    Effect::new(move || {
        let Some(again) = failure().and_then(|failure| failure.again) else { return };
        let count = move || left.set(again.saturating_sub(clock::now()).div_ceil(1_000));
        count();
        if left.get_untracked() > 0
            && let Ok(timer) = set_interval_with_handle(count, Duration::from_secs(1))
        {
            on_cleanup(move || timer.clear());
        }
    });
    view! {
        <p class="gap" hidden=move || !shown.has_gap.get()>{words(|texts| texts.gap)}</p>
        <div class="standing" data-kind=kind hidden=move || line.with(String::is_empty)>
            <p class="standing-line">{line}</p>
            // The server's own words, which are English.
            <p class="standing-detail" lang="en">{move || failure().map(|failure| failure.detail)}</p>
            <p class="standing-detail">{move || (left.get() > 0).then(|| (texts().again_in)(left.get()))}</p>
        </div>
    }
}

/// Stop while it runs; then try again, and copy.
#[component]
fn Buttons(
    conversation: Conversation,
    number: usize,
    shown: Shown,
    reply: String,
    prompt: String,
) -> impl IntoView {
    let runs = Memo::new(move |_| shown.state.with(|state| matches!(state, State::Runs(_))));
    let is_stopping = RwSignal::new(false);
    let (stop, again) = (NodeRef::<tags::Button>::new(), NodeRef::<tags::Button>::new());
    // Who has pressed Stop by keyboard goes on at the button that takes its place.
    Effect::new(move |was_focused: Option<bool>| {
        if runs.get() {
            return false;
        }
        if was_focused.is_some()
            && let (Some(stop), Some(again)) = (stop.get_untracked(), again.get_untracked())
            && is_focused(&stop)
        {
            request_animation_frame(move || drop(again.focus()));
        }
        true
    });
    let press_stop = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !is_stopping.get_untracked() {
            is_stopping.set(true);
            conversation.stop(number, move || {
                // It may be gone by now.
                let _ = is_stopping.try_set(false);
            });
        }
    };
    let asked = StoredValue::new(prompt.clone());
    let press_again = move |event: ev::SubmitEvent| {
        event.prevent_default();
        conversation.ask(asked.get_value(), || {});
    };
    view! {
        <div class="exchange-buttons">
            <form method="post" action=Stop::PATH hidden=move || !runs.get() on:submit=press_stop>
                <input type="hidden" name="reply" value=reply/>
                <button class="button danger" node_ref=stop aria-disabled=move || is_stopping.get().to_string()>
                    {move || if is_stopping.get() { texts().stopping } else { texts().stop }}
                </button>
            </form>
            <form method="post" action=Ask::PATH hidden=move || runs.get() on:submit=press_again>
                <input type="hidden" name="thread" value=conversation.thread()/>
                <input type="hidden" name="prompt" value=prompt/>
                <button class="button quiet" node_ref=again
                    aria-disabled=move || conversation.runs.get().to_string()>
                    {words(|texts| texts.again)}
                </button>
            </form>
            {IS_BROWSER.then(|| view! { <Copy conversation number shown/> })}
        </div>
    }
}

fn is_focused(button: &HtmlElement) -> bool {
    document().active_element().is_some_and(|active| active.is_same_node(Some(button)))
}

/// Copies the answer as it was written: Markdown.
#[component]
fn Copy(conversation: Conversation, number: usize, shown: Shown) -> impl IntoView {
    let copying = Copying::new();
    let press = move |_| {
        copying.copy(conversation.with(number, |exchange| exchange.text.clone()).unwrap_or_default());
    };
    let is_idle = move || !shown.has_text.get() || shown.state.with(|state| matches!(state, State::Runs(_)));
    view! {
        <button class="button quiet" type="button" hidden=is_idle on:click=press>{words(|texts| texts.copy)}</button>
        <Copied copying copied=|| texts().copied by_hand=|| texts().copy_by_hand/>
    }
}
