//! What holds whatever happens, in whichever order.

use super::*;
use proptest::{collection::vec, prelude::*, sample::select};

/// What the browser would have: the connections that are open or on their way, and the timer.
#[derive(Debug, Default)]
struct Browser {
    connections: Vec<Connection>,
    asked: Vec<Connection>,
    timer: Option<Millis>,
}

impl Browser {
    /// Only who was asked answers, and only what is open or on its way has news.
    fn can_tell(&mut self, input: &Input) -> bool {
        match input {
            Input::From(connection, News::Addressed(_)) => {
                self.asked.pop_if(|asked| asked == connection).is_some()
            }
            Input::From(connection, _) => self.connections.contains(connection),
            _ => true,
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::FetchAddress(connection) => self.asked.push(connection),
            Command::Open { connection, .. } => self.connections.push(connection),
            Command::Close => self.connections.clear(),
            Command::WakeAt(time) => self.timer = Some(time),
            Command::EndOnServer(_) => {}
        }
    }
}

fn input() -> impl Strategy<Value = Input> {
    let news = prop_oneof![
        Just(News::Addressed(Ok(address()))),
        Just(News::Addressed(Err(Problem::bad_request("x", "no")))),
        any::<bool>().prop_map(|hears_all| News::Opened { hears_all }),
        Just(News::Alive),
        Just(News::LastEventId("5-0".into())),
        select(vec![0, 100, Millis::MAX]).prop_map(News::Retry),
        Just(News::Finished),
        select(vec![Reason::Network, Reason::Refused(401), Reason::Refused(503), Reason::NotAStream])
            .prop_map(|reason| News::Lost(reason.into())),
    ];
    prop_oneof![
        3 => Just(Input::Connect),
        1 => Just(Input::Disconnect),
        1 => Just(Input::Reopen),
        12 => (1..30u64, news).prop_map(|(number, news)| Input::From(Connection(number), news)),
        3 => Just(Input::Woken),
        1 => select(vec![Input::Online, Input::Offline, Input::Frozen, Input::Thawed]),
    ]
}

proptest! {
    #[test]
    fn connections_and_timers_fit_the_status(steps in vec((input(), 0..40_000u64, 0.0..1.0), 1..120)) {
        let (mut bench, mut browser) = (Bench::new(), Browser::default());
        for (mut input, passes, dice) in steps {
            bench.now += passes;
            bench.dice = dice;
            // Half of what connections say is of those that there are.
            if let Input::From(connection, _) = &mut input && connection.0 % 2 == 0 {
                *connection = bench.connection();
            }
            if let Input::Woken = input {
                browser.timer = None;
            }
            let superseded = matches!(&input, Input::From(connection, _) if !bench.machine.hears(*connection));
            if !superseded && !browser.can_tell(&input) {
                continue;
            }
            let before = bench.status().clone();
            let commands = bench.does(input);
            prop_assert!(!superseded || (commands.is_empty() && *bench.status() == before));
            commands.into_iter().for_each(|command| browser.carry_out(command));

            let current = bench.machine.current;
            let mut open = browser.connections.clone();
            open.retain(|connection| *connection != current);
            prop_assert_eq!(open, []);
            match bench.status() {
                Status::Connecting => {
                    prop_assert!(browser.connections.contains(&current) || browser.asked.contains(&current));
                }
                Status::Open { .. } => prop_assert!(browser.connections.contains(&current)),
                _ => prop_assert_eq!(&browser.connections, &[]),
            }
            // Whatever is due, a timer comes for it in time.
            if let Some(deadline) = bench.machine.deadline() {
                prop_assert!(browser.timer.is_some_and(|timer| timer <= deadline), "{:?}", bench.machine);
            }
        }
    }
}
