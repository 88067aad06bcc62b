//! What sends messages by itself, and who is watching it.

pub mod demo;
pub mod passes;

use crate::model::{DEMO_PATH, StreamAddress, Ticket};
use demo::Demo;
use passes::Passes;
use std::time::Duration;

/// The built-in streams, and the passes of those who watch them.
#[derive(Debug)]
pub struct Streams {
    /// The tutorials' demo.
    pub demo: Demo,
    /// Who is connected.
    pub passes: Passes,
    /// The `retry:` that every stream begins with.
    pub retry: Duration,
}

impl Streams {
    /// A fresh address of the demo, with a ticket of its own.
    ///
    /// # Errors
    /// When the system has no random bits to give.
    pub fn connect(&self) -> Result<StreamAddress, getrandom::Error> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        let ticket = Ticket::new(bits);
        Ok(StreamAddress {
            url: format!("{}?ticket={ticket}", DEMO_PATH),
            events: demo::EVENTS.iter().map(|name| name.as_str().to_owned()).collect(),
            retry_ms: self.retry.as_millis().try_into().unwrap_or(u32::MAX),
            ticket,
        })
    }
}
