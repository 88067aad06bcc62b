//! What a chart's values are, and how they are written.

use super::super::text::number;

/// A unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things that are counted, or a number without a unit.
    #[default]
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Parts of one core, written in hundredths.
    Cores,
}

impl Unit {
    /// Whether its round values are powers of two.
    pub(super) fn is_binary(self) -> bool {
        self == Self::Bytes
    }

    /// A value with its unit, as short as it can be read.
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Count => digits(value),
            Self::Milliseconds => digits(value) + " ms",
            Self::Cores => digits(value * 100.0) + " %",
            Self::Bytes => {
                const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
                let (mut value, mut unit) = (value, 0);
                while value >= 1_024.0 && unit + 1 < UNITS.len() {
                    (value, unit) = (value / 1_024.0, unit + 1);
                }
                format!("{} {}", digits(value), UNITS.get(unit).unwrap_or(&""))
            }
        }
    }
}

/// Three digits that say something; all of those before the point.
fn digits(value: f64) -> String {
    let amount = value.abs();
    let sign = if value < 0.0 { "-" } else { "" };
    let places = match amount {
        _ if amount >= 100.0 => 0,
        _ if amount >= 10.0 => 1,
        _ if amount >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{amount:.places$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = part.trim_end_matches('0');
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), number);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short() {
        for (unit, value, text) in [
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 1_234.5, "1,234"),
            (Unit::Count, -12.345, "-12.3"),
            (Unit::Count, 40.0, "40"),
            (Unit::Milliseconds, 0.0417, "0.042 ms"),
            (Unit::Milliseconds, 2.5, "2.5 ms"),
            (Unit::Cores, 0.021, "2.1 %"),
            (Unit::Bytes, 31_457_280.0, "30 MiB"),
            (Unit::Bytes, 512.0, "512 B"),
        ] {
            assert_eq!(unit.text(value), text);
        }
    }
}
