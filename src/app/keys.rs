//! Single keys as shortcuts.
//!
//! A control names its key itself, in `aria-keyshortcuts`, where assistive technology finds it too; pressing the key is
//! clicking it, or for a field, going there. So this knows no key but the one that shows them all.

use super::{console::Console, remembered, words};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The key of the sheet that lists the others.
const SHEET: &str = "?";

/// Where single keys are typed, not pressed.
const TYPED_INTO: &str = "input, textarea, select, [contenteditable], dialog[open]";

/// The attribute in which a control names its key.
pub(super) const ATTRIBUTE: &str = "aria-keyshortcuts";

/// Whether single keys are shortcuts, as it is remembered.
const NAME: &str = "shortcuts";
const ON: &str = "on";
const OFF: &str = "off";

/// Whether single keys are shortcuts: who dictates, or types by accident, switches them off (WCAG 2.1.4).
pub(super) fn are_on() -> bool {
    remembered::get(NAME).as_deref() != Some(OFF)
}

/// Switches them.
pub(super) fn switch(are_on: bool) {
    remembered::set(NAME, if are_on { ON } else { OFF });
}

/// The button that shows the sheet, and the keys.
#[component]
pub(super) fn Keys() -> impl IntoView {
    let console: Console = expect_context();
    Effect::new(move || {
        let listener = window_event_listener(ev::keydown, press);
        on_cleanup(move || listener.remove());
    });
    view! {
        <button class="button quiet keys" r#type="button" aria-keyshortcuts=SHEET data-early
            aria-label=words(|texts| texts.shortcuts) title=words(|texts| texts.shortcuts)
            on:click=move |_| console.show_shortcuts()>
            {SHEET}
        </button>
    }
}

fn press(event: ev::KeyboardEvent) {
    let key = event.key();
    let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing());
    let is_key = key.len() == 1 && !key.contains(['"', '\\', ' ']);
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_typed = target.is_some_and(|target| target.closest(TYPED_INTO).is_ok_and(|field| field.is_some()));
    if event.default_prevented() || !is_plain || !is_key || is_typed || !are_on() {
        return;
    }
    let control = document().query_selector(&format!("[{ATTRIBUTE}=\"{key}\"]")).ok().flatten();
    let Some(control) = control.and_then(|control| control.dyn_into::<HtmlElement>().ok()) else { return };
    event.prevent_default();
    if control.matches("input, textarea").unwrap_or_default() {
        let _ = control.focus();
    } else {
        control.click();
    }
}
