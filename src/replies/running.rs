//! The replies that run: at most one of a thread, and at most so many at once.

use super::StartError;
use crate::model::reply::{ReplyId, Thread};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

/// How long to wait for the end of a reply to be kept, before its thread takes the next.
const ENDING: Duration = Duration::from_secs(1);

/// The replies that run. Clones share one state.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<watch::Sender<HashMap<ReplyId, Place>>>);

#[derive(Debug)]
struct Place {
    thread: Thread,
    stop: CancellationToken,
    /// Its end is on its way to the log. Watchers may have it already, and ask the next before the log's answer is here.
    is_ending: bool,
}

/// A running reply's place among them. It is free when this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    running: Running,
    /// The reply.
    pub reply: ReplyId,
    /// Cancelled when it is to stop.
    pub stop: CancellationToken,
}

impl Running {
    /// Takes a place for a reply.
    ///
    /// # Errors
    /// When its thread has a reply that is not over, or there are `most` already.
    pub(super) async fn enter(
        &self,
        thread: &Thread,
        reply: ReplyId,
        most: usize,
    ) -> Result<Seat, StartError> {
        let mut places = self.0.subscribe();
        let is_clear = |places: &HashMap<ReplyId, Place>| {
            !places.values().any(|place| place.thread == *thread && place.is_ending)
        };
        // Where that takes too long, the thread is as busy as it is.
        let _ = timeout(ENDING, places.wait_for(is_clear)).await;
        let stop = CancellationToken::new();
        let mut entered = Ok(());
        self.0.send_modify(|places| {
            let busy = places.iter().find(|(_, place)| place.thread == *thread).map(|(reply, _)| *reply);
            let running = places.values().filter(|place| !place.is_ending).count();
            entered = match busy {
                Some(busy) => Err(StartError::Busy(busy)),
                None if running >= most => Err(StartError::Full(most)),
                None => {
                    let place = Place { thread: thread.clone(), stop: stop.clone(), is_ending: false };
                    places.insert(reply, place);
                    Ok(())
                }
            };
        });
        entered.map(|()| Seat { running: self.clone(), reply, stop })
    }

    /// Stops a reply; its thread. None where it does not run, or is ending already.
    pub(super) fn stop(&self, reply: ReplyId, may: impl Fn(&Thread) -> bool) -> Option<Thread> {
        let places = self.0.borrow();
        let place = places.get(&reply).filter(|place| !place.is_ending && may(&place.thread))?;
        place.stop.cancel();
        Some(place.thread.clone())
    }

    /// Waits until none runs.
    pub(super) async fn are_over(&self) {
        // It fails only without a sender, and here is one.
        let _ = self.0.subscribe().wait_for(HashMap::is_empty).await;
    }
}

impl Seat {
    /// Says that the reply is at its end, and only has to be kept.
    pub(super) fn ends(&self) {
        self.running.0.send_modify(|places| {
            if let Some(place) = places.get_mut(&self.reply) {
                place.is_ending = true;
            }
        });
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.running.0.send_modify(|places| {
            places.remove(&self.reply);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(number: u128) -> (Thread, ReplyId) {
        (Thread::of_bits(number), ReplyId::of_bits(number))
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_has_one_and_all_together_have_so_many() {
        let running = Running::default();
        let ((a, one), (b, two), (c, three)) = (names(1), names(2), names(3));
        let first = running.enter(&a, one, 2).await.unwrap();
        let second = running.enter(&b, two, 2).await.unwrap();
        assert!(matches!(running.enter(&a, three, 9).await, Err(StartError::Busy(busy)) if busy == one));
        assert!(matches!(running.enter(&c, three, 2).await, Err(StartError::Full(2))));
        drop(second);
        running.enter(&c, three, 2).await.unwrap();
        assert_eq!((running.stop(one, |_| true), running.stop(two, |_| true)), (Some(a), None));
        assert!(first.stop.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_heard_the_end_may_ask_again() {
        let running = Running::default();
        let ((a, one), (b, two)) = (names(1), names(2));
        let first = running.enter(&a, one, 1).await.unwrap();
        first.ends();
        assert_eq!(running.stop(one, |_| true), None);
        // Another thread need not wait for it, and its own waits until it is over.
        drop(running.enter(&b, two, 1).await.unwrap());
        let next = running.enter(&a, two, 1);
        let (next, ()) = tokio::join!(next, async {
            tokio::task::yield_now().await;
            drop(first);
        });
        let next = next.unwrap();
        next.ends();
        assert!(matches!(running.enter(&a, one, 1).await, Err(StartError::Busy(busy)) if busy == two));
        tokio::join!(running.are_over(), async { drop(next) });
    }
}
