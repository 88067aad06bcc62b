//! The list under the bell, and the switch of the system's notifications.

use super::{
    center::{Tray, bell},
    entry::Entry,
    notice::Notice,
    system::{self, Permission},
    text::texts,
};
use js_sys::Reflect;
use leptos::{ev, html, prelude::*, task::spawn_local};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

/// The list, while it is open.
#[component]
pub(super) fn Panel(tray: Tray) -> impl IntoView {
    move || tray.is_open.get().then(|| view! { <Open tray/> })
}

#[component]
fn Open(tray: Tray) -> impl IntoView {
    let panel = NodeRef::<html::Div>::new();
    let is_open = tray.is_open;
    // What is new is marked as long as the list is open, though by then it is read.
    let unread = tray.shelf.with_untracked(|shelf| {
        shelf.notices().iter().filter(|notice| !notice.is_read).map(|notice| notice.key()).collect::<Vec<_>>()
    });
    let opened = tray.shelf.with_untracked(|shelf| shelf.notices().first().cloned());
    let is_new = move |notice: &Arc<Notice>| {
        unread.contains(&notice.key()) || opened.as_ref().is_none_or(|opened| notice.order(opened).is_gt())
    };
    tray.read_all();
    let before = document().active_element().filter(|before| !before.matches("body").unwrap_or_default());
    let before = StoredValue::new_local(before.and_then(|before| before.dyn_into::<HtmlElement>().ok()));
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            let _ = panel.focus();
        }
    });
    // Who closes it goes on where they were.
    let close = move || {
        let back = before.with_value(Clone::clone).filter(|before| before.offset_parent().is_some());
        is_open.set(false);
        if let Some(back) = back.or_else(|| bell()?.dyn_into().ok()) {
            let _ = back.focus();
        }
    };
    let press = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.stop_propagation();
            close();
        }
    };
    // A press elsewhere and a way out by Tab close it, and leave the focus where it went.
    let leave = move |target: Option<EventTarget>| {
        let is_inside = |target: &Element| {
            target.closest(".notes, .toasts").is_ok_and(|found| found.is_some())
                || bell().is_some_and(|bell| bell.contains(Some(target)))
        };
        let target = target.and_then(|target| target.dyn_into().ok());
        if target.is_some_and(|target| !is_inside(&target)) {
            is_open.set(false);
        }
    };
    let press_listener = window_event_listener(ev::pointerdown, move |event| leave(event.target()));
    let focus_listener = window_event_listener(ev::focusin, move |event| leave(event.target()));
    on_cleanup(move || {
        press_listener.remove();
        focus_listener.remove();
    });
    let is_empty = move || tray.shelf.with(|shelf| shelf.notices().is_empty());
    let clear = move |_| {
        tray.clear();
        // The button goes.
        if let Some(panel) = panel.get_untracked() {
            let _ = panel.focus();
        }
    };
    view! {
        <div class="notes panel" role="dialog" aria-labelledby="notes-title" tabindex="-1" node_ref=panel
            on:keydown=press>
            <div class="notes-head">
                <h2 id="notes-title">{move || texts().notices}</h2>
                <span>
                    <button class="button quiet" r#type="button" hidden=is_empty on:click=clear>
                        {move || texts().clear}
                    </button>
                    <button class="button quiet" r#type="button" on:click=move |_| close()>
                        {move || texts().close}
                    </button>
                </span>
            </div>
            <div class="notes-empty" hidden=move || !is_empty()>
                <p>{move || texts().empty}</p>
                <p>{move || texts().empty_about}</p>
            </div>
            // Scrolled by keyboard, too.
            <ul tabindex="0" aria-label=move || texts().notices hidden=is_empty>
                <For each=move || tray.shelf.with(|shelf| shelf.notices().to_vec()) key=|notice| notice.key()
                    let:notice>
                    <Item is_new=is_new(&notice) notice follow=move || is_open.set(false)/>
                </For>
            </ul>
            <System tray/>
        </div>
    }
}

#[component]
fn Item(notice: Arc<Notice>, is_new: bool, follow: impl Fn() + 'static) -> impl IntoView {
    view! {
        <li class="note">
            <Entry notice follow/>
            {is_new.then(|| view! { <span class="note-new">{move || texts().new}</span> })}
        </li>
    }
}

/// The switch of the system's notifications. It says what they are for, or why there are none.
#[component]
fn System(tray: Tray) -> impl IntoView {
    let permission = RwSignal::new(Permission::current());
    let input = NodeRef::<html::Input>::new();
    let is_on = move || permission.get() == Permission::Granted && tray.is_system_wanted.get();
    let can_be = move || matches!(permission.get(), Permission::Ask | Permission::Granted);
    // It may be changed in the browser while this is open.
    let listener = window_event_listener(ev::focus, move |_| permission.set(Permission::current()));
    on_cleanup(move || listener.remove());
    let switch = move |is_wanted: bool| {
        system::switch(is_wanted);
        tray.is_system_wanted.set(is_wanted);
    };
    let change = move |event: ev::Event| {
        if !event_target_checked(&event) || permission.get_untracked() == Permission::Granted {
            switch(event_target_checked(&event));
            return;
        }
        spawn_local(async move {
            let answer = Permission::ask().await;
            // The list may have been closed meanwhile.
            if permission.try_set(answer).is_none() || answer == Permission::Granted {
                switch(answer == Permission::Granted);
            }
            if let Some(Some(input)) = input.try_get_untracked() {
                let _ = Reflect::set(&input, &"checked".into(), &(answer == Permission::Granted).into());
            }
        });
    };
    view! {
        <div class="notes-system">
            <label>
                <input r#type="checkbox" role="switch" aria-describedby="notes-system-about" node_ref=input
                    prop:checked=is_on disabled=move || !can_be() on:change=change/>
                {move || texts().system}
            </label>
            <p id="notes-system-about" class:denied=move || permission.get() == Permission::Denied>
                {move || (texts().system_about)(permission.get())}
            </p>
        </div>
    }
}
