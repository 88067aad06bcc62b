//! The browser's half: an SSE client that says at every moment what it is doing, and comes back by itself.
//!
//! [`stream::use_event_stream`] is the way in:
//!
//! ```
//! use leptos::prelude::*;
//! use tidings::client::{machine::Status, options::EventStreamOptions, stream::use_event_stream};
//!
//! #[component]
//! fn News() -> impl IntoView {
//!     let stream = use_event_stream(EventStreamOptions::new("/api/events?channel=news"));
//!     view! {
//!         <button on:click=move |_| stream.connect()>"Connect"</button>
//!         <p hidden=move || !matches!(stream.status.get(), Status::Waiting { .. })>"Back in a moment…"</p>
//!         <p>{move || stream.last_event().map(|event| event.data.clone())}</p>
//!     }
//! }
//!
//! // On the server it renders, and connects to nothing.
//! let owner = Owner::new();
//! owner.with(|| assert!(News().to_html().contains("Connect")));
//! ```
//!
//! [`machine`] decides, [`journal`] says what it did, [`feed`] keeps; they are pure. [`event_source`] and [`fetch`] are
//! the transports, [`envelope`] reads what channels send, [`call`] calls server functions; [`driver`] connects them
//! with the browser's timers, and [`stream`] and [`events`] with Leptos' signals. Where all tabs of a browser have one
//! connection, [`sharing`], pure too, decides which of them has it and who gets what, and [`tabs`] is its hands. The
//! server compiles all of it, since the page's components name it, and runs none.

pub mod call;
pub mod clock;
pub mod driver;
pub mod envelope;
pub mod event_source;
pub mod events;
pub mod extras;
pub mod feed;
pub mod fetch;
pub mod journal;
pub mod json;
pub mod late;
pub mod machine;
pub mod options;
pub mod page;
pub mod response;
pub mod sharing;
pub mod stream;
pub mod styles;
pub mod tabs;
pub mod transport;

/// Whether this is compiled for a browser. On the server everything is rendered, and nothing runs.
pub(crate) const IS_BROWSER: bool = cfg!(target_arch = "wasm32");

/// Its examples compile and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/client.md")]
struct Guide;
