//! What stands in a line: emphasis, code, links.
//!
//! Delimiters are kept with what follows them until they are closed, or until it is sure that they never will be; then all
//! that is before the first one that still waits goes to the sink.

use super::{
    Sink, Tag,
    address::{self, Found},
};
use std::collections::VecDeque;

/// How far a delimiter may be from the one that closes it, in characters. One that is farther is text, so that what was
/// written is settled after a while, whatever follows.
pub(super) const REACH: usize = 1_000;

/// How many delimiters may wait; then the oldest is text.
const MAX_OPEN: usize = 16;

/// Of longer rows of the same sign, so many are looked at at once: they delimit nothing.
const LONGEST_RUN: usize = 64;

/// The longest delimiter of code.
const MAX_TICKS: usize = 8;

/// Counts the characters that are looked at, in tests.
#[cfg(not(test))]
pub(super) const fn step(_: usize) {}
#[cfg(test)]
pub(super) use super::tests::step;

/// What a delimiter makes of what is between it and the one that closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Strong(char),
    Emphasis(char),
    Strike,
    Link,
    Picture,
}

impl Kind {
    /// The delimiter.
    const fn literal(self) -> &'static str {
        match self {
            Self::Strong('_') => "__",
            Self::Strong(_) => "**",
            Self::Emphasis('_') => "_",
            Self::Emphasis(_) => "*",
            Self::Strike => "~~",
            Self::Link => "[",
            Self::Picture => "![",
        }
    }

    const fn is_link(self) -> bool {
        matches!(self, Self::Link | Self::Picture)
    }
}

/// What was read.
#[derive(Clone, Debug)]
enum Event {
    Text(String),
    Code(String),
    Address(String),
    Break,
    /// A delimiter that waits for its closer.
    Waits(Kind),
    /// One that was closed; of a link, with where it leads.
    Opens(Kind, String),
    Closes,
}

/// A delimiter that waits.
#[derive(Clone, Copy, Debug)]
struct Open {
    kind: Kind,
    /// The number of its event.
    event: usize,
    /// Where it stands.
    position: usize,
}

/// The white space before what comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Spaces(usize),
    Line,
    Break,
}

/// The text of a paragraph, a heading or a cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Inline {
    /// What is not read yet: the end alone can say what it is.
    raw: String,
    events: VecDeque<Event>,
    /// The number of the first of them.
    first: usize,
    open: Vec<Open>,
    /// How many characters were read.
    position: usize,
    /// The last of them; none at the beginning.
    previous: Option<char>,
    gap: Gap,
}

impl Inline {
    /// Adds text, to be read later.
    pub(super) fn add(&mut self, text: &str) {
        self.raw.push_str(text);
    }

    /// Reads what can be read, and gives what is settled to the sink.
    pub(super) fn read(&mut self, sink: &mut impl Sink) {
        self.take(false, sink);
    }

    /// Shows the rest as what it will probably be.
    pub(super) fn preview(&self, sink: &mut impl Sink) {
        let mut rest = self.clone();
        let raw = std::mem::take(&mut rest.raw);
        let ticks = raw.trim_start_matches('`');
        if ticks.len() < raw.len() {
            if !ticks.is_empty() {
                rest.push(Event::Code(ticks.replace('\n', " ")));
            }
        } else if !raw.starts_with(['*', '_', '~', '\\', '<', ']']) {
            rest.text(&raw);
        }
        let waiting = rest.open.iter().filter(|open| !open.kind.is_link()).count();
        emit(rest.events.into_iter(), sink);
        (0..waiting).for_each(|_| sink.close());
    }

