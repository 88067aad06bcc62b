//! What was measured, for a person and for a program.

use serde::Serialize;
use std::fmt;

/// What one server did. Times are medians of the rounds, memory is the most.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Figures {
    /// Until all subscribers had their streams, in seconds.
    pub connect_seconds: f64,
    /// Messages published.
    pub messages: u64,
    /// Messages that the server did not take.
    pub refused: u64,
    /// Messages that came to subscribers.
    pub deliveries: u64,
    /// Messages that did not come to a subscriber that should have had them.
    pub lost: u64,
    /// Messages published in a second.
    pub messages_per_second: f64,
    /// From before a message is sent until a subscriber has read it.
    pub latency: Option<Times>,
    /// From before a message is sent until the server has acknowledged it.
    pub acknowledgement: Option<Times>,
    /// The processor's time for each delivery, the server's and the kernel's, in microseconds.
    pub cpu_us_per_delivery: Option<f64>,
    /// The same for each message.
    pub cpu_us_per_message: Option<f64>,
    /// The server's own memory for each subscriber before there is a message, in KiB.
    pub memory_kib_per_subscriber: Option<f64>,
}

/// In milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Times {
    pub median_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub longest_ms: f64,
}

/// What was measured of a server, and of the floor beside it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub server: Figures,
    pub floor: Option<Figures>,
    /// The server's figures by the floor's.
    pub ratio: Option<Ratio>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Ratio {
    pub cpu: Option<f64>,
    pub latency_median: Option<f64>,
    pub latency_p99: Option<f64>,
}

impl Figures {
    /// The median of each figure.
    pub fn median(rounds: &[Self]) -> Self {
        let of = |figure: &dyn Fn(&Self) -> Option<f64>| median(rounds.iter().filter_map(figure).collect());
        let times = |times: &dyn Fn(&Self) -> Option<Times>| {
            let of = |part: fn(Times) -> f64| of(&|round| times(round).map(part)).unwrap_or_default();
            rounds.iter().any(|round| times(round).is_some()).then(|| Times {
                median_ms: of(|times| times.median_ms),
                p90_ms: of(|times| times.p90_ms),
                p99_ms: of(|times| times.p99_ms),
                longest_ms: of(|times| times.longest_ms),
            })
        };
        let sum = |count: fn(&Self) -> u64| rounds.iter().map(count).sum();
        Self {
            connect_seconds: of(&|round| Some(round.connect_seconds)).unwrap_or_default(),
            messages: sum(|round| round.messages),
            refused: sum(|round| round.refused),
            deliveries: sum(|round| round.deliveries),
            lost: sum(|round| round.lost),
            messages_per_second: of(&|round| Some(round.messages_per_second)).unwrap_or_default(),
            latency: times(&|round| round.latency),
            acknowledgement: times(&|round| round.acknowledgement),
            cpu_us_per_delivery: of(&|round| round.cpu_us_per_delivery),
            cpu_us_per_message: of(&|round| round.cpu_us_per_message),
            // What a round has left is there for the next one.
            memory_kib_per_subscriber: rounds
                .iter()
                .filter_map(|round| round.memory_kib_per_subscriber)
                .reduce(f64::max),
        }
    }
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

impl Report {
    pub fn of(server: Figures, floor: Option<Figures>) -> Self {
        let ratio = floor.as_ref().map(|floor| {
            let by = |figure: &dyn Fn(&Figures) -> Option<f64>| Some(figure(&server)? / figure(floor)?);
            Ratio {
                cpu: by(&|figures| figures.cpu_us_per_delivery),
                latency_median: by(&|figures| Some(figures.latency?.median_ms)),
                latency_p99: by(&|figures| Some(figures.latency?.p99_ms)),
            }
        });
        Self { server, floor, ratio }
    }
}

/// A row of the table: what it is, its unit, and its figures.
type Row = (&'static str, &'static str, fn(&Figures) -> Option<f64>, usize);

const ROWS: [Row; 15] = [
    ("all are connected after", "s", |figures| Some(figures.connect_seconds), 2),
    ("messages", "", |figures| Some(figures.messages as f64), 0),
    ("messages refused", "", |figures| Some(figures.refused as f64), 0),
    ("messages a second", "", |figures| Some(figures.messages_per_second), 0),
    ("deliveries", "", |figures| Some(figures.deliveries as f64), 0),
    ("deliveries lost", "", |figures| Some(figures.lost as f64), 0),
    ("latency, median", "ms", |figures| Some(figures.latency?.median_ms), 2),
    ("latency, 99 %", "ms", |figures| Some(figures.latency?.p99_ms), 2),
    ("latency, longest", "ms", |figures| Some(figures.latency?.longest_ms), 2),
    ("acknowledgement, median", "ms", |figures| Some(figures.acknowledgement?.median_ms), 2),
    ("acknowledgement, 99 %", "ms", |figures| Some(figures.acknowledgement?.p99_ms), 2),
    ("acknowledgement, longest", "ms", |figures| Some(figures.acknowledgement?.longest_ms), 2),
    ("CPU of a delivery", "µs", |figures| figures.cpu_us_per_delivery, 2),
    ("CPU of a message", "µs", |figures| figures.cpu_us_per_message, 1),
    ("memory of a subscriber", "KiB", |figures| figures.memory_kib_per_subscriber, 2),
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, floor, .. } = self;
        if floor.is_some() {
            writeln!(f, "{:<30}{:>14}{:>14}{:>8}", "", "server", "floor", "ratio")?;
        }
        for (name, unit, figure, decimals) in ROWS {
            let Some(value) = figure(server) else { continue };
            let title = if unit.is_empty() { name.to_owned() } else { format!("{name}, {unit}") };
            write!(f, "{title:<30}{:>14}", written(value, decimals))?;
            if let Some(beside) = floor.as_ref().and_then(figure) {
                write!(f, "{:>14}", written(beside, decimals))?;
                if !unit.is_empty() && beside > 0.0 {
                    write!(f, "{:>8.2}", value / beside)?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A number with its thousands apart.
fn written(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((&*text, None), |(whole, rest)| (whole, Some(rest)));
    let mut parts = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            parts.push(',');
        }
        parts.push(digit);
    }
    fraction.map_or(parts.clone(), |fraction| format!("{parts}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let cases = [(0.0, 0, "0"), (999.0, 0, "999"), (1_234.5, 2, "1,234.50"), (1e7, 0, "10,000,000")];
        for (value, decimals, expected) in cases {
            assert_eq!(written(value, decimals), expected);
        }
    }

    #[test]
    fn a_figure_is_the_median_of_its_rounds_and_counts_are_sums() {
        let round = |cpu, lost| Figures { cpu_us_per_delivery: cpu, lost, ..Figures::default() };
        let figures = Figures::median(&[round(Some(3.0), 1), round(Some(1.0), 0), round(Some(2.0), 4)]);
        assert_eq!((figures.cpu_us_per_delivery, figures.lost), (Some(2.0), 5));
        let report = Report::of(figures.clone(), Some(round(Some(1.6), 0)));
        assert_eq!(report.ratio.and_then(|ratio| ratio.cpu), Some(1.25));
        assert!(report.to_string().contains("CPU of a delivery, µs") && report.to_string().contains("1.25"));
    }
}
