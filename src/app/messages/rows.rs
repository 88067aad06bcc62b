//! The rows as the browser drives them: what changes them, and what a person does to them.

use super::{
    super::{Chosen, console::Console},
    list::List,
    row,
    search::Search,
    virtual_list::{Details, VirtualList},
};
use crate::client::feed::Event;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::{JsCast, closure::Closure, convert::FromWasmAbi};
use web_sys::{Element, EventTarget, KeyboardEvent, MouseEvent, ResizeObserver};

/// Under an open row: what the console says of its event.
const DETAILS: Details = |place, event| Box::new(expect_context::<Console>().show_details(place, event));

/// The rows' handle.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// What it shares with the page.
    pub(super) list: List,
    /// What is wrong with the filter's regular expression, as the browser says it. The one before still holds.
    pub(super) problem: RwSignal<Option<String>>,
    rows: StoredValue<Option<VirtualList>, LocalStorage>,
    is_frame_asked_for: StoredValue<bool>,
}

impl Rows {
    /// Takes the place of the rows that the server rendered, and shows what comes for as long as the current owner
    /// lives. None where the page has no place for them any more.
    pub(super) fn start(list: List) -> Option<Self> {
        let (log, place) = (list.log.get_untracked()?, list.rows.get_untracked()?);
        let rows =
            VirtualList::new(log.clone().into(), place.clone().into(), list.events, list.layout, DETAILS);
        let rows = Self {
            list,
            problem: RwSignal::new(None),
            rows: StoredValue::new_local(Some(rows)),
            is_frame_asked_for: StoredValue::new(false),
        };
        // From now on it is scrolled.
        let _ = log.class_list().add_1("live");
        list.shown.set_value(Some(Arc::new(move || rows.shown())));
        rows.follow_signals();
        on(&log, "scroll", move |_: web_sys::Event| rows.scroll());
        on(&log, "scrollend", move |_: web_sys::Event| rows.change(VirtualList::rest));
        on(&log, "click", move |event: MouseEvent| rows.click(&event));
        on(&log, "keydown", move |event: KeyboardEvent| rows.press(&event));
        rows.observe(&[&log, &place]);
        Some(rows)
    }

    /// Goes to the newest row and follows.
    pub(super) fn follow(self) {
        self.change(VirtualList::follow);
    }

    /// Focuses the element that scrolls.
    pub(super) fn focus(self) {
        if let Some(log) = self.list.log.get_untracked() {
            let _ = log.focus();
        }
    }

    fn shown(self) -> Vec<Arc<Event>> {
        let shown = self.rows.try_update_value(|rows| rows.as_mut().map(VirtualList::shown));
        shown.flatten().unwrap_or_default()
    }

    fn follow_signals(self) {
        let list = self.list;
        let chosen: Chosen = expect_context();
        Effect::new(move || {
            list.events.track();
            self.change(|_| {});
        });
        Effect::new(move || {
            let at = list.paused_at.get();
            self.change(|rows| rows.pause(at));
        });
        Effect::new(move |is_started: Option<()>| {
            chosen.language.track();
            if is_started.is_some() {
                self.change(VirtualList::redraw);
            }
        });
        Effect::new(move |is_started: Option<()>| {
            let filter = list.filter.get();
            if is_started.is_none() && filter.is_open() {
                return;
            }
            match Search::new(filter) {
                Ok(search) => {
                    self.problem.set(None);
                    self.change(|rows| rows.search(search));
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }

    /// Changes something about the list, and brings the document up to date.
    fn change(self, change: impl FnOnce(&mut VirtualList)) {
        let summary = self.rows.try_update_value(|list| {
            untrack(|| {
                let list = list.as_mut()?;
                change(list);
                Some(list.update())
            })
        });
        if let Some(Some(summary)) = summary {
            self.list.summary.maybe_update(|known| std::mem::replace(known, summary) != summary);
            if summary.is_searching {
                self.update_soon();
            }
        }
    }

    fn update_soon(self) {
        if self.is_frame_asked_for.try_update_value(|asked| std::mem::replace(asked, true)) == Some(false) {
            request_animation_frame(move || {
                let _ = self.is_frame_asked_for.try_set_value(false);
                self.change(|_| {});
            });
        }
    }

    /// Looks at the sizes that the browser laid out.
    fn resize(self) {
        let is_changed = self.rows.try_update_value(|list| list.as_mut().is_some_and(VirtualList::resize));
        if is_changed == Some(true) {
            // Other rows are for the next frame: those in the document are to keep their size in this one.
            self.update_soon();
        }
    }

    fn scroll(self) {
        if self.rows.try_update_value(|list| list.as_mut().is_some_and(VirtualList::scroll)) == Some(true) {
            self.change(|_| {});
        }
    }

    fn click(self, event: &MouseEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_in = |selector| target.as_ref().and_then(|target| target.closest(selector).ok().flatten());
        // Who has selected something wants to copy it.
        let is_by_pointer = event.detail() > 0;
        let is_selecting = is_by_pointer
            && window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        if let Some(row) = is_in(".row")
            && is_in(".row-details").is_none()
            && !is_selecting
        {
            self.change(|list| list.toggle(&row));
        }
    }

    fn press(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let row = target.as_ref().filter(|target| target.class_list().contains(row::TOGGLE));
        let row = row.and_then(|toggle| toggle.parent_element());
        let is_list = target.is_some_and(|target| target.get_attribute("role").as_deref() == Some("log"));
        if row.is_none() && !is_list {
            return;
        }
        match event.key().as_str() {
            // The browser would get there step by step, and lose its way over rows that it does not know.
            "Home" => self.change(VirtualList::go_to_start),
            "End" => self.follow(),
            "ArrowDown" if row.is_some() => self.change(|list| list.focus(row.as_ref(), 1)),
            "ArrowUp" if row.is_some() => self.change(|list| list.focus(row.as_ref(), -1)),
            "Enter" if is_list => self.change(|list| list.focus(None, 0)),
            "Escape" if row.is_some() => self.focus(),
            _ => return,
        }
        event.prevent_default();
    }

    /// Hears from the browser what is laid out at another size, before it is painted.
    fn observe(self, elements: &[&Element]) {
        let resized = Closure::<dyn FnMut()>::new(move || self.resize());
        if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
            elements.iter().for_each(|element| observer.observe(element));
            let kept = StoredValue::new_local((observer, resized));
            on_cleanup(move || {
                kept.with_value(|(observer, _)| observer.disconnect());
            });
        }
    }
}

/// Calls this at each such event. It is kept as long as the element.
fn on<E: FromWasmAbi + 'static>(target: &EventTarget, event: &str, act: impl FnMut(E) + 'static) {
    let listener = Closure::<dyn FnMut(E)>::new(act).into_js_value();
    let _ = target.add_event_listener_with_callback(event, listener.unchecked_ref());
}
