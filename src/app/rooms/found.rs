//! The search in the room. Without scripts it is a plain form, and what it finds are links.

use super::{
    PATH,
    chat::{Chat, Found},
    line::Line,
    moves,
    text::texts,
    times::{day_name, machine, time_of_day},
};
use crate::app::Chosen;
use leptos::{ev, html, prelude::*};

/// The field, and what was found.
#[component]
pub(super) fn Search(chat: Chat) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let words = chat.found.with_untracked(|found| found.as_ref().map(|found| found.words.clone()));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            moves::search(chat, field.value());
        }
    };
    let close = move || {
        chat.found.set(None);
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && chat.found.with_untracked(Option::is_some) {
            close();
        }
    };
    view! {
        <search class="room-search" on:keydown=press>
            <form action=format!("{PATH}/{}", chat.name()) on:submit=submit>
                <input class="field" r#type="search" name="q" required aria-keyshortcuts="/" autocomplete="off"
                    value=words aria-label=move || texts().search placeholder=move || texts().search node_ref=field/>
            </form>
            {move || chat.found.get().map(|found| view! { <Hits chat found close/> })}
        </search>
    }
}

/// What was found.
#[component]
fn Hits(chat: Chat, found: Found, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let Found { words, lines, problem } = found;
    let count = lines.len();
    let title = move || match &problem {
        Some(problem) => (texts().search_failed)(problem),
        None if count == 0 => (texts().found_none)(&words),
        None => (texts().found)(&words, count),
    };
    let hit = move |line: Line| {
        let id = StoredValue::new(line.id.clone());
        let href = format!("{PATH}/{}?at={}", chat.name(), line.id);
        let language =
            use_context::<Chosen>().map(|chosen| chosen.language.get_untracked()).unwrap_or_default();
        let time = format!("{} {}", day_name(line.time, language.tag()), time_of_day(line.time));
        view! {
            <li>
                <a href=href on:click=move |event| {
                    event.prevent_default();
                    moves::go_to(chat, id.get_value());
                }>
                    <span class="hit-head">
                        <bdi>{line.name}</bdi>
                        <time datetime=machine(line.time)>{time}</time>
                    </span>
                    <span class="hit-text" dir="auto">{line.text}</span>
                </a>
            </li>
        }
    };
    view! {
        <div class="hits panel">
            <header>
                <p role="status">{title}</p>
                <button class="button quiet" r#type="button" on:click=move |_| close()>
                    {move || texts().close}
                </button>
            </header>
            <ul>{lines.into_iter().map(hit).collect::<Vec<_>>()}</ul>
        </div>
    }
}
