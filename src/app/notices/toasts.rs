//! Notices that have just come, for a while.

use super::{
    center::{Tray, bell},
    entry::Entry,
    notice::Level,
    stack::Toast,
    text::texts,
};
use crate::client::json::get;
use leptos::{ev, html, prelude::*};
use std::{sync::Arc, time::Duration};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// How long a toast stays that is no error, while nobody is at it.
const SHOWN: Duration = Duration::from_secs(8);

/// What is nearer to the toasts than this, in pixels, they would cover.
const MARGIN: f64 = 32.0;

/// The toasts, in two live regions: one that waits until a screen reader has finished, one that does not.
#[component]
pub(super) fn Toasts(tray: Tray) -> impl IntoView {
    let (region, is_up) = (NodeRef::<html::Section>::new(), RwSignal::new(false));
    let make_way = move || {
        let region = region.try_get_untracked().flatten();
        if let Some(covers) = region.and_then(|region| covers_focus(&region)) {
            is_up.set(covers);
        }
    };
    let listener = window_event_listener(ev::focusin, move |_| make_way());
    on_cleanup(move || listener.remove());
    Effect::new(move || {
        tray.stack.track();
        // When they are laid out.
        request_animation_frame(make_way);
    });
    let toasts = move |are_urgent| {
        view! {
            <For each=move || tray.stack.with(|stack| stack.toasts(are_urgent)) key=|toast| toast.number let:toast>
                <Card tray toast/>
            </For>
        }
    };
    view! {
        <section class="toasts" class:up=is_up aria-label=move || texts().notices node_ref=region>
            <div role="alert" aria-atomic="false">{toasts(true)}</div>
            <div role="status" aria-atomic="false">{toasts(false)}</div>
        </section>
    }
}

/// Whether the toasts, at the bottom, would cover what has the focus: a person may be writing there. None while it is in
/// them: they do not move under a hand.
fn covers_focus(region: &Element) -> Option<bool> {
    let active = document().active_element()?;
    if active.closest(".toasts").ok()?.is_some() {
        return None;
    }
    // Above, they would cover what is new in the list.
    if active.closest(".notes").ok()?.is_some() {
        return Some(false);
    }
    let (own, other) = (region.get_bounding_client_rect(), active.get_bounding_client_rect());
    let height = get(&window(), "innerHeight").as_f64()?;
    let is_page = active.matches("body").unwrap_or_default();
    Some(
        !is_page
            && get(&other, "right").as_f64()? > own.left()
            && other.bottom() > height - own.height() - MARGIN,
    )
}

#[component]
fn Card(tray: Tray, toast: Toast) -> impl IntoView {
    let Toast { number, notice, .. } = toast;
    let (is_pointed_at, is_focused) = (RwSignal::new(false), RwSignal::new(false));
    let remove = move || tray.stack.update(|stack| stack.remove(number));
    let stays = notice.level == Level::Error;
    Effect::new(move || {
        let is_held = is_pointed_at.get() || is_focused.get();
        tray.stack.update_untracked(|stack| stack.hold(number, is_held));
        if !is_held
            && !stays
            && let Ok(timer) = set_timeout_with_handle(remove, SHOWN)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let read = {
        let notice = Arc::clone(&notice);
        move || tray.read(&notice)
    };
    let dismiss = {
        let read = read.clone();
        move || {
            let had_focus = is_focused.get_untracked();
            read();
            remove();
            if had_focus {
                focus_next();
            }
        }
    };
    let press = {
        let dismiss = dismiss.clone();
        move |event: ev::KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                dismiss();
            }
        }
    };
    let title = notice.title.clone();
    view! {
        <div class="toast note" on:mouseenter=move |_| is_pointed_at.set(true) on:mouseleave=move |_| is_pointed_at.set(false)
            on:focusin=move |_| is_focused.set(true) on:focusout=move |_| is_focused.set(false) on:keydown=press>
            <Entry notice follow=read/>
            <button class="button quiet note-close" r#type="button" aria-label=move || (texts().dismiss)(&title)
                on:click=move |_| dismiss()>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg>
            </button>
        </div>
    }
}

/// Who dismissed a toast by keyboard goes on at another one, or at the bell.
fn focus_next() {
    request_animation_frame(move || {
        let next = document().query_selector(".note-close").ok().flatten().or_else(bell);
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            let _ = next.focus();
        }
    });
}
