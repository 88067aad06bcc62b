//! Where a prompt is written. Without scripts it is a plain form.

use super::{
    live::{Asking, Conversation},
    text::{texts, words},
};
use crate::{api::Ask, app::composer::sends};
use leptos::{ev, html, prelude::*, server_fn::ServerFn};

/// The form.
#[component]
pub(super) fn AskForm(conversation: Conversation) -> impl IntoView {
    let text = NodeRef::<html::Textarea>::new();
    let asking = conversation.asking;
    let is_sending = Memo::new(move |_| asking.with(|asking| *asking == Asking::Sending));
    let is_busy = move || conversation.runs.get() || is_sending.get();
    let send = move || {
        let Some(text) = text.get_untracked() else { return };
        if !text.value().trim().is_empty() {
            conversation.ask(text.value(), move || text.set_value(""));
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        if sends(&event) {
            event.prevent_default();
            send();
        }
    };
    let write = move |_| asking.maybe_update(|asking| matches!(std::mem::take(asking), Asking::Failed(_)));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let state = move || {
        asking.with(|asking| match asking {
            Asking::Failed(_) => "failed",
            Asking::Sending => "sending",
            Asking::Idle => "writing",
        })
    };
    let line = move || {
        asking.with(|asking| match asking {
            Asking::Sending => texts().asking.to_owned(),
            Asking::Failed(problem) => (texts().refused)(problem),
            Asking::Idle if conversation.runs.get() => texts().busy.to_owned(),
            Asking::Idle => texts().keys.to_owned(),
        })
    };
    view! {
        <form class="panel ask" method="post" action=Ask::PATH data-state=state on:submit=submit>
            <input type="hidden" name="thread" value=conversation.thread()/>
            <textarea class="field" name="prompt" aria-keyshortcuts="m" required rows="2"
                aria-label=words(|texts| texts.prompt) placeholder=words(|texts| texts.prompt_hint)
                aria-describedby="ask-state" prop:readOnly=is_sending node_ref=text on:keydown=press
                on:input=write></textarea>
            <button class="button primary" aria-disabled=move || is_busy().to_string()>
                {move || asking.with(|asking| match asking {
                    Asking::Failed(_) => texts().ask_again,
                    _ => texts().ask,
                })}
            </button>
            <p class="ask-state" id="ask-state" role="status">{line}</p>
        </form>
    }
}
