//! Elements made one by one, where there are many of one kind and a view for each would be heavy. Texts are set as
//! texts, so that nothing in a message becomes markup.

use leptos::prelude::document;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement};

/// Adds an element with this class at the end of another. None only where the name is not that of an element.
pub(super) fn add(parent: &Element, name: &str, class: &str) -> Option<Element> {
    let element = document().create_element(name).ok()?;
    element.set_class_name(class);
    parent.append_child(&element).ok()?;
    Some(element)
}

/// Adds a text in an element.
pub(super) fn add_text(parent: &Element, name: &str, class: &str, text: &str) -> Option<Element> {
    let element = add(parent, name, class)?;
    element.set_text_content(Some(text));
    Some(element)
}

/// Adds a button that is pressed once: it goes, and what it brings takes its place. Who pressed it by keyboard goes on
/// at the next such button there, or in `panel`.
pub(super) fn add_more(parent: &Element, label: &str, panel: &HtmlElement, bring: impl FnOnce() + 'static) {
    let Some(button) = add_text(parent, "button", "button quiet", label) else { return };
    let _ = button.set_attribute("type", "button");
    let (parent, panel, pressed) = (parent.clone(), panel.clone(), button.clone());
    let mut bring = Some(bring);
    on(&button, "click", move || {
        let Some(bring) = bring.take() else { return };
        let had_focus = pressed.matches(":focus").unwrap_or_default();
        pressed.remove();
        bring();
        let next = parent.query_selector(":scope > button").ok().flatten();
        let next = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()).unwrap_or_else(|| panel.clone());
        if had_focus {
            let _ = next.focus();
        }
    });
}

/// Calls this at each such event. It is kept as long as the element.
pub(super) fn on(element: &Element, event: &str, act: impl FnMut() + 'static) {
    let listener = Closure::<dyn FnMut()>::new(act).into_js_value();
    let _ = element.add_event_listener_with_callback(event, listener.unchecked_ref());
}
