use super::{
    simulation::{Page, World},
    *,
};
use crate::client::machine::Reason;
use proptest::prelude::*;

const CHANNELS: [&str; 4] = ["a.x", "a.y", "b", "c"];
const SELECTIONS: [&[&str]; 7] = [&["a.x"], &["a.*"], &["a.x", "b"], &["b"], &["c", "a.y"], &[">"], &["c"]];

fn selection(patterns: &[&str]) -> Selection {
    Selection::parse(patterns.iter().copied()).unwrap()
}

/// One thing that a person, a publisher, the browser or the network does.
fn disturb(world: &mut World, trims: bool) {
    let open: Vec<_> = (0..world.pages.len()).filter(|index| world.pages[*index].is_open).collect();
    let page = open.get(world.dice.roll(open.len())).copied();
    let channel = CHANNELS[world.dice.roll(CHANNELS.len())];
    match (world.dice.roll(40), page) {
        (0..=14, _) => world.publish(channel),
        (15..=19, _) => world.publish_ephemeral(channel),
        (20..=24, _) if open.len() < 8 => {
            let which = world.dice.roll(SELECTIONS.len());
            world.join(selection(SELECTIONS[which]));
        }
        (25, Some(page)) => world.close(page),
        (26, Some(page)) => world.crash(page),
        (27, Some(page)) if !world.pages[page].is_away => world.freeze(page),
        (27 | 28, Some(page)) if world.pages[page].is_away => world.thaw(page),
        (29 | 30, Some(page)) => {
            let time = world.dice.roll(3_000) as Millis;
            world.block(page, time);
        }
        (31, Some(page)) if !world.pages[page].is_away => world.tell(page, Input::Disconnect),
        (32, Some(page)) if !world.pages[page].is_away => world.tell(page, Input::Connect),
        (33 | 34, Some(page)) if !world.pages[page].is_away => world.cut(page),
        (35, Some(page)) if !world.pages[page].is_away => {
            let is_visible = world.dice.roll(2) == 0;
            world.tell(page, Input::Visible(is_visible));
        }
        (36, _) if trims => world.trimmed = world.log.len().saturating_sub(5),
        _ => world.now += world.dice.roll(200) as Millis,
    }
}

/// Whatever happens, then nothing more, for long enough.
fn play(seed: u64, trims: bool) -> World {
    let mut world = World::new(seed);
    for _ in 0..300 {
        disturb(&mut world, trims);
        for _ in 0..world.dice.roll(12) {
            world.step();
        }
    }
    world.unblock();
    for page in 0..world.pages.len() {
        if world.pages[page].is_open {
            if world.pages[page].is_away {
                world.thaw(page);
            }
            world.tell(page, Input::Connect);
        }
    }
    world.run(40_000);
    world
}

proptest! {
    // A smaller seed is no simpler case.
    #![proptest_config(ProptestConfig { max_shrink_iters: 0, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn whatever_happens_every_tab_has_everything_once_and_in_order(seed: u64) {
        let mut world = play(seed, false);
        world.check();
        let open: Vec<_> = (0..world.pages.len()).filter(|page| world.pages[*page].is_open).collect();
        prop_assert_eq!(world.streams(), usize::from(!open.is_empty()));
        // Then all are live.
        let before: Vec<_> = world.pages.iter().map(|page| page.taken.len()).collect();
        for channel in CHANNELS {
            world.publish(channel);
            world.publish_ephemeral(channel);
        }
        world.run(100);
        world.check();
        for page in open {
            let Page { tab, taken, selection, .. } = &world.pages[page];
            prop_assert!(matches!(tab.status(), Status::Open { .. }), "{page}: {:?}", tab.status());
            let matching = CHANNELS.iter().filter(|name| selection.matches(&name.parse().unwrap())).count();
            prop_assert_eq!(taken.len() - before[page], 2 * matching);
        }
    }

    #[test]
    fn what_is_not_kept_any_more_is_never_missing_without_a_word(seed: u64) {
        play(seed, true).check();
    }
}

