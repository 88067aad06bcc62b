//! The rooms: talk in channels. The server renders the page as it is then; the code with which it goes on is loaded later.
//!
//! `chat` is a room as its parts share it. What comes is taken in `incoming` and is a `line` of its `window`; what is
//! said goes through the `outbox`.

mod chat;
mod composer;
mod found;
mod incoming;
mod json;
mod line;
mod links;
mod live;
mod moves;
mod outbox;
mod pages;
mod people;
mod picture;
mod text;
mod timeline;
mod times;
mod view;
mod window;

pub use chat::{Content, Entry};

use super::late_page::{Late, take_over};
use crate::client::late::late;
use leptos::prelude::*;
use live::Live;
#[cfg(feature = "ssr")]
use live::Still;
use view::View;
use web_sys::Element;

/// The page's path; what is below it is about one room.
pub const PATH: &str = "/rooms";

/// The most messages that a search finds.
pub const HITS: usize = 20;

/// The most of a room's messages that are counted as unread.
pub const MOST_UNREAD: usize = text::MANY + 1;

late! { rooms:
    /// Shows what comes.
    fn start(place: Element, owner: Owner) {
        if let Some(content) = json::rendered() {
            take_over(&place, &owner, || view! { <Live content/> });
        }
    }
}

/// The page.
pub(super) static LATE: Late =
    Late { name: "rooms", markup, start: |place, owner| Box::pin(start(place, owner)) };

/// The page as the server renders it. The browser leaves it as it is until it puts its own in its place.
#[cfg(feature = "ssr")]
fn markup() -> String {
    use_context::<Content>().map(|content| view! { <Still content/> }.to_html()).unwrap_or_default()
}

/// What it hydrates stays.
#[cfg(not(feature = "ssr"))]
fn markup() -> String {
    String::new()
}
