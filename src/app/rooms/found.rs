//! The search in the room. Without scripts it is a plain form, and what it finds are links.

use super::{
    PATH,
    chat::{Chat, Found},
    line::Line,
    moves,
    text::{texts, words},
    times::{day_name, machine, time_of_day},
};
use crate::app::{language, line};
use leptos::{ev, html, prelude::*};

/// The field, and what was found.
#[component]
pub(super) fn Search(chat: Chat) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let sought = chat.found.with_untracked(|found| found.as_ref().map(|found| found.words.clone()));
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
                    value=sought aria-label=words(|texts| texts.search) placeholder=words(|texts| texts.search) node_ref=field/>
            </form>
            {move || chat.found.get().map(|found| view! { <Hits chat found close/> })}
        </search>
    }
}

/// What was found.
#[component]
fn Hits(chat: Chat, found: Found, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let Found { words: sought, lines, has_more, problem } = found;
    let (count, more) = (lines.len(), if has_more { "+" } else { "" });
    let title = move || match &problem {
        Some(problem) => (texts().search_failed)(problem),
        None if count == 0 => (texts().found_none)(&sought),
        None => (texts().found)(&sought, &format!("{count}{more}")),
    };
    let hit = move |hit: Line| {
        let id = StoredValue::new(hit.id.clone());
        let href = format!("{PATH}/{}?at={}", chat.name(), hit.id);
        let day = day_name(hit.time, untrack(language).tag());
        let time = format!("{day} {}", time_of_day(hit.time));
        view! {
            <li>
                <a href=href on:click=move |event| {
                    event.prevent_default();
                    moves::go_to(chat, id.get_value());
                }>
                    <span class="hit-head">
                        <bdi>{hit.name}</bdi>
                        <time datetime=machine(hit.time)>{time}</time>
                    </span>
                    <span class="hit-text" dir="auto">{hit.text}</span>
                </a>
            </li>
        }
    };
    view! {
        <div class="hits panel">
            <header>
                <p role="status">{line(title)}</p>
                <button class="button quiet" r#type="button" on:click=move |_| close()>
                    {words(|texts| texts.close)}
                </button>
            </header>
            <ul>{lines.into_iter().map(hit).collect::<Vec<_>>()}</ul>
        </div>
    }
}
