//! One connection for all tabs of a browser: a lock elects the tab that connects (Web Locks), and a channel between the
//! tabs takes its events to the others (`BroadcastChannel`).
//!
//! [`super::sharing`] decides, [`part`] is its hands. Their code is loaded together with that of fetch, when a stream
//! that is shared is told to connect; what is here waits for it.

mod lock;
mod part;
mod place;

use super::{
    driver::{Driver, DriverOptions, Heard, Tell, Wish},
    late::late,
    machine::Status,
};
use crate::model::{StreamAddress, problem::Problem, selection::Selection};
use futures::future::LocalBoxFuture;
use leptos::task::spawn_local;
use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::{Rc, Weak},
};

/// Asks for the address of a stream of these channels.
pub type AskSharedAddress = dyn Fn(&Selection) -> LocalBoxFuture<'static, Result<StreamAddress, Problem>>;

/// What there is to share.
pub struct Sharing {
    /// The channels of this tab.
    pub selection: Selection,
    /// Asks for an address of what several tabs want together.
    pub address: Rc<AskSharedAddress>,
}

/// What is to become a stream.
struct Plan {
    options: DriverOptions,
    sharing: Sharing,
    sink: Rc<dyn Fn(Heard)>,
}

/// Takes the wishes while the code is on its way, and hands on what comes then.
struct Porter {
    sink: Rc<dyn Fn(Heard)>,
    plan: RefCell<Option<Plan>>,
    wants: Cell<bool>,
    is_loading: Cell<bool>,
    stream: OnceCell<Tell>,
}

/// A stream that all tabs share and that tells `sink` what it hears. It does nothing until it is told to connect.
pub fn share(options: DriverOptions, sharing: Sharing, sink: Rc<dyn Fn(Heard)>) -> Tell {
    let porter = Rc::new(Porter {
        sink: sink.clone(),
        plan: RefCell::new(Some(Plan { options, sharing, sink })),
        wants: Cell::default(),
        is_loading: Cell::default(),
        stream: OnceCell::new(),
    });
    Rc::new(move |wish| porter.take(wish))
}

late! { fetch:
    /// Takes part in the tabs' connection.
    fn take_part(porter: Weak<Porter>) {
        begin(&porter, part::begin)
    }
}

/// A stream of its own.
fn alone(plan: Plan) -> Tell {
    Driver::alone(plan.options, plan.sink)
}

/// Makes the stream, if it is still wanted.
fn begin(porter: &Weak<Porter>, make: fn(Plan) -> Tell) {
    if let Some(porter) = porter.upgrade()
        && let Some(plan) = porter.plan.take()
    {
        let tell = porter.stream.get_or_init(|| make(plan));
        if porter.wants.get() {
            tell(Wish::Connect);
        }
    }
}

impl Porter {
    fn take(self: &Rc<Self>, wish: Wish) {
        if let Some(tell) = self.stream.get() {
            return tell(wish);
        }
        match wish {
            Wish::Connect => {
                self.wants.set(true);
                (self.sink)(Heard::Status(Status::Connecting));
                if !self.is_loading.replace(true) {
                    self.load();
                }
            }
            Wish::Disconnect => {
                if self.wants.replace(false) {
                    (self.sink)(Heard::Status(Status::Closed));
                }
            }
            Wish::Transport(transport) => self.plan(|options| options.transport = transport),
            Wish::Request(request) => self.plan(|options| options.request = request),
        }
    }

    fn plan(&self, change: impl FnOnce(&mut DriverOptions)) {
        if let Some(plan) = &mut *self.plan.borrow_mut() {
            change(&mut plan.options);
        }
    }

    fn load(self: &Rc<Self>) {
        let porter = Rc::downgrade(self);
        spawn_local(async move {
            if take_part(porter.clone()).await.is_err() {
                // Its status says what is wrong: it needs the same file.
                begin(&porter, alone);
            }
        });
    }
}
