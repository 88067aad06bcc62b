//! Silence, and what looks like it.

use super::*;

/// Two and a half heartbeats of 10 s, and a second.
const SILENCE: Millis = 26_000;

/// Over a transport that hears comments.
fn hearing() -> Bench {
    let mut bench = Bench::addressed();
    assert_eq!(bench.says(News::Opened { hears_all: true }), [Command::WakeAt(bench.now + SILENCE)]);
    bench
}

fn wakes(bench: &mut Bench, after: Millis) -> Vec<Command> {
    bench.now += after;
    bench.does(Input::Woken)
}

fn is_waiting(bench: &Bench, why: Reason) -> bool {
    matches!(bench.status(), Status::Waiting { reason, .. } if *reason == why)
}

#[test]
fn a_silent_connection_is_given_up() {
    let mut bench = hearing();
    bench.hears("5-0");
    assert_eq!(wakes(&mut bench, SILENCE)[0], Command::Close);
    assert!(is_waiting(&bench, Reason::Silence));
    bench.now += bench.wait();
    assert_eq!(bench.does(Input::Woken)[1], opens(2, "5-0"));
}

#[test]
fn whatever_comes_breaks_the_silence() {
    let mut bench = hearing();
    for news in [News::Alive, News::LastEventId("5-0".into())] {
        bench.now += 20_000;
        assert_eq!(bench.says(news), [], "no timer is set for each event");
        assert_eq!(wakes(&mut bench, 6_000), [Command::WakeAt(bench.now + SILENCE - 6_000)]);
    }
    assert!(matches!(bench.status(), Status::Open { .. }));
}

#[test]
fn a_silence_that_cannot_be_heard_means_nothing() {
    let mut bench = Bench::open();
    assert_eq!(wakes(&mut bench, 100 * SILENCE), []);
    // Nor does one that the server does not promise to break.
    let mut plain = Bench::connecting();
    plain.says(News::Addressed(Ok(StreamAddress::plain("/other"))));
    assert_eq!(plain.says(News::Opened { hears_all: true }), []);
    assert_eq!(wakes(&mut plain, 100 * SILENCE), []);
}

#[test]
fn a_computer_that_slept_has_a_moment_to_read_what_came() {
    for slept in [SILENCE + LATE + 1, 1_000_000] {
        let mut bench = hearing();
        assert_eq!(wakes(&mut bench, slept), [Command::WakeAt(bench.now + GRACE)]);
        bench.now += 10;
        bench.hears("5-0");
        assert_eq!(wakes(&mut bench, GRACE - 10), [Command::WakeAt(bench.now + SILENCE + 10 - GRACE)]);
        // The next sleep has a grace of its own.
        assert_eq!(wakes(&mut bench, slept), [Command::WakeAt(bench.now + GRACE)]);
    }
}

#[test]
fn after_the_grace_silence_is_silence() {
    // Also when the timers stay late, as those of a hidden page do: one grace for one silence.
    for late in [0, 60_000] {
        let mut bench = hearing();
        wakes(&mut bench, 1_000_000);
        assert_eq!(wakes(&mut bench, GRACE - 1), [Command::WakeAt(bench.now + 1)]);
        wakes(&mut bench, 1 + late);
        assert!(is_waiting(&bench, Reason::Silence));
    }
}

#[test]
fn an_answer_may_have_come_while_the_computer_slept() {
    let mut bench = Bench::addressed();
    assert_eq!(wakes(&mut bench, 1_000_000), [Command::WakeAt(bench.now + GRACE)]);
    bench.says(opened());
    assert!(matches!(bench.status(), Status::Open { .. }));
    let mut unanswered = Bench::addressed();
    wakes(&mut unanswered, 1_000_000);
    wakes(&mut unanswered, GRACE);
    assert!(is_waiting(&unanswered, Reason::Network));
}

#[test]
fn a_wait_that_was_slept_through_is_over() {
    let mut bench = Bench::waiting();
    assert_eq!(wakes(&mut bench, 1_000_000)[1], opens(2, ""));
}

#[test]
fn a_frozen_page_lets_go_of_its_connection_and_takes_it_up_again() {
    for mut bench in [hearing(), Bench::addressed(), Bench::waiting()] {
        bench.machine.last_event_id = "5-0".into();
        let waits = matches!(bench.status(), Status::Waiting { .. });
        assert_eq!(bench.does(Input::Frozen), [Command::Close]);
        assert!(is_waiting(&bench, Reason::Frozen));
        // Nothing else wakes it, and what comes late is not heard.
        let late = Input::From(bench.connection(), News::LastEventId("9-0".into()));
        for input in [Input::Woken, Input::Online, Input::Offline, late] {
            bench.now += 1_000_000;
            assert_eq!(bench.does(input.clone()), [], "{input:?}");
        }
        let timeout = Command::WakeAt(bench.now + CONNECT_TIMEOUT);
        let connection = if waits { 2 } else { bench.connection().0 + 1 };
        assert_eq!(bench.does(Input::Thawed), [timeout, opens(connection, "5-0")]);
        assert_eq!(bench.does(Input::Thawed), [], "once");
    }
}

#[test]
fn a_sleep_is_no_failed_attempt() {
    let mut bench = Bench::open();
    for _ in 0..10 {
        bench.does(Input::Frozen);
        bench.does(Input::Frozen);
        bench.does(Input::Thawed);
    }
    bench.lose(Reason::Network);
    assert!(matches!(bench.status(), Status::Waiting { attempt: 1, .. }));
}

#[test]
fn a_page_without_a_connection_freezes_and_thaws_without_one() {
    let mut closed = Bench::open();
    closed.does(Input::Disconnect);
    for mut bench in [Bench::new(), closed] {
        let status = bench.status().clone();
        assert_eq!(bench.does(Input::Frozen), []);
        assert_eq!(bench.does(Input::Thawed), []);
        assert_eq!(bench.status(), &status);
    }
    // One that is disconnected while it is frozen stays so.
    let mut bench = Bench::open();
    bench.does(Input::Frozen);
    bench.does(Input::Disconnect);
    assert_eq!(bench.does(Input::Thawed), []);
    assert_eq!(bench.status(), &Status::Closed);
    // And a person who sees the page has thawed it.
    let mut bench = Bench::open();
    bench.does(Input::Frozen);
    assert_eq!(bench.does(Input::Connect)[1], opens(2, ""));
}
