//! Copies what a person may want elsewhere.

use super::{
    super::{
        super::{Address, clipboard},
        text::texts,
    },
    curl,
};
use crate::client::feed::Event;
use leptos::{html, prelude::*, task::spawn_local};
use std::{sync::Arc, time::Duration};

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
            let is_copied = clipboard::write(&text).await
                || field.try_get_untracked().flatten().is_some_and(|field| clipboard::select(&field, &text));
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
