//! The hub's own figures: which there are, and the charts of them.

use super::{
    chart::{Line, Subject},
    series::Moment,
    text::texts,
    unit::Unit,
};

/// For how long they are shown, in milliseconds: as long as the server keeps them.
pub(super) const LENGTH: u64 = 10 * 60 * 1_000;

/// The fields of a sample, in the order of a moment's values.
const FIELDS: [&str; 9] = [
    "subscribers",
    "published",
    "delivered",
    "fan_out_p50",
    "fan_out_p99",
    "commit_p50",
    "commit_p99",
    "memory",
    "cpu",
];

/// The moment of a sample, whose fields `read` tells. None where it is no sample.
pub fn moment(read: impl Fn(&str) -> Option<f64>) -> Option<Moment> {
    Some(Moment { time: read("time")? as u64, values: FIELDS.iter().map(|field| read(field)).collect() })
}

/// The nodes whose figures they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nodes {
    /// How many there are.
    pub count: usize,
    /// What the one is called that tells them; empty where it does not say.
    pub own: String,
}

impl Nodes {
    /// Whether there is nothing to say: one, without a name.
    pub(super) fn is_one(&self) -> bool {
        self.count < 2 && self.own.is_empty()
    }
}

/// The charts of them, in the language that is chosen now.
pub(super) fn subjects() -> Vec<Subject> {
    let line = |name: &str, field: &str| {
        FIELDS.iter().position(|one| *one == field).map(|value| Line { name: name.to_owned(), value })
    };
    let one = |title: &str, unit, field| Subject {
        title: title.to_owned(),
        unit,
        lines: line("", field).into_iter().collect(),
    };
    let half_and_most = |title: &str, fields: [&str; 2]| Subject {
        title: title.to_owned(),
        unit: Unit::Milliseconds,
        lines: ["p50", "p99"].into_iter().zip(fields).filter_map(|(name, field)| line(name, field)).collect(),
    };
    vec![
        one(texts().subscribers, Unit::Count, "subscribers"),
        one(texts().published, Unit::Count, "published"),
        one(texts().delivered, Unit::Count, "delivered"),
        half_and_most(texts().fan_out, ["fan_out_p50", "fan_out_p99"]),
        half_and_most(texts().commit, ["commit_p50", "commit_p99"]),
        one(texts().memory, Unit::Bytes, "memory"),
        one(texts().cpu, Unit::Cores, "cpu"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_a_chart() {
        let mut shown: Vec<_> =
            subjects().iter().flat_map(|subject| subject.lines.clone()).map(|line| line.value).collect();
        shown.sort_unstable();
        assert_eq!(shown, (0..FIELDS.len()).collect::<Vec<_>>());
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_fields_are_those_that_the_server_sends() {
        let sample = crate::streams::stats::Sample {
            time: 7,
            subscribers: 1,
            published: 2.0,
            delivered: 3.0,
            fan_out_p50: Some(4.0),
            fan_out_p99: Some(5.0),
            commit_p50: Some(6.0),
            commit_p99: None,
            memory: Some(8),
            cpu: Some(9.0),
            nodes: 1,
            node: None,
        };
        let json = serde_json::to_value(sample).unwrap();
        let moment = moment(|field| json[field].as_f64()).unwrap();
        let values =
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0, 8.0, 9.0].map(|value| (value > 0.0).then_some(value));
        assert_eq!(moment, Moment { time: 7, values: values.to_vec() });
    }
}
