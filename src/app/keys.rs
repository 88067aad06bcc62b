//! Single keys as shortcuts.
//!
//! A control names its key itself, in `aria-keyshortcuts`, where assistive technology finds it too; pressing the key is
//! clicking it, or for a field, going there. So this knows no key but the one that shows them all.

use super::{console::Console, line, remembered, texts};
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
    let name = |_: &str| texts().shortcuts.to_owned();
    tool(SHEET, SHEET, name, RwSignal::new(String::new()), Box::new(move || console.show_shortcuts()))
}

/// A button of the header with a key. Of one type whatever it does, so that its code is there once.
pub(super) fn tool(
    key: &'static str,
    // What it shows, as markup.
    mark: &'static str,
    // How it is called, with that count.
    name: fn(count: &str) -> String,
    // What it counts; empty where there is nothing.
    count: RwSignal<String>,
    press: Box<dyn Fn()>,
) -> impl IntoView {
    view! {
        <button class="button quiet tool" r#type="button" aria-keyshortcuts=key data-early
            aria-label=line(move || name(&count.get())) title=line(move || name(&count.get()))
            on:click=move |_| press()>
            <span inner_html=mark></span>
            <span class="tool-count">{line(move || count.get())}</span>
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
