use super::*;
use crate::model::Ticket;

/// A machine with a clock and dice that the test holds.
struct Bench {
    machine: Machine,
    now: Millis,
    dice: f64,
}

impl Bench {
    fn new() -> Self {
        Self { machine: Machine::default(), now: 1_000, dice: 0.5 }
    }

    fn does(&mut self, input: Input) -> Vec<Command> {
        self.machine.handle(input, self.now, self.dice)
    }

    fn status(&self) -> &Status {
        self.machine.status()
    }

    fn connection(&self) -> Connection {
        self.machine.connection
    }

    fn lose(&mut self, reason: Reason) -> Vec<Command> {
        let connection = self.connection();
        self.does(Input::Lost(connection, reason))
    }

    /// How long the machine now waits.
    fn wait(&self) -> Millis {
        match self.status() {
            Status::Waiting { until, .. } => until - self.now,
            other => panic!("not waiting but {other:?}"),
        }
    }

    fn addressed() -> Self {
        let mut bench = Self::new();
        bench.does(Input::Connect);
        let connection = bench.connection();
        bench.does(Input::Addressed(connection, Ok(address())));
        bench
    }

    fn open() -> Self {
        let mut bench = Self::addressed();
        let connection = bench.connection();
        bench.does(Input::Opened(connection));
        bench
    }
}

fn address() -> StreamAddress {
    StreamAddress {
        url: "/s?ticket=t".into(),
        ticket: Ticket::new([1; 16]),
        events: vec!["hi".into()],
        retry_ms: 3_000,
    }
}

fn opens(url: &str, connection: Connection) -> Command {
    Command::Open { connection, url: url.into(), events: vec!["hi".into()] }
}

#[test]
fn connecting_asks_for_an_address_then_opens_it() {
    let mut bench = Bench::new();
    let timeout = Command::WakeAt(1_000 + CONNECT_TIMEOUT);
    assert_eq!(bench.does(Input::Connect), [timeout, Command::FetchAddress(Connection(1))]);
    assert_eq!(bench.status(), &Status::Connecting);
    let commands = bench.does(Input::Addressed(Connection(1), Ok(address())));
    assert_eq!(commands, [opens("/s?ticket=t", Connection(1))]);
    assert_eq!(bench.status(), &Status::Connecting);
    assert_eq!(bench.does(Input::Opened(Connection(1))), []);
    assert_eq!(bench.status(), &Status::Open { since: 1_000 });
}

#[test]
fn connecting_twice_opens_one_stream() {
    let mut bench = Bench::new();
    bench.does(Input::Connect);
    assert_eq!(bench.does(Input::Connect), []);
    let mut bench = Bench::open();
    assert_eq!(bench.does(Input::Connect), []);
    assert_eq!(bench.status(), &Status::Open { since: 1_000 });
}

#[test]
fn disconnecting_closes_and_tells_the_server() {
    let ends = [Command::Close, Command::EndOnServer(Ticket::new([1; 16]))];
    let mut waiting = Bench::open();
    waiting.lose(Reason::Network);
    for mut bench in [Bench::open(), Bench::addressed(), waiting] {
        assert_eq!(bench.does(Input::Disconnect), ends);
        assert_eq!(bench.status(), &Status::Closed);
        assert_eq!(bench.does(Input::Disconnect), []);
    }
    let mut early = Bench::new();
    early.does(Input::Connect);
    assert_eq!(early.does(Input::Disconnect), [Command::Close]);
}

#[test]
fn an_address_that_comes_after_a_disconnect_is_not_opened() {
    let mut bench = Bench::new();
    bench.does(Input::Connect);
    bench.does(Input::Disconnect);
    assert_eq!(bench.does(Input::Addressed(Connection(1), Ok(address()))), []);
    assert_eq!(bench.status(), &Status::Closed);
    // Nor is it taken for that of the next connection.
    assert_eq!(bench.does(Input::Connect)[1], Command::FetchAddress(Connection(2)));
    assert_eq!(bench.does(Input::Addressed(Connection(1), Ok(address()))), []);
}

#[test]
fn a_superseded_connection_is_not_heard() {
    let mut bench = Bench::open();
    bench.lose(Reason::Network);
    bench.does(Input::Online);
    for input in [
        Input::Opened(Connection(1)),
        Input::Received(Connection(1), "9-9".into()),
        Input::Finished(Connection(1)),
        Input::Lost(Connection(1), Reason::Refused(404)),
    ] {
        assert_eq!(bench.does(input.clone()), [], "{input:?}");
        assert_eq!(bench.status(), &Status::Connecting, "{input:?}");
    }
    assert_eq!(bench.machine.last_event_id, "");
}

#[test]
fn the_end_closes_and_nothing_reconnects() {
    let mut bench = Bench::open();
    assert_eq!(bench.does(Input::Finished(Connection(1))), [Command::Close]);
    assert_eq!(bench.status(), &Status::Ended);
    assert_eq!(bench.lose(Reason::Network), []);
    assert_eq!(bench.does(Input::Woken), []);
    assert_eq!(bench.does(Input::Online), []);
    assert_eq!(bench.does(Input::Disconnect), []);
    assert_eq!(bench.status(), &Status::Ended);
}

