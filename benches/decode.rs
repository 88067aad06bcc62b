//! What decoding costs: a stream of events, in pieces as a network brings them.

#![expect(clippy::expect_used, reason = "a benchmark that cannot run is to say so")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::{hint::black_box, time::Duration};
use tidings::{model::EventId, sse::decode::Decoder, sse::encode};

const EVENTS: u64 = 4096;
const DATA_BYTES: usize = 256;

/// Events as the hub sends them: data and an id.
fn stream() -> Vec<u8> {
    let data = "x".repeat(DATA_BYTES);
    (0..EVENTS)
        .flat_map(|sequence| encode::event(EventId::new(1_767_225_600_000, sequence), None, &data))
        .collect()
}

fn decode(criterion: &mut Criterion) {
    let stream = stream();
    let mut group = criterion.benchmark_group("decode events of 256 bytes");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    for (name, size) in [("in pieces of 64 KiB", 64 << 10), ("in pieces of 1,460 bytes", 1460)] {
        group.bench_function(name, |bencher| {
            let mut items = Vec::new();
            bencher.iter(|| {
                let mut decoder = Decoder::default();
                for piece in stream.chunks(size) {
                    items.clear();
                    decoder.feed(piece, &mut items).expect("the events are small");
                    black_box(&items);
                }
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = decode
}
criterion_main!(benches);
