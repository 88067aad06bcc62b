//! How messages look on standard output.

use serde::Deserialize;
use serde_json::Value;
use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, Write},
    time::{Duration, UNIX_EPOCH},
};

/// A message as the stream has it.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    channel: String,
    /// As text, or in milliseconds since the Unix epoch.
    time: Value,
    event: Option<String>,
    data: String,
}

/// How a message looks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Format {
    /// For people: columns.
    Text,
    /// For programs: a JSON object a line.
    Json,
}

#[derive(Debug)]
pub(super) struct Printer {
    format: Format,
    columns: Columns,
}

/// The widest that there was, so that what comes next is aligned with it.
#[derive(Debug, Default)]
struct Columns {
    channel: usize,
    event: usize,
}

impl Printer {
    pub(super) fn new(format: Format) -> Self {
        Self { format, columns: Columns::default() }
    }

    /// Prints a message at once. `json` is what it was read from.
    pub(super) fn print(&mut self, message: &Envelope, json: &str) -> io::Result<()> {
        let line = match self.format {
            Format::Text => self.columns.line(message),
            // In JSON a line break only stands between tokens.
            Format::Json => format!("{}\n", json.replace('\n', " ")),
        };
        let mut out = io::stdout().lock();
        out.write_all(line.as_bytes())?;
        out.flush()
    }
}

impl Columns {
    /// The time, the channel, the event, and the data with its further lines below its first.
    fn line(&mut self, message: &Envelope) -> String {
        let (time, event) = (time(&message.time), printable(message.event.as_deref().unwrap_or("message")));
        let channel = printable(&message.channel);
        self.channel = self.channel.max(channel.chars().count());
        self.event = self.event.max(event.chars().count());
        let mut line = format!("{time}  {channel:0$}  {event:1$}  ", self.channel, self.event);
        let indent = line.chars().count();
        for (index, part) in message.data.split('\n').enumerate() {
            if index > 0 {
                line.extend(std::iter::repeat_n(' ', indent));
            }
            // Writing to a String cannot fail.
            let _ = writeln!(line, "{}", printable(part));
        }
        line
    }
}

fn time(time: &Value) -> String {
    let text = || time.as_str().map(|text| printable(text).into_owned());
    let millis = || {
        let time = UNIX_EPOCH.checked_add(Duration::from_millis(time.as_u64()?))?;
        let mut text = String::new();
        // It cannot write a year beyond 9999.
        write!(text, "{}", humantime::format_rfc3339_millis(time)).ok().map(|()| text)
    };
    text().or_else(millis).unwrap_or_else(|| "-".to_owned())
}

/// Without what would move the cursor or change the terminal: anyone may have published it.
fn printable(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && c != '\t';
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_control(character) { safe.extend(character.escape_default()) } else { safe.push(character) }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(columns: &mut Columns, json: &str) -> String {
        columns.line(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn columns_are_aligned_with_the_widest_so_far() {
        let mut columns = Columns::default();
        let mut seen = line(&mut columns, r#"{"channel":"a","id":"1-0","time":0,"data":"x"}"#);
        seen += &line(
            &mut columns,
            r#"{"channel":"chat.lobby","id":"1-1","time":"now","event":"up","data":"1\n\n2"}"#,
        );
        seen += &line(&mut columns, r#"{"channel":"a","time":1767225600004,"event":null,"data":""}"#);
        let expected = [
            "1970-01-01T00:00:00.000Z  a  message  x\n",
            "now  chat.lobby  up       1\n",
            "                          \n",
            "                          2\n",
            "2026-01-01T00:00:00.004Z  a           message  \n",
        ];
        assert_eq!(seen, expected.concat());
    }

    #[test]
    fn a_message_cannot_command_the_terminal() {
        let json = r#"{"channel":"a","time":0,"event":"\u001b[2J","data":"\u001b]0;x\u0007\rtab\t\u009b中"}"#;
        let seen = line(&mut Columns::default(), json);
        assert!(seen.ends_with("a  \\u{1b}[2J  \\u{1b}]0;x\\u{7}\\rtab\t\\u{9b}中\n"), "{seen}");
    }

    #[test]
    fn a_time_that_cannot_be_is_left_out() {
        for json in ["null", "-1", "18446744073709551615"] {
            let shown = time(&serde_json::from_str(json).unwrap());
            assert!(shown == "-", "{json}: {shown}");
        }
    }
}
