use super::*;
use crate::model::{Ticket, problem::Problem};

mod losses;
mod random;
mod reopen;
mod sleep;

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

    /// This is new of the connection that is open or on its way.
    fn says(&mut self, news: News) -> Vec<Command> {
        self.does(Input::From(self.connection(), news))
    }

    fn status(&self) -> &Status {
        self.machine.status()
    }

    fn connection(&self) -> Connection {
        self.machine.current
    }

    fn lose(&mut self, reason: Reason) -> Vec<Command> {
        self.says(News::Lost(reason.into()))
    }

    /// An event comes.
    fn hears(&mut self, id: &str) {
        assert_eq!(self.says(News::LastEventId(id.into())), []);
    }

    /// How long the machine now waits.
    fn wait(&self) -> Millis {
        match self.status() {
            Status::Waiting { until, .. } => until - self.now,
            other => panic!("not waiting but {other:?}"),
        }
    }

    fn connecting() -> Self {
        let mut bench = Self::new();
        bench.does(Input::Connect);
        bench
    }

    fn addressed() -> Self {
        let mut bench = Self::connecting();
        bench.says(News::Addressed(Ok(address())));
        bench
    }

    /// Over a transport that does not hear all.
    fn open() -> Self {
        let mut bench = Self::addressed();
        bench.says(opened());
        bench
    }

    fn waiting() -> Self {
        let mut bench = Self::open();
        bench.lose(Reason::Network);
        bench
    }
}

fn opened() -> News {
    News::Opened { hears_all: false }
}

fn address() -> StreamAddress {
    StreamAddress {
        url: "/s?ticket=t".into(),
        ticket: Some(Ticket::new([1; 16])),
        events: vec!["hi".into()],
        retry_ms: 3_000,
        heartbeat_ms: Some(10_000),
    }
}

fn opens(connection: u64, last_event_id: &str) -> Command {
    opens_at(address(), connection, last_event_id)
}

fn opens_at(address: StreamAddress, connection: u64, last_event_id: &str) -> Command {
    Command::Open { connection: Connection(connection), address, last_event_id: last_event_id.into() }
}

#[test]
fn connecting_asks_for_an_address_then_opens_it() {
    let mut bench = Bench::new();
    let timeout = Command::WakeAt(1_000 + CONNECT_TIMEOUT);
    assert_eq!(bench.does(Input::Connect), [timeout, Command::FetchAddress(Connection(1))]);
    assert_eq!(bench.status(), &Status::Connecting);
    assert_eq!(bench.says(News::Addressed(Ok(address()))), [opens(1, "")]);
    assert_eq!(bench.status(), &Status::Connecting);
    assert_eq!(bench.says(opened()), []);
    assert_eq!(bench.status(), &Status::Open { since: 1_000 });
}

#[test]
fn connecting_twice_opens_one_stream() {
    let mut bench = Bench::connecting();
    assert_eq!(bench.does(Input::Connect), []);
    let mut bench = Bench::open();
    assert_eq!(bench.does(Input::Connect), []);
    assert_eq!(bench.status(), &Status::Open { since: 1_000 });
}

#[test]
fn disconnecting_closes_and_tells_the_server() {
    let ends = [Command::Close, Command::EndOnServer(Ticket::new([1; 16]))];
    for mut bench in [Bench::open(), Bench::addressed(), Bench::waiting()] {
        assert_eq!(bench.does(Input::Disconnect), ends);
        assert_eq!(bench.status(), &Status::Closed);
        assert_eq!(bench.does(Input::Disconnect), []);
    }
    let mut early = Bench::connecting();
    assert_eq!(early.does(Input::Disconnect), [Command::Close]);
    // A server without tickets is not told: it sees the connection end.
    let mut plain = Bench::connecting();
    plain.says(News::Addressed(Ok(StreamAddress::plain("/other"))));
    assert_eq!(plain.does(Input::Disconnect), [Command::Close]);
}

#[test]
fn an_address_that_comes_after_a_disconnect_is_not_opened() {
    let mut bench = Bench::connecting();
    bench.does(Input::Disconnect);
    let late = || Input::From(Connection(1), News::Addressed(Ok(address())));
    assert_eq!(bench.does(late()), []);
    assert_eq!(bench.status(), &Status::Closed);
    // Nor is it taken for that of the next connection.
    assert_eq!(bench.does(Input::Connect)[1], Command::FetchAddress(Connection(2)));
    assert_eq!(bench.does(late()), []);
}

#[test]
fn a_superseded_connection_is_not_heard() {
    let mut bench = Bench::waiting();
    bench.does(Input::Online);
    for news in [
        News::Addressed(Ok(address())),
        opened(),
        News::Alive,
        News::LastEventId("9-9".into()),
        News::Retry(9),
        News::Finished,
        News::Lost(Reason::Refused(404).into()),
        News::Lost(Reason::Refused(401).into()),
    ] {
        assert_eq!(bench.does(Input::From(Connection(1), news.clone())), [], "{news:?}");
        assert_eq!(bench.status(), &Status::Connecting, "{news:?}");
    }
    assert_eq!((bench.machine.last_event_id.as_str(), bench.machine.retry), ("", Some(3_000)));
}

#[test]
fn the_end_closes_and_nothing_reconnects() {
    // 204 is news of a connection that never opened.
    for mut bench in [Bench::open(), Bench::addressed()] {
        assert_eq!(bench.says(News::Finished), [Command::Close]);
        assert_eq!(bench.status(), &Status::Ended);
        assert_eq!(bench.lose(Reason::Network), []);
        for input in
            [Input::Woken, Input::Online, Input::Offline, Input::Reopen, Input::Disconnect, Input::Frozen]
        {
            assert_eq!(bench.does(input.clone()), [], "{input:?}");
        }
        assert_eq!(bench.does(Input::Thawed), []);
        assert_eq!(bench.status(), &Status::Ended);
    }
}

#[test]
fn a_new_run_starts_without_the_old_one_s_id() {
    let mut bench = Bench::open();
    bench.hears("17-4");
    bench.does(Input::Disconnect);
    bench.does(Input::Connect);
    assert_eq!(bench.says(News::Addressed(Ok(address()))), [opens(2, "")]);
}

#[test]
fn a_stream_that_is_one_over_all_runs_goes_on_after_its_last_event() {
    let mut bench = Bench { machine: Machine::resuming("7-1".into()), ..Bench::new() };
    let run = |bench: &mut Bench| {
        bench.does(Input::Connect);
        bench.says(News::Addressed(Ok(address())))
    };
    assert_eq!(run(&mut bench), [opens(1, "7-1")]);
    bench.says(opened());
    bench.hears("8-0");
    bench.does(Input::Disconnect);
    assert_eq!(run(&mut bench), [opens(2, "8-0")]);
    bench.says(opened());
    // Without an event in between, the place stays, also after a refusal.
    bench.lose(Reason::Refused(404));
    assert_eq!(run(&mut bench), [opens(3, "8-0")]);
}
