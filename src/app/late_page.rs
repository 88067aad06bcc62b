//! A page whose code is loaded with it and not before: the server renders it as it is then, and the code, when it is there,
//! puts what goes on in its place.

use super::{console::Console, header::Header};
use crate::client::late::NotLoaded;
use leptos::{html, prelude::*, task::spawn_local};
use web_sys::Element;

/// The page.
#[component]
pub(super) fn LatePage<F: Future<Output = Result<(), NotLoaded>> + 'static>(
    /// Its name, for its styles.
    name: &'static str,
    /// What the server renders. What the browser hydrates stays as it is, so there it may be empty.
    markup: String,
    /// Goes on with it, in the place of the markup.
    start: fn(Element, Owner) -> F,
) -> impl IntoView {
    let (console, place) = (expect_context::<Console>(), NodeRef::<html::Main>::new());
    Effect::new(move || {
        if let Some(place) = place.get() {
            let started = start(place.into(), console.owner());
            spawn_local(async move {
                console.note(started.await);
            });
        }
    });
    view! {
        <Header skip=("#content", |texts| texts.skip_to_content)/>
        <main class=format!("page {name}") id="content" inner_html=markup node_ref=place></main>
    }
}
