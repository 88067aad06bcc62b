//! What every engine does. Each test here runs on each of them.

use super::{
    memory::MemoryLog,
    redis::{Address, RedisLog},
    sqlite::SqliteLog,
    *,
};
use std::{
    fs,
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    slice,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

mod keys;
mod reading;
mod search;
#[path = "../../../tests/integration/support/redis.rs"]
#[expect(dead_code, reason = "the integration tests have it, too, and do more with it")]
mod server;
mod trimming;

use server::Redis;

/// When the tests' logs begin.
pub const START: Millis = 1_700_000_000_000;

/// An engine.
#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Memory,
    Sqlite,
    Redis,
}

pub fn next_number() -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// One Redis for all tests of this process, each with logs of other names. It ends with the process.
pub fn shared() -> &'static Redis {
    static SHARED: LazyLock<(Redis, Child)> = LazyLock::new(|| {
        let redis = Redis::start(&["--appendonly", "no"]);
        // What is static is not dropped, and a process may end in many ways: in all of them this one reads to the end.
        let (pid, socket) = (redis.pid(), redis.socket());
        let end = format!("cat; kill -9 {pid}; rm -r \"${{0%/*}}\"");
        let guard = Command::new("sh").arg("-c").arg(end).arg(socket).stdin(Stdio::piped()).spawn();
        (redis, guard.unwrap())
    });
    &SHARED.0
}

