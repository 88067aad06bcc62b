//! Copies what a person may want elsewhere.

use super::{
    super::{
        super::{
            Address,
            clipboard::{Copied, Copying},
        },
        text::texts,
    },
    curl,
};
use crate::client::feed::Event;
use leptos::prelude::*;
use std::sync::Arc;

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

/// A button for each part, and what became of the last copy.
#[component]
pub(super) fn CopyButtons(event: Arc<Event>) -> impl IntoView {
    let address: Address = expect_context();
    let copying = Copying::new();
    let buttons = [Part::Data, Part::Id, Part::Raw, Part::Curl].into_iter().filter(|part| part.is_of(&event));
    let buttons = buttons
        .map(|part| {
            let event = event.clone();
            let press = move |_| copying.copy(part.text(&event, &address.0.get_untracked()));
            view! {
                <button class="button quiet" r#type="button" on:click=press>{move || part.label()}</button>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="copies">
            {buttons}
            <Copied copying copied=|| texts().copied by_hand=|| texts().copy_by_hand/>
        </div>
    }
}
