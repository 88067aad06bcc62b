//! What there is to see of a notice, in a toast and in the list.

use super::{
    notice::{Level, Notice},
    text::texts,
};
use crate::client::clock;
use leptos::prelude::*;
use std::sync::Arc;

/// The level, the texts, and where it came from and leads to. Texts are set as texts, so nothing of it becomes markup.
#[component]
pub(super) fn Entry(
    notice: Arc<Notice>,
    /// When the link is followed.
    follow: impl Fn() + 'static,
) -> impl IntoView {
    let Notice { title, message, channel, time, level, .. } = (*notice).clone();
    let link = notice.url.clone().map(|url| {
        let is_elsewhere = notice.host().is_some();
        let text = move || match notice.host() {
            Some(host) => (texts().open_host)(host),
            None => texts().open.to_owned(),
        };
        let (shown, name) = (text.clone(), title.clone());
        let label = move || format!("{}: {name}", text());
        view! {
            // Another site gets a page of its own, and is not told from where.
            <a href=url target=is_elsewhere.then_some("_blank") rel=is_elsewhere.then_some("noopener noreferrer")
                aria-label=label on:click=move |_| follow()>
                {shown}
            </a>
        }
    });
    view! {
        <svg class=format!("note-level {}", level.code()) viewBox="0 0 16 16" role="img"
            aria-label=move || (texts().level)(level)>
            <path d=mark(level)/>
        </svg>
        <div class="note-text">
            <p class="note-title" dir="auto">{title}</p>
            {(!message.is_empty()).then(|| view! { <p class="note-message" dir="auto">{message}</p> })}
            <p class="note-foot">
                {(!channel.is_empty()).then(|| view! { <span class="note-channel">{channel}</span> })}
                <span title=clock::date_and_zone(time)>{short(time)}</span>
                {link}
            </p>
        </div>
    }
}

/// A shape of its own for each level: colour alone would not tell them apart for everyone.
fn mark(level: Level) -> &'static str {
    match level {
        Level::Info => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13M8 7.3v4M8 4.7v.1",
        Level::Success => "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13M5 8.2l2.1 2.1L11.2 6",
        Level::Warning => "M8 2L14.8 13.8H1.2zM8 6.3v3.4M8 11.7v.1",
        Level::Error => "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM8 4.6v4.2M8 11.2v.1",
    }
}

/// The time to the minute, with the day where it is not today.
fn short(time: u64) -> String {
    let (text, now) = (clock::day_and_time(time), clock::day_and_time(clock::now()));
    let (day, minute) = (text.get(..5), text.get(6..11));
    let shown = if day == now.get(..5) { minute } else { text.get(..11) };
    shown.unwrap_or_default().to_owned()
}
