//! What the log costs: keeping messages, in batches as the hub makes them, and reading a page.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run is to say so")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::{fs, hint::black_box, path::PathBuf, time::Duration};
use tidings::{
    hub::log::{Entry, Log, Millis, Publish, Settings, memory::MemoryLog, sqlite::SqliteLog},
    model::{EventId, message::Draft, selection::Selection},
};

const NOW: Millis = 1_767_225_600_000;
const BYTES: usize = 256;
const PAGE: usize = 256;

fn settings() -> Settings {
    Settings { retention: Vec::new(), key_window: Duration::from_hours(24) }
}

/// The requests of as many publishers, a message each, on a few channels.
fn batch(size: usize) -> Vec<Publish> {
    let draft = Draft { event: None, data: "word 消息 ".repeat(21) + "word" };
    assert_eq!(draft.data.len(), BYTES);
    let publish = |number: usize| Publish {
        channel: format!("bench.{}", number % 8).parse().expect("a channel"),
        entries: vec![Entry { key: None, drafts: vec![draft.clone()] }],
    };
    (0..size).map(publish).collect()
}

/// An empty folder for a file, under the folder of all that is built.
fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("log-bench");
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn measure(criterion: &mut Criterion, engine: &str, log: &dyn Log) {
    let mut group = criterion.benchmark_group(format!("log/{engine}"));
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500));
    for size in [1, 16, 64, 256] {
        let batch = batch(size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::new("append", size), &batch, |bencher, batch| {
            bencher.iter(|| log.append(batch, NOW).expect("there is room"));
        });
    }
    group.throughput(Throughput::Elements(PAGE as u64));
    log.append(&batch(PAGE * 16), NOW).expect("there is room");
    for patterns in ["bench.1", "bench.*"] {
        let selection = Selection::parse([patterns]).expect("a selection");
        let read = || log.read_after(&selection, EventId::new(NOW, 100), log.newest(), PAGE);
        assert_eq!(read().expect("it is readable").len(), PAGE);
        group.bench_function(BenchmarkId::new("read_after", patterns), |bencher| {
            bencher.iter(|| black_box(read().expect("it is readable")));
        });
    }
    group.finish();
}

fn log(criterion: &mut Criterion) {
    measure(criterion, "memory", &MemoryLog::new(settings(), NOW));
    let folder = folder();
    measure(criterion, "sqlite", &SqliteLog::open(&folder.join("log.db"), settings(), NOW).expect("a log"));
    drop(fs::remove_dir_all(folder));
}

criterion_group!(benches, log);
criterion_main!(benches);
