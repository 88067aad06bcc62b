//! The hub: channels, publishing, and the way of a message from the log to everyone who watches.

pub mod log;