#[test]
fn a_lost_connection_waits_and_resumes_after_the_last_event() {
    let mut bench = Bench::open();
    bench.does(Input::Received(Connection(1), "17-4&一".into()));
    // The server's retry and half of the first second.
    assert_eq!(bench.lose(Reason::Network), [Command::Close, Command::WakeAt(4_500)]);
    assert_eq!(bench.status(), &Status::Waiting { attempt: 1, until: 4_500, reason: Reason::Network });
    bench.now = 4_499;
    assert_eq!(bench.does(Input::Woken), [Command::WakeAt(4_500)]);
    bench.now = 4_500;
    let open = opens("/s?ticket=t&last_event_id=17-4%26%E4%B8%80", Connection(2));
    assert_eq!(bench.does(Input::Woken), [Command::WakeAt(4_500 + CONNECT_TIMEOUT), open]);
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
        let connection = bench.connection();
        bench.does(Input::Opened(connection));
        bench.now += lasted;
        bench.lose(Reason::Network);
        assert!(matches!(bench.status(), Status::Waiting { attempt: n, .. } if *n == attempt));
    }
}

#[test]
fn what_cannot_get_better_fails_and_the_rest_is_tried_again() {
    for reason in [Reason::Refused(400), Reason::Refused(404), Reason::NotAStream, Reason::Unsupported] {
        let mut bench = Bench::addressed();
        assert_eq!(bench.lose(reason), [Command::Close]);
        assert_eq!(bench.status(), &Status::Failed { reason });
        // A person may still try, with a fresh address.
        assert_eq!(bench.does(Input::Connect)[1], Command::FetchAddress(Connection(2)));
    }
    for reason in [Reason::Network, Reason::Refused(429), Reason::Refused(500), Reason::Refused(503)] {
        let mut bench = Bench::addressed();
        bench.lose(reason);
        assert!(matches!(bench.status(), Status::Waiting { reason: why, .. } if *why == reason));
    }
}

#[test]
fn without_an_address_it_is_asked_for_again() {
    let mut bench = Bench::new();
    bench.does(Input::Connect);
    let unreachable = Problem::new(0, "unreachable", "No answer", "");
    bench.does(Input::Addressed(Connection(1), Err(unreachable)));
    assert_eq!(bench.wait(), DEFAULT_RETRY + FIRST_BACKOFF / 2);
    bench.now += bench.wait();
    assert_eq!(bench.does(Input::Woken)[1], Command::FetchAddress(Connection(2)));
    bench.does(Input::Addressed(Connection(2), Err(Problem::bad_request("x", "no"))));
    assert_eq!(bench.status(), &Status::Failed { reason: Reason::Refused(400) });
}

#[test]
fn a_person_or_the_network_can_cut_the_wait_short() {
    for input in [Input::Connect, Input::Online] {
        let mut bench = Bench::open();
        bench.lose(Reason::Network);
        assert_eq!(bench.does(input)[1], opens("/s?ticket=t", Connection(2)));
    }
    let mut idle = Bench::new();
    assert_eq!(idle.does(Input::Online), []);
    assert_eq!(idle.status(), &Status::Idle);
}

#[test]
fn a_new_run_starts_without_the_old_one_s_id() {
    let mut bench = Bench::open();
    bench.does(Input::Received(Connection(1), "17-4".into()));
    bench.does(Input::Disconnect);
    bench.does(Input::Connect);
    let commands = bench.does(Input::Addressed(Connection(2), Ok(address())));
    assert_eq!(commands, [opens("/s?ticket=t", Connection(2))]);
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    let mut unanswered = Bench::new();
    unanswered.does(Input::Connect);
    for mut bench in [unanswered, Bench::addressed()] {
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
fn a_stream_that_is_one_over_all_runs_goes_on_after_its_last_event() {
    let mut bench = Bench { machine: Machine::resuming("7-1".into()), ..Bench::new() };
    let run = |bench: &mut Bench| {
        bench.does(Input::Connect);
        let connection = bench.connection();
        bench.does(Input::Addressed(connection, Ok(address())))
    };
    assert_eq!(run(&mut bench), [opens("/s?ticket=t&last_event_id=7-1", Connection(1))]);
    bench.does(Input::Opened(Connection(1)));
    bench.does(Input::Received(Connection(1), "8-0".into()));
    bench.does(Input::Disconnect);
    assert_eq!(run(&mut bench), [opens("/s?ticket=t&last_event_id=8-0", Connection(2))]);
    bench.does(Input::Opened(Connection(2)));
    // Without an event in between, the place stays, also after a refusal.
    bench.lose(Reason::Refused(404));
    assert_eq!(run(&mut bench), [opens("/s?ticket=t&last_event_id=8-0", Connection(3))]);
}
