//! Tidings: live messages for the web in one Rust binary.
//!
//! The crate is built twice: with the feature `ssr` it is the server, with `hydrate` the browser's WebAssembly. A module
//! is for the server, for the browser or for both, and imports only from those that stand below it here:
//!
//! | module | for | what it holds |
//! |---|---|---|
//! | `cli` | server | the command line |
//! | `server` | server | HTTP: the router, one file a resource, settings, telemetry |
//! | [`app`] | both | what a person sees: the page and its components |
//! | [`api`] | both | server functions: the page's way to the server |
//! | `streams` | server | what sends messages by itself, and who is watching |
//! | `replies` | server | streamed answers: their engines, and how what these say becomes messages |
//! | `access` | server | who may do what: tokens, rights, and the hub as far as they go |
//! | `hub` | server | channels, publishing, the log, the way to everyone who watches |
//! | [`client`] | browser | the SSE client: status machine, transport, feed |
//! | [`sse`] | both | the Server-Sent Events format |
//! | [`model`] | both | the types of what Tidings talks about |
//! | `backoff` | server | how long to wait before the next attempt |

// The view! macro nests one type per element; the page has many.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod access;
pub mod api;
pub mod app;
#[cfg(feature = "ssr")]
pub mod backoff;
#[cfg(all(feature = "ssr", any(test, fuzzing)))]
pub mod check;
#[cfg(feature = "ssr")]
pub mod cli;
pub mod client;
#[cfg(feature = "ssr")]
pub mod hub;
pub mod model;
#[cfg(feature = "ssr")]
pub mod replies;
#[cfg(feature = "ssr")]
pub mod server;
pub mod sse;
#[cfg(feature = "ssr")]
pub mod streams;

/// Takes over the page that the server rendered. The page's script calls it when the WebAssembly is loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
