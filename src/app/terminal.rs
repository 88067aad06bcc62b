//! The commands that do the same in a terminal.

use super::{
    Address,
    clipboard::{self, COPIED},
    texts, words,
};
use crate::model::{DEMO_PATH, source::Source};
use leptos::{prelude::*, task::spawn_local};

/// The commands for what the page is about, ready to copy.
#[component]
pub(super) fn Terminal(source: Source) -> impl IntoView {
    let channel = source.selection().and_then(|selection| selection.channel());
    let path = source.stream().unwrap_or_else(|| DEMO_PATH.to_owned());
    view! {
        <section class="terminal">
            <h2>{words(|texts| texts.terminal)}</h2>
            <Command path options="-N"/>
            {channel
                .map(|channel| {
                    view! {
                        <h2>{words(|texts| texts.terminal_publish)}</h2>
                        <Command path=format!("/api/channels/{channel}/messages") options="-d 'hello'"/>
                    }
                })}
            <a href="/docs/api">{words(|texts| texts.api)}</a>
        </section>
    }
}

/// A `curl` command for a path of this server.
#[component]
pub(super) fn Command(path: String, options: &'static str) -> impl IntoView {
    let address: Address = expect_context();
    let command = move || {
        let url = format!("{}{path}", address.0.get());
        // In a shell these mean something.
        let quote = if url.contains(['?', '&', '*']) { "'" } else { "" };
        format!("curl {options} {quote}{url}{quote}")
    };
    let text = command.clone();
    let copied = RwSignal::new(false);
    Effect::new(move || {
        if copied.get()
            && let Ok(timer) = set_timeout_with_handle(move || copied.set(false), COPIED)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let copy = move |_| {
        let command = command();
        spawn_local(async move {
            // Where it is not, the command can be selected by hand.
            let is_copied = clipboard::write(&command).await;
            copied.try_set(is_copied);
        });
    };
    view! {
        <span class="command">
            <code>{text}</code>
            <button class="button quiet" r#type="button" data-early on:click=copy>
                {move || if copied.get() { texts().copied } else { texts().copy }}
            </button>
        </span>
    }
}
