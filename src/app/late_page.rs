//! A page whose code is loaded with it and not before: the server renders it as it is then, and the code, when it is there,
//! puts what goes on in its place.

use super::{
    console::{Console, mount},
    header::Header,
};
use crate::client::late::NotLoaded;
use futures::future::LocalBoxFuture;
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// A page, as the first code knows it.
pub(super) struct Late {
    /// Its name, for its styles.
    pub name: &'static str,
    /// What the server renders. What the browser hydrates stays as it is, so there it may be empty.
    pub markup: fn() -> String,
    /// Goes on with it, in the place of the markup.
    pub start: fn(Element, Owner) -> LocalBoxFuture<'static, Result<(), NotLoaded>>,
}

/// The page. One component for all of them: the first code of each page has it.
#[component]
pub(super) fn LatePage(late: &'static Late) -> impl IntoView {
    let (console, place) = (expect_context::<Console>(), NodeRef::<html::Main>::new());
    Effect::new(move || {
        if let Some(place) = place.get() {
            let started = (late.start)(place.into(), console.owner());
            spawn_local(async move {
                console.note(started.await);
            });
        }
    });
    view! {
        <Header skip=("#content", |texts| texts.skip_to_content)/>
        <main class=format!("page {}", late.name) id="content" inner_html=(late.markup)() node_ref=place></main>
    }
}

/// Puts a view in the place of what the server rendered. What a person has written meanwhile stays, and where they were.
pub(super) fn take_over<V: IntoView + 'static>(place: &Element, owner: &Owner, view: impl FnOnce() -> V) {
    let active = document().active_element();
    let written: Vec<_> = fields(place)
        .into_iter()
        .map(|field| (value(&field), active.as_ref() == Some(field.unchecked_ref())))
        .collect();
    place.set_text_content(None);
    mount(place, owner, view);
    // The view is the same as the server's, so those of its fields that are sent are.
    for (field, (value, is_active)) in fields(place).into_iter().zip(written) {
        if let Some(value) = value {
            set_value(&field, &value);
        }
        if is_active {
            let _ = field.focus();
        }
    }
}

/// The fields that a person writes in.
fn fields(place: &Element) -> Vec<HtmlElement> {
    let Ok(found) = place.query_selector_all("textarea[name], input[name]:not([type=hidden])") else {
        return Vec::new();
    };
    (0..found.length()).filter_map(|number| found.item(number)?.dyn_into().ok()).collect()
}

fn value(field: &HtmlElement) -> Option<String> {
    let input = field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value);
    input.or_else(|| field.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value))
}

fn set_value(field: &HtmlElement, value: &str) {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        input.set_value(value);
    } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(value);
    }
}
