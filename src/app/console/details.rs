//! An opened row: what its event has, and its data in the form that a person wants to see.

mod binary;
mod copy;
mod curl;
mod fields;
mod hex;
mod json;
mod panel;
mod tree;

use super::{super::remembered, dom::Panel, save, text::texts};
use crate::client::feed::Event;
use copy::CopyButtons;
use fields::Fields;
use js_sys::{Array, Uint8Array};
use leptos::{ev, html, prelude::*};
use panel::{Content, View};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What is remembered of how a person looks at data: the view, and whether lines are wrapped.
const VIEW: &str = "view";
const WRAP: &str = "wrap";
const OFF: &str = "off";
const ON: &str = "on";

/// What there is to see of an event.
#[component]
pub(super) fn Details(event: Arc<Event>) -> impl IntoView {
    let content = Content::of(event.clone());
    let views = content.views();
    let remembered = remembered::get(VIEW);
    let chosen = views.iter().find(|view| Some(view.code()) == remembered.as_deref());
    let view = RwSignal::new(chosen.or(views.first()).copied().unwrap_or(View::Text));
    let wraps = RwSignal::new(remembered::get(WRAP).as_deref() != Some(OFF));
    let panel = NodeRef::<html::Div>::new();
    let binary = content.binary.clone();
    let shown = StoredValue::new_local(None::<Panel>);
    Effect::new(move || {
        if let Some(element) = panel.get() {
            let shown = shown
                .try_update_value(|shown| shown.get_or_insert_with(|| Panel::new(element.into())).clone());
            shown.inspect(|panel| content.show(panel, view.get()));
        }
    });
    on_cleanup(move || {
        shown.with_value(|panel| panel.as_ref().map(Panel::clear));
    });
    let choose = move |chosen: View| {
        view.set(chosen);
        remembered::set(VIEW, chosen.code());
    };
    let wrap = move |event| {
        let is_wrapped = event_target_checked(&event);
        wraps.set(is_wrapped);
        remembered::set(WRAP, if is_wrapped { ON } else { OFF });
    };
    let download = binary.clone().map(|binary| {
        let id = if event.id.is_empty() { "data" } else { &event.id };
        let name = ["tidings-", id, ".", binary.ending()].concat();
        let save = move |_| {
            let bytes = Array::of1(&Uint8Array::from(binary.bytes.as_slice()));
            // Fails where there is no memory for it, which the browser says in its own way.
            let _ = save::save(&name, &binary.media_type, &bytes);
        };
        view! {
            <button class="button quiet" r#type="button" on:click=save>{move || texts().download}</button>
        }
    });
    view! {
        <div class="details">
            <Fields event=event.clone() binary=binary.clone()/>
            <div class="details-bar">
                <Tabs views view choose/>
                <label class="wrap" hidden=move || !view.get().has_lines()>
                    <input r#type="checkbox" prop:checked=wraps on:change=wrap/>
                    {move || texts().wrap}
                </label>
                {download}
                <CopyButtons event/>
            </div>
            <div class="view" class:unwrapped=move || !wraps.get() role="tabpanel" tabindex="0"
                aria-label=move || view.get().name() node_ref=panel></div>
        </div>
    }
}

/// The ways to look at the data. Arrow keys go from one to the next.
#[component]
fn Tabs(
    views: Vec<View>,
    view: RwSignal<View>,
    choose: impl Fn(View) + Copy + Send + 'static,
) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let names = views.clone();
    let press = move |event: ev::KeyboardEvent| {
        let Some(at) = views.iter().position(|one| *one == view.get_untracked()) else { return };
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % views.len(),
            "ArrowLeft" => (at + views.len() - 1) % views.len(),
            "Home" => 0,
            "End" => views.len() - 1,
            _ => return,
        };
        event.prevent_default();
        views.get(to).copied().map(choose);
        let tab = list.get_untracked().and_then(|list| list.children().item(to as u32));
        let _ = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()).map(|tab| tab.focus());
    };
    let tabs = names
        .into_iter()
        .map(|one| {
            let is_chosen = move || view.get() == one;
            view! {
                <button r#type="button" role="tab" aria-selected=move || is_chosen().to_string()
                    tabindex=move || if is_chosen() { "0" } else { "-1" } on:click=move |_| choose(one)>
                    {move || one.name()}
                </button>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="switch" role="tablist" aria-label=move || texts().views node_ref=list on:keydown=press>{tabs}</div>
    }
}
