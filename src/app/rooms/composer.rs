//! Where one says something, and before that who one is. Both are plain forms without scripts.

use super::{
    chat::Chat,
    live,
    picture::{self, Refusal},
    text::texts,
};
use crate::{
    api::{Introduce, Say},
    model::person::Name,
};
use leptos::{ev, html, prelude::*, server_fn::ServerFn};
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, File, HtmlInputElement};

/// Pressing Enter while an input method is composing has this code in browsers that end the composition first.
const COMPOSING: u32 = 229;

/// The form in which one gives one's name, once.
#[component]
pub(super) fn Naming() -> impl IntoView {
    view! {
        <form class="naming" method="post" action=Introduce::PATH>
            <label for="name">{move || texts().name_detail}</label>
            <input class="field" id="name" name="name" required maxlength=Name::MAX_CHARACTERS.to_string()
                autocomplete="nickname" aria-keyshortcuts="m" placeholder=move || texts().name_hint/>
            <button class="button primary">{move || texts().save}</button>
        </form>
    }
}

/// The form in which one says something.
#[component]
pub(super) fn Composer(chat: Chat) -> impl IntoView {
    let name = chat.name();
    let shown = name.clone();
    let field = NodeRef::<html::Textarea>::new();
    let image = RwSignal::new(String::new());
    let refusal = RwSignal::new(None::<Refusal>);
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
        let composes = event.is_composing() || event.key_code() == COMPOSING;
        if event.key() == "Enter" && !event.shift_key() && !composes {
            event.prevent_default();
            send();
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let take = move |file: &File| {
        refusal.set(None);
        let refused = picture::read(file, chat.largest_picture, move |url| image.set(url));
        refusal.set(refused.err());
    };
    let take_from = move |data: Option<DataTransfer>, event: &web_sys::Event| {
        let files = data.and_then(|data| data.files());
        // What has no file is a text, which the field takes by itself.
        if let Some(file) = files.and_then(|files| files.get(0)) {
            event.prevent_default();
            take(&file);
        }
    };
    let choose = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input
            && let Some(file) = input.files().and_then(|files| files.get(0))
        {
            take(&file);
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    let wrong = move || {
        refusal.get().map(|refusal| match refusal {
            Refusal::Large { kib } => (texts().picture_large)(kib, chat.largest_picture / 1_024),
            Refusal::Other => texts().picture_other.to_owned(),
        })
    };
    let has_no_image = move || image.with(String::is_empty);
    view! {
        <form class="say" method="post" action=Say::PATH on:submit=submit
            on:dragover=|event: ev::DragEvent| event.prevent_default()
            on:drop=move |event: ev::DragEvent| take_from(event.data_transfer(), &event)>
            <input type="hidden" name="room" value=name/>
            <p class="say-picture" hidden=has_no_image>
                <img src=move || image.get() alt=move || texts().picture_ready/>
                <button class="button quiet" r#type="button" on:click=move |_| image.set(String::new())>
                    {move || texts().picture_remove}
                </button>
            </p>
            <p class="wrong" role="alert">{wrong}</p>
            <textarea class="field" name="text" rows="1" aria-keyshortcuts="m" node_ref=field
                aria-label=move || (texts().say)(&shown) placeholder=move || texts().say_hint
                aria-describedby="say-keys" on:keydown=press on:input=move |_| live::types(chat)
                on:paste=move |event: ev::ClipboardEvent| take_from(event.clipboard_data(), &event)></textarea>
            <label class="button scripted">
                {move || texts().picture}
                <input class="unseen" r#type="file" accept=picture::ACCEPTED on:change=choose/>
            </label>
            <button class="button primary">{move || texts().send}</button>
            <p class="say-keys" id="say-keys">{move || texts().keys}</p>
        </form>
    }
}
