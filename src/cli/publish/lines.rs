//! Standard input, line by line, in batches: what has come goes out when no further line is ready.

use crate::cli::{error::CliError, remote::Failure};
use std::{
    io::{self, BufRead, Read},
    thread,
};
use tokio::sync::mpsc;

/// A batch has at most so many messages,
const MOST_LINES: u64 = 500;
/// and at most so many bytes, unless its only message has more.
const MOST_BYTES: usize = 512 << 10;
/// A longer line is taken for a mistake: for a binary file, say.
const LONGEST_LINE: u64 = 1 << 20;

/// A line without its end.
struct Line {
    text: String,
    /// With its end.
    input_bytes: u64,
}

/// Messages for one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// As NDJSON.
    pub(super) body: Vec<u8>,
    /// The number of its first line in the input, from one.
    pub(super) first_line: u64,
    /// How many there are.
    pub(super) count: u64,
    /// How much of the input they are.
    pub(super) input_bytes: u64,
}

impl Batch {
    fn add(&mut self, message: &[u8], input_bytes: u64) {
        self.body.extend_from_slice(message);
        self.body.push(b'\n');
        self.count += 1;
        self.input_bytes += input_bytes;
    }

    fn has_room_for(&self, message: &[u8]) -> bool {
        self.count == 0 || (self.count < MOST_LINES && self.body.len() + message.len() < MOST_BYTES)
    }

    /// Where in the input a failure happened. The server numbers the lines of a batch: `line 1` is its first.
    pub(super) fn place(&self, failure: &Failure) -> String {
        let first = self.first_line;
        let Failure::Status { problem, .. } = failure else { return self.lines() };
        let number = problem.field.as_deref().and_then(|field| {
            let digits = field.strip_prefix("line ")?.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse::<u64>().ok().filter(|number| (1..=self.count).contains(number))
        });
        let Some(number) = number else { return self.lines() };
        let line = first + number - 1;
        let nothing_from = if line == first {
            String::new()
        } else {
            format!(", and nothing from line {first} on is published")
        };
        format!("line {line} of the input{nothing_from}: ")
    }

    fn lines(&self) -> String {
        let (first, last) = (self.first_line, self.first_line + self.count.saturating_sub(1));
        if first == last {
            format!("line {first} of the input: ")
        } else {
            format!("lines {first} to {last} of the input: ")
        }
    }
}

/// Lines that a thread reads ahead.
pub(super) struct Lines {
    ready: mpsc::Receiver<Result<Line, CliError>>,
    /// What was read and did not fit.
    held: Option<Result<Line, CliError>>,
    /// The number of the next line, from one.
    next: u64,
}

impl Lines {
    /// Begins to read standard input. The thread is left behind when this is dropped: reading cannot be interrupted.
    pub(super) fn of_stdin() -> Self {
        Self::of(|| io::stdin().lock())
    }

    fn of<R: BufRead>(open: impl FnOnce() -> R + Send + 'static) -> Self {
        let (sender, ready) = mpsc::channel(512);
        thread::spawn(move || {
            let mut input = open();
            for number in 1.. {
                let Some(line) = read_line(&mut input, number).transpose() else { return };
                let is_last = line.is_err();
                if sender.blocking_send(line).is_err() || is_last {
                    return;
                }
            }
        });
        Self { ready, held: None, next: 1 }
    }

    /// The lines that are ready, at least one, each as the message that `encode` makes of it. None at the end.
    ///
    /// # Errors
    /// When the input cannot be read, or has a line that is no message; what is before it came as a batch.
    pub(super) async fn next_batch(
        &mut self,
        encode: impl Fn(&str) -> Vec<u8>,
    ) -> Result<Option<Batch>, CliError> {
        let mut batch = Batch { first_line: self.next, ..Batch::default() };
        let mut next = match self.held.take() {
            Some(line) => Some(line),
            None => self.ready.recv().await,
        };
        while let Some(line) = next.take() {
            match line {
                Err(error) if batch.count == 0 => return Err(error),
                Err(error) => self.held = Some(Err(error)),
                Ok(line) => {
                    let message = encode(&line.text);
                    if batch.has_room_for(&message) {
                        batch.add(&message, line.input_bytes);
                        next = self.ready.try_recv().ok();
                    } else {
                        self.held = Some(Ok(line));
                    }
                }
            }
        }
        self.next += batch.count;
        Ok((batch.count > 0).then_some(batch))
    }
}

