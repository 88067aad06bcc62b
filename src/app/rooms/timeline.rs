//! What was said, with its days, and what becomes of what one says oneself.

use super::{
    PATH,
    chat::Chat,
    line::{Line, Row},
    links::{Part, is_emoji, parts},
    moves,
    outbox::State,
    text::{texts, words},
    times::{day_name, machine, time_of_day},
};
use crate::app::{flag, language, line as text_line};
use leptos::{either::Either, prelude::*};

/// The part of the room that is in the page. It grows upwards from its end, so what comes before moves nothing.
#[component]
pub(super) fn Timeline(chat: Chat) -> impl IntoView {
    let rows = Memo::new(move |_| chat.rows());
    let is_empty = move || rows.with(Vec::is_empty);
    let has_earlier = move || chat.window.with(|window| window.has_earlier);
    let has_later = move || chat.window.with(|window| window.has_later);
    let around = move |id: Option<crate::model::EventId>| {
        format!("{PATH}/{}?at={}", chat.name(), id.map(|id| id.to_string()).unwrap_or_default())
    };
    let newer = move || match chat.unseen.get() {
        0 => texts().newest.to_owned(),
        count => (texts().newer)(count),
    };
    view! {
        <div class="timeline-frame">
            <div class="timeline" node_ref=chat.timeline role="log" aria-live="off" tabindex="0"
                aria-label=words(|texts| texts.messages) on:scroll=move |_| moves::scrolled(chat)>
                <div class="timeline-content">
                    <p class="timeline-end" hidden=flag(move || has_earlier() || is_empty())>
                        {words(|texts| texts.beginning)}
                    </p>
                    <a class="button quiet more" hidden=flag(move || !has_earlier())
                        href=text_line(move || around(chat.window.with(|window| window.oldest())))
                        on:click=move |event| {
                            event.prevent_default();
                            moves::load_earlier(chat);
                        }>
                        {words(|texts| texts.earlier)}
                    </a>
                    <ol class="lines">
                        <For each=move || rows.get() key=Row::key children=move |row| view! { <LineView row chat/> }/>
                    </ol>
                    <a class="button quiet more" hidden=flag(move || !has_later())
                        href=text_line(move || around(chat.window.with(|window| window.newest())))
                        on:click=move |event| {
                            event.prevent_default();
                            moves::load_later(chat);
                        }>
                        {words(|texts| texts.later)}
                    </a>
                </div>
            </div>
            <p class="timeline-empty" hidden=flag(move || !is_empty())>{words(|texts| texts.empty)}</p>
            <div class="floats">
                <p class="short" role="alert">{text_line(move || if chat.is_short.get() { texts().load_failed.to_owned() } else { String::new() })}</p>
                <a class="button pill" href=format!("{PATH}/{}", chat.name())
                    hidden=flag(move || chat.is_following.get() && !has_later())
                    on:click=move |event| {
                        event.prevent_default();
                        moves::go_to_newest(chat);
                    }>
                    {text_line(newer)}
                </a>
            </div>
        </div>
    }
}

/// A line of the room, and what stands before it.
#[component]
fn LineView(row: Row, chat: Chat) -> impl IntoView {
    let Row { line, begins_day, goes_on, begins_new, .. } = row;
    let is_own = !line.from.is_empty() && chat.me.with_untracked(|me| me.id == line.from);
    let (id, time) = (line.id.clone(), line.time);
    let key = line.key.clone();
    let state = Memo::new(move |_| chat.outbox.state(&key));
    let is_aimed = move || chat.aimed.with(|aimed| !aimed.is_empty() && *aimed == id);
    let day = move || day_name(time, language().tag());
    view! {
        {begins_day.then(|| view! { <li class="day"><span>{text_line(day)}</span></li> })}
        {begins_new.then(|| view! { <li class="day new"><span>{words(|texts| texts.new)}</span></li> })}
        <li class="line" tabindex="-1" class:own=is_own class:goes-on=goes_on class:aimed=flag(is_aimed) data-id=line.id.clone()
            data-state=text_line(move || state_name(&state.get()).to_owned())>
            {(!goes_on).then(|| view! { <Head line=(*line).clone()/> })}
            <Body line=(*line).clone()/>
            {is_own.then(|| view! { <Delivery chat key=line.key.clone() state/> })}
        </li>
    }
}

/// Who said it, and when.
#[component]
fn Head(line: Line) -> impl IntoView {
    let Line { from, name, event, time, .. } = line;
    let shown = move || match (name.is_empty(), from.is_empty()) {
        (false, _) => name.clone(),
        (true, true) => texts().anyone.to_owned(),
        (true, false) => texts().guest.to_owned(),
    };
    view! {
        <div class="line-head">
            <bdi class="line-name">{text_line(shown)}</bdi>
            {(!event.is_empty()).then(|| view! { <span class="chip">{event}</span> })}
            <time datetime=machine(time)>{time_of_day(time)}</time>
        </div>
    }
}

/// What was said. Texts are texts: nothing in them becomes markup.
#[component]
pub(super) fn Body(line: Line) -> impl IntoView {
    let Line { name, text, picture, .. } = line;
    let part = |part: Part<'_>| match part {
        Part::Text(text) => Either::Left(text.to_owned()),
        Part::Link(link) => {
            let (href, text) = (link.to_owned(), link.to_owned());
            Either::Right(
                view! { <a href=href target="_blank" rel="noopener noreferrer nofollow">{text}</a> },
            )
        }
    };
    let words = (!text.is_empty()).then(|| {
        let parts: Vec<_> = parts(&text).into_iter().map(part).collect();
        view! { <p class="line-text" class:emoji=is_emoji(&text) dir="auto">{parts}</p> }
    });
    let image = (!picture.is_empty()).then(|| {
        view! { <img class="line-picture" src=picture alt=text_line(move || (texts().picture_of)(&name)) decoding="async"/> }
    });
    view! {
        {words}
        {image}
    }
}

/// What becomes of what one has said, until it is there.
#[component]
fn Delivery(chat: Chat, key: String, state: Memo<Option<State>>) -> impl IntoView {
    let text = move || match state.get() {
        None | Some(State::Sent) => String::new(),
        Some(State::Sending) => texts().sending.to_owned(),
        Some(State::Waiting) => texts().waiting.to_owned(),
        Some(State::Failed(problem)) => {
            let reason = problem.map_or_else(|| texts().too_old.to_owned(), |problem| problem.detail);
            (texts().failed)(&reason)
        }
    };
    let is_failed = move || state.with(|state| matches!(state, Some(State::Failed(_))));
    let keys = StoredValue::new(key);
    view! {
        <p class="delivery" hidden=flag(move || state.with(|state| matches!(state, None | Some(State::Sent))))>
            <span>{text_line(text)}</span>
            <button class="button quiet" r#type="button" hidden=flag(move || !is_failed())
                on:click=move |_| keys.with_value(|key| chat.outbox.retry(key))>
                {words(|texts| texts.again)}
            </button>
            <button class="button quiet" r#type="button" hidden=flag(move || !is_failed())
                on:click=move |_| keys.with_value(|key| chat.outbox.remove(key))>
                {words(|texts| texts.discard)}
            </button>
        </p>
    }
}

/// The state's name for the styles.
fn state_name(state: &Option<State>) -> &'static str {
    match state {
        None => "there",
        Some(State::Waiting) => "waiting",
        Some(State::Sending) => "sending",
        Some(State::Sent) => "sent",
        Some(State::Failed(_)) => "failed",
    }
}
