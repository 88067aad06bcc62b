//! A lock of the browser (Web Locks): one tab has it, the others wait for it in a row. A tab that is closed or crashes
//! loses it.

use crate::client::json;
use js_sys::{Function, Object, Promise, Reflect};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

/// What becomes of a request for the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockNews {
    /// This tab has it.
    Locked,
    /// Another tab took it away.
    Unlocked,
    /// The browser does not give it to anyone.
    Refused,
}

/// The lock, as one tab sees it. Dropping it gives the lock back.
pub struct Lock {
    name: &'static str,
    /// The browser's `navigator.locks`.
    manager: JsValue,
    request: RefCell<Option<Rc<Request>>>,
    sink: Rc<dyn Fn(LockNews)>,
}

/// One request for the lock. It is over as soon as the lock forgets it.
struct Request {
    /// Stops waiting.
    abort: AbortController,
    /// Gives the lock back; none before it was given.
    release: RefCell<Option<Function>>,
}

impl Lock {
    /// The lock with this name; none where the browser has no locks, which it has in secure contexts alone.
    pub fn new(name: &'static str, sink: Rc<dyn Fn(LockNews)>) -> Option<Self> {
        let manager = json::get(&web_sys::window()?.navigator(), "locks");
        manager.is_truthy().then(|| Self { name, manager, request: RefCell::default(), sink })
    }

    /// Asks for the lock and waits for it. If `steals`, takes it from whoever has it.
    pub fn request(&self, steals: bool) {
        self.release();
        if self.ask(steals).is_err() {
            (self.sink)(LockNews::Refused);
        }
    }

    /// Gives the lock back, or stops waiting for it.
    pub fn release(&self) {
        if let Some(request) = self.request.take() {
            // Only one of the two does anything: a request that was granted cannot be aborted.
            request.abort.abort();
            if let Some(release) = request.release.take() {
                let _ = release.call1(&JsValue::NULL, &JsValue::NULL);
            }
        }
    }

    fn ask(&self, steals: bool) -> Result<(), JsValue> {
        let request = Rc::new(Request { abort: AbortController::new()?, release: RefCell::default() });
        let options = Object::new();
        if steals {
            Reflect::set(&options, &"steal".into(), &true.into())?;
        } else {
            Reflect::set(&options, &"signal".into(), &request.abort.signal())?;
        }
        let (granted, sink) = (Rc::downgrade(&request), self.sink.clone());
        let grant = Closure::once_into_js(move |_: JsValue| {
            let Some(request) = granted.upgrade() else { return JsValue::UNDEFINED };
            let held = Promise::new(&mut |release, _| drop(request.release.replace(Some(release))));
            sink(LockNews::Locked);
            held.into()
        });
        let ask: Function = json::get(&self.manager, "request").unchecked_into();
        let asked: Promise = ask.call3(&self.manager, &self.name.into(), &options, &grant)?.unchecked_into();
        let (pending, sink) = (Rc::downgrade(&request), self.sink.clone());
        self.request.replace(Some(request));
        spawn_local(async move {
            let is_lost = JsFuture::from(asked).await.is_err();
            // One that was given back is nobody's any more.
            if let Some(request) = pending.upgrade().filter(|_| is_lost) {
                let was_granted = request.release.take().is_some();
                sink(if was_granted { LockNews::Unlocked } else { LockNews::Refused });
            }
        });
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.release();
    }
}
