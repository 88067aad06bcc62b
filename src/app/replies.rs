//! The replies: streamed answers. The server renders the page as it is then; the code with which it goes on is loaded
//! later.

pub mod conversation;

mod article;
mod ask;
mod dom;
mod html;
mod live;
mod markdown;
mod painter;
mod scroll;
mod text;
mod view;

use super::late_page::{Late, take_over};
use crate::client::late::late;
use conversation::Exchange;
use leptos::prelude::*;
use view::View;
use web_sys::Element;

/// The page's path; what is below it is about one.
pub const PATH: &str = "/replies";

/// What the server knew when it rendered the page.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The thread; none where a new one is to begin.
    pub thread: Option<String>,
    /// The threads in which something was said last, the newest first.
    pub threads: Vec<Summary>,
    /// What was said in the thread, the oldest first.
    pub exchanges: Vec<Exchange>,
    /// The id of the first of its messages, where there are others before it.
    pub earlier: Option<String>,
    /// Whether there are others after it.
    pub is_past: bool,
    /// The id of the newest message there was, of any channel: what comes is after it.
    pub tail: String,
}

/// A thread in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its name.
    pub thread: String,
    /// What was asked first; empty where that is not kept any more.
    pub title: String,
}

late! { replies:
    /// Shows what comes.
    fn start(place: Element, owner: Owner) {
        if let Some(content) = live::rendered() {
            let left = live::left(&place);
            take_over(&place, &owner, || view! { <View content left/> });
        }
    }
}

/// The page.
pub(super) static LATE: Late =
    Late { name: "replies", markup, start: |place, owner| Box::pin(start(place, owner)) };

/// The page as the server renders it. The browser leaves it as it is until it puts its own in its place.
#[cfg(feature = "ssr")]
fn markup() -> String {
    let view = |content| view! { <View content left=Default::default()/> }.to_html();
    use_context::<Content>().map(view).unwrap_or_default()
}

/// What it hydrates stays.
#[cfg(not(feature = "ssr"))]
fn markup() -> String {
    String::new()
}
