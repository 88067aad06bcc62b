//! A line of a room: a message as it is shown.

use crate::{
    app::notices::NAME as NOTICE,
    client::feed::Event,
    model::{EventId, room::is_picture},
};
use std::{collections::HashSet, sync::Arc};

/// A message as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The message's id; empty where it is not kept.
    pub id: String,
    /// What tells it from all others: the key of what this browser sent, so that the line stays the same when it comes
    /// back; else the id.
    pub key: String,
    /// Who said it: their id and their name, both empty where nobody signed.
    pub from: String,
    pub name: String,
    pub text: String,
    /// A picture as a `data:` URL; empty where there is none.
    pub picture: String,
    /// The event's name, where it is not just a message.
    pub event: String,
    /// When it was published, in milliseconds since the Unix epoch.
    pub time: u64,
}

/// What the JSON of something that was said has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub from: String,
    pub name: String,
    pub text: String,
    pub picture: String,
    pub key: String,
}

impl Line {
    /// The line of an event. Anyone may publish to a room's channel: what is not of the shape that the page sends is a text
    /// that nobody signed, or a picture.
    pub(super) fn of(event: &Event) -> Self {
        let mut line =
            Self { id: event.id.clone(), key: event.id.clone(), time: event.time, ..Self::default() };
        if event.name != "message" {
            line.event.clone_from(&event.name);
        }
        match fields(&event.data) {
            Some(fields) => {
                (line.from, line.name, line.text) = (fields.from, fields.name, fields.text);
                if is_picture(&fields.picture) {
                    line.picture = fields.picture;
                }
                // One that looks like an id could be that of another message.
                if !fields.key.is_empty() && fields.key.parse::<EventId>().is_err() {
                    line.key = fields.key;
                }
            }
            None if is_picture(&event.data) => line.picture.clone_from(&event.data),
            None => {
                let notice = (event.name == NOTICE).then(|| notice(&event.data)).flatten();
                line.text = notice.unwrap_or_else(|| event.data.clone());
            }
        }
        line
    }

    /// The id, where it is kept.
    pub(super) fn event_id(&self) -> Option<EventId> {
        self.id.parse().ok()
    }
}

/// What is in a text, if it is the JSON of something that was said.
#[cfg(feature = "ssr")]
pub(super) fn fields(data: &str) -> Option<Fields> {
    let said: serde_json::Value = serde_json::from_str(data).ok()?;
    let text = |value: &serde_json::Value, field: &str| value.get(field)?.as_str().map(str::to_owned);
    let from = said.get("from")?;
    Some(Fields {
        from: text(from, "id")?,
        name: text(from, "name").unwrap_or_default(),
        text: text(&said, "text")?,
        picture: text(&said, "picture").unwrap_or_default(),
        key: text(&said, "key").unwrap_or_default(),
    })
}

/// What is in a text, if it is the JSON of something that was said.
#[cfg(not(feature = "ssr"))]
pub(super) fn fields(data: &str) -> Option<Fields> {
    use crate::client::json::{get, text};
    // Most of what is no JSON is seen at once, without an error of the browser's parser.
    let said = data.starts_with('{').then(|| js_sys::JSON::parse(data).ok()).flatten()?;
    let from = get(&said, "from");
    if !from.is_object() {
        return None;
    }
    Some(Fields {
        from: text(&from, "id")?,
        name: text(&from, "name").unwrap_or_default(),
        text: text(&said, "text")?,
        picture: text(&said, "picture").unwrap_or_default(),
        key: text(&said, "key").unwrap_or_default(),
    })
}

/// What a notice says: its title and its message.
#[cfg(feature = "ssr")]
fn notice(data: &str) -> Option<String> {
    let notice: serde_json::Value = serde_json::from_str(data).ok()?;
    Some(format!("{}\n{}", notice.get("title")?.as_str()?, notice.get("message")?.as_str()?))
}

/// What a notice says: its title and its message.
#[cfg(not(feature = "ssr"))]
fn notice(data: &str) -> Option<String> {
    use crate::client::json::text;
    let notice = js_sys::JSON::parse(data).ok()?;
    Some(format!("{}\n{}", text(&notice, "title")?, text(&notice, "message")?))
}

/// Within this time lines of one person stand together, under one name.
const TOGETHER: u64 = 5 * 60_000;

/// A line among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub line: Arc<Line>,
    /// Whether it is the first of its day.
    pub begins_day: bool,
    /// Whether it goes on with what the same person said right before.
    pub goes_on: bool,
    /// Whether it is the first that was not read before.
    pub begins_new: bool,
    /// Whether a line before it has the same key.
    pub is_double: bool,
}

