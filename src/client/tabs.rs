//! One connection for all tabs of a browser: a lock elects the tab that connects (Web Locks), and a channel between the
//! tabs takes its events to the others (`BroadcastChannel`).
//!
//! [`super::sharing`] decides, [`part`] is its hands. Their code is loaded when a stream that is shared is told to
//! connect ([`extras`]); what is here waits for it.

mod line;
mod lock;
mod parcel;
pub(super) mod part;
mod place;

use super::{
    driver::{Driver, DriverOptions, Heard, Tell, Wish},
    extras,
    machine::Status,
};
use crate::model::{StreamAddress, problem::Problem, selection::Selection};
use futures::future::LocalBoxFuture;
use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
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
pub struct Plan {
    options: DriverOptions,
    sharing: Sharing,
    sink: Rc<dyn Fn(Heard)>,
}

/// Takes the wishes while the code is on its way, and hands on what comes then.
struct Porter {
    sink: Rc<dyn Fn(Heard)>,
    plan: Cell<Option<Box<Plan>>>,
    wants: Cell<bool>,
    is_loading: Cell<bool>,
    stream: OnceCell<Tell>,
}

/// A stream that all tabs share and that tells `sink` what it hears. It does nothing until it is told to connect.
pub fn share(options: DriverOptions, sharing: Sharing, sink: Rc<dyn Fn(Heard)>) -> Tell {
    let porter = Rc::new(Porter {
        sink: sink.clone(),
        plan: Cell::new(Some(Box::new(Plan { options, sharing, sink }))),
        wants: Cell::default(),
        is_loading: Cell::default(),
        stream: OnceCell::new(),
    });
    Rc::new(move |wish| porter.take(wish))
}

/// A stream of its own.
fn alone(plan: Plan) -> Tell {
    Driver::alone(plan.options, plan.sink)
}

impl Porter {
    fn take(self: &Rc<Self>, wish: Wish) {
        if let Some(tell) = self.stream.get() {
            return tell(wish);
        }
        let status = match wish {
            Wish::Connect => Status::Connecting,
            Wish::Disconnect if self.wants.get() => Status::Closed,
            Wish::Transport(transport) => {
                if let Some(mut plan) = self.plan.take() {
                    plan.options.transport = transport;
                    self.plan.set(Some(plan));
                }
                return;
            }
            Wish::Disconnect | Wish::Request(_) => return,
        };
        self.wants.set(status == Status::Connecting);
        (self.sink)(Heard::Status(status));
        if !self.is_loading.replace(true) {
            let porter = Rc::downgrade(self);
            extras::load(Box::new(move |extras| {
                if let Some(porter) = porter.upgrade() {
                    // By itself it needs the same file, so its status says what is wrong, and it may come yet.
                    porter.begin(extras.map_or(alone, |extras| extras.share));
                }
            }));
        }
    }

    fn begin(&self, make: fn(Plan) -> Tell) {
        if let Some(plan) = self.plan.take() {
            let tell = self.stream.get_or_init(|| make(*plan));
            if self.wants.get() {
                tell(Wish::Connect);
            }
        }
    }
}
