//! Integration tests: a real server on a port of its own, a real client over real sockets.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod builtin;
mod page;
mod page_channels;
mod process;
mod stream;
mod support;
mod ticket;
