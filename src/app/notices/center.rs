//! What came, on its way into the list, the toasts and the system's notifications.

use super::{
    super::remembered,
    KEPT, Notices, kept,
    notice::{MAX_DATA, Notice},
    panel::Panel,
    shelf::Shelf,
    stack::Stack,
    system,
    toasts::Toasts,
};
use crate::client::{clock, feed::Event, json};
use js_sys::JSON;
use leptos::prelude::*;
use std::{sync::Arc, time::Duration};

/// What comes within this time is taken together, however much it is. So long, too, a screen reader has to find the live
/// regions before there is something in them.
const TOGETHER: Duration = Duration::from_millis(100);

/// The styles of all of this. The page need not carry them before.
const STYLES: &str = include_str!("../../../style/notices.css");

/// What list, toasts and switch share.
#[derive(Clone, Copy)]
pub(super) struct Tray {
    pub notices: Notices,
    pub shelf: RwSignal<Shelf>,
    pub stack: RwSignal<Stack>,
    /// Whether the person wants notifications of the system.
    pub is_system_wanted: RwSignal<bool>,
}

/// All of it.
#[component]
pub(super) fn Center(notices: Notices) -> impl IntoView {
    let tray = Tray {
        notices,
        shelf: RwSignal::default(),
        stack: RwSignal::default(),
        is_system_wanted: RwSignal::new(system::are_wanted()),
    };
    tray.synchronize();
    remembered::on_change(KEPT, move || tray.synchronize());
    remembered::on_change(system::WANTED, move || tray.is_system_wanted.set(system::are_wanted()));
    let is_gathering = StoredValue::new(false);
    Effect::new(move || {
        notices.came.track();
        if !notices.waiting.with_value(Vec::is_empty) && !is_gathering.get_value() {
            is_gathering.set_value(true);
            let take = move || {
                is_gathering.set_value(false);
                tray.take_waiting();
            };
            set_timeout(take, TOGETHER);
        }
    });
    view! {
        <style inner_html=STYLES></style>
        <Panel tray/>
        <Toasts tray/>
    }
}

impl Tray {
    /// Shows what waits, unless it was read or cleared in another tab.
    fn take_waiting(self) {
        let Some(waiting) = self.notices.waiting.try_update_value(std::mem::take) else { return };
        let mut came: Vec<_> = waiting.iter().filter_map(read).map(Arc::new).collect();
        let is_open = self.notices.is_open.get_untracked();
        self.change(|shelf| {
            for notice in &came {
                shelf.add(Arc::clone(notice));
            }
            came.retain(|notice| shelf.find(notice).is_some_and(|kept| !kept.is_read));
            // The person is looking at the list.
            shelf.read(|_| is_open);
        });
        self.stack.update(|stack| came.retain(|notice| stack.push(Arc::clone(notice))));
        if self.is_system_wanted.get_untracked() {
            came.iter().for_each(|notice| system::show(notice));
        }
    }

    /// All are read.
    pub(super) fn read_all(self) {
        self.change(|shelf| shelf.read(|_| true));
        self.stack.update(|stack| stack.retain(|_| false));
    }

    /// This one is read.
    pub(super) fn read(self, notice: &Notice) {
        self.change(|shelf| shelf.read(|other| other.is(notice)));
    }

    /// Takes all out.
    pub(super) fn clear(self) {
        self.change(|shelf| shelf.clear(clock::now()));
        self.stack.update(|stack| stack.retain(|_| false));
    }

    /// Changes the list, here and for other tabs.
    fn change(self, change: impl FnOnce(&mut Shelf)) {
        let mut shelf = self.shelf.get_untracked();
        // What another tab has just kept may not have been told here yet.
        shelf.merge(&kept::load());
        change(&mut shelf);
        kept::save(&shelf);
        self.show(shelf);
    }

    /// Takes over what other tabs have kept, and tells them what they do not know.
    fn synchronize(self) {
        let (kept, mut shelf) = (kept::load(), self.shelf.get_untracked());
        shelf.merge(&kept);
        if shelf.is_news_to(&kept) {
            kept::save(&shelf);
        }
        self.stack.update(|stack| {
            stack.retain(|notice| shelf.find(notice).is_some_and(|kept| !kept.is_read));
        });
        self.show(shelf);
    }

    fn show(self, shelf: Shelf) {
        self.notices.unread.set(shelf.unread());
        self.shelf.set(shelf);
    }
}

/// The notice in an event; none where its data is none.
fn read(event: &Event) -> Option<Notice> {
    if event.data.len() > MAX_DATA {
        return None;
    }
    let data = JSON::parse(&event.data).ok().filter(|data| data.is_object())?;
    Notice::of(event, |field| json::text(&data, field))
}
