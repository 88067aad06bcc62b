//! What came, on its way into the list, the toasts and the system's notifications.

use super::{
    super::{console::mount, keys, remembered},
    Act, KEPT, KEY, Notices, kept,
    notice::{MAX_DATA, Notice},
    panel::Panel,
    shelf::Shelf,
    stack::Stack,
    system,
    toasts::Toasts,
};
use crate::client::{clock, feed::Event, json, styles};
use js_sys::JSON;
use leptos::prelude::*;
use std::{rc::Rc, sync::Arc, time::Duration};
use web_sys::Element;

/// What comes within this time is taken together, however much it is. So long, too, a screen reader has to find the live
/// regions before there is something in them.
const TOGETHER: Duration = Duration::from_millis(100);

/// The styles of all of this. The page need not carry them before.
const STYLES: &str = include_str!("../../../style/notices.css");

/// From here on the bell does not count.
const MAX_COUNT: usize = 99;

/// What list, toasts and switch share.
#[derive(Clone, Copy)]
pub(super) struct Tray {
    notices: Notices,
    /// Events that were not looked at yet.
    waiting: StoredValue<Vec<Event>>,
    pub shelf: RwSignal<Shelf>,
    pub stack: RwSignal<Stack>,
    /// Whether the list is shown.
    pub is_open: RwSignal<bool>,
    /// Whether the person wants notifications of the system.
    pub is_system_wanted: RwSignal<bool>,
}

/// Does this; the first time, builds all that there is to see.
pub(super) fn act(notices: Notices, page: &Owner, act: Act) {
    let Some(tray) = page.with(|| use_context::<Tray>().or_else(|| Tray::start(notices, page))) else {
        return;
    };
    match act {
        Act::Show => {}
        Act::Toggle => tray.is_open.update(|is_open| *is_open = !*is_open),
        Act::Take(event) => tray.take(*event),
    }
}

/// The bell of the page.
pub(super) fn bell() -> Option<Element> {
    document().query_selector(&format!("[{}=\"{KEY}\"]", keys::ATTRIBUTE)).ok().flatten()
}

/// All of it.
#[component]
fn Center(tray: Tray) -> impl IntoView {
    styles::add(STYLES);
    tray.synchronize();
    remembered::on_change(KEPT, Rc::new(move || tray.synchronize()));
    let follow = move || tray.is_system_wanted.set(system::are_wanted());
    remembered::on_change(system::WANTED, Rc::new(follow));
    Effect::new(move || {
        let is_open = tray.is_open.get().to_string();
        // Fails for no name of an attribute.
        let _ = bell().map(|bell| bell.set_attribute("aria-expanded", &is_open));
    });
    view! {
        <Panel tray/>
        <Toasts tray/>
    }
}

impl Tray {
    /// Makes it, in the context of the page. None where the page has no place for it.
    fn start(notices: Notices, page: &Owner) -> Option<Self> {
        let place = notices.place.get_untracked()?;
        let tray = Self {
            notices,
            waiting: StoredValue::default(),
            shelf: RwSignal::default(),
            stack: RwSignal::default(),
            is_open: RwSignal::new(false),
            is_system_wanted: RwSignal::new(system::are_wanted()),
        };
        provide_context(tray);
        mount(&place, page, || view! { <Center tray/> });
        Some(tray)
    }

    /// Takes an event that came: with others, in a moment.
    fn take(self, event: Event) {
        let is_first = self.waiting.with_value(Vec::is_empty);
        self.waiting.update_value(|waiting| waiting.push(event));
        if is_first {
            set_timeout(move || self.take_waiting(), TOGETHER);
        }
    }

    /// Shows what waits, unless it was read or cleared in another tab.
    fn take_waiting(self) {
        let Some(waiting) = self.waiting.try_update_value(std::mem::take) else { return };
        let mut came: Vec<_> = waiting.iter().filter_map(read).map(Arc::new).collect();
        // Those that came while the code did may be in any order.
        came.sort_by(|one, other| one.order(other));
        let is_open = self.is_open.get_untracked();
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
        self.notices.unread.set(match shelf.unread() {
            0 => String::new(),
            count if count > MAX_COUNT => format!("{MAX_COUNT}+"),
            count => count.to_string(),
        });
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
