//! Integration tests: a real server on a port of its own, a real client over real sockets.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod abuse;
mod access;
mod bad_input;
mod builtin;
mod cli;
mod cli_hub;
mod cluster;
mod crash;
mod crowd;
mod deploy;
mod differential;
mod failing;
mod history;
mod hostile;
mod http2;
mod hub_publish;
mod hub_subscribe;
mod leaks;
mod limits;
mod openapi;
mod operations;
mod operator;
mod page;
mod page_channels;
mod parked;
mod process;
mod replies;
mod rooms;
mod slow_clients;
mod stats;
mod storm;
mod stream;
mod support;
mod ticket;
