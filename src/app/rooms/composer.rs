//! Where one says something, and before that who one is. Both are plain forms without scripts.

use super::{
    chat::Chat,
    live,
    picture::{self, Refusal},
    text::{texts, words},
};
use crate::{
    api::{Introduce, Say},
    app::{composer::sends, flag, line},
    model::person::Name,
};
use leptos::{ev, html, prelude::*, server_fn::ServerFn};
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

/// The form in which one gives one's name, once.
#[component]
pub(super) fn Naming() -> impl IntoView {
    view! {
        <form class="naming" method="post" action=Introduce::PATH>
            <label for="name">{words(|texts| texts.name_detail)}</label>
            <input class="field" id="name" name="name" required maxlength=Name::MAX_CHARACTERS.to_string()
                autocomplete="nickname" aria-keyshortcuts="m" placeholder=words(|texts| texts.name_hint)/>
            <button class="button primary">{words(|texts| texts.save)}</button>
        </form>
    }
}

/// The form in which one says something.
#[component]
pub(super) fn Composer(chat: Chat) -> impl IntoView {
    let name = chat.name();
    let shown = name.clone();
    let field = NodeRef::<html::Textarea>::new();
    let (image, refusal) = (chat.picture, chat.refusal);
    let send = move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        if text.trim().is_empty() && image.with_untracked(String::is_empty) {
            return;
        }
        field.set_value("");
        refusal.set(None);
        live::say(chat, text, std::mem::take(&mut *image.write()));
    };
    let press = move |event: ev::KeyboardEvent| {
        if sends(&event) {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let choose = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input
            && let Some(file) = input.files().and_then(|files| files.get(0))
        {
            take_picture(chat, &file);
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    let wrong = move || {
        refusal.get().map_or_else(String::new, |refusal| match refusal {
            Refusal::Large { kib } => (texts().picture_large)(kib, chat.largest_picture / 1_024),
            Refusal::Other => texts().picture_other.to_owned(),
        })
    };
    let has_no_image = move || image.with(String::is_empty);
    view! {
        <form class="say" method="post" action=Say::PATH on:submit=submit>
            <input type="hidden" name="room" value=name/>
            <p class="say-picture" hidden=flag(has_no_image)>
                <img src=line(move || image.get()) alt=words(|texts| texts.picture_ready)/>
                <button class="button quiet" r#type="button" on:click=move |_| image.set(String::new())>
                    {words(|texts| texts.picture_remove)}
                </button>
            </p>
            <p class="wrong" role="alert">{line(wrong)}</p>
            <textarea class="field" name="text" rows="1" aria-keyshortcuts="m" node_ref=field
                aria-label=line(move || (texts().say)(&shown)) placeholder=words(|texts| texts.say_hint)
                aria-describedby="say-keys" on:keydown=press on:input=move |_| live::types(chat)
                on:paste=move |event: ev::ClipboardEvent| pasted(chat, &event)></textarea>
            <label class="button scripted">
                {words(|texts| texts.picture)}
                <input class="unseen" r#type="file" accept=picture::ACCEPTED on:change=choose/>
            </label>
            <button class="button primary">{words(|texts| texts.send)}</button>
            <p class="say-keys" id="say-keys">{words(|texts| texts.keys)}</p>
        </form>
    }
}

/// Takes what was dropped on the room, if it is a file: the browser would go to it.
pub(super) fn dropped(chat: Chat, event: &ev::DragEvent) {
    let files = event.data_transfer().and_then(|data| data.files());
    if let Some(file) = files.and_then(|files| files.get(0)) {
        event.prevent_default();
        take_picture(chat, &file);
    }
}

/// Takes a picture that was pasted. What has a text, too, as cells of a table have both, is meant as text.
fn pasted(chat: Chat, event: &ev::ClipboardEvent) {
    let Some(data) = event.clipboard_data() else { return };
    let has_text = data.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    if let Some(file) = data.files().and_then(|files| files.get(0)).filter(|_| !has_text) {
        event.prevent_default();
        take_picture(chat, &file);
    }
}

fn take_picture(chat: Chat, file: &File) {
    chat.refusal.set(None);
    let read = picture::read(file, chat.largest_picture, move |read| match read {
        Ok(url) => drop(chat.picture.try_set(url)),
        Err(refusal) => drop(chat.refusal.try_set(Some(refusal))),
    });
    chat.refusal.set(read.err());
}
