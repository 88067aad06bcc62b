//! Elements made one by one, where there are many of one kind and a view for each would be heavy. Texts are set as
//! texts, so that nothing in a message becomes markup.

use crate::client::styles;
use leptos::prelude::document;
use std::{
    cell::{Cell, RefCell},
    ops::Deref,
    rc::Rc,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement};

/// The styles of all of this, one text after another: the page need not carry them before.
const STYLES: [&str; 4] = [
    include_str!("../../../style/sheet.css"),
    include_str!("../../../style/monitor.css"),
    include_str!("../../../style/copied.css"),
    include_str!("../../../style/details.css"),
];

/// Adds the styles to the page, once.
pub(super) fn add_styles() {
    thread_local! {
        static ARE_ADDED: Cell<bool> = const { Cell::new(false) };
    }
    if !ARE_ADDED.replace(true) {
        STYLES.into_iter().for_each(styles::add);
    }
}

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

type Listener = Closure<dyn FnMut()>;

/// An element whose content comes and goes, and the listeners in it.
///
/// A listener may hold elements of the content, and those hold the listener: the browser would keep both for good. So
/// they are held here.
#[derive(Clone)]
pub(super) struct Panel {
    element: HtmlElement,
    listeners: Rc<RefCell<Vec<Listener>>>,
}

impl Panel {
    pub(super) fn new(element: HtmlElement) -> Self {
        Self { element, listeners: Rc::default() }
    }

    /// Takes the content out, and ends its listeners.
    pub(super) fn clear(&self) {
        self.element.set_text_content(None);
        self.listeners.take();
    }

    /// Calls this at each such event of an element of the content.
    pub(super) fn on(&self, element: &Element, event: &str, act: impl FnMut() + 'static) {
        let listener = Listener::new(act);
        let _ = element.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
        self.listeners.borrow_mut().push(listener);
    }

    /// Adds a button to an element of the content that is pressed once: it goes, and what it brings takes its place. Who
    /// pressed it by keyboard goes on at the next such button there, or at all of it.
    pub(super) fn add_more(&self, parent: &Element, label: &str, bring: impl FnOnce() + 'static) {
        let Some(button) = add_text(parent, "button", "button quiet", label) else { return };
        let _ = button.set_attribute("type", "button");
        let (parent, panel, pressed) = (parent.clone(), self.element.clone(), button.clone());
        let mut bring = Some(bring);
        self.on(&button, "click", move || {
            let Some(bring) = bring.take() else { return };
            let had_focus = pressed.matches(":focus").unwrap_or_default();
            pressed.remove();
            bring();
            let next = parent.query_selector(":scope > button").ok().flatten();
            let next =
                next.and_then(|next| next.dyn_into::<HtmlElement>().ok()).unwrap_or_else(|| panel.clone());
            if had_focus {
                let _ = next.focus();
            }
        });
    }
}

impl Deref for Panel {
    type Target = HtmlElement;

    fn deref(&self) -> &HtmlElement {
        &self.element
    }
}
