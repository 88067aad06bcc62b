//! The console: what a first visit does not need. Its code is loaded when it is asked for.
//!
//! A view that comes late is not rendered by the server and not hydrated, so it is built where it is to stand
//! ([`mount`]), which also weighs less than a view that can be anything.

mod monitor;
mod shortcuts;
mod text;

use super::texts;
use crate::client::{
    late::{NotLoaded, late},
    stream::EventStream,
};
use leptos::{
    html,
    prelude::*,
    tachys::view::{Mountable, Render},
    task::spawn_local,
};
use web_sys::Element;

late! { console:
    /// Shows which keys do what.
    fn show_shortcuts(place: Element, owner: Owner) { mount(&place, &owner, || view! { <shortcuts::Sheet/> }) }

    /// Shows the stream as it runs.
    fn show_monitor(place: Element, owner: Owner, stream: EventStream, is_elsewhere: bool) {
        mount(&place, &owner, || view! { <monitor::Monitor stream is_elsewhere/> })
    }
}

/// The console in the page, in the context of everything below [`super::App`].
#[derive(Clone, Copy)]
pub(super) struct Console {
    /// Whether its code could not be loaded when it was last asked for.
    is_missing: RwSignal<bool>,
    /// Where its dialogs stand.
    dialogs: NodeRef<html::Div>,
    /// Owns the dialog that was shown last.
    shown: StoredValue<Option<Owner>>,
    /// The page's owner.
    page: StoredValue<Owner>,
}

impl Console {
    pub(super) fn new() -> Self {
        Self {
            is_missing: RwSignal::new(false),
            dialogs: NodeRef::new(),
            shown: StoredValue::new(None),
            page: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Shows which keys do what.
    pub(super) fn show_shortcuts(self) {
        self.show(show_shortcuts);
    }

    /// Shows the stream as it runs, from now on, in `place`.
    pub(super) fn show_monitor(self, place: Element, stream: EventStream, is_elsewhere: bool) {
        let owner = self.page.with_value(Owner::child);
        self.run(show_monitor(place, owner, stream, is_elsewhere));
    }

    /// Shows a dialog, in the place of the one before.
    fn show<F: Future<Output = Result<(), NotLoaded>> + 'static>(self, dialog: fn(Element, Owner) -> F) {
        let Some(place) = self.dialogs.get_untracked() else { return };
        place.set_text_content(None);
        // Below the owner of the page, which has the language; what was shown before is given up.
        let owner = self.page.with_value(Owner::child);
        if let Some(before) = self.shown.try_update_value(|shown| shown.replace(owner.clone())).flatten() {
            before.cleanup();
        }
        self.run(dialog(place.into(), owner));
    }

    /// Runs what needs the console's code, and says so if that does not come.
    fn run(self, work: impl Future<Output = Result<(), NotLoaded>> + 'static) {
        spawn_local(async move { self.is_missing.set(work.await.is_err()) });
    }
}

/// Builds a view in `place`. It lives as long as its owner.
fn mount<V: IntoView + 'static>(place: &Element, owner: &Owner, view: impl FnOnce() -> V) {
    owner.with(|| {
        let mut state = view().into_view().build();
        state.mount(place, None);
        // The owner's end is the view's.
        StoredValue::new_local(state);
    });
}

/// Where the console's dialogs stand, and where it is said that its code could not be loaded.
#[component]
pub(super) fn ConsolePlace() -> impl IntoView {
    let console: Console = expect_context();
    view! {
        <p class="console-notice" role="alert">
            {move || console.is_missing.get().then(|| texts().not_loaded)}
        </p>
        <div node_ref=console.dialogs></div>
    }
}
