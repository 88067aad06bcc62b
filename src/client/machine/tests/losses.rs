//! Connections that are lost or never come to be.

use super::*;

#[test]
fn a_lost_connection_waits_and_resumes_after_the_last_event() {
    let mut bench = Bench::open();
    bench.hears("17-4&一");
    // The server's retry and half of the first second.
    assert_eq!(bench.lose(Reason::Network), [Command::Close, Command::WakeAt(4_500)]);
    assert_eq!(bench.status(), &Status::Waiting { attempt: 1, until: 4_500, reason: Reason::Network });
    bench.now = 4_499;
    assert_eq!(bench.does(Input::Woken), [Command::WakeAt(4_500)]);
    bench.now = 4_500;
    assert_eq!(bench.does(Input::Woken), [Command::WakeAt(4_500 + CONNECT_TIMEOUT), opens(2, "17-4&一")]);
    assert_eq!(bench.status(), &Status::Connecting);
}

#[test]
fn waits_double_up_to_a_limit_and_start_again_after_a_stable_connection() {
    let mut bench = Bench::open();
    bench.dice = 0.0;
    bench.lose(Reason::Network);
    assert_eq!(bench.wait(), 3_000, "never sooner than the server asks for");
    bench.dice = 0.999_999;
    let mut waits = Vec::new();
    for _ in 0..40 {
        bench.does(Input::Online);
        bench.lose(Reason::Network);
        waits.push((bench.wait() - 3_000).div_ceil(1_000));
    }
    assert_eq!(waits[..6], [2, 4, 8, 16, 30, 30]);
    assert_eq!(waits[39], 30);

    for (lasted, attempt) in [(STABLE - 1, 42), (STABLE, 1)] {
        bench.does(Input::Online);
        bench.says(opened());
        bench.now += lasted;
        bench.lose(Reason::Network);
        assert!(matches!(bench.status(), Status::Waiting { attempt: n, .. } if *n == attempt));
    }
}

#[test]
fn a_body_that_ends_at_once_every_time_is_no_tight_loop() {
    let mut bench = Bench::addressed();
    bench.dice = 0.999_999;
    bench.says(News::Retry(0));
    let mut waits = Vec::new();
    for _ in 0..6 {
        bench.says(opened());
        bench.lose(Reason::Network);
        waits.push(bench.wait().div_ceil(1_000));
        bench.now += bench.wait();
        bench.does(Input::Woken);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 30]);
}

#[test]
fn what_cannot_get_better_fails_and_the_rest_is_tried_again() {
    for reason in [
        Reason::Refused(400),
        Reason::Refused(403),
        Reason::Refused(404),
        Reason::Refused(410),
        Reason::NotAStream,
        Reason::TooLarge(16 << 20),
        Reason::Unsupported,
    ] {
        let mut bench = Bench::addressed();
        assert_eq!(bench.lose(reason), [Command::Close]);
        assert_eq!(bench.status(), &Status::Failed { reason });
        // A person may still try, with a fresh address.
        assert_eq!(bench.does(Input::Connect)[1], Command::FetchAddress(Connection(2)));
    }
    for reason in [
        Reason::Network,
        Reason::Silence,
        Reason::Refused(408),
        Reason::Refused(425),
        Reason::Refused(429),
        Reason::Refused(500),
        Reason::Refused(503),
    ] {
        let mut bench = Bench::addressed();
        bench.lose(reason);
        assert!(matches!(bench.status(), Status::Waiting { reason: why, .. } if *why == reason));
    }
}

#[test]
fn without_an_address_it_is_asked_for_again() {
    let mut bench = Bench::connecting();
    let unreachable = Problem::new(0, "unreachable", "No answer", "");
    bench.says(News::Addressed(Err(unreachable)));
    assert_eq!(bench.wait(), DEFAULT_RETRY + FIRST_BACKOFF / 2);
    bench.now += bench.wait();
    assert_eq!(bench.does(Input::Woken)[1], Command::FetchAddress(Connection(2)));
    bench.says(News::Addressed(Err(Problem::bad_request("x", "no"))));
    assert_eq!(bench.status(), &Status::Failed { reason: Reason::Refused(400) });
}