fn read_line(input: &mut impl BufRead, number: u64) -> Result<Option<Line>, CliError> {
    let mut bytes = Vec::new();
    let read =
        input.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut bytes).map_err(CliError::Input)?;
    if read == 0 {
        return Ok(None);
    }
    let wrong = |reason: String| CliError::Data { place: format!("line {number} of the input: "), reason };
    let text =
        bytes.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or(&bytes);
    if text.len() as u64 > LONGEST_LINE {
        return Err(wrong(format!("it is longer than {LONGEST_LINE} bytes")));
    }
    let text = std::str::from_utf8(text).map_err(|error| wrong(format!("it is not UTF-8: {error}")))?;
    Ok(Some(Line { text: text.to_owned(), input_bytes: read as u64 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Problem;
    use std::io::Cursor;

    /// Everything that these bytes give, in batches.
    async fn batches(input: Vec<u8>) -> (Vec<Batch>, Option<CliError>) {
        let (mut lines, mut batches) = (Lines::of(|| Cursor::new(input)), Vec::new());
        loop {
            match lines.next_batch(|line| line.as_bytes().to_vec()).await {
                Ok(Some(batch)) => batches.push(batch),
                Ok(None) => return (batches, None),
                Err(error) => return (batches, Some(error)),
            }
        }
    }

    #[tokio::test]
    async fn every_line_is_in_one_batch_in_order() {
        let input: String =
            (1..=2000).map(|n| if n % 2 == 0 { format!("{n}\r\n") } else { format!("{n}\n") }).collect();
        let (batches, error) = batches(format!("{input}\nlast").into_bytes()).await;
        assert!(error.is_none() && batches.iter().all(|batch| (1..=MOST_LINES).contains(&batch.count)));
        let sent: Vec<u8> = batches.iter().flat_map(|batch| batch.body.clone()).collect();
        let expected: String =
            (1..=2000).map(|n| format!("{n}\n")).chain(["\n".into(), "last\n".into()]).collect();
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
        let mut next = 1;
        for batch in &batches {
            assert_eq!(batch.first_line, next);
            next += batch.count;
        }
        assert_eq!(batches.iter().map(|batch| batch.input_bytes).sum::<u64>(), input.len() as u64 + 5);
    }

    #[tokio::test]
    async fn a_batch_has_a_largest_size_and_a_large_line_goes_alone() {
        let line = "x".repeat(300 << 10);
        let (batches, error) = batches(format!("{line}\n{line}\n{line}{line}\ny\n").into_bytes()).await;
        assert!(error.is_none());
        let counts: Vec<_> = batches.iter().map(|batch| (batch.first_line, batch.count)).collect();
        assert_eq!(counts, [(1, 1), (2, 1), (3, 1), (4, 1)]);
    }

    #[tokio::test]
    async fn what_is_before_a_wrong_line_is_sent_first() {
        for (wrong, expected) in [
            (b"\xFF\n".to_vec(), "line 3 of the input: it is not UTF-8"),
            (vec![b'x'; (1 << 20) + 1], "line 3 of the input: it is longer than 1048576 bytes"),
        ] {
            let (batches, error) = batches([b"1\n2\n".to_vec(), wrong].concat()).await;
            assert_eq!(batches.iter().map(|batch| batch.count).sum::<u64>(), 2);
            let error = error.unwrap().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_failure_names_the_line_of_the_input() {
        let batch = Batch { first_line: 501, count: 3, ..Batch::default() };
        let at = |field: &str| {
            let problem = Box::new(Problem::bad_request(field, ""));
            batch.place(&Failure::Status { problem, retry_after: None })
        };
        assert_eq!(at("line 1"), "line 501 of the input: ");
        assert_eq!(at("line 3: event"), "line 503 of the input, and nothing from line 501 on is published: ");
        for other in ["line 4", "line 0", "line", "channel"] {
            assert_eq!(at(other), "lines 501 to 503 of the input: ");
        }
        let one = Batch { first_line: 7, count: 1, ..Batch::default() };
        let lost = Failure::Network { reason: String::new(), was_connected: true };
        assert_eq!(one.place(&lost), "line 7 of the input: ");
    }
}