/// So many pages of the channel, all live.
fn live(pages: usize) -> World {
    let mut world = World::new(1);
    for _ in 0..pages {
        world.join(selection(&["a.x"]));
    }
    world.run(100);
    assert_eq!((world.streams(), world.leader()), (1, Some(0)));
    world
}

/// A message a millisecond until this is true; how long that took.
fn publish_until(world: &mut World, is_so: impl Fn(&World) -> bool) -> Millis {
    let start = world.now;
    while !is_so(world) {
        world.publish("a.x");
        world.run(1);
        assert!(world.now < start + 60_000, "it does not come");
    }
    world.now - start
}

#[test]
fn a_leader_that_is_closed_crashes_or_is_frozen_is_followed_at_once() {
    for go in [World::close, World::crash, World::freeze] {
        let mut world = live(8);
        publish_until(&mut world, |world| world.log.len() > 10);
        go(&mut world, 0);
        let took = publish_until(&mut world, |world| {
            world.pages[1..].iter().all(|page| matches!(page.tab.status(), Status::Open { .. }))
        });
        assert!(took <= 5, "{took} ms");
        world.run(100);
        world.check();
        assert_eq!(world.streams(), 1);
    }
}

#[test]
fn a_leader_that_hangs_is_followed_within_a_second() {
    let mut world = live(8);
    world.block(0, 3_000);
    let took = publish_until(&mut world, |world| {
        world.leader() != Some(0) && world.pages[1].taken.len() == world.log.len()
    });
    assert!(took <= SILENCE + PATIENCE + PATIENCE_SPREAD + 50, "{took} ms");
    world.run(5_000);
    world.check();
    assert_eq!(world.streams(), 1);
}

#[test]
fn who_is_not_looked_at_does_not_watch_the_leader() {
    let mut world = live(3);
    for page in 1..3 {
        world.tell(page, Input::Visible(false));
    }
    world.block(0, 3_000);
    world.run(2_900);
    assert_eq!(world.leader(), Some(0));
    world.tell(2, Input::Visible(true));
    world.run(2_000);
    assert_eq!(world.leader(), Some(0), "it is back by now");
}

#[test]
fn with_more_than_fits_in_one_stream_a_tab_goes_by_itself() {
    let numbered = |start: usize| {
        let names: Vec<_> = (start..start + 60).map(|number| format!("n.{number}")).collect();
        Selection::parse(names.iter().map(String::as_str)).unwrap()
    };
    let mut world = World::new(1);
    world.join(numbered(0));
    world.join(numbered(60));
    world.run(100);
    assert_eq!(world.streams(), 2);
    for channel in ["n.1", "n.61"] {
        world.publish(channel);
    }
    world.run(100);
    world.check();
    // It does not wait for the lock either; only after a new start does it share again.
    world.close(0);
    world.run(100);
    assert_eq!((world.leader(), world.streams()), (None, 1));
    world.tell(1, Input::Disconnect);
    assert_eq!(world.streams(), 0);
    world.tell(1, Input::Connect);
    world.run(100);
    assert_eq!((world.leader(), world.streams()), (Some(1), 1));
}

#[test]
fn what_nobody_wants_any_more_is_left_out_after_a_while() {
    let mut world = live(1);
    let other = world.join(selection(&["b"]));
    let crashed = world.join(selection(&["c"]));
    world.run(100);
    world.tell(other, Input::Disconnect);
    world.crash(crashed);
    let deliveries = |world: &mut World| {
        ["b", "c"].into_iter().for_each(|channel| world.publish(channel));
        let before = world.deliveries;
        world.run(100);
        world.deliveries - before
    };
    assert_eq!(deliveries(&mut world), 2);
    world.run(31_000);
    assert_eq!(deliveries(&mut world), 0);
    assert_eq!(world.streams(), 1);
}

