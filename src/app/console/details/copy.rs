//! Copies what a person may want elsewhere.

use super::{
    super::{super::Address, text::texts},
    curl,
};
use crate::client::feed::Event;
use leptos::{html, prelude::*, task::spawn_local};
use std::{sync::Arc, time::Duration};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlElement};

/// How long "copied" is shown.
const COPIED: Duration = Duration::from_secs(2);

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    None,
    Copied,
    /// The person must do it: the browser lets no script.
    ByHand,
}

/// What can be copied of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Data,
    Id,
    Raw,
    /// The command that would publish it again.
    Curl,
}

impl Part {
    fn is_of(self, event: &Event) -> bool {
        match self {
            Self::Data => true,
            Self::Id => !event.id.is_empty(),
            Self::Raw => event.raw.is_some(),
            Self::Curl => !event.channel.is_empty() && event.data.len() <= curl::MAX_BYTES,
        }
    }

    fn label(self) -> &'static str {
        let texts = texts();
        match self {
            Self::Data => texts.copy_data,
            Self::Id => texts.copy_id,
            Self::Raw => texts.copy_raw,
            Self::Curl => texts.copy_curl,
        }
    }

    fn text(self, event: &Event, origin: &str) -> String {
        match self {
            Self::Data => event.data.clone(),
            Self::Id => event.id.clone(),
            Self::Raw => event.raw.as_deref().unwrap_or_default().to_owned(),
            Self::Curl => {
                let url = [origin, "/api/channels/", &event.channel, "/messages"].concat();
                let name = if event.name == "message" { "" } else { &event.name };
                curl::command(&url, name, &event.data)
            }
        }
    }
}

/// A button for each part, what became of the last copy, and a field to copy from by hand.
#[component]
pub(super) fn CopyButtons(event: Arc<Event>) -> impl IntoView {
    let address: Address = expect_context();
    let outcome = RwSignal::new(Outcome::None);
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(move || {
        if outcome.get() == Outcome::Copied
            && let Ok(timer) = set_timeout_with_handle(move || outcome.set(Outcome::None), COPIED)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let copy = move |text: String| {
        outcome.set(Outcome::None);
        spawn_local(async move {
            let is_copied = write(&text).await
                || field.try_get_untracked().flatten().is_some_and(|field| select(&field, &text));
            // The row may be closed by now.
            outcome.try_set(if is_copied { Outcome::Copied } else { Outcome::ByHand });
        });
    };
    let buttons = [Part::Data, Part::Id, Part::Raw, Part::Curl].into_iter().filter(|part| part.is_of(&event));
    let buttons = buttons
        .map(|part| {
            let event = event.clone();
            let press = move |_| copy(part.text(&event, &address.0.get_untracked()));
            view! {
                <button class="button quiet" r#type="button" on:click=press>{move || part.label()}</button>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="copies">
            {buttons}
            <span class="copied" role="status">
                {move || match outcome.get() {
                    Outcome::None => "",
                    Outcome::Copied => texts().copied,
                    Outcome::ByHand => texts().copy_by_hand,
                }}
            </span>
            <textarea class="field by-hand" readonly rows="3" aria-label=move || texts().copy_by_hand
                hidden=move || outcome.get() != Outcome::ByHand node_ref=field></textarea>
        </div>
    }
}

/// Writes to the clipboard, and whether it did: there is none where the page did not come over a secure connection.
async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    if !js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_truthy()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Copies as a person would, in a field, and whether the browser did. Where it did not, the text is selected there.
fn select(field: &web_sys::HtmlTextAreaElement, text: &str) -> bool {
    let document = document();
    let before = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    field.set_value(text);
    field.set_hidden(false);
    field.select();
    let document = document.dyn_into::<HtmlDocument>();
    let is_copied = document.is_ok_and(|document| document.exec_command("copy").unwrap_or_default());
    if is_copied {
        field.set_hidden(true);
        let _ = before.map(|before| before.focus());
    } else {
        let _ = field.focus();
    }
    is_copied
}
