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

use super::{
    console::{Console, mount},
    line, remembered, texts,
};
use crate::client::{feed::Event, late::late};
use center::Center;
use leptos::{html, prelude::*, task::spawn_local};
use web_sys::Element;

/// The name of the events that are notices.
const NAME: &str = "notification";

/// The name under which the list is remembered.
const KEPT: &str = "notices";

/// How many events wait while the code that reads them is on its way; of more the oldest would not stay in the list.
const MAX_WAITING: usize = 100;

/// From here on the bell does not count.
const MAX_COUNT: usize = 99;

late! { notices:
    /// Shows what came and what comes.
    fn start(place: Element, owner: Owner, notices: Notices) {
        mount(&place, &owner, || view! { <Center notices/> });
    }
}

/// The notices of the page, in the context of everything below [`super::App`].
#[derive(Clone, Copy)]
pub(super) struct Notices {
    console: Console,
    /// Events that were not looked at yet, the oldest first.
    waiting: StoredValue<Vec<Event>>,
    /// Tells that there are some.
    came: Trigger,
    /// How many notices are not read.
    unread: RwSignal<usize>,
    /// Whether the list is shown.
    is_open: RwSignal<bool>,
    bell: NodeRef<html::Button>,
    /// Where list and toasts stand.
    place: NodeRef<html::Div>,
    is_started: StoredValue<bool>,
}

impl Notices {
    /// Needs the [`Console`] in the context.
    pub(super) fn new() -> Self {
        Self {
            console: expect_context(),
            waiting: StoredValue::default(),
            came: Trigger::new(),
            unread: RwSignal::new(0),
            is_open: RwSignal::new(false),
            bell: NodeRef::new(),
            place: NodeRef::new(),
            is_started: StoredValue::new(false),
        }
    }

    /// Takes an event of a stream, if it is a notice that came just now. Every stream of a page calls this.
    pub(super) fn take(self, event: &Event) {
        if event.name == NAME && event.arrived.is_some() {
            self.waiting.update_value(|waiting| {
                if waiting.len() == MAX_WAITING {
                    waiting.remove(0);
                }
                waiting.push(event.clone());
            });
            self.start();
            self.came.notify();
        }
    }

    /// Loads what shows notices, once.
    fn start(self) {
        let Some(place) = self.place.get_untracked() else { return };
        if self.is_started.get_value() {
            return;
        }
        self.is_started.set_value(true);
        let console = self.console;
        spawn_local(async move {
            if !console.note(start(place.into(), console.owner(), self).await) {
                self.is_started.set_value(false);
                self.is_open.set(false);
            }
        });
    }
}

/// The bell, and where all the rest stands.
#[component]
pub(super) fn Bell(notices: Notices) -> impl IntoView {
    let Notices { unread, is_open, bell, place, .. } = notices;
    // Other tabs, and what was there before a reload.
    remembered::on_change(KEPT, move || notices.start());
    Effect::new(move || {
        if remembered::get(KEPT).is_some() {
            notices.start();
        }
    });
    let press = move |_| {
        is_open.update(|is_open| *is_open = !*is_open);
        notices.start();
    };
    let count = move || match unread.get() {
        0 => String::new(),
        count if count > MAX_COUNT => format!("{MAX_COUNT}+"),
        count => count.to_string(),
    };
    view! {
        <button class="button quiet keys bell" r#type="button" aria-keyshortcuts="b" data-early node_ref=bell
            aria-label=line(move || (texts().notices)(unread.get())) aria-haspopup="dialog"
            aria-expanded=line(move || is_open.get().to_string()) on:click=press>
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d="M3 11.5h10c-1-1-1.3-2-1.3-4.5a3.7 3.7 0 0 0-7.4 0c0 2.5-.3 3.5-1.3 4.5zM6.5 14h3"/>
            </svg>
            <span>{line(count)}</span>
        </button>
        <div node_ref=place></div>
    }
}