/// The lines among each other; `day` tells the days apart, and what is after `read` is new.
pub(super) fn rows<'a>(
    lines: impl Iterator<Item = &'a Arc<Line>>,
    read: Option<EventId>,
    day: impl Fn(u64) -> u64,
) -> Vec<Row> {
    let mut before: Option<&Arc<Line>> = None;
    let mut keys = HashSet::new();
    let mut is_new = false;
    let rows = lines.map(|line| {
        let begins_day = before.is_none_or(|before| day(before.time) != day(line.time));
        // Where all that is here is new there is nothing to part it from.
        let begins_new = !is_new && before.is_some() && read.is_some() && line.event_id() > read;
        is_new |= line.event_id() > read;
        let goes_on = !begins_day
            && !begins_new
            && before.is_some_and(|before| {
                let is_same = before.from == line.from && before.name == line.name && !line.from.is_empty();
                is_same && before.event.is_empty() && line.time.saturating_sub(before.time) < TOGETHER
            });
        before = Some(line);
        let is_double = !keys.insert(line.key.as_str());
        Row { line: line.clone(), begins_day, goes_on, begins_new, is_double }
    });
    rows.collect()
}

impl Row {
    /// What tells it from all others, and from itself where it looks different.
    pub(super) fn key(&self) -> (String, [bool; 4]) {
        // Anyone may use a key once more. The id is nobody's but the server's.
        let key = if self.is_double { &self.line.id } else { &self.line.key };
        (key.clone(), [self.begins_day, self.goes_on, self.begins_new, self.line.id.is_empty()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event { id: "7-1".into(), name: name.into(), data: data.into(), time: 7, ..Event::default() }
    }

    #[test]
    fn what_anyone_publishes_is_a_line() {
        let plain = Line { id: "7-1".into(), key: "7-1".into(), time: 7, ..Line::default() };
        let said = r#"{"from":{"id":"a","name":"Ann"},"text":"hi","key":"k","picture":"data:image/png;base64,AA=="}"#;
        assert_eq!(
            Line::of(&event("message", said)),
            Line {
                key: "k".into(),
                from: "a".into(),
                name: "Ann".into(),
                text: "hi".into(),
                picture: "data:image/png;base64,AA==".into(),
                ..plain.clone()
            }
        );
        let hostile = r#"{"from":{"id":"a"},"text":"","picture":"javascript:alert(1)"}"#;
        assert_eq!(Line::of(&event("message", hostile)), Line { from: "a".into(), ..plain.clone() });
        for data in [
            "hello",
            "{",
            "{}",
            "[1]",
            r#"{"text":"x"}"#,
            r#"{"from":1,"text":"x"}"#,
            r#"{"from":{"id":"a"},"text":1}"#,
        ] {
            let line = Line { text: data.into(), event: "note".into(), ..plain.clone() };
            assert_eq!(Line::of(&event("note", data)), line, "{data}");
        }
        let noticed = Line::of(&event(NOTICE, r#"{"title":"Deploy","message":"done","level":"info"}"#));
        assert_eq!((noticed.text.as_str(), noticed.event.as_str()), ("Deploy\ndone", NOTICE));
        let picture = "data:image/webp;base64,AAAA";
        assert_eq!(Line::of(&event("message", picture)), Line { picture: picture.into(), ..plain });
    }

    #[test]
    fn no_two_rows_have_the_same_key() {
        let line = |id: &str, key: &str| Arc::new(Line { id: id.into(), key: key.into(), ..Line::default() });
        let lines = [line("1-0", "k"), line("2-0", "k"), line("3-0", "3-0"), line("4-0", "k"), line("", "p")];
        let keys: HashSet<_> = rows(lines.iter(), None, |_| 0).iter().map(Row::key).collect();
        assert_eq!(keys.len(), lines.len());
        let said = r#"{"from":{"id":"a"},"text":"x","key":"9-9"}"#;
        assert_eq!(Line::of(&event("message", said)).key, "7-1");
    }

    #[test]
    fn lines_stand_together_until_the_person_the_time_or_the_day_changes() {
        let line = |id: u64, from: &str, time: u64| {
            Arc::new(Line {
                id: format!("{id}-0"),
                key: id.to_string(),
                from: from.into(),
                name: from.into(),
                time,
                ..Line::default()
            })
        };
        let lines = [
            line(1, "a", 0),
            line(2, "a", 1_000),
            line(3, "b", 2_000),
            line(4, "b", 3_000 + TOGETHER),
            line(5, "", 4_000 + TOGETHER),
            line(6, "", 4_001 + TOGETHER),
            line(7, "b", 1_000_000),
        ];
        let day = |time| time / 1_000_000;
        let shown = |read: Option<EventId>| {
            let sign = |row: &Row| match (row.begins_day, row.begins_new, row.goes_on) {
                (true, _, _) => 'd',
                (_, true, _) => 'n',
                (_, _, true) => '.',
                _ => 'p',
            };
            rows(lines.iter(), read, day).iter().map(sign).collect::<String>()
        };
        assert_eq!(shown(None), "d.ppppd");
        assert_eq!(shown(Some(EventId::new(1, 0))), "dnppppd");
        assert_eq!(shown(Some(EventId::new(9, 0))), "d.ppppd");
    }
}
