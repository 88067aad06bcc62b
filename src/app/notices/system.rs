//! Notifications of the system: only when the person agreed, and only of what comes while the page is not seen.

use super::{super::remembered, notice::Notice};
use crate::client::json;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

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
        if !window().is_secure_context() {
            return Self::Insecure;
        }
        if json::get(&window(), "Notification").is_undefined() {
            return Self::Unsupported;
        }
        match Notification::permission() {
            NotificationPermission::Granted => Self::Granted,
            NotificationPermission::Denied => Self::Denied,
            _ => Self::Ask,
        }
    }

    /// Asks the person, through the browser.
    pub(super) async fn ask() -> Self {
        if let Ok(answer) = Notification::request_permission() {
            // Whatever it was, what holds now is asked for below.
            let _ = JsFuture::from(answer).await;
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
    if !document().hidden() || Permission::current() != Permission::Granted {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(&notice.message);
    options.set_tag(&if notice.id.is_empty() { notice.key() } else { notice.id.clone() });
    options.set_icon("/favicon.svg");
    // Some mobile browsers have the name but let only service workers make one: the list has it all the same.
    let Ok(notification) = Notification::new_with_options(&notice.title, &options) else { return };
    let (shown, url) = (notification.clone(), notice.url.clone());
    let click = Closure::<dyn Fn()>::new(move || {
        shown.close();
        let _ = window().focus();
        if let Some(url) = &url {
            // With no opener: the page that opens has no say over this one.
            let _ = window().open_with_url_and_target_and_features(url, "_blank", "noopener");
        }
    });
    notification.set_onclick(Some(click.into_js_value().unchecked_ref()));
}
