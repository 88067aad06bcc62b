//! What the hub's pure parts cost: encoding a message, and putting one into the rings of those who watch.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{hint::black_box, sync::Arc, time::Duration};
use tidings::{
    hub::{
        audience::{Audiences, Interest},
        frame::{Envelope, Form, Frame, Outgoing},
        ring::Seat,
    },
    model::{EventId, channel::Channel, selection::Selection},
};

const MESSAGE_BYTES: usize = 256;

fn envelope<'a>(channel: &'a Channel, data: &'a str, sequence: u64) -> Envelope<'a> {
    let id = EventId::new(1_767_225_600_000, sequence);
    Envelope { channel, id: Some(id), time: id.milliseconds(), event: None, data }
}

fn encode(criterion: &mut Criterion) {
    let (channel, data) = (channel(), "x".repeat(MESSAGE_BYTES));
    let mut group = criterion.benchmark_group("encode 256 bytes");
    for (name, form) in [("plain", Form::Plain), ("envelope", Form::Envelope)] {
        let frame = || -> Frame { Outgoing::new(envelope(&channel, &data, 4)).frame(form) };
        group.bench_function(name, |bencher| bencher.iter(|| black_box(frame())));
    }
}

/// One message to this many subscribers: into the ring, and out of it by each of them.
fn fan_out(criterion: &mut Criterion) {
    let (channel, data) = (channel(), "x".repeat(MESSAGE_BYTES));
    let mut group = criterion.benchmark_group("fan-out of one message");
    for subscribers in [1, 1_000, 10_000] {
        let audiences = Arc::new(Audiences::new(EventId::new(1, 0)));
        let interest = Interest { selection: Selection::from(channel.clone()), form: Form::Plain };
        let mut seats: Vec<Seat> = (0..subscribers).map(|_| audiences.join(interest.clone()).0).collect();
        let cx = std::task::Context::from_waker(std::task::Waker::noop());
        group.bench_function(format!("{subscribers} subscribers"), |bencher| {
            bencher.iter_batched(
                || Outgoing::new(envelope(&channel, &data, 4)),
                |message| {
                    let waiting = audiences.send(&[message]);
                    for seat in &mut seats {
                        let _ = black_box(seat.try_next());
                        let _ = black_box(seat.poll_ready(&cx));
                    }
                    waiting
                },
                BatchSize::SmallInput,
            );
        });
    }
}

#[expect(clippy::expect_used, reason = "a benchmark fails by panicking")]
fn channel() -> Channel {
    "bench".parse().expect("a channel's name")
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = encode, fan_out
}
criterion_main!(benches);
