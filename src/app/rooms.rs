//! The rooms: talk in channels. The server renders the page as it is then; the code with which it goes on is loaded
//! later.

use super::{console::mount, late_page::LatePage};
use crate::client::late::late;
use leptos::prelude::*;
use web_sys::Element;

/// The page's path; what is below it is about one.
pub const PATH: &str = "/rooms";

/// What the server knew when it rendered the page.
#[derive(Clone, Debug)]
pub struct Content {}

late! { rooms:
    /// Shows what comes.
    fn start(place: Element, owner: Owner) {
        place.set_text_content(None);
        mount(&place, &owner, || view! { <p>""</p> });
    }
}

/// The page.
#[component]
pub(super) fn RoomsPage() -> impl IntoView {
    view! { <LatePage name="rooms" markup=markup() start/> }
}

/// The page as the server renders it. The browser leaves it as it is until it puts its own in its place.
#[cfg(feature = "ssr")]
fn markup() -> String {
    use_context::<Content>().map(|_| String::new()).unwrap_or_default()
}

/// What it hydrates stays.
#[cfg(not(feature = "ssr"))]
fn markup() -> String {
    String::new()
}
