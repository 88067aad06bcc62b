//! A stream that goes on at another address, or is opened in another way.

use super::*;

fn elsewhere() -> StreamAddress {
    StreamAddress { url: "/more".into(), ticket: Some(Ticket::new([2; 16])), retry_ms: 7_000, ..address() }
}

fn moves(bench: &mut Bench, id: &str) -> Vec<Command> {
    bench.does(Input::Move(elsewhere(), id.into()))
}

/// Open, and on its way to elsewhere.
fn moving() -> Bench {
    let mut bench = Bench::open();
    bench.hears("5-0");
    moves(&mut bench, "4-0");
    bench
}

const OPEN: Status = Status::Open { since: 1_000 };

#[test]
fn an_open_stream_stays_open_until_its_successor_is() {
    let mut bench = Bench::open();
    bench.hears("5-0");
    bench.now = 2_000;
    assert_eq!(
        moves(&mut bench, "4-0"),
        [Command::WakeAt(2_000 + CONNECT_TIMEOUT), opens_at(elsewhere(), 2, "4-0")]
    );
    assert_eq!(bench.status(), &OPEN);
    // The old one is heard, but does not say where the new one goes on.
    assert!(bench.machine.hears(Connection(1)) && bench.machine.hears(Connection(2)));
    bench.does(Input::From(Connection(1), News::LastEventId("6-0".into())));
    bench.now = 2_500;
    assert_eq!(bench.says(opened()), [Command::CloseOthers(Connection(2))]);
    assert_eq!(bench.status(), &OPEN);
    assert!(!bench.machine.hears(Connection(1)));
    assert_eq!(bench.machine.last_event_id, "4-0");
    bench.hears("7-0");
    bench.lose(Reason::Network);
    assert_eq!(bench.wait(), 7_500, "the new address' retry");
    assert_eq!(bench.does(Input::Online)[1], opens_at(elsewhere(), 3, "7-0"));
}

#[test]
fn a_successor_that_is_lost_takes_the_stream_with_it() {
    let mut bench = moving();
    assert_eq!(bench.lose(Reason::Network)[0], Command::Close);
    assert!(matches!(bench.status(), Status::Waiting { attempt: 1, reason: Reason::Network, .. }));
    assert_eq!(bench.does(Input::Online)[1], opens_at(elsewhere(), 3, "4-0"));
    let mut refused = moving();
    refused.lose(Reason::Refused(404));
    assert_eq!(refused.status(), &Status::Failed { reason: Reason::Refused(404) });
    let mut late = moving();
    late.now += CONNECT_TIMEOUT;
    assert_eq!(late.does(Input::Woken)[0], Command::Close);
    assert!(matches!(late.status(), Status::Waiting { reason: Reason::Network, .. }));
}

#[test]
fn a_predecessor_that_is_lost_leaves_its_successor() {
    let mut bench = moving();
    let lost = Input::From(Connection(1), News::Lost(Reason::Network.into()));
    assert_eq!(
        bench.does(lost),
        [Command::CloseOthers(Connection(2)), Command::WakeAt(1_000 + CONNECT_TIMEOUT)]
    );
    assert_eq!(bench.status(), &Status::Connecting);
    bench.now = 1_500;
    bench.says(opened());
    assert_eq!(bench.status(), &Status::Open { since: 1_500 });
}

#[test]
fn of_two_moves_the_second_counts() {
    let mut bench = moving();
    let again = StreamAddress { url: "/even-more".into(), ..address() };
    let commands = bench.does(Input::Move(again.clone(), "3-0".into()));
    assert_eq!(commands[0], Command::CloseOthers(Connection(1)));
    assert_eq!(commands[2], opens_at(again, 3, "3-0"));
    assert!(!bench.machine.hears(Connection(2)));
    assert_eq!(bench.says(opened()), [Command::CloseOthers(Connection(3))]);
}

#[test]
fn a_stream_on_its_way_goes_to_the_new_address() {
    for mut bench in [Bench::connecting(), Bench::addressed()] {
        let timeout = Command::WakeAt(1_000 + CONNECT_TIMEOUT);
        assert_eq!(moves(&mut bench, "4-0"), [Command::Close, timeout, opens_at(elsewhere(), 2, "4-0")]);
        assert_eq!(bench.status(), &Status::Connecting);
        // The answer to the question for an address, if there was one, is not wanted any more.
        assert_eq!(bench.does(Input::From(Connection(1), News::Addressed(Ok(address())))), []);
    }
}

#[test]
fn a_stream_that_is_not_open_takes_the_address_over() {
    let mut waiting = Bench::waiting();
    let status = waiting.status().clone();
    assert_eq!(moves(&mut waiting, "4-0"), []);
    assert_eq!(waiting.status(), &status);
    assert_eq!(waiting.does(Input::Online)[1], opens_at(elsewhere(), 2, "4-0"));

    let mut closed = Bench::open();
    closed.does(Input::Disconnect);
    let mut ended = Bench::open();
    ended.says(News::Finished);
    for mut bench in [Bench::new(), closed, ended] {
        assert_eq!(moves(&mut bench, "4-0"), []);
        let commands = bench.does(Input::Connect);
        assert!(matches!(&commands[1], Command::Open { address, last_event_id, .. }
            if *address == elsewhere() && last_event_id == "4-0"));
        // Its run over, the next is an ordinary one.
        bench.does(Input::Disconnect);
        assert!(matches!(bench.does(Input::Connect)[1], Command::FetchAddress(_)));
    }
}

#[test]
fn a_disconnect_closes_both() {
    let mut bench = moving();
    let ends = [Command::Close, Command::EndOnServer(Ticket::new([2; 16]))];
    assert_eq!(bench.does(Input::Disconnect), ends);
    assert!(!bench.machine.hears(Connection(1)) && !bench.machine.hears(Connection(2)));
}

#[test]
fn a_stream_is_opened_anew_after_its_last_event() {
    let mut bench = Bench::open();
    bench.hears("5-0");
    let timeout = Command::WakeAt(1_000 + CONNECT_TIMEOUT);
    // The old one is not heard while the new one is on its way: it would say again what the new one says.
    assert_eq!(bench.does(Input::Reopen), [Command::Close, timeout, opens(2, "5-0")]);
    assert!(!bench.machine.hears(Connection(1)));
    assert_eq!(bench.status(), &Status::Connecting);
    let mut waiting = Bench::waiting();
    assert_eq!(waiting.does(Input::Reopen), [], "the next attempt is opened in the new way");
}
