//! The clipboard, also where the browser gives none.

use leptos::{html, prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlElement, HtmlTextAreaElement};

/// How long "copied" is shown.
pub(super) const COPIED: Duration = Duration::from_secs(2);

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    None,
    Copied,
    /// The person must do it: the browser lets no script.
    ByHand,
}

/// Copies for some buttons that stand together.
#[derive(Clone, Copy)]
pub(super) struct Copying {
    outcome: RwSignal<Outcome>,
    field: NodeRef<html::Textarea>,
}

impl Copying {
    /// Nothing is copied yet. What becomes of it, [`Copied`] shows.
    pub fn new() -> Self {
        let outcome = RwSignal::new(Outcome::None);
        Effect::new(move || {
            if outcome.get() == Outcome::Copied
                && let Ok(timer) = set_timeout_with_handle(move || outcome.set(Outcome::None), COPIED)
            {
                on_cleanup(move || timer.clear());
            }
        });
        Self { outcome, field: NodeRef::new() }
    }

    /// Copies this.
    pub fn copy(self, text: String) {
        let Self { outcome, field } = self;
        outcome.set(Outcome::None);
        spawn_local(async move {
            let is_copied = write(&text).await
                || field.try_get_untracked().flatten().is_some_and(|field| select(&field, &text));
            // What it stands in may be gone by now.
            outcome.try_set(if is_copied { Outcome::Copied } else { Outcome::ByHand });
        });
    }
}

/// What became of the last copy, and a field to copy from by hand. It stands after the buttons.
#[component]
pub(super) fn Copied(
    copying: Copying,
    copied: fn() -> &'static str,
    by_hand: fn() -> &'static str,
) -> impl IntoView {
    let Copying { outcome, field } = copying;
    view! {
        <span class="copied" role="status">
            {move || match outcome.get() {
                Outcome::None => "",
                Outcome::Copied => copied(),
                Outcome::ByHand => by_hand(),
            }}
        </span>
        <textarea class="field by-hand" readonly rows="3" aria-label=by_hand
            hidden=move || outcome.get() != Outcome::ByHand node_ref=field></textarea>
    }
}

/// Writes to the clipboard, and whether it did: there is none where the page did not come over a secure connection.
pub(super) async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    if !js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_truthy()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Copies as a person would, in a field, and whether the browser did. Where it did not, the text is selected there.
fn select(field: &HtmlTextAreaElement, text: &str) -> bool {
    let document = document();
    let before = document.active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    field.set_value(text);
    field.set_hidden(false);
    field.select();
    let document = document.dyn_into::<HtmlDocument>();
    let is_copied = document.is_ok_and(|document| document.exec_command("copy").unwrap_or_default());
    if is_copied {
        field.set_hidden(true);
        let _ = before.map(|before| before.focus());
    } else {
        let _ = field.focus();
    }
    is_copied
}
