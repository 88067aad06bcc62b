//! The feed in a Leptos app: however much comes, whoever looks at it is told once a frame.

use super::{
    IS_BROWSER,
    feed::{Event, Feed},
};
use leptos::{
    leptos_dom::helpers::{AnimationFrameRequestHandle, TimeoutHandle},
    prelude::*,
};
use std::time::Duration;

/// A page that is not seen has no frames: this long after something came, its views are told anyway.
const UNSEEN: Duration = Duration::from_secs(1);

/// A feed that the app's views share.
///
/// What comes is in it at once, for [`Events::with`]. Those who [`Events::track`] it are told in the next frame.
#[derive(Clone, Copy)]
pub struct Events {
    feed: StoredValue<Feed>,
    changed: Trigger,
    /// What tells them, while something has come that they do not know of: whichever is first.
    waking: StoredValue<Option<(AnimationFrameRequestHandle, TimeoutHandle)>>,
}

impl Events {
    /// A feed that lives as long as the current owner.
    pub fn new(feed: Feed) -> Self {
        Self { feed: StoredValue::new(feed), changed: Trigger::new(), waking: StoredValue::new(None) }
    }

    /// Adds an event.
    pub fn push(&self, event: Event) {
        let is_taken = self.feed.try_update_value(|feed| feed.push(event));
        if is_taken.is_some() && self.waking.with_value(Option::is_none) {
            self.wake_later();
        }
    }

    /// Looks at the feed.
    pub fn with<R>(&self, look: impl FnOnce(&Feed) -> R) -> R {
        self.feed.with_value(look)
    }

    /// Subscribes the current reactive scope to the feed's changes.
    pub fn track(&self) {
        self.changed.track();
    }

    /// Changes the feed, as a person asked for it: all are told at once.
    pub fn update(&self, change: impl FnOnce(&mut Feed)) {
        self.feed.update_value(change);
        self.wake();
    }

    fn wake_later(&self) {
        // The server renders what is there; nothing changes on it.
        if IS_BROWSER {
            let events = *self;
            let wake = move || events.wake();
            let frame = request_animation_frame_with_handle(wake);
            let timer = set_timeout_with_handle(wake, UNSEEN);
            self.waking.set_value(frame.ok().zip(timer.ok()));
        }
    }

    fn wake(&self) {
        // Gone with its owner: there is nobody to tell.
        let Some(waking) = self.waking.try_update_value(Option::take) else { return };
        if let Some((frame, timer)) = waking {
            frame.cancel();
            timer.clear();
        }
        self.changed.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_there_at_once() {
        let owner = Owner::new();
        owner.set();
        let events = Events::new(Feed::default());
        events.push(Event::default());
        events.push(Event::default());
        assert_eq!(events.with(Feed::received), 2);
        events.update(Feed::clear);
        assert!(events.with(Feed::is_empty));
    }

    #[test]
    fn what_comes_after_the_end_is_no_error() {
        let owner = Owner::new();
        owner.set();
        let events = Events::new(Feed::default());
        owner.cleanup();
        events.push(Event::default());
        events.wake();
    }
}