#[test]
fn a_leader_whose_person_disconnects_goes_on_for_the_others() {
    let mut world = live(2);
    world.tell(0, Input::Disconnect);
    publish_until(&mut world, |world| world.log.len() == 10);
    world.run(10);
    assert_eq!((world.pages[0].taken.len(), world.pages[1].taken.len()), (0, 10));
    assert_eq!((world.pages[0].tab.status(), world.leader()), (&Status::Closed, Some(0)));
    world.tell(0, Input::Connect);
    world.run(10);
    world.check();
    for page in [0, 1] {
        world.tell(page, Input::Disconnect);
        world.run(10);
    }
    assert_eq!((world.leader(), world.streams()), (None, 0));
}

/// One tab, and what it does.
struct Bench(Tab);

const ME: TabId = TabId(1);
const OTHER: TabId = TabId(2);

impl Bench {
    fn new(is_alone: bool) -> Self {
        Self(Tab::new(ME, selection(&["a.x"]), EventId::new(7, 0), is_alone))
    }

    fn does(&mut self, input: Input) -> Vec<Output> {
        let outputs = self.0.handle(input, 1_000).into_iter();
        outputs.filter(|output| !matches!(output, Output::WakeAt(_))).collect()
    }

    fn hears(&mut self, message: Message) -> Vec<Output> {
        self.does(Input::Heard(OTHER, message))
    }

    fn leading() -> Self {
        let mut bench = Self::new(false);
        bench.does(Input::Connect);
        bench.does(Input::Locked);
        bench.does(Input::Stream(1, OPEN));
        assert_eq!(bench.0.status(), &OPEN);
        bench
    }
}

const OPEN: Status = Status::Open { since: 1 };
const WAITING: Status = Status::Waiting { attempt: 1, until: 5_000, reason: Reason::Network };

fn want(patterns: &[&str]) -> Message {
    Message::Want { selection: selection(patterns), after: EventId::new(5, 0), served_by: None }
}

fn stream(at: EventId, status: Status) -> Message {
    let selection = selection(&["a.*"]);
    Message::Stream(Announcement { number: 3, selection, at, status, is_roll_call: false })
}

#[test]
fn alone_it_leads_without_a_word() {
    let mut bench = Bench::new(true);
    let open = Output::Open { number: 1, selection: selection(&["a.x"]), after: EventId::new(7, 0) };
    assert_eq!(bench.does(Input::Connect), [open]);
    bench.does(Input::Stream(1, OPEN));
    assert_eq!(bench.0.status(), &OPEN);
    let channel = "a.x".parse().unwrap();
    let arrival = Arrival::Kept { channel: &channel, id: EventId::new(8, 0) };
    assert_eq!(bench.0.receive(1, arrival), Receipt { is_own: true, is_shared: false });
    assert_eq!(bench.does(Input::Stream(1, WAITING)), []);
    assert_eq!(bench.does(Input::Connect), [Output::Retry(1)]);
    // Its stream looks after itself.
    assert_eq!(bench.does(Input::Away), []);
    assert_eq!(bench.does(Input::Back), []);
    assert_eq!(bench.does(Input::Disconnect), [Output::Close { number: 1, is_over: true }]);
    let open = Output::Open { number: 2, selection: selection(&["a.x"]), after: EventId::new(8, 0) };
    assert_eq!(bench.does(Input::Connect), [open]);
}

#[test]
fn where_there_can_be_no_lock_it_goes_by_itself() {
    let mut bench = Bench::new(false);
    bench.does(Input::Connect);
    let outputs = bench.does(Input::CannotLock);
    assert!(matches!(outputs.as_slice(), [Output::Say(Message::Left), Output::Release, Output::Open { .. }]));
    assert_eq!(bench.hears(want(&["b"])), [], "it hears nobody");
}

