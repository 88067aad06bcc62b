//! Notifications of the system: only when the person agreed, and only of what comes while the page is not seen.
//!
//! The browser's part of it is called by its names: what is bound by wasm-bindgen weighs on the script that the page loads
//! first, whoever calls it.

use super::{super::remembered, notice::Notice};
use crate::client::json::get;
use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

/// Whether a person who may have them wants them, as it is remembered.
pub(super) const WANTED: &str = "notices.system";
const ON: &str = "on";
const OFF: &str = "off";

/// Whether there can be any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// The browser has none.
    Unsupported,
    /// The browser has them for HTTPS and localhost alone.
    Insecure,
    /// The person was not asked yet.
    Ask,
    /// The person agreed.
    Granted,
    /// The person, or the browser for them, said no.
    Denied,
}

impl Permission {
    /// As it is now: it can be changed in the browser at any time.
    pub(super) fn current() -> Self {
        if !get(&window(), "isSecureContext").is_truthy() {
            return Self::Insecure;
        }
        let Some(notification) = notification() else { return Self::Unsupported };
        match get(&notification, "permission").as_string().as_deref() {
            Some("granted") => Self::Granted,
            Some("denied") => Self::Denied,
            _ => Self::Ask,
        }
    }

    /// Asks the person, through the browser.
    pub(super) async fn ask() -> Self {
        if let Some(answer) = notification().and_then(|notification| call(&notification, "requestPermission"))
        {
            // Whatever it was, what holds now is looked up below.
            let _ = JsFuture::from(Promise::resolve(&answer)).await;
        }
        Self::current()
    }
}

/// Whether the person wants them, if they may have them.
pub(super) fn are_wanted() -> bool {
    remembered::get(WANTED).as_deref() == Some(ON)
}

/// Switches them.
pub(super) fn switch(are_wanted: bool) {
    remembered::set(WANTED, if are_wanted { ON } else { OFF });
}

/// Shows a notice, if the page is not seen and the person agreed. Several tabs that do so make one.
pub(super) fn show(notice: &Notice) {
    if get(&document(), "hidden").is_truthy() && Permission::current() == Permission::Granted {
        // Some mobile browsers have the name but let only service workers make one: the list has it all the same.
        let _ = make(notice);
    }
}

fn make(notice: &Notice) -> Result<(), JsValue> {
    let Some(notification) = notification() else { return Ok(()) };
    let tag = if notice.id.is_empty() { notice.key() } else { notice.id.clone() };
    let options = Object::new();
    for (name, value) in [("body", notice.message.as_str()), ("tag", &tag), ("icon", "/favicon.svg")] {
        Reflect::set(&options, &name.into(), &value.into())?;
    }
    let arguments = Array::of2(&notice.title.as_str().into(), &options);
    let shown = Reflect::construct(&notification, &arguments)?;
    let (closed, url) = (shown.clone(), notice.url.clone());
    let click = Closure::<dyn FnMut()>::new(move || {
        call(&closed, "close");
        call(&window(), "focus");
        if let Some(url) = &url {
            let _ = open(url);
        }
    });
    Reflect::set(&shown, &"onclick".into(), &click.into_js_value())?;
    Ok(())
}

/// Opens a page of its own, which has no say over this one.
fn open(url: &str) -> Result<(), JsValue> {
    let link: HtmlElement = document().create_element("a")?.unchecked_into();
    for (name, value) in [("href", url), ("target", "_blank"), ("rel", "noopener")] {
        link.set_attribute(name, value)?;
    }
    link.click();
    Ok(())
}

fn notification() -> Option<Function> {
    get(&window(), "Notification").dyn_into().ok()
}

/// Calls a method that takes nothing; what it answers, if it is there and does not fail.
fn call(object: &JsValue, method: &str) -> Option<JsValue> {
    get(object, method).dyn_ref::<Function>()?.call0(object).ok()
}
