//! A stream that is opened in another way.

use super::*;

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
