//! Up to where this browser cleared a page's channels: the server remembers it, so that a reload does not bring the
//! rows back.

use super::rendered::Rendered;
use crate::{api::Clear, client::call, model::source::Source};
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};

/// The mark, and what it was before the clear that can be undone.
#[derive(Clone, Copy)]
pub(super) struct ClearMark {
    state: StoredValue<State>,
    /// Whether rows are left out when the page is loaded again.
    pub has_cleared: RwSignal<bool>,
}

struct State {
    /// The page's query; none where the server keeps no rows.
    source: Option<String>,
    /// The newest id that came.
    newest: String,
    mark: String,
    /// What an undo goes back to.
    before: String,
    /// The mark that the server is to have next. One call at a time: they could overtake each other.
    wanted: Option<String>,
    is_calling: bool,
}

impl ClearMark {
    pub(super) fn new(source: &Source, rendered: &Rendered) -> Self {
        let state = State {
            source: source.selection().map(|_| source.to_query()),
            newest: rendered.tail.clone(),
            mark: rendered.mark.clone(),
            before: rendered.mark.clone(),
            wanted: None,
            is_calling: false,
        };
        Self { state: StoredValue::new(state), has_cleared: RwSignal::new(rendered.has_cleared) }
    }

    /// The newest id that had come when the page was rendered.
    pub(super) fn newest(&self) -> String {
        self.state.with_value(|state| state.newest.clone())
    }

    /// Notes the id of an event that came.
    pub(super) fn note(&self, id: &str) {
        if !id.is_empty() {
            self.state.update_value(|state| id.clone_into(&mut state.newest));
        }
    }

    /// What has come by now is cleared.
    pub(super) fn clear(&self) {
        self.set(|state| state.newest.clone());
    }

    /// The last clear is undone.
    pub(super) fn undo(&self) {
        self.set(|state| state.before.clone());
    }

    /// The last clear cannot be undone any more.
    pub(super) fn settle(&self) {
        let is_kept = self.state.try_update_value(|state| {
            state.before.clone_from(&state.mark);
            state.source.is_some()
        });
        self.has_cleared.set(is_kept == Some(true));
    }

    fn set(&self, mark: impl FnOnce(&State) -> String) {
        let state = self.state;
        let starts = state.try_update_value(|state| {
            state.mark = mark(state);
            state.wanted = Some(state.mark.clone());
            state.source.is_some() && !std::mem::replace(&mut state.is_calling, state.source.is_some())
        });
        if starts == Some(true) {
            spawn_local(async move {
                while let Some(Some((source, mark))) = state.try_update_value(State::next) {
                    // If it fails the rows come back with a reload, which is all that can be done.
                    let _ = call::call(Clear::PATH, &[("source", &source), ("up_to", &mark)]).await;
                }
            });
        }
    }
}

impl State {
    fn next(&mut self) -> Option<(String, String)> {
        let next = self.source.clone().zip(self.wanted.take());
        self.is_calling = next.is_some();
        next
    }
}