/// A folder of a test, removed after it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        // A process that is started has the files of this one for a moment, also the one that says that a log is in use.
        shared();
        let number = next_number();
        let folder = std::env::temp_dir().join(format!("tidings-log-{}-{number}", process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    /// The file of the log.
    pub fn log(&self) -> PathBuf {
        self.0.join("log.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A log under test.
pub struct Open {
    log: Box<dyn Log>,
    settings: Settings,
    place: Place,
}

/// Where a log is.
enum Place {
    Memory,
    File(Folder),
    Redis(Address),
}

impl Open {
    pub fn new(engine: Engine, settings: Settings, now: Millis) -> Self {
        let place = match engine {
            Engine::Memory => Place::Memory,
            Engine::Sqlite => Place::File(Folder::new()),
            // What is on its disk is another test's matter.
            Engine::Redis => {
                let url = format!("{}?name=test{}", shared().url(), next_number());
                Place::Redis(url.parse().unwrap())
            }
        };
        let log = place.open(settings.clone(), now);
        Self { log, settings, place }
    }

    /// Closes it and opens it again, if it can be.
    pub fn reopen(&mut self, now: Millis) {
        if !matches!(self.place, Place::Memory) {
            // Two cannot be open at a time, so there is another in its place for a moment.
            self.log = Place::Memory.open(self.settings.clone(), now);
            self.log = self.place.open(self.settings.clone(), now);
        }
    }

    /// Waits until search finds everything.
    pub fn indexed(&self) -> &Self {
        wait_until_indexed(self.log.as_ref());
        self
    }
}

impl std::ops::Deref for Open {
    type Target = dyn Log;

    fn deref(&self) -> &Self::Target {
        self.log.as_ref()
    }
}

impl Place {
    fn open(&self, settings: Settings, now: Millis) -> Box<dyn Log> {
        match self {
            Self::Memory => Box::new(MemoryLog::new(settings, now)),
            Self::File(folder) => Box::new(SqliteLog::open(&folder.log(), settings, now).unwrap()),
            Self::Redis(address) => Box::new(RedisLog::open(address, settings, now).unwrap()),
        }
    }
}

pub fn wait_until_indexed(log: &dyn Log) {
    // A node knows what was done when it asks, and tells its size without asking.
    log.channels().unwrap();
    for _ in 0..60_000 {
        if log.size().unindexed == 0 {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("search does not catch up: {:?}", log.size());
}

/// A test for each engine of each function named.
macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {
        mod memory {
            $(#[test] fn $test() { super::$test(crate::hub::log::suite::Engine::Memory) })+
        }
        mod sqlite {
            $(#[test] fn $test() { super::$test(crate::hub::log::suite::Engine::Sqlite) })+
        }
        mod redis {
            $(#[test] fn $test() { super::$test(crate::hub::log::suite::Engine::Redis) })+
        }
    };
    // Without Redis, which does a million things at once, too, but nothing else for seconds; it has a test of its own.
    ($($test:ident),+; not on redis) => {
        mod alone {
            $(mod $test {
                #[test] fn memory() { super::super::$test(crate::hub::log::suite::Engine::Memory) }
                #[test] fn sqlite() { super::super::$test(crate::hub::log::suite::Engine::Sqlite) }
            })+
        }
    };
}
use on_each_engine;

/// Keeps everything, and keys for an hour.
pub fn keep_all() -> Settings {
    Settings { retention: Vec::new(), key_window: Duration::from_hours(1) }
}

pub fn channel(name: &str) -> Channel {
    name.parse().unwrap()
}

pub fn select(patterns: &[&str]) -> Selection {
    Selection::parse(patterns.iter().copied()).unwrap()
}

pub fn draft(data: &str) -> Draft {
    Draft { event: None, data: data.into() }
}

pub fn entry(key: Option<&str>, data: &[&str]) -> Entry {
    Entry { key: key.map(|key| key.parse().unwrap()), drafts: data.iter().map(|data| draft(data)).collect() }
}

/// A request without a key.
pub fn publish(name: &str, data: &[&str]) -> Publish {
    Publish { channel: channel(name), entries: vec![entry(None, data)] }
}

/// Publishes a message, and answers its id.
pub fn publish_one(log: &dyn Log, name: &str, data: &str, now: Millis) -> EventId {
    receipts(log, &publish(name, &[data]), now).first().unwrap().first
}

/// Publishes what is not refused.
pub fn receipts(log: &dyn Log, request: &Publish, now: Millis) -> Vec<Receipt> {
    log.append(slice::from_ref(request), now).unwrap().remove(0).unwrap()
}

/// The texts of messages.
pub fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.data.as_str()).collect()
}

/// All selected messages.
pub fn all(log: &dyn Log, patterns: &[&str]) -> Vec<Message> {
    log.read_after(&select(patterns), EventId::new(0, 0), EventId::LAST, usize::MAX).unwrap()
}

fn an_empty_log_has_its_beginning(engine: Engine) {
    let mut log = Open::new(engine, keep_all(), START);
    for now in [START + 1, START - 1] {
        assert_eq!(log.newest(), EventId::new(START, 0));
        assert_eq!((log.indexed().size(), log.channels().unwrap()), (Size::default(), vec![]));
        assert_eq!(log.coverage(&select(&[">"])).unwrap(), Coverage::default());
        assert_eq!(
            (all(&*log, &[">"]), log.read_before(&select(&[">"]), None, 9).unwrap()),
            (vec![], vec![])
        );
        assert_eq!(log.append(&[], now).unwrap(), vec![]);
        assert_eq!(log.trim(now, 9).unwrap(), 0);
        log.reopen(now);
    }
    assert!(publish_one(&*log, "a", "first", START) > EventId::new(START, 0));
}

fn ids_go_up_whatever_the_clock_does(engine: Engine) {
    let mut log = Open::new(engine, keep_all(), START);
    let mut last = log.newest();
    for now in [START, START + 5, START + 5, START - 1_000, 0, START + 6, START + 6, START + 1] {
        for _ in 0..2 {
            let outcomes = log.append(&[publish("a", &["1", "2"]), publish("b", &["3"])], now).unwrap();
            for receipt in outcomes.into_iter().flat_map(Result::unwrap) {
                for id in receipt.ids() {
                    assert!(id > last, "{id} after {last}");
                    last = id;
                }
            }
            assert_eq!(log.newest(), last);
            log.reopen(now);
            assert_eq!(log.newest(), last);
        }
    }
    assert!(all(&*log, &[">"]).is_sorted_by(|one, next| one.id < next.id));
    assert_eq!(log.indexed().size().messages, 48);
}

fn a_message_is_in_the_millisecond_of_its_clock(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    assert_eq!(publish_one(&*log, "a", "x", START + 7), EventId::new(START + 7, 0));
    assert_eq!(publish_one(&*log, "a", "x", START + 7), EventId::new(START + 7, 1));
    assert_eq!(publish_one(&*log, "a", "x", START + 8), EventId::new(START + 8, 0));
}

fn a_request_stays_in_one_millisecond_and_a_full_one_gives_way_to_the_next(engine: Engine) {
    let log = Open::new(engine, keep_all(), START);
    let many = vec![""; usize::try_from(IdClock::PER_MILLISECOND - 10).unwrap()];
    let first = receipts(&*log, &publish("a", &many), START + 1);
    assert_eq!(
        first,
        [Receipt { first: EventId::new(START + 1, 0), count: many.len() as u64, duplicate: false }]
    );
    // Nine more have room in it; the tenth would be the one too many.
    let next = receipts(&*log, &publish("a", &[""; 9]), START + 1);
    assert_eq!(next.first().unwrap().first, EventId::new(START + 1, many.len() as u64));
    let next = receipts(&*log, &publish("a", &["", "last"]), START + 1);
    assert_eq!(next.first().unwrap().first, EventId::new(START + 2, 0));
    let page = log.read_before(&select(&["a"]), None, 3).unwrap();
    assert_eq!(
        page.iter().map(|message| message.id).collect::<Vec<_>>(),
        [
            EventId::new(START + 1, IdClock::PER_MILLISECOND - 2),
            EventId::new(START + 2, 0),
            EventId::new(START + 2, 1)
        ]
    );
}

fn a_message_comes_back_as_it_was(engine: Engine) {
    let mut log = Open::new(engine, keep_all(), START);
    let long = "新消息🎉".repeat(10_000);
    let drafts = ["", "line\nline\r\n\0", "新消息 🎉", "'\"; DROP TABLE messages; --", &long]
        .into_iter()
        .zip([None, Some("update"), Some("更新"), Some("'"), None])
        .map(|(data, event)| Draft { event: event.map(|event| event.parse().unwrap()), data: data.into() });
    let drafts: Vec<Draft> = drafts.collect();
    let request =
        Publish { channel: channel("a.b"), entries: vec![Entry { key: None, drafts: drafts.clone() }] };
    let receipt = receipts(&*log, &request, START).remove(0);
    log.reopen(START);
    let expected: Vec<Message> = receipt
        .ids()
        .zip(drafts)
        .map(|(id, Draft { event, data })| Message { channel: channel("a.b"), id, event, data })
        .collect();
    assert_eq!(all(&*log, &["a.b"]), expected);
}

fn channels_and_sizes_are_told(engine: Engine) {
    let mut log = Open::new(engine, keep_all(), START);
    log.append(&[publish("b", &["12345", "消息"]), publish("a", &[""]), publish("b", &["x"])], START)
        .unwrap();
    for _ in 0..2 {
        let channels = log.channels().unwrap();
        let summary = |name: &str, sequence, messages, bytes| ChannelSummary {
            channel: channel(name),
            newest: EventId::new(START, sequence),
            messages,
            bytes,
        };
        assert_eq!(channels, [summary("a", 3, 1, 0), summary("b", 4, 3, 12)]);
        assert_eq!(log.indexed().size(), Size { messages: 4, bytes: 12, unindexed: 0 });
        log.reopen(START);
    }
}

on_each_engine!(
    an_empty_log_has_its_beginning,
    ids_go_up_whatever_the_clock_does,
    a_message_is_in_the_millisecond_of_its_clock,
    a_message_comes_back_as_it_was,
    channels_and_sizes_are_told,
);
on_each_engine!(a_request_stays_in_one_millisecond_and_a_full_one_gives_way_to_the_next; not on redis);
