//! The command that watches the same stream in a terminal.

use super::{Origin, texts};
use crate::model::DEMO_PATH;
use leptos::prelude::*;
use std::time::Duration;

/// How long "copied" is shown.
const COPIED: Duration = Duration::from_secs(2);

/// The command, ready to copy.
#[component]
pub(super) fn Terminal() -> impl IntoView {
    let rendered = use_context::<Origin>().unwrap_or_default();
    let origin = RwSignal::new(rendered.0);
    // The browser knows it best: a proxy may have told the server another one.
    Effect::new(move || origin.set(window().location().origin().unwrap_or_default()));
    let command = move || format!("curl -N {}{DEMO_PATH}", origin.get());
    let copied = RwSignal::new(false);
    Effect::new(move || {
        if copied.get()
            && let Ok(timer) = set_timeout_with_handle(move || copied.set(false), COPIED)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let copy = move |_| {
        // Where the page is not from a secure origin there is no clipboard; the command can be selected by hand.
        let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
        if clipboard.is_ok_and(|clipboard| clipboard.is_truthy()) {
            let _ = window().navigator().clipboard().write_text(&command());
            copied.set(true);
        }
    };
    view! {
        <section class="terminal">
            <h2>{move || texts().terminal}</h2>
            <code>{command}</code>
            <button class="button quiet" r#type="button" data-early on:click=copy>
                {move || if copied.get() { texts().copied } else { texts().copy }}
            </button>
        </section>
    }
}
