//! What a first visit does not need of the client: fetch, and one connection for all tabs. It is in one file, which is
//! loaded when the first stream asks for any of it: who needs one of the two most often needs the other.

use super::{
    driver::{Driver, Tell},
    fetch::{self, Ask, Request},
    late::late,
    tabs,
    transport::Signal,
};
use leptos::task::spawn_local;
use std::{cell::Cell, rc::Rc};

/// Asks by fetch, and tells what comes of it until the request is dropped.
type BeginRequest = fn(Ask, Rc<dyn Fn(Signal)>) -> Request;

/// What is in the file, apart from what only this needs.
#[derive(Clone, Copy)]
pub struct Extras {
    /// [`fetch::begin`].
    pub request: BeginRequest,
    /// [`tabs::share`].
    pub share: fn(&Rc<Driver>) -> Option<Tell>,
}

thread_local! {
    static FOUND: Cell<Option<Extras>> = const { Cell::new(None) };
}

late! { fetch:
    /// Says what is in the file.
    fn open() { FOUND.set(Some(Extras { request: fetch::begin, share: tabs::share })) }
}

/// Loads the file, if it is not there, and goes on with what is in it; with nothing where it cannot be loaded.
pub fn load(then: Box<dyn FnOnce(Option<Extras>)>) {
    spawn_local(async move {
        // If this fails, nothing was found.
        let _ = open().await;
        then(FOUND.get());
    });
}
