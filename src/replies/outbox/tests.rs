use super::*;
use crate::{
    hub::log::{
        ChannelSummary, Coverage, Import, Log, LogError, Millis, Outcome, Settings, Size, memory::MemoryLog,
        words::Query,
    },
    model::{EventId, message::Message, selection::Selection},
    replies::event::{Activity, Done, Reason},
};
use std::sync::atomic::{AtomicUsize, Ordering};

const REPLY: ReplyId = ReplyId::of_bits(1);

/// A log that has no room for the next so many appends.
struct Full {
    appends: AtomicUsize,
    log: MemoryLog,
}

impl Log for Full {
    fn append(&self, requests: &[Publish], now: Millis) -> Result<Vec<Outcome>, LogError> {
        let is_full = |left: usize| left.checked_sub(1);
        match self.appends.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_full) {
            Ok(_) => Err(LogError::Full),
            Err(_) => self.log.append(requests, now),
        }
    }

    fn newest(&self) -> EventId {
        self.log.newest()
    }

    fn read_after(
        &self,
        selection: &Selection,
        after: EventId,
        until: EventId,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.log.read_after(selection, after, until, limit)
    }

    fn read_before(
        &self,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.log.read_before(selection, before, limit)
    }

    fn count_after(&self, selection: &Selection, after: EventId, most: usize) -> Result<usize, LogError> {
        self.log.count_after(selection, after, most)
    }

    fn nth_newest(&self, selection: &Selection, newer: usize) -> Result<Option<EventId>, LogError> {
        self.log.nth_newest(selection, newer)
    }

    fn coverage(&self, selection: &Selection) -> Result<Coverage, LogError> {
        self.log.coverage(selection)
    }

    fn forgotten_after(&self, selection: &Selection, after: EventId) -> Result<u64, LogError> {
        self.log.forgotten_after(selection, after)
    }

    fn search(
        &self,
        query: &Query,
        selection: &Selection,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.log.search(query, selection, before, limit)
    }

    fn channels(&self) -> Result<Vec<ChannelSummary>, LogError> {
        self.log.channels()
    }

    fn trim(&self, now: Millis, limit: usize) -> Result<usize, LogError> {
        self.log.trim(now, limit)
    }

    fn import(&self, import: &Import) -> Result<(), LogError> {
        self.log.import(import)
    }

    fn size(&self) -> Size {
        self.log.size()
    }
}

fn outbox() -> (Arc<Hub>, Outbox) {
    full_outbox(0)
}

fn full_outbox(appends: usize) -> (Arc<Hub>, Outbox) {
    let settings = Settings { retention: Vec::new(), key_window: Duration::from_secs(1) };
    let log = Full { appends: AtomicUsize::new(appends), log: MemoryLog::new(settings, 1) };
    let hub = Hub::start(Arc::new(log)).unwrap();
    (hub.clone(), Outbox::new(hub, "replies.a".parse().unwrap(), REPLY))
}

async fn kept(hub: &Hub) -> Vec<String> {
    let channel: Channel = "replies.a".parse().unwrap();
    let messages = hub.before(channel.into(), None, 100).await.unwrap();
    let text = |event| match event {
        Event::Delta(Delta { at, text, .. }) => format!("{at} {text}"),
        Event::Status(_) => "status".to_owned(),
        Event::Done(done) => format!("done {}", done.length),
        other => panic!("{other:?}"),
    };
    messages.iter().map(|message| text(Event::of(message).unwrap())).collect()
}

#[tokio::test]
async fn the_first_piece_goes_at_once_and_what_comes_then_goes_together() {
    let (hub, mut outbox) = outbox();
    let start = Instant::now();
    outbox.text("a");
    outbox.work().await.unwrap();
    assert_eq!(kept(&hub).await, ["0 a"]);
    for piece in ["b", "", "三", "d"] {
        outbox.text(piece);
    }
    outbox.work().await.unwrap();
    assert!(start.elapsed() >= PACE);
    assert_eq!(kept(&hub).await, ["0 a", "1 b三d"]);
    assert_eq!(outbox.length(), 6);
}

#[tokio::test]
async fn what_is_done_between_pieces_stands_between_them_and_once() {
    let (hub, mut outbox) = outbox();
    let thinks = || Status { reply: REPLY, activity: Activity::Thinking };
    outbox.status(thinks());
    outbox.status(thinks());
    outbox.text("a");
    outbox.status(thinks());
    outbox.text("b");
    let length = outbox.length();
    let done = Event::Done(Done { reply: REPLY, reason: Reason::Finished, length });
    outbox.end(done, &CancellationToken::new()).await;
    assert_eq!(kept(&hub).await, ["status", "0 a", "status", "1 b", "done 2"]);
}

#[tokio::test]
async fn whoever_stops_waiting_for_it_loses_nothing() {
    let (hub, mut outbox) = outbox();
    for number in 0..10 {
        outbox.text(&number.to_string());
        let _ = futures::poll!(std::pin::pin!(outbox.work()));
    }
    let done = Event::Done(Done { reply: REPLY, reason: Reason::Finished, length: 10 });
    outbox.end(done, &CancellationToken::new()).await;
    let kept = kept(&hub).await;
    assert_eq!(kept.last().unwrap(), "done 10");
    let text: String = kept.iter().filter_map(|line| line.split_once(' ')).map(|(_, text)| text).collect();
    assert_eq!(text, "012345678910");
}

#[tokio::test(start_paused = true)]
async fn what_the_log_had_no_room_for_is_kept_with_the_end_when_there_is() {
    let (hub, mut outbox) = full_outbox(3);
    outbox.text("a");
    assert!(matches!(outbox.work().await, Err(PublishError::Log(_))));
    outbox.text("b");
    let done = Event::Done(Done { reply: REPLY, reason: Reason::Finished, length: 2 });
    outbox.end(done, &CancellationToken::new()).await;
    assert_eq!(kept(&hub).await, ["0 ab", "done 2"]);
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_room() {
    let (hub, mut outbox) = full_outbox(usize::MAX);
    outbox.text("a");
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    let done = Event::Done(Done { reply: REPLY, reason: Reason::Finished, length: 1 });
    outbox.end(done, &shutdown).await;
    assert!(kept(&hub).await.is_empty());
}