    /// All is said. It is as new then.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) {
        self.take(true, sink);
        self.give_up(self.open.len());
        self.flush(sink);
        *self = Self::default();
    }

    fn take(&mut self, is_end: bool, sink: &mut impl Sink) {
        let raw = std::mem::take(&mut self.raw);
        let mut rest = raw.as_str();
        while let Some(read) = self.next(rest, is_end) {
            let (taken, left) = rest.split_at_checked(read).unwrap_or((rest, ""));
            self.position += taken.chars().count();
            step(taken.len());
            rest = left;
            self.flush(sink);
        }
        self.flush(sink);
        rest.clone_into(&mut self.raw);
    }

    /// Reads the next thing, and tells how long it is; none where that cannot be said yet.
    fn next(&mut self, rest: &str, is_end: bool) -> Option<usize> {
        let first = rest.chars().next()?;
        let late = self.open.iter().take_while(|open| open.position + REACH < self.position).count();
        self.give_up(late);
        if matches!(first, ' ' | '\t' | '\n') {
            self.gap = match (self.gap, first) {
                (Gap::Spaces(count), '\n') if count > 1 => Gap::Break,
                (Gap::Break, _) => Gap::Break,
                (Gap::Line, _) | (_, '\n') => Gap::Line,
                (Gap::Spaces(count), _) => Gap::Spaces(count + 1),
                (Gap::None, _) => Gap::Spaces(1),
            };
            return Some(1);
        }
        self.fill_gap();
        let read = match first {
            '\\' => self.escape(rest, is_end)?,
            '`' => self.code(rest, is_end)?,
            '*' | '_' | '~' => return self.delimiter(rest, first, is_end),
            '[' => self.wait(Kind::Link),
            '!' => match rest.chars().nth(1) {
                Some('[') => self.wait(Kind::Picture),
                None if !is_end => return None,
                _ => self.literal(rest, 1),
            },
            ']' => self.link(rest, is_end)?,
            '<' => self.bracket(rest, is_end)?,
            _ => self.plain(rest, is_end)?,
        };
        self.previous = rest.get(..read).and_then(|text| text.chars().next_back());
        Some(read)
    }

    fn fill_gap(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if self.previous.is_none() {
            return;
        }
        match gap {
            Gap::None => return,
            Gap::Spaces(_) => self.text(" "),
            Gap::Line => self.text("\n"),
            Gap::Break => self.push(Event::Break),
        }
        self.previous = Some(' ');
    }

    fn push(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn text(&mut self, text: &str) {
        match self.events.back_mut() {
            Some(Event::Text(before)) => before.push_str(text),
            _ => self.push(Event::Text(text.to_owned())),
        }
    }

    /// The first `length` bytes are text.
    fn literal(&mut self, rest: &str, length: usize) -> usize {
        self.text(rest.get(..length).unwrap_or_default());
        length
    }

    fn escape(&mut self, rest: &str, is_end: bool) -> Option<usize> {
        match rest.chars().nth(1) {
            None if !is_end => None,
            Some('\n') => {
                self.gap = Gap::Break;
                Some(2)
            }
            Some(c) if c.is_ascii_punctuation() => {
                self.text(rest.get(1..2).unwrap_or_default());
                Some(2)
            }
            _ => Some(self.literal(rest, 1)),
        }
    }

    fn code(&mut self, rest: &str, is_end: bool) -> Option<usize> {
        let ticks = run(rest, '`');
        if ticks == rest.len() && !is_end && ticks < LONGEST_RUN {
            return None;
        }
        if ticks > MAX_TICKS {
            return Some(self.literal(rest, ticks));
        }
        let text = rest.get(ticks..).unwrap_or_default();
        let (mut count, mut is_over) = (0, is_end);
        for (number, (at, c)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
            step(1);
            if c == '`' {
                count += 1;
                continue;
            }
            // What the text ends with may go on.
            if count == ticks && (at < text.len() || is_end) {
                let code = text.get(..at - count).unwrap_or_default().replace('\n', " ");
                let inner = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
                let inner = inner.filter(|inner| !inner.trim().is_empty());
                self.push(Event::Code(inner.unwrap_or(&code).to_owned()));
                return Some(ticks + at);
            }
            count = 0;
            if number > REACH {
                is_over = true;
                break;
            }
        }
        is_over.then(|| self.literal(rest, ticks))
    }

    fn delimiter(&mut self, rest: &str, sign: char, is_end: bool) -> Option<usize> {
        let count = run(rest, sign);
        let next = rest.get(count..).and_then(|rest| rest.chars().next());
        if next.is_none() && !is_end && count < LONGEST_RUN {
            return None;
        }
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_tight = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        // Within a word `_` is a part of it.
        let may_open = is_tight(next) && !(sign == '_' && is_word(self.previous));
        let may_close = is_tight(self.previous) && !(sign == '_' && is_word(next));
        self.previous = Some(sign);
        let kinds: &[Kind] = match (sign, count) {
            ('~', 2) => &[Kind::Strike],
            ('~', _) => &[],
            (_, 1) => &[Kind::Emphasis(sign)],
            (_, 2) => &[Kind::Strong(sign)],
            (_, 3) => &[Kind::Emphasis(sign), Kind::Strong(sign)],
            _ => &[],
        };
        let mut left = count;
        if may_close {
            while let Some(kind) = self.innermost(kinds, left) {
                self.close(kind);
                left -= kind.literal().len();
            }
        }
        if left == count && may_open {
            for kind in kinds {
                self.wait(*kind);
                left -= kind.literal().len();
            }
        }
        self.text(rest.get(..left).unwrap_or_default());
        Some(count)
    }

    /// The kind of the innermost delimiter that waits for one of these, with so many signs at most.
    fn innermost(&self, kinds: &[Kind], signs: usize) -> Option<Kind> {
        let fits = |open: &&Open| kinds.contains(&open.kind) && open.kind.literal().len() <= signs;
        self.open.iter().rev().find(fits).map(|open| open.kind)
    }

    /// A delimiter that waits for its closer.
    fn wait(&mut self, kind: Kind) -> usize {
        if self.open.len() == MAX_OPEN {
            self.give_up(1);
        }
        let event = self.first + self.events.len();
        self.open.push(Open { kind, event, position: self.position });
        self.push(Event::Waits(kind));
        kind.literal().len()
    }

    fn close(&mut self, kind: Kind) {
        let Some(at) = self.open.iter().rposition(|open| open.kind == kind) else { return };
        // `***a* b**`: of delimiters side by side it is the inner one that is closed first.
        if let Some([outer, inner]) = self.open.get_mut(at..at + 2)
            && outer.event + 1 == inner.event
            && matches!((outer.kind, inner.kind), (Kind::Emphasis(a), Kind::Strong(b)) if a == b)
        {
            std::mem::swap(&mut outer.kind, &mut inner.kind);
            for open in [*outer, *inner] {
                self.settle(open, Event::Waits(open.kind));
            }
            return self.close_at(at + 1, String::new());
        }
        self.close_at(at, String::new());
    }

    fn close_at(&mut self, at: usize, address: String) {
        for open in self.open.split_off(at + 1) {
            self.settle(open, Event::Text(open.kind.literal().to_owned()));
        }
        if let Some(open) = self.open.pop() {
            self.settle(open, Event::Opens(open.kind, address));
            self.push(Event::Closes);
        }
    }

    fn settle(&mut self, open: Open, event: Event) {
        if let Some(waits) = self.events.get_mut(open.event - self.first) {
            *waits = event;
        }
    }

    /// The first ones that wait are text.
    fn give_up(&mut self, count: usize) {
        for open in self.open.drain(..count).collect::<Vec<_>>() {
            self.settle(open, Event::Text(open.kind.literal().to_owned()));
        }
    }

    fn link(&mut self, rest: &str, is_end: bool) -> Option<usize> {
        let Some(at) = self.open.iter().rposition(|open| open.kind.is_link()) else {
            return Some(self.literal(rest, 1));
        };
        let target = match rest.get(1..).and_then(|rest| rest.strip_prefix('(')) {
            Some(target) => match address::destination(target, is_end) {
                Found::Here((address, length)) if address::is_allowed(address) => Some((address, length)),
                Found::Wait => return None,
                _ => None,
            },
            None if rest.len() == 1 && !is_end => return None,
            None => None,
        };
        let Some((address, length)) = target else {
            let open = self.open.remove(at);
            self.settle(open, Event::Text(open.kind.literal().to_owned()));
            return Some(self.literal(rest, 1));
        };
        // No link is in another.
        let outer: Vec<_> = self.open.drain(..at).collect();
        let (links, others): (Vec<_>, Vec<_>) = outer.into_iter().partition(|open| open.kind.is_link());
        for open in links {
            self.settle(open, Event::Text(open.kind.literal().to_owned()));
        }
        let at = others.len();
        self.open.splice(..0, others);
        let begin = self.open.get(at).map_or(0, |open| open.event + 1 - self.first);
        let mut is_blank = true;
        for event in self.events.iter_mut().skip(begin) {
            step(1);
            if let Event::Address(address) = event {
                *event = Event::Text(std::mem::take(address));
            }
            is_blank &= match event {
                Event::Text(text) => text.trim().is_empty(),
                Event::Code(_) => false,
                _ => true,
            };
        }
        if is_blank {
            self.push(Event::Text(address.to_owned()));
        }
        self.close_at(at, address.to_owned());
        Some(2 + length)
    }

    fn bracket(&mut self, rest: &str, is_end: bool) -> Option<usize> {
        const BREAKS: [&str; 3] = ["<br>", "<br/>", "<br />"];
        if let Some(found) = BREAKS.iter().find(|found| rest.starts_with(**found)) {
            self.push(Event::Break);
            return Some(found.len());
        }
        if !is_end && BREAKS.iter().any(|found| found.starts_with(rest)) {
            return None;
        }
        match address::bracketed(rest.get(1..).unwrap_or_default(), is_end) {
            Found::Here(address) => {
                self.push(Event::Address(address.to_owned()));
                Some(address.len() + 2)
            }
            Found::Wait => None,
            Found::No => Some(self.literal(rest, 1)),
        }
    }

    /// Text up to the next sign that may be something else.
    fn plain(&mut self, rest: &str, is_end: bool) -> Option<usize> {
        let mut previous = self.previous;
        for (at, c) in rest.char_indices() {
            if at > 0 && is_special(c) {
                return Some(self.literal(rest, at));
            }
            if matches!(c, 'h' | 'm') && !previous.is_some_and(|c| c.is_ascii_alphanumeric()) {
                match address::bare(rest.get(at..).unwrap_or_default(), is_end) {
                    Found::No => {}
                    _ if at > 0 => return Some(self.literal(rest, at)),
                    Found::Wait => return None,
                    Found::Here((length, true)) => {
                        self.push(Event::Address(rest.get(..length).unwrap_or_default().to_owned()));
                        return Some(length);
                    }
                    Found::Here((length, false)) => return Some(self.literal(rest, length)),
                }
            }
            previous = Some(c);
        }
        Some(self.literal(rest, rest.len()))
    }

    /// Gives to the sink what is settled.
    fn flush(&mut self, sink: &mut impl Sink) {
        let settled = self.open.first().map_or(self.events.len(), |open| open.event - self.first);
        self.first += settled;
        emit(self.events.drain(..settled), sink);
    }
}

