//! The page of the rooms: the list of rooms, and one of them.

use super::{
    PATH,
    chat::Chat,
    composer::{self, Composer, Naming},
    found::Search,
    live,
    text::{many, texts, words},
    timeline::Timeline,
};
use crate::{
    api::Introduce,
    app::{flag, line, terminal::Command},
    client::machine::Status,
    model::{
        person::Name,
        room::{CHANNELS, LOBBY, Room},
    },
};
use leptos::{either::Either, ev, prelude::*, server_fn::ServerFn};

/// All of it.
#[component]
pub(super) fn View(chat: Chat, is_wrong: bool) -> impl IntoView {
    let room = chat.room.get_value();
    let name = room.as_ref().map(Room::to_string).unwrap_or_default();
    view! {
        <Rooms chat is_in_room=room.is_some()/>
        {match room {
            Some(_) => Either::Left(view! { <InRoom chat name/> }),
            None => Either::Right(view! { <Choosing is_wrong/> }),
        }}
    }
}

/// The list of rooms.
#[component]
fn Rooms(chat: Chat, is_in_room: bool) -> impl IntoView {
    let current = chat.name();
    let entry = move |name: String| {
        let (href, shown, is_current) = (format!("{PATH}/{name}"), name.clone(), name == current);
        let count = Memo::new(move |_| {
            let of = |rooms: &Vec<super::Entry>| {
                rooms.iter().find(|room| room.name == name).map(|room| room.unread)
            };
            chat.rooms.with(of).unwrap_or_default()
        });
        view! {
            <li>
                <a href=href aria-current=is_current.then_some("page") class:unread=flag(move || count.get() != 0)>
                    <span class="room-name">{shown}</span>
                    <span class="badge" hidden=flag(move || count.get() == 0)>
                        <span aria-hidden="true">{line(move || many(count.get()))}</span>
                        <span class="unseen">{line(move || (texts().unread)(count.get()))}</span>
                    </span>
                </a>
            </li>
        }
    };
    let names =
        move || chat.rooms.with(|rooms| rooms.iter().map(|room| room.name.clone()).collect::<Vec<_>>());
    view! {
        <nav class="panel room-list" class:beside=is_in_room aria-label=words(|texts| texts.rooms)>
            <h2>{words(|texts| texts.rooms)}</h2>
            <ul>
                <For each=names key=String::clone children=entry/>
            </ul>
            <form action=PATH class="enter">
                <input class="field" name="room" required maxlength=Room::MAX_BYTES.to_string() autocapitalize="none"
                    spellcheck="false" autocomplete="off" aria-label=words(|texts| texts.room_name)
                    placeholder=words(|texts| texts.room_hint) title=words(|texts| texts.room_rule)/>
                <button class="button">{words(|texts| texts.enter)}</button>
            </form>
        </nav>
    }
}

/// Where no room is chosen.
#[component]
fn Choosing(is_wrong: bool) -> impl IntoView {
    view! {
        <section class="panel room choosing">
            <h1>{words(|texts| texts.choose)}</h1>
            <p role="alert" class="wrong" hidden=!is_wrong>{words(|texts| texts.room_rule)}</p>
            <p>{words(|texts| texts.choose_detail)}</p>
            <Command path=format!("/api/channels/{CHANNELS}.{LOBBY}/messages") options="-d 'hello'"/>
        </section>
    }
}

/// A room.
#[component]
fn InRoom(chat: Chat, name: String) -> impl IntoView {
    let is_named = !chat.me.get_untracked().name.is_empty();
    view! {
        <section class="panel room" aria-labelledby="room-title"
            on:dragover=|event: ev::DragEvent| event.prevent_default()
            on:drop=move |event: ev::DragEvent| composer::dropped(chat, &event)>
            <header class="room-head">
                <a class="back" href=PATH aria-label=words(|texts| texts.all_rooms)>"‹"</a>
                <h1 id="room-title">{name.clone()}</h1>
                <p class="room-status" data-status=line(move || status_name(&chat.status.get()).to_owned()) role="status">
                    <span class="lamp" aria-hidden="true"></span>
                    <span>{line(move || (texts().status)(&chat.status.get()).to_owned())}</span>
                </p>
                <Search chat/>
                <People chat/>
            </header>
            <Timeline chat/>
            <p class="typing" aria-live="polite">
                {line(move || (texts().types)(&chat.typists.with(|typists| typists.names())))}
            </p>
            {if is_named {
                Either::Left(view! { <Composer chat/> })
            } else {
                Either::Right(view! { <Naming/> })
            }}
            <div class="unseen" role="status" aria-live="polite">{line(move || chat.said.get())}</div>
        </section>
    }
}

/// Who is here, and under which name one is here oneself.
#[component]
fn People(chat: Chat) -> impl IntoView {
    let me = chat.me.get_untracked();
    let (my_id, my_name) = (me.id, me.name);
    let is_named = !my_name.is_empty();
    let here = move || chat.people.with(|people| people.here());
    let person = move |person: super::people::Shown| {
        let (is_me, name) = (person.id == my_id, person.name);
        view! {
            <li>
                <bdi>{line(move || if name.is_empty() { texts().guest.to_owned() } else { name.clone() })}</bdi>
                <span class="you" hidden=!is_me>{words(|texts| texts.you)}</span>
            </li>
        }
    };
    view! {
        <details class="people" on:keydown=live::close_on_escape>
            <summary>{line(move || (texts().here)(chat.people.with(|people| people.count)))}</summary>
            <div class="people-panel panel">
                <p hidden=flag(move || chat.people.with(|people| people.count != 0))>{words(|texts| texts.nobody)}</p>
                <ul>
                    <For each=here key=|person| (person.id.clone(), person.name.clone()) children=person/>
                </ul>
                {is_named
                    .then(|| {
                        view! {
                            <form method="post" action=Introduce::PATH>
                                <input class="field" name="name" required maxlength=Name::MAX_CHARACTERS.to_string()
                                    autocomplete="nickname" value=my_name aria-label=words(|texts| texts.name)/>
                                <button class="button">{words(|texts| texts.rename)}</button>
                            </form>
                        }
                    })}
            </div>
        </details>
    }
}

/// The status' name for the styles.
fn status_name(status: &Status) -> &'static str {
    match status {
        Status::Open { .. } => "open",
        Status::Connecting => "connecting",
        Status::Waiting { .. } => "waiting",
        Status::Failed { .. } => "failed",
        Status::Idle | Status::Closed | Status::Ended => "idle",
    }
}
