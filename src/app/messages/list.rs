//! The list: what the page's parts share with it. Its code is loaded when there is something to list.

use super::{
    super::{
        cleared::ClearMark,
        console::{Console, mount},
    },
    Layout,
    filter::Filter,
    filter_bar::FilterBar,
    floats::Floats,
    row,
    rows::Rows,
    summary::Summary,
};
use crate::client::{
    events::Events,
    feed::{Event, Feed},
    late::late,
    machine::Status,
};
use leptos::{html, prelude::*, task::spawn_local};
use std::sync::Arc;

/// What tells the events that are rows, oldest first.
pub(super) type Shown = Arc<dyn Fn() -> Vec<Arc<Event>> + Send + Sync>;

/// The list's handle.
#[derive(Clone, Copy)]
pub(in crate::app) struct List {
    /// What it shows.
    pub(super) events: Events,
    /// What a row has.
    pub(super) layout: Layout,
    /// What a person wants to see of that.
    pub(super) filter: RwSignal<Filter>,
    /// While it is paused, how many events had been received by then: those after wait.
    pub(super) paused_at: RwSignal<Option<u64>>,
    /// What there is to say about it.
    pub(super) summary: RwSignal<Summary>,
    /// The element that scrolls.
    pub(super) log: NodeRef<html::Div>,
    /// Where the rows are.
    pub(super) rows: NodeRef<html::Div>,
    /// Where the filter is.
    pub(super) filter_place: NodeRef<html::Div>,
    /// Where there is what floats over the rows.
    pub(super) floats_place: NodeRef<html::Div>,
    /// Tells the events that are rows; none before there are any.
    pub(super) shown: StoredValue<Option<Shown>>,
}

late! { list:
    /// Shows the rows, and what belongs to them.
    fn start(list: List, owner: Owner, mark: ClearMark) {
        let places = list.filter_place.get_untracked().zip(list.floats_place.get_untracked());
        if let Some((filter, floats)) = places
            && let Some(rows) = owner.with(|| Rows::start(list))
        {
            filter.set_text_content(None);
            mount(&filter, &owner, || view! { <FilterBar rows/> });
            mount(&floats, &owner, || view! { <Floats rows mark/> });
        }
    }
}

impl List {
    pub(super) fn new(events: Events, layout: Layout) -> Self {
        Self {
            events,
            layout,
            filter: RwSignal::default(),
            paused_at: RwSignal::new(None),
            summary: RwSignal::new(events.with(Summary::of)),
            log: NodeRef::new(),
            rows: NodeRef::new(),
            filter_place: NodeRef::new(),
            floats_place: NodeRef::new(),
            shown: StoredValue::default(),
        }
    }

    /// Loads its code once there is something to list, or soon will be.
    pub(super) fn start_when_needed(self, status: ReadSignal<Status>, mark: ClearMark) {
        let console: Console = expect_context();
        let is_started = StoredValue::new(false);
        Effect::new(move || {
            // Where it could not be loaded, it is asked for again when the status changes, and not with every event.
            let is_wanted = status.get() != Status::Idle || !self.events.with(Feed::is_empty);
            if is_wanted && !is_started.get_value() {
                is_started.set_value(true);
                let started = start(self, console.owner(), mark);
                spawn_local(async move {
                    let is_loaded = console.note(started.await);
                    is_started.set_value(is_loaded);
                    if let Some(log) = self.log.get_untracked() {
                        // Rows that cannot be opened are whole.
                        let _ = log.class_list().toggle_with_force("whole", !is_loaded);
                    }
                });
            }
        });
    }

    /// Whether it is paused.
    pub(super) fn is_paused(self) -> bool {
        self.paused_at.with(Option::is_some)
    }

    /// Stops the list, or lets it go on with all that came meanwhile.
    pub(super) fn toggle_pause(self) {
        self.paused_at.update(|at| {
            *at = at.is_none().then(|| self.events.with(Feed::received));
        });
    }

    /// Whether a filter leaves some out.
    pub(super) fn is_filtered(self) -> bool {
        !self.filter.with(Filter::is_open)
    }

    /// The events that are rows, oldest first. What a filter has still to look at it looks at now.
    pub(super) fn shown(self) -> Vec<Arc<Event>> {
        self.shown.get_value().map(|shown| shown()).unwrap_or_default()
    }
}

/// The rows' frame. What is new is announced elsewhere, a few at a time: a live region of every row would never be silent.
#[component]
pub(super) fn Log(list: List) -> impl IntoView {
    let (dated, many) = (list.layout != Layout::Stream, list.layout == Layout::Channels);
    view! {
        <div class="log" class:dated=dated class:many=many node_ref=list.log role="log" aria-live="off"
            aria-labelledby="messages-title" tabindex="0">
            <div class="rows" role="list" inner_html=list.events.with(|feed| row::rendered(feed, list.layout)) node_ref=list.rows></div>
        </div>
    }
}
