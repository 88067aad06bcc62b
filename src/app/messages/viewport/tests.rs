use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const THOUGHT: f64 = 25.375;
const VIEW: f64 = 400.0;

/// As much of a browser as the list needs: rows whose heights nobody knows before they are in the document.
struct Browser {
    listing: Listing,
    viewport: Viewport,
    kept: Range<u64>,
    heights: BTreeMap<u64, f64>,
    seed: u64,
    /// What is in the document.
    rows: Range<usize>,
    above: f64,
    below: f64,
    top: f64,
}

impl Browser {
    fn new(events: u64, seed: u64) -> Self {
        let mut browser = Self {
            listing: Listing::default(),
            viewport: Viewport::new(),
            kept: 0..events,
            heights: BTreeMap::new(),
            seed,
            rows: 0..0,
            above: 0.0,
            below: 0.0,
            top: 0.0,
        };
        browser.viewport.resize(VIEW);
        browser.update();
        browser
    }

    fn height(&self, number: u64) -> f64 {
        let random = (number ^ self.seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let lines = if random.is_multiple_of(3) { random % 7 } else { 0 };
        *self.heights.get(&number).unwrap_or(&(THOUGHT + 19.375 * lines as f64))
    }

    fn update(&mut self) {
        self.listing.look(self.kept.clone(), |_| Some(THOUGHT), || true);
        let mut is_changed = true;
        while is_changed {
            self.rows = self.viewport.rows(&self.listing);
            is_changed = false;
            for (row, number) in
                self.rows.clone().zip(self.listing.numbers(self.rows.clone()).collect::<Vec<_>>())
            {
                is_changed |= self.listing.set_height(row, self.height(number));
            }
        }
        let Arrangement { above, below, top } = self.viewport.arrange(&self.listing, &self.rows, self.top);
        assert!(above >= 0.0 && below >= 0.0, "no room is negative: {above} {below}");
        (self.above, self.below) = (above, below);
        self.top = top.clamp(0.0, self.last_top());
    }

    /// As far as it can be scrolled.
    fn last_top(&self) -> f64 {
        let rows: f64 = self.listing.numbers(self.rows.clone()).map(|number| self.height(number)).sum();
        (self.above + rows + self.below - VIEW).max(0.0)
    }

    fn scroll(&mut self, by: f64) {
        let before = self.top;
        self.top = (self.top + by).round().clamp(0.0, self.last_top().floor());
        if self.top != before {
            self.viewport.scroll(&self.listing, &self.rows, before, self.top);
        }
    }

    /// The rows on the screen, each with where it begins.
    fn on_screen(&self) -> Vec<(u64, f64)> {
        let mut at = self.above - self.top;
        let mut seen = Vec::new();
        for number in self.listing.numbers(self.rows.clone()) {
            let end = at + self.height(number);
            if end > 0.0 && at < VIEW {
                seen.push((number, at));
            }
            at = end;
        }
        seen
    }

    fn fills_the_screen(&self) -> bool {
        let seen = self.on_screen();
        let (first, last) = (seen[0], seen[seen.len() - 1]);
        let has_all = self.listing.heights().total() < VIEW;
        has_all || (first.1 <= 1.0 && last.1 + self.height(last.0) >= VIEW - 1.0)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Come(u64),
    Go(u64),
    Scroll(f64),
    Rest,
    /// A row that is on the screen opens.
    Open(usize),
    End,
    Start,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..300u64).prop_map(Step::Come),
        2 => (0..200u64).prop_map(Step::Go),
        6 => (-900.0..600.0f64).prop_map(Step::Scroll),
        1 => (-90_000.0..90_000.0f64).prop_map(Step::Scroll),
        2 => Just(Step::Rest),
        1 => (0..10usize).prop_map(Step::Open),
        1 => Just(Step::End),
        1 => Just(Step::Start),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_read_stays_where_it_is(
        seed: u64,
        events in 40..1_500u64,
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut browser = Browser::new(events, seed);
        for step in steps {
            match step {
                Step::Come(count) => browser.kept.end += count,
                Step::Go(count) => browser.kept.start = (browser.kept.start + count).min(browser.kept.end - 1),
                Step::Scroll(by) => browser.scroll(by),
                Step::Rest => browser.viewport.is_moving = false,
                Step::Open(row) => {
                    if let Some((number, _)) = browser.on_screen().get(row).copied() {
                        browser.heights.insert(number, 333.125);
                    }
                }
                Step::End => browser.viewport.follow(),
                Step::Start => browser.viewport.go_to_start(),
            }
            let follows = browser.viewport.follows;
            let before = browser.on_screen();
            browser.update();
            prop_assert!(browser.rows.len() <= MAX_ROWS);
            prop_assert!(browser.fills_the_screen(), "{:?}", browser.on_screen());
            let end = browser.last_top();
            if follows {
                prop_assert!((browser.top - end).abs() < 1.0, "at {} of {end}", browser.top);
                continue;
            }
            if matches!(step, Step::Start) {
                prop_assert_eq!(browser.on_screen()[0].0, browser.kept.start);
                prop_assert!(browser.top <= 1.0);
                continue;
            }
            // The first row that is still there has not moved, unless there is not enough above or below it.
            let is_at_an_edge = browser.top < 2.0 || browser.top > end - 2.0;
            if let Some((number, at)) = before.first().filter(|(number, _)| *number >= browser.kept.start)
                && !is_at_an_edge
            {
                let now = browser.on_screen().into_iter().find(|(there, _)| there == number);
                prop_assert!(now.is_some_and(|(_, now)| (now - at).abs() <= 0.5), "{number} {at}: {now:?}");
            }
        }
    }

    /// Up by as much as a wheel turns, until the first row is there: no row is left out, and none comes twice.
    #[test]
    fn scrolling_up_passes_every_row(seed: u64, events in 40..700u64, by in 60.0..390.0f64, rests: bool) {
        let mut browser = Browser::new(events, seed);
        let mut seen = std::collections::BTreeSet::new();
        let (mut turns, mut stops) = (0, 0);
        while browser.top > 0.0 && turns < 2_000 {
            seen.extend(browser.on_screen().iter().map(|(number, _)| *number));
            browser.scroll(-by);
            let set = browser.top;
            browser.update();
            stops += usize::from(browser.rows.start > 0 && !rests && browser.top != set);
            if rests {
                browser.viewport.is_moving = false;
                browser.update();
            }
            turns += 1;
        }
        seen.extend(browser.on_screen().iter().map(|(number, _)| *number));
        prop_assert_eq!(seen.len() as u64, events);
        // Only where the rows turn out to be higher than all the room that was left for them.
        prop_assert!(stops < 20, "the browser is stopped {stops} times on its way");
    }
}

#[test]
fn who_scrolls_up_a_little_is_left_alone_and_who_comes_back_follows() {
    let mut browser = Browser::new(100, 1);
    assert!(browser.viewport.follows);
    browser.scroll(-5.0);
    browser.update();
    assert!(!browser.viewport.follows);
    browser.kept.end += 10;
    browser.update();
    assert_eq!(browser.viewport.unseen(&browser.listing), 10);
    browser.scroll(100.0);
    browser.update();
    let unseen = browser.viewport.unseen(&browser.listing);
    assert!(0 < unseen && unseen < 10, "some came into view: {unseen}");
    browser.scroll(1e9);
    browser.update();
    assert_eq!((browser.viewport.follows, browser.viewport.unseen(&browser.listing)), (true, 0));
}
