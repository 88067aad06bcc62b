//! Which keys do what.

use super::{super::keys, text::texts};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The sheet, a dialog. It shows the keys of the controls that the page has now.
#[component]
pub(super) fn Sheet() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            // Fails where it is open already.
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| dialog.get_untracked().map(|dialog| dialog.close()).unwrap_or_default();
    view! {
        <dialog class="sheet panel" aria-labelledby="sheet-title" node_ref=dialog>
            <header class="sheet-head">
                <h2 id="sheet-title">{move || texts().shortcuts}</h2>
                <button class="button quiet" r#type="button" on:click=close>{move || texts().close}</button>
            </header>
            <dl class="sheet-keys">
                {move || rows(keys_of_controls().into_iter())}
                {move || rows(texts().shortcuts_list.iter().map(|(key, does)| ((*key).to_owned(), (*does).to_owned())))}
            </dl>
            <label class="sheet-switch">
                <input r#type="checkbox" prop:checked=keys::are_on()
                    on:change=move |event| keys::switch(event_target_checked(&event))/>
                {move || texts().shortcuts_on}
            </label>
        </dialog>
    }
}

fn rows(entries: impl Iterator<Item = (String, String)>) -> impl IntoView {
    entries
        .map(|(key, does)| {
            let keys: Vec<_> = key.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd> }).collect();
            view! {
                <div>
                    <dt>{does}</dt>
                    <dd>{keys}</dd>
                </div>
            }
        })
        .collect::<Vec<_>>()
}

/// The controls' keys, each with the control's name.
fn keys_of_controls() -> Vec<(String, String)> {
    // The language is in the controls' names.
    texts();
    let Ok(found) = document().query_selector_all(&format!("[{}]", keys::ATTRIBUTE)) else { return vec![] };
    let controls = (0..found.length()).filter_map(|n| found.get(n)?.dyn_into::<HtmlElement>().ok());
    controls
        .filter(|control| control.offset_parent().is_some())
        .filter_map(|control| {
            let name = control.get_attribute("aria-label").unwrap_or_else(|| control.inner_text());
            Some((control.get_attribute(keys::ATTRIBUTE)?, name))
        })
        .collect()
}
