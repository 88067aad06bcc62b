//! What the server knew when it rendered a page of channels, handed on to the browser's part in the document.

use crate::client::feed::Event;
use leptos::prelude::*;

/// The element of the document that holds it, as JSON.
pub const ELEMENT: &str = "rendered";

/// What the server knew.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The id of the newest event there was, of any channel: the stream goes on after it.
    pub tail: String,
    /// The newest messages of the page's channels, without those that were cleared.
    pub events: Vec<Event>,
    /// Up to where the person cleared; empty where nothing is cleared.
    pub mark: String,
    /// Whether messages were left out because they were cleared.
    pub has_cleared: bool,
    /// Channels to suggest.
    pub channels: Vec<String>,
}

impl Rendered {
    /// On the server that of the request; in the browser that of the document.
    pub(super) fn current() -> Self {
        use_context().or_else(browser::read).unwrap_or_default()
    }
}

mod browser {
    use super::{ELEMENT, Rendered};
    use crate::client::{
        envelope::events,
        json::{get, list, text},
    };
    use js_sys::JSON;
    use leptos::prelude::document;

    pub(super) fn read() -> Option<Rendered> {
        if cfg!(not(feature = "hydrate")) {
            return None;
        }
        let json = document().get_element_by_id(ELEMENT)?.text_content()?;
        let page = JSON::parse(&json).ok()?;
        Some(Rendered {
            tail: text(&page, "tail")?,
            events: events(&page, "messages"),
            mark: text(&page, "mark")?,
            has_cleared: get(&page, "has_cleared").is_truthy(),
            channels: list(&page, "channels").filter_map(|name| name.as_string()).collect(),
        })
    }
}
