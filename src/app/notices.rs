//! Notices: events named `notification` as toasts, as a list under a bell, and where the person agreed, as notifications
//! of the system. The page has the bell; the rest is loaded when there is something to tell, or to show.

mod center;
mod entry;
mod kept;
mod notice;
mod panel;
mod shelf;
mod stack;
mod system;
mod text;
mod toasts;

use super::{console::Console, keys::tool, remembered, texts};
use crate::client::{feed::Event, late::late};
use leptos::{html, prelude::*, task::spawn_local};
use std::rc::Rc;

/// The name of the events that are notices.
pub(super) const NAME: &str = "notification";

/// The name under which the list is remembered.
const KEPT: &str = "notices";

/// The key of the bell.
const KEY: &str = "b";

const BELL: &str = "<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">\
    <path d=\"M3 11.5h10c-1-1-1.3-2-1.3-4.5a3.7 3.7 0 0 0-7.4 0c0 2.5-.3 3.5-1.3 4.5zM6.5 14h3\"/></svg>";

late! { notices:
    /// Shows what there is to show, and does this.
    fn act(notices: Notices, page: Owner, act: Act) { center::act(notices, &page, act) }
}

/// What is to be done.
enum Act {
    /// Nothing else.
    Show,
    /// Opens the list, or closes it.
    Toggle,
    /// Takes an event that came.
    Take(Box<Event>),
}

/// The notices of the page, in the context of everything below [`super::App`].
#[derive(Clone, Copy)]
pub(super) struct Notices {
    console: Console,
    /// How many notices are not read, as the bell says it; empty where all are. A text, so that the page need not have
    /// the code of one more kind of signal.
    unread: RwSignal<String>,
    /// Where list and toasts stand.
    place: NodeRef<html::Div>,
}

impl Notices {
    /// Needs the [`Console`] in the context.
    pub(super) fn new() -> Self {
        Self { console: expect_context(), unread: RwSignal::new(String::new()), place: NodeRef::new() }
    }

    /// Takes an event of a stream, if it is a notice that came just now. Every stream of a page calls this.
    pub(super) fn take(self, event: &Event) {
        if event.name == NAME && event.arrived.is_some() {
            self.act(Act::Take(Box::new(event.clone())));
        }
    }

    /// Does this, when the code is there.
    fn act(self, act: Act) {
        let console = self.console;
        spawn_local(async move {
            console.note(self::act(self, console.page(), act).await);
        });
    }
}

/// The bell, and where all the rest stands.
#[component]
pub(super) fn Bell(notices: Notices) -> impl IntoView {
    // Other tabs, and what was there before a reload.
    remembered::on_change(KEPT, Rc::new(move || notices.act(Act::Show)));
    if remembered::get(KEPT).is_some() {
        notices.act(Act::Show);
    }
    view! {
        {tool(KEY, BELL, name, notices.unread, Box::new(move || notices.act(Act::Toggle)))}
        <div node_ref=notices.place></div>
    }
}

fn name(unread: &str) -> String {
    let texts = texts();
    if unread.is_empty() {
        texts.notices.to_owned()
    } else {
        format!("{}: {unread} {}", texts.notices, texts.unread)
    }
}
