//! The list: the rows in their frame, and what the parts around it share with it.

use super::{
    super::Chosen,
    Layout,
    filter::Filter,
    row,
    search::Search,
    virtual_list::{Details, Summary, VirtualList},
};
use crate::client::{
    events::Events,
    feed::{Event, Feed},
};
use leptos::{ev, html, prelude::*};
use std::sync::Arc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};

/// The list's handle.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// What it shows.
    pub(super) events: Events,
    /// What a person wants to see of that.
    pub(super) filter: RwSignal<Filter>,
    /// What is wrong with the filter's regular expression, as the browser says it. The one before still holds.
    pub(super) problem: RwSignal<Option<String>>,
    /// While it is paused, how many events had been received by then: those after wait.
    pub(super) paused_at: RwSignal<Option<u64>>,
    /// What there is to say about it.
    pub(super) summary: RwSignal<Summary>,
    /// The element that scrolls.
    pub(super) log: NodeRef<html::Div>,
    rows: NodeRef<html::Div>,
    // None on the server, and until the browser has taken the page over.
    list: StoredValue<Option<VirtualList>, LocalStorage>,
    is_frame_asked_for: StoredValue<bool>,
}

impl List {
    pub(super) fn new(events: Events) -> Self {
        Self {
            events,
            filter: RwSignal::default(),
            problem: RwSignal::new(None),
            paused_at: RwSignal::new(None),
            summary: RwSignal::new(events.with(Summary::of)),
            log: NodeRef::new(),
            rows: NodeRef::new(),
            list: StoredValue::new_local(None),
            is_frame_asked_for: StoredValue::new(false),
        }
    }

    /// Whether it is paused.
    pub(super) fn is_paused(self) -> bool {
        self.paused_at.with(Option::is_some)
    }

    /// Stops the list, or lets it go on with all that came meanwhile.
    pub(super) fn toggle_pause(self) {
        let is_paused = self.paused_at.with_untracked(Option::is_some);
        let at = (!is_paused).then(|| self.events.with(Feed::received));
        self.paused_at.set(at);
        self.change(|list| list.pause(at));
    }

    /// Goes to the newest row and follows.
    pub(super) fn follow(self) {
        self.change(VirtualList::follow);
    }

    /// The events that are rows, oldest first. What a filter has still to look at it looks at now.
    pub(super) fn shown(self) -> Vec<Arc<Event>> {
        let shown = self.list.try_update_value(|list| list.as_mut().map(VirtualList::shown));
        shown.flatten().unwrap_or_default()
    }

    /// Focuses the element that scrolls.
    pub(super) fn focus(self) {
        if let Some(log) = self.log.get_untracked() {
            let _ = log.focus();
        }
    }

    fn start(self, layout: Layout, details: Details) {
        if let (Some(log), Some(rows)) = (self.log.get_untracked(), self.rows.get_untracked()) {
            let list = VirtualList::new(log.into(), rows.into(), self.events, layout, details);
            self.list.set_value(Some(list));
        }
    }

    /// Changes something about the list, and brings the document up to date.
    fn change(self, change: impl FnOnce(&mut VirtualList)) {
        let summary = self.list.try_update_value(|list| {
            untrack(|| {
                let list = list.as_mut()?;
                change(list);
                Some(list.update())
            })
        });
        if let Some(Some(summary)) = summary {
            self.summary.maybe_update(|known| std::mem::replace(known, summary) != summary);
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
        let is_changed = self.list.try_update_value(|list| list.as_mut().is_some_and(VirtualList::resize));
        if is_changed == Some(true) {
            // Other rows are for the next frame: those in the document are to keep their size in this one.
            self.update_soon();
        }
    }

    fn scroll(self) {
        if self.list.try_update_value(|list| list.as_mut().is_some_and(VirtualList::scroll)) == Some(true) {
            self.change(|_| {});
        }
    }

    fn click(self, event: &ev::MouseEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_in = |selector| target.as_ref().and_then(|target| target.closest(selector).ok().flatten());
        // Who has selected something wants to copy it.
        let is_selecting =
            window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        if let Some(row) = is_in(".row")
            && is_in(".row-details").is_none()
            && !is_selecting
        {
            self.change(|list| list.toggle(&row));
        }
    }

    fn press(self, event: &ev::KeyboardEvent) {
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
}

/// The rows. What is new is announced elsewhere, a few at a time: a live region of every row would never be silent.
#[component]
pub(super) fn Log(list: List, layout: Layout, details: Details) -> impl IntoView {
    let List { events, log, rows, .. } = list;
    let chosen: Chosen = expect_context();
    Effect::new(move |is_started: Option<()>| {
        events.track();
        if is_started.is_none() {
            list.start(layout, details);
        }
        list.change(|_| {});
    });
    Effect::new(move |is_started: Option<()>| {
        chosen.language.track();
        if is_started.is_some() {
            list.change(VirtualList::redraw);
        }
    });
    Effect::new(move |is_started: Option<()>| {
        let filter = list.filter.get();
        if is_started.is_none() && filter.is_open() {
            return;
        }
        match Search::new(filter) {
            Ok(search) => {
                list.problem.set(None);
                list.change(|list| list.search(search));
            }
            Err(problem) => list.problem.set(Some(problem)),
        }
    });
    Effect::new(move || observe(list));
    let rendered = events.with(|feed| {
        feed.numbers()
            .zip(feed.events())
            .map(|(number, event)| row::rendered(number, event, layout))
            .collect_view()
    });
    view! {
        <div class="log" class:dated=layout != Layout::Stream class:many=layout == Layout::Channels node_ref=log
            role="log" aria-live="off" aria-labelledby="messages-title" tabindex="0" on:scroll=move |_| list.scroll()
            on:scrollend=move |_| list.change(VirtualList::rest) on:click=move |event| list.click(&event)
            on:keydown=move |event| list.press(&event)>
            <div class="rows" role="list" node_ref=rows>
                {rendered}
            </div>
        </div>
    }
}

/// Hears from the browser what is laid out at another size, before it is painted.
fn observe(list: List) {
    let (Some(log), Some(rows)) = (list.log.get(), list.rows.get()) else { return };
    let resized = Closure::<dyn FnMut()>::new(move || list.resize());
    if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        observer.observe(&log);
        observer.observe(&rows);
        let kept = StoredValue::new_local((observer, resized));
        on_cleanup(move || {
            kept.with_value(|(observer, _)| observer.disconnect());
        });
    }
}
