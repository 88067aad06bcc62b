//! The console: what a first visit does not need. Its code is loaded when it is asked for.
//!
//! A view that comes late is not rendered by the server and not hydrated, so it is built where it is to stand
//! ([`mount`]), which also weighs less than a view that can be anything.

mod details;
mod dom;
mod export;
mod json_string;
mod monitor;
mod save;
mod shortcuts;
mod text;

pub(super) use export::Exported;

use super::texts;
use crate::client::{
    feed::Event,
    late::{NotLoaded, late},
    stream::EventStream,
};
use leptos::{
    html,
    prelude::*,
    tachys::view::{Mountable, Render},
    task::spawn_local,
};
use std::sync::Arc;
use web_sys::Element;

late! { console:
    /// Shows which keys do what.
    fn show_shortcuts(place: Element, owner: Owner) {
        dom::add_styles();
        mount(&place, &owner, || view! { <shortcuts::Sheet/> })
    }

    /// Shows what is to be exported, and in which forms.
    fn show_export(place: Element, owner: Owner, exported: Exported) {
        dom::add_styles();
        mount(&place, &owner, || view! { <export::Export exported/> })
    }

    /// Shows what there is to see of an event.
    fn show_details(place: Element, owner: Owner, event: Arc<Event>) {
        dom::add_styles();
        mount(&place, &owner, || view! { <details::Details event/> })
    }

    /// Shows the stream as it runs.
    fn show_monitor(place: Element, owner: Owner, stream: EventStream, is_elsewhere: bool) {
        dom::add_styles();
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

/// The details of an event in the page. They end when it is dropped.
pub(super) struct Details(Owner);

impl Drop for Details {
    fn drop(&mut self) {
        self.0.cleanup();
    }
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

    /// Offers files of these events.
    pub(super) fn show_export(self, exported: Exported) {
        self.show(|place, owner| show_export(place, owner, exported));
    }

    /// Shows what there is to see of an event, in an empty element.
    pub(super) fn show_details(self, place: &Element, event: Arc<Event>) -> Details {
        let owner = self.owner();
        self.run(show_details(place.clone(), owner.clone(), event));
        Details(owner)
    }

    /// Shows the stream as it runs, from now on, in `place`.
    pub(super) fn show_monitor(self, place: Element, stream: EventStream, is_elsewhere: bool) {
        let owner = self.owner();
        self.run(show_monitor(place, owner, stream, is_elsewhere));
    }

    /// Shows a dialog, in the place of the one before.
    fn show<F: Future<Output = Result<(), NotLoaded>> + 'static>(
        self,
        dialog: impl FnOnce(Element, Owner) -> F,
    ) {
        let Some(place) = self.dialogs.get_untracked() else { return };
        place.set_text_content(None);
        // Below the owner of the page, which has the language; what was shown before is given up.
        let owner = self.owner();
        if let Some(before) = self.shown.try_update_value(|shown| shown.replace(owner.clone())).flatten() {
            before.cleanup();
        }
        self.run(dialog(place.into(), owner));
    }

    /// An owner below that of the page, for what is loaded later.
    pub(super) fn owner(self) -> Owner {
        self.page.with_value(Owner::child)
    }

    /// That of the page.
    pub(super) fn page(self) -> Owner {
        self.page.with_value(Owner::clone)
    }

    /// Notes whether code was loaded, and says so in the page if it was not.
    pub(super) fn note(self, loaded: Result<(), NotLoaded>) -> bool {
        self.is_missing.set(loaded.is_err());
        loaded.is_ok()
    }

    /// Runs what needs the console's code, and says so if that does not come.
    fn run(self, work: impl Future<Output = Result<(), NotLoaded>> + 'static) {
        spawn_local(async move {
            self.note(work.await);
        });
    }
}

/// Builds a view in `place`. It lives as long as its owner.
pub(super) fn mount<V: IntoView + 'static>(place: &Element, owner: &Owner, view: impl FnOnce() -> V) {
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
