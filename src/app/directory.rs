//! The channels that there are.

use super::{terminal::Command, words};
use leptos::prelude::*;

/// A link to each channel, or how to make the first.
#[component]
pub(super) fn Directory(channels: Vec<String>) -> impl IntoView {
    let is_empty = channels.is_empty();
    view! {
        <section class="panel directory" id="messages" aria-labelledby="directory-title">
            <header class="messages-head">
                <h2 id="directory-title">{words(|texts| texts.directory)}</h2>
                <span class="count">{channels.len()}</span>
            </header>
            <ul class="directory-list">
                {channels
                    .into_iter()
                    .map(|name| {
                        // A channel's name stands in a URL as it is.
                        view! {
                            <li>
                                <a href=format!("/?channel={name}")>{name.clone()}</a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            {is_empty
                .then(|| {
                    view! {
                        <div class="empty">
                            <p>{words(|texts| texts.directory_empty)}</p>
                            <Command path="/api/channels/news/messages".to_owned() options="-d 'hello'"/>
                        </div>
                    }
                })}
        </section>
    }
}