#[test]
fn a_tab_whose_channels_cannot_be_had_does_not_disturb_the_others() {
    let mut bench = Bench::leading();
    let outputs = bench.hears(want(&["b"]));
    let open = Output::Open { number: 2, selection: selection(&["a.x", "b"]), after: EventId::new(5, 0) };
    assert_eq!(outputs, [open]);
    assert_eq!(bench.does(Input::Stream(2, WAITING)), [], "it may still come");
    assert_eq!(bench.0.status(), &OPEN);
    let failed = Status::Failed { reason: Reason::Refused(400) };
    assert_eq!(
        bench.does(Input::Stream(2, failed)),
        [Output::Close { number: 2, is_over: false }, Output::Say(Message::Refused(OTHER))]
    );
    assert_eq!(bench.0.status(), &OPEN);
}

#[test]
fn the_next_stream_takes_over_when_it_is_open_or_the_one_before_is_lost() {
    for (number, status) in [(2, OPEN), (1, WAITING)] {
        let mut bench = Bench::leading();
        bench.hears(want(&["b"]));
        // One more that comes meanwhile waits.
        assert_eq!(bench.does(Input::Heard(TabId(3), want(&["c"]))), []);
        let outputs = bench.does(Input::Stream(number, status));
        assert_eq!(outputs[0], Output::Close { number: 1, is_over: false });
        let Output::Say(Message::Stream(announcement)) = &outputs[1] else { panic!("{outputs:?}") };
        assert_eq!((announcement.number, announcement.at), (2, EventId::new(5, 0)));
        // Its turn has come as soon as nothing is on its way.
        let opens = outputs[2..].iter().filter(|output| matches!(output, Output::Open { .. }));
        assert_eq!(opens.count(), usize::from(number == 2));
    }
}

#[test]
fn others_see_what_the_leader_s_stream_does() {
    let mut bench = Bench::new(false);
    bench.does(Input::Connect);
    assert_eq!(bench.0.status(), &Status::Connecting);
    bench.hears(stream(EventId::new(9, 0), OPEN));
    assert_eq!(bench.0.status(), &Status::Connecting, "it is not for this tab yet");
    bench.hears(Message::Status(WAITING));
    assert_eq!(bench.0.status(), &WAITING);
    assert_eq!(bench.does(Input::Connect), [Output::Say(Message::Retry)]);
    bench.hears(stream(EventId::new(7, 0), OPEN));
    assert_eq!(bench.0.status(), &OPEN);
    assert_eq!(bench.does(Input::Disconnect), [Output::Say(Message::Left), Output::Release]);
    assert_eq!(bench.0.status(), &Status::Closed);
    assert_eq!(bench.hears(stream(EventId::new(7, 0), OPEN)), []);
    assert_eq!(bench.0.status(), &Status::Closed);
}

#[test]
fn a_leader_hears_that_a_person_does_not_want_to_wait() {
    let mut bench = Bench::leading();
    bench.does(Input::Stream(1, WAITING));
    assert_eq!(bench.hears(Message::Retry), [Output::Retry(1)]);
}

#[test]
fn a_timer_that_is_late_proves_nothing() {
    let mut tab = Tab::new(ME, selection(&["a.x"]), EventId::new(7, 0), false);
    let wakes_at = |time| Output::WakeAt(Some(time));
    assert!(tab.handle(Input::Connect, 0).contains(&wakes_at(250)));
    let ping = Output::Say(Message::Ping);
    assert_eq!(tab.handle(Input::Woken, 250), [ping.clone(), wakes_at(701)]);
    assert_eq!(tab.handle(Input::Woken, 700), [wakes_at(701)], "a timer may fire early");
    assert_eq!(tab.handle(Input::Woken, 2_000), [ping, wakes_at(2_451)]);
    assert_eq!(tab.handle(Input::Woken, 2_451), [Output::Steal, wakes_at(2_701)]);
}
