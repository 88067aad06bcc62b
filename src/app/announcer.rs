//! Says what changed, for those who do not see it: the status at once, new messages together and not too often.

use super::{Chosen, connection::title, text::Texts, texts};
use crate::client::{events::Events, feed::Feed, machine::Status};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;

/// New messages are announced together after this long.
const TOGETHER: Duration = Duration::from_millis(1_500);

/// Two polite live regions that nobody sees: one for the status, one for messages, so that neither cuts the other off.
#[component]
pub(super) fn Announcer(events: Events, status: ReadSignal<Status>) -> impl IntoView {
    view! {
        <div class="unseen" role="status" aria-live="polite">{status_text(status)}</div>
        <div class="unseen" role="status" aria-live="polite">{message_text(events)}</div>
    }
}

/// Each status that is news. A server that stays away is not: its attempts would never be silent.
fn status_text(status: ReadSignal<Status>) -> ReadSignal<String> {
    let (said, say) = signal(String::new());
    Effect::new(move |before: Option<Status>| {
        let status = status.get();
        let is_news = match (&before, &status) {
            (None, _) | (Some(Status::Waiting { .. }), Status::Connecting) => false,
            (_, Status::Waiting { attempt, .. }) => *attempt == 1,
            _ => true,
        };
        if is_news {
            let reason = match &status {
                Status::Waiting { reason, .. } | Status::Failed { reason } => (texts().reason)(*reason),
                _ => String::new(),
            };
            say.set(format!("{} {reason}", title(&status)));
        }
        status
    });
    said
}

/// How many messages came, and the latest.
fn message_text(events: Events) -> ReadSignal<String> {
    let chosen: Chosen = expect_context();
    let (said, say) = signal(String::new());
    // What the server rendered is no news.
    let announced = StoredValue::new(events.with(Feed::received));
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let announce = move || {
        timer.set_value(None);
        let texts = Texts::of(chosen.language.get_untracked());
        events.with(|feed| {
            let count = feed.received() - announced.get_value();
            announced.set_value(feed.received());
            if let Some(event) = feed.last() {
                say.set((texts.received)(count, &event.data));
            }
        });
    };
    Effect::new(move || {
        events.track();
        let new = events.with(Feed::received) > announced.get_value();
        if new && timer.with_value(Option::is_none) {
            timer.set_value(set_timeout_with_handle(announce, TOGETHER).ok());
        }
    });
    on_cleanup(move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
    said
}
