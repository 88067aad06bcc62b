//! The page: the threads, what was said in one, and where the next prompt is written.

use super::{
    super::{
        clipboard::{self, COPIED},
        console::mount,
    },
    Content, PATH, Summary,
    article::Article,
    ask::AskForm,
    dom::{COPY, add_copy, code_of},
    live::{Conversation, Left, Said},
    text::{texts, words},
};
use crate::client::{IS_BROWSER, machine::Status, stream::EventStream};
use leptos::{ev, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// All of it.
#[component]
pub(super) fn View(
    content: Content,
    /// What there is of it in the page already.
    left: Left,
) -> impl IntoView {
    let Content { thread, threads, exchanges, earlier, is_past, tail } = content;
    let has_thread = thread.is_some();
    let path = thread.as_ref().map_or_else(|| PATH.to_owned(), |thread| format!("{PATH}/{thread}"));
    let current = thread.clone().unwrap_or_default();
    let conversation = Conversation::new(thread, exchanges, left);
    let scroll = conversation.scroll;
    // What is past does not go on.
    let stream = if is_past { None } else { conversation.watch(tail) };
    let first = conversation.count.get_untracked();
    let articles = (0..first).map(|number| view! { <Article conversation number/> }).collect::<Vec<_>>();
    show_more(conversation, first, is_past);
    let click = move |event: ev::MouseEvent| {
        if let Some((button, code)) = code_of(event.target()) {
            copy(button, code);
        }
    };
    view! {
        <h1 class="unseen">{words(|texts| texts.title)}</h1>
        <Threads conversation threads current/>
        <div class="thread">
            <div class="exchanges" tabindex="0" role="region" aria-label=words(|texts| texts.exchanges)
                node_ref=scroll.list on:scroll=move |_| scroll.note() on:click=click>
                {earlier.map(|id| view! {
                    <a class="past" href=format!("{path}?before={id}")>{words(|texts| texts.earlier)}</a>
                })}
                <div class="welcome" hidden=move || has_thread || conversation.count.get() != 0>
                    <p class="welcome-title">{words(|texts| texts.welcome)}</p>
                    <p>{words(|texts| texts.welcome_detail)}</p>
                </div>
                {articles}
                {is_past.then(|| view! {
                    <a class="past" href=format!("{path}#newest")>{words(|texts| texts.later)}</a>
                })}
            </div>
            // Who comes to this by its address is at the newest, without scripts.
            <span id="newest"></span>
            {(!IS_BROWSER && conversation.runs.get_untracked()).then(|| view! {
                <p class="reload"><a href=format!("{path}#newest")>{words(|texts| texts.reload)}</a></p>
            })}
            <button class="button newest" type="button" hidden=move || !scroll.is_away.get()
                on:click=move |_| scroll.to_newest()>
                {words(|texts| texts.newest)}
            </button>
            {IS_BROWSER.then(|| view! { <Connection stream/> })}
            {(!is_past).then(|| view! { <AskForm conversation/> })}
            <p class="unseen" role="status">{move || match conversation.said.get() {
                Said::Nothing => "",
                Said::Started => texts().started,
                Said::Finished => texts().finished,
                Said::Stopped => texts().stopped,
                Said::Broken => texts().broken,
            }}</p>
        </div>
    }
}

/// Shows the exchanges that come, and stays at the newest.
fn show_more(conversation: Conversation, first: usize, is_past: bool) {
    let (scroll, owner) = (conversation.scroll, Owner::current().unwrap_or_default());
    Effect::new(move |before: Option<usize>| {
        let count = conversation.count.get();
        let Some(list) = scroll.list.get() else { return first };
        match before {
            // Once it is in the document, with the answers that the server rendered.
            None if !is_past => request_animation_frame(move || scroll.to_newest()),
            _ => {}
        }
        for number in before.unwrap_or(first)..count {
            mount(&list, &owner.child(), || view! { <Article conversation number/> });
            scroll.follow();
        }
        count
    });
    // On a small screen it is the page that scrolls.
    Effect::new(move || {
        let listener = window_event_listener(ev::scroll, move |_| scroll.note());
        on_cleanup(move || listener.remove());
    });
    // Buttons that are made one by one, in the language that is chosen.
    Effect::new(move || {
        let label = texts().copy;
        let Some(list) = scroll.list.get() else { return };
        request_animation_frame(move || label_copies(&list, label));
    });
}

/// Labels the buttons that copy code, and adds them to what the server rendered.
fn label_copies(list: &Element, label: &str) {
    let Ok(heads) = list.query_selector_all(".code-head") else { return };
    for head in (0..heads.length()).filter_map(|number| heads.get(number)?.dyn_into::<Element>().ok()) {
        match head.query_selector(&format!(".{COPY}")) {
            Ok(Some(button)) => button.set_text_content(Some(label)),
            _ => add_copy(&head, label),
        }
    }
}

/// Copies code, and says so in the button.
fn copy(button: Element, code: String) {
    spawn_local(async move {
        if !clipboard::write(&code).await {
            return;
        }
        button.set_text_content(Some(untrack(|| texts().copied)));
        set_timeout(move || button.set_text_content(Some(untrack(|| texts().copy))), COPIED);
    });
}

/// The threads.
#[component]
fn Threads(conversation: Conversation, threads: Vec<Summary>, current: String) -> impl IntoView {
    let (is_empty, is_listed) = (threads.is_empty(), threads.iter().any(|summary| summary.thread == current));
    // One that has just begun, by its address.
    let begun = move || (!is_listed && conversation.count.get() > 0).then(|| conversation.title()).flatten();
    let links = threads
        .into_iter()
        .map(|Summary { thread, title }| {
            let is_current = (thread == current).then_some("page");
            let name = move || if title.is_empty() { texts().unnamed.to_owned() } else { title.clone() };
            view! {
                <li>
                    <a href=format!("{PATH}/{thread}#newest") aria-current=is_current>{name}</a>
                </li>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <details class="panel threads">
            <summary>{words(|texts| texts.threads)}</summary>
            <nav aria-label=words(|texts| texts.threads)>
                <a class="button new-thread" href=PATH aria-current=current.is_empty().then_some("page")>
                    {words(|texts| texts.new_thread)}
                </a>
                <ul>
                    <li hidden=move || begun().is_none()><a href="#newest" aria-current="page">{begun}</a></li>
                    {links}
                </ul>
                <p class="no-threads" hidden=move || !is_empty || begun().is_some()>{words(|texts| texts.no_threads)}</p>
            </nav>
        </details>
    }
}

/// The connection, where it is not as it should be.
#[component]
fn Connection(stream: Option<EventStream>) -> impl IntoView {
    let line = move || {
        let text = |status: &Status| match status {
            Status::Open { .. } | Status::Idle | Status::Closed => "",
            Status::Connecting => texts().connecting,
            Status::Waiting { .. } => texts().lost,
            Status::Ended | Status::Failed { .. } => texts().given_up,
        };
        stream.map_or("", |stream| stream.status.with(text))
    };
    view! { <p class="thread-connection" role="status">{line}</p> }
}
