//! What a first visit does not need of the client: fetch, and one connection for all tabs. It is in one file, which is
//! loaded when the first stream asks for any of it: who needs one of the two most often needs the other.

use super::{
    driver::Tell,
    fetch::{self, Ask, Request},
    late::late,
    tabs::{self, Plan},
    transport::Signal,
};
use leptos::task::spawn_local;
use std::{cell::Cell, rc::Rc};

/// What is in the file, apart from what only this needs.
pub struct Extras {
    /// Asks by fetch, and tells what comes of it until the result is dropped.
    pub request: fn(Ask, Rc<dyn Fn(Signal)>) -> Request,
    /// Takes part in the tabs' connection.
    pub share: fn(Plan) -> Tell,
}

late! { fetch:
    /// Says what is in the file.
    fn open(found: Rc<Cell<Option<Extras>>>) {
        found.set(Some(Extras { request: fetch::begin, share: tabs::part::begin }))
    }
}

/// Loads the file, if it is not there, and goes on with what is in it; with nothing where it cannot be loaded.
pub fn load(then: Box<dyn FnOnce(Option<Extras>)>) {
    spawn_local(async move {
        let found = Rc::new(Cell::new(None));
        // If this fails, nothing was found.
        let _ = open(found.clone()).await;
        then(found.take());
    });
}
