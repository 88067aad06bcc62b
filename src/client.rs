//! The browser's half: an SSE client that says at every moment what it is doing, and comes back by itself.
//!
//! [`machine`] decides and [`feed`] keeps; both are pure. [`event_source`] is the transport, [`envelope`] reads what
//! channels send, [`call`] calls server functions, and [`stream`] connects the rest with the browser's timers and
//! Leptos' signals. The server compiles all of it, since the page's components name it, and runs none.

pub mod call;
pub mod clock;
pub mod driver;
pub mod envelope;
pub mod event_source;
pub mod feed;
pub mod json;
pub mod machine;
pub mod sharing;
pub mod stream;
pub mod transport;
