//! Says what changed, for those who do not see it: the status at once, new messages together and not too often.

use super::{connection::title, texts};
use crate::client::{feed::Feed, machine::Status};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;

/// New messages are announced together after this long.
const TOGETHER: Duration = Duration::from_millis(1_500);

/// A polite live region that nobody sees.
#[component]
pub(super) fn Announcer(feed: RwSignal<Feed>, status: ReadSignal<Status>) -> impl IntoView {
    let said = RwSignal::new(String::new());
    Effect::new(move |before: Option<()>| {
        let status = status.get();
        if before.is_some() {
            let reason = match status {
                Status::Waiting { reason, .. } | Status::Failed { reason } => (texts().reason)(reason),
                _ => String::new(),
            };
            said.set(format!("{} {reason}", title(&status)));
        }
    });

    let announced = StoredValue::new(0);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let announce = move || {
        timer.set_value(None);
        feed.with_untracked(|feed| {
            let count = feed.received() - announced.get_value();
            announced.set_value(feed.received());
            if let Some(row) = feed.last() {
                said.set((untrack(texts).received)(count, &row.event.data));
            }
        });
    };
    Effect::new(move || {
        let new = feed.with(Feed::received) > announced.get_value();
        if new && timer.with_value(Option::is_none) {
            timer.set_value(set_timeout_with_handle(announce, TOGETHER).ok());
        }
    });
    on_cleanup(move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
    view! { <div class="unseen" role="status" aria-live="polite">{said}</div> }
}