const fn is_special(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\\' | '`' | '*' | '_' | '~' | '[' | ']' | '!' | '<')
}

/// How many of this sign, which is one byte, the text begins with, as far as that is looked at.
fn run(text: &str, sign: char) -> usize {
    text.chars().take(LONGEST_RUN).take_while(|c| *c == sign).count()
}

fn emit(events: impl Iterator<Item = Event>, sink: &mut impl Sink) {
    for event in events {
        match event {
            Event::Text(text) => sink.text(&text),
            Event::Code(code) => {
                sink.open(Tag::Code);
                sink.text(&code);
                sink.close();
            }
            Event::Address(address) => {
                sink.open(Tag::Link(&address));
                sink.text(&address);
                sink.close();
            }
            Event::Break => {
                sink.open(Tag::Break);
                sink.close();
            }
            Event::Waits(Kind::Strong(_)) | Event::Opens(Kind::Strong(_), _) => sink.open(Tag::Strong),
            Event::Waits(Kind::Emphasis(_)) | Event::Opens(Kind::Emphasis(_), _) => sink.open(Tag::Emphasis),
            Event::Waits(Kind::Strike) | Event::Opens(Kind::Strike, _) => sink.open(Tag::Strike),
            // Where it leads is not known yet.
            Event::Waits(Kind::Link | Kind::Picture) => {}
            Event::Opens(Kind::Link | Kind::Picture, address) => sink.open(Tag::Link(&address)),
            Event::Closes => sink.close(),
        }
    }
}