#[test]
fn a_person_or_the_network_can_cut_the_wait_short() {
    for input in [Input::Connect, Input::Online] {
        let mut bench = Bench::waiting();
        assert_eq!(bench.does(input)[1], opens(2, ""));
    }
    let mut idle = Bench::new();
    assert_eq!(idle.does(Input::Online), []);
    assert_eq!(idle.status(), &Status::Idle);
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    for mut bench in [Bench::connecting(), Bench::addressed()] {
        bench.now += CONNECT_TIMEOUT - 1;
        assert_eq!(bench.does(Input::Woken), [Command::WakeAt(bench.now + 1)]);
        bench.now += 1;
        assert_eq!(bench.does(Input::Woken)[0], Command::Close);
        assert!(matches!(bench.status(), Status::Waiting { reason: Reason::Network, .. }));
    }
    let mut open = Bench::open();
    open.now += CONNECT_TIMEOUT;
    assert_eq!(open.does(Input::Woken), [], "it has come");
}

#[test]
fn without_a_network_there_is_no_connection() {
    for mut bench in [Bench::addressed(), Bench::open()] {
        bench.does(Input::Offline);
        assert!(matches!(bench.status(), Status::Waiting { attempt: 1, reason: Reason::Network, .. }));
        assert_eq!(bench.does(Input::Offline), [], "it waits already");
    }
    let mut idle = Bench::new();
    assert_eq!(idle.does(Input::Offline), []);
    assert_eq!(idle.status(), &Status::Idle);
}

#[test]
fn the_server_says_how_long_to_wait() {
    // The stream's own word replaces that of the address, for all waits.
    let mut bench = Bench::open();
    bench.says(News::Retry(10_000));
    bench.lose(Reason::Network);
    assert_eq!(bench.wait(), 10_500);
    bench.does(Input::Online);
    bench.lose(Reason::Network);
    assert_eq!(bench.wait(), 11_000);
    // That of a refusal is for one wait, and never shortens it.
    for (retry_after, wait) in [(60_000, 62_000), (1_000, 14_000), (0, 18_000)] {
        bench.does(Input::Online);
        bench.says(News::Lost(Loss { reason: Reason::Refused(503), retry_after }));
        assert_eq!(bench.wait(), wait);
    }
    // Nor does an absurd one break anything.
    bench.does(Input::Online);
    bench.says(News::Retry(Millis::MAX));
    bench.lose(Reason::Network);
    assert!(matches!(bench.status(), Status::Waiting { until: Millis::MAX, .. }));
}

#[test]
fn a_401_asks_for_a_fresh_address_once_and_resumes() {
    let mut bench = Bench::open();
    bench.hears("5-0");
    bench.lose(Reason::Network);
    bench.does(Input::Online);
    let asks = bench.lose(Reason::Refused(401));
    assert_eq!(asks[..1], [Command::Close]);
    assert_eq!(asks[2], Command::FetchAddress(Connection(3)));
    assert_eq!(bench.status(), &Status::Connecting);
    let fresh = StreamAddress { url: "/s?ticket=fresh".into(), ..address() };
    assert_eq!(bench.says(News::Addressed(Ok(fresh.clone()))), [opens_at(fresh, 3, "5-0")]);
    // A second one in a row is an answer.
    let mut refused = Bench { machine: bench.machine, ..Bench::new() };
    assert_eq!(refused.lose(Reason::Refused(401)), [Command::Close]);
    assert_eq!(refused.status(), &Status::Failed { reason: Reason::Refused(401) });
}

#[test]
fn a_401_after_a_stream_that_opened_is_a_new_one() {
    let mut bench = Bench::open();
    for connection in [3, 5] {
        bench.lose(Reason::Network);
        bench.does(Input::Online);
        assert_eq!(bench.lose(Reason::Refused(401))[2], Command::FetchAddress(Connection(connection)));
        bench.says(News::Addressed(Ok(address())));
        bench.says(opened());
    }
    // A loss of another kind in between is no end of the row.
    bench.lose(Reason::Network);
    bench.does(Input::Online);
    bench.lose(Reason::Refused(401));
    bench.says(News::Addressed(Ok(address())));
    bench.lose(Reason::Network);
    bench.does(Input::Online);
    bench.lose(Reason::Refused(401));
    assert_eq!(bench.status(), &Status::Failed { reason: Reason::Refused(401) });
}

#[test]
fn a_person_who_may_not_have_the_address_is_told() {
    let mut bench = Bench::connecting();
    bench.says(News::Addressed(Err(Problem { status: 401, ..Problem::internal("") })));
    assert_eq!(bench.status(), &Status::Failed { reason: Reason::Refused(401) });
}
