//! What stands on lines of its own: paragraphs, lists, quotes, code, tables.
//!
//! A line's beginning says what it is; it is held until that is sure, which is soon. What follows goes on at once.

use super::{
    Sink, Tag,
    inline::{Inline, REACH, step},
    table::Table,
};

/// How deep lists and quotes may be nested. What is deeper is text.
const MAX_DEPTH: usize = 8;

/// How many columns of space are enough for what belongs to an item of a list.
const ENOUGH: usize = 2;

/// The longest line of signs that may be a rule, a list's marker or the end of code.
const LONGEST_MARK: usize = 100;

/// The longest line that may begin code.
const LONGEST_INFO: usize = 200;

/// How many lines of code are in one block.
const LINES: usize = 50;

/// The most headings that there are.
const MAX_LEVEL: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Container {
    Quote,
    Item(Item),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    /// What marks it; of a numbered one what is after the number.
    mark: char,
    /// How far its content is indented.
    indent: usize,
}

/// The block that text goes to.
#[derive(Clone, Debug, Default)]
enum Leaf {
    #[default]
    None,
    Paragraph,
    Code(Fence),
    Table(Table),
}

#[derive(Clone, Copy, Debug)]
struct Fence {
    sign: char,
    length: usize,
    indent: usize,
    /// How many lines there were.
    lines: usize,
}

/// Where in a line the next character is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Text,
    Heading,
    Code,
    Row,
}

/// Everything that is being written.
#[derive(Clone, Default)]
pub(super) struct Blocks {
    containers: Vec<Container>,
    leaf: Leaf,
    inline: Inline,
    place: Place,
    /// What the line begins with, without indentation, as long as it is not sure what that is.
    held: String,
    /// How many of its first sign there are in a row.
    run: usize,
    /// How many of the containers the line is in, as far as it was read.
    matched: usize,
    /// How far the line is indented, in the last of these.
    indent: usize,
    /// In code: how much of a line's indentation is that of the items around it.
    around: usize,
    /// Whether a space that comes now belongs to the sign of a quote.
    eats_space: bool,
    /// The levels of the headings that what comes is below.
    levels: Vec<usize>,
    /// The line before, if it may be the headings of a table.
    head: Option<String>,
}

impl Blocks {
    pub(super) fn push(&mut self, text: &str, sink: &mut impl Sink) {
        // Lines may end with CR LF.
        for part in text.split('\r') {
            self.push_part(part, sink);
        }
        if self.has_text() {
            self.inline.read(sink);
        }
    }

    fn push_part(&mut self, mut rest: &str, sink: &mut impl Sink) {
        while let Some(c) = rest.chars().next() {
            if matches!(self.place, Place::Start | Place::Row) {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                self.take(c, sink);
                continue;
            }
            let (text, after) =
                rest.split_at_checked(rest.find('\n').unwrap_or(rest.len())).unwrap_or_default();
            step(text.len());
            match self.place {
                Place::Code => sink.text(text),
                _ => self.inline.add(text),
            }
            rest = after;
            if !after.is_empty() {
                rest = rest.get(1..).unwrap_or_default();
                self.take('\n', sink);
            }
        }
    }

    /// Whether what is not settled is shown somewhere.
    fn has_text(&self) -> bool {
        match &self.leaf {
            Leaf::Paragraph => true,
            Leaf::Table(table) => table.is_shown(),
            _ => self.place == Place::Heading,
        }
    }

    pub(super) fn preview(&self, sink: &mut impl Sink) {
        if self.has_text() {
            self.inline.preview(sink);
        }
    }

    pub(super) fn finish(mut self, sink: &mut impl Sink) {
        if self.place != Place::Start || !self.held.is_empty() {
            self.take('\n', sink);
        }
        self.head_is_text(sink);
        self.close_leaf(sink);
        self.close_containers(0, sink);
    }

    fn take(&mut self, c: char, sink: &mut impl Sink) {
        step(1);
        match self.place {
            Place::Start if matches!(self.leaf, Leaf::Code(_)) => self.start_in_code(c, sink),
            Place::Start if self.held.is_empty() => self.start(c, sink),
            Place::Start if self.head.is_some() => self.decide_table(c, sink),
            Place::Start => self.decide(c, sink),
            Place::Row => {
                let Leaf::Table(table) = &mut self.leaf else { return self.new_line() };
                if !table.take(c, &mut self.inline, sink) {
                    self.new_line();
                }
            }
            Place::Text if c == '\n' => self.new_line(),
            Place::Text => self.inline.add(c.encode_utf8(&mut [0; 4])),
            Place::Heading if c == '\n' => {
                self.inline.finish(sink);
                sink.close();
                self.new_line();
            }
            Place::Heading => self.inline.add(c.encode_utf8(&mut [0; 4])),
            Place::Code => {
                sink.text(c.encode_utf8(&mut [0; 4]));
                if c == '\n' {
                    self.end_code_line(sink);
                    self.new_line();
                }
            }
        }
    }

    fn end_code_line(&mut self, sink: &mut impl Sink) {
        let Leaf::Code(fence) = &mut self.leaf else { return };
        fence.lines += 1;
        if fence.lines.is_multiple_of(LINES) {
            sink.close();
            sink.open(Tag::Lines);
        }
    }

    fn new_line(&mut self) {
        self.place = Place::Start;
        self.held.clear();
        (self.run, self.matched, self.indent, self.around, self.eats_space) = (0, 0, 0, 0, false);
    }

    /// Goes through the containers that the line is in.
    fn start(&mut self, c: char, sink: &mut impl Sink) {
        match c {
            ' ' if std::mem::take(&mut self.eats_space) => return,
            ' ' => return self.indent += 1,
            '\t' => return self.indent += 4 - self.indent % 4,
            _ => self.eats_space = false,
        }
        while let Some(container) = self.containers.get(self.matched) {
            match container {
                Container::Item(item) if c == '\n' || self.indent >= item.indent.min(ENOUGH) => {
                    self.indent = self.indent.saturating_sub(item.indent);
                    self.matched += 1;
                }
                Container::Quote if c == '>' => {
                    self.matched += 1;
                    (self.indent, self.eats_space) = (0, true);
                    return;
                }
                _ => break,
            }
        }
        self.start_leaf(c, sink);
    }

    fn start_leaf(&mut self, c: char, sink: &mut impl Sink) {
        let is_within = self.matched == self.containers.len();
        if self.head.is_some() {
            if is_within && matches!(c, '|' | ':' | '-') {
                return self.held.push(c);
            }
            self.head_is_text(sink);
        }
        match c {
            '\n' => {
                if !matches!(self.leaf, Leaf::None) {
                    self.close_leaf(sink);
                }
                self.close_containers(self.matched, sink);
                self.new_line();
            }
            '>' if self.matched < MAX_DEPTH => {
                self.end_others(sink);
                sink.open(Tag::Quote);
                self.containers.push(Container::Quote);
                self.matched += 1;
                (self.indent, self.eats_space) = (0, true);
            }
            '|' if is_within && let Leaf::Table(table) = &mut self.leaf => {
                table.begin(sink);
                self.place = Place::Row;
            }
            '|' => {
                if !is_within {
                    self.end_others(sink);
                }
                self.held.push(c);
            }
            '#' | '`' | '~' | '-' | '*' | '_' | '+' | '0'..='9' => {
                self.held.push(c);
                self.run = 1;
            }
            _ => self.text(c, sink),
        }
    }

    /// Looks at what follows the beginning that is held.
    fn decide(&mut self, c: char, sink: &mut impl Sink) {
        let Some(first) = self.held.chars().next() else { return };
        let length = self.held.len();
        let is_space = matches!(c, ' ' | '\t');
        let is_run = self.run == length;
        let goes_on = match first {
            '|' => c != '\n' && length < REACH,
            '#' => c == first && length < MAX_LEVEL,
            '`' | '~' if is_run && c == first => length < LONGEST_MARK,
            '`' | '~' => self.run >= 3 && c != '\n' && !(first == '`' && c == first) && length < LONGEST_INFO,
            '-' | '*' | '_' => (c == first || is_space) && length < LONGEST_MARK,
            '+' => is_space && length < LONGEST_MARK,
            // Digits, then a point or a parenthesis, then spaces.
            _ if is_run => (c.is_ascii_digit() && length < 9) || matches!(c, '.' | ')'),
            _ => is_space && length < LONGEST_MARK,
        };
        if goes_on {
            let is_digit = first.is_ascii_digit() && c.is_ascii_digit();
            self.run += usize::from(is_run && (c == first || is_digit));
            return self.held.push(c);
        }
        match first {
            '|' if c == '\n' => {
                self.head = Some(std::mem::take(&mut self.held));
                self.new_line();
            }
            '#' if is_space || c == '\n' => {
                self.end_others(sink);
                sink.open(Tag::Heading(self.depth_of(length)));
                self.held.clear();
                self.place = Place::Heading;
                self.take(c, sink);
            }
            '`' | '~' if self.run >= 3 && c == '\n' => {
                self.end_others(sink);
                let info = self.held.get(self.run..).unwrap_or_default();
                sink.open(Tag::CodeBlock(info.split_whitespace().next().unwrap_or_default()));
                sink.open(Tag::Lines);
                let (length, indent) = (self.run, self.indent);
                self.leaf = Leaf::Code(Fence { sign: first, length, indent, lines: 0 });
                self.new_line();
            }
            '-' | '*' | '_' if c == '\n' && self.held.chars().filter(|c| *c == first).count() >= 3 => {
                self.end_others(sink);
                sink.open(Tag::Rule);
                sink.close();
                self.new_line();
            }
            '-' | '*' | '+' => self.item(first, 1, None, c, sink),
            '0'..='9' => {
                let number = self.held.get(..self.run).and_then(|digits| digits.parse().ok());
                let mark = self.held.chars().nth(self.run).unwrap_or_default();
                self.item(mark, self.run + 1, number, c, sink);
            }
            _ => self.text(c, sink),
        }
    }

    /// How deep a heading of this level is below those before it: none is left out, whatever a text begins with.
    fn depth_of(&mut self, level: usize) -> usize {
        self.levels.retain(|above| *above < level);
        self.levels.push(level);
        self.levels.len()
    }

    /// What is held begins with a list's marker, if a space follows it.
    fn item(&mut self, mark: char, width: usize, number: Option<u32>, c: char, sink: &mut impl Sink) {
        let rest = self.held.get(width..).unwrap_or_default();
        let content = rest.trim_start_matches([' ', '\t']);
        let spaces = rest.len() - content.len();
        let is_empty = content.is_empty() && c == '\n';
        let is_next =
            matches!(self.containers.get(self.matched), Some(Container::Item(item)) if item.mark == mark);
        let may_interrupt =
            !matches!(self.leaf, Leaf::Paragraph) || is_next || !(is_empty || number.is_some_and(|n| n != 1));
        if (spaces == 0 && !is_empty) || self.matched >= MAX_DEPTH || !may_interrupt {
            return self.text(c, sink);
        }
        let content = content.to_owned();
        self.held.clear();
        let indent = width + if is_empty || spaces > 4 { 1 } else { spaces };
        let item = Container::Item(Item { mark, indent });
        self.close_leaf(sink);
        if is_next {
            self.close_containers(self.matched + 1, sink);
            self.containers.pop();
            sink.close();
        } else {
            self.close_containers(self.matched, sink);
            sink.open(Tag::List(number.or((mark == '.' || mark == ')').then_some(1))));
        }
        sink.open(Tag::Item);
        self.containers.push(item);
        self.matched += 1;
        self.indent = 0;
        for c in content.chars().chain([c]) {
            self.take(c, sink);
        }
    }

    /// What is held is text, and so is the rest of the line.
    fn text(&mut self, c: char, sink: &mut impl Sink) {
        let held = std::mem::take(&mut self.held);
        // A paragraph goes on without the signs of what it is in.
        if !matches!(self.leaf, Leaf::Paragraph) {
            self.end_others(sink);
        }
        self.add_line(&held, sink);
        self.place = Place::Text;
        self.take(c, sink);
    }

    fn add_line(&mut self, text: &str, sink: &mut impl Sink) {
        if matches!(self.leaf, Leaf::Paragraph) {
            self.inline.add("\n");
        } else {
            self.close_leaf(sink);
            sink.open(Tag::Paragraph);
            self.leaf = Leaf::Paragraph;
        }
        self.inline.add(text);
    }

    /// The second line of a table, if it is one.
    fn decide_table(&mut self, c: char, sink: &mut impl Sink) {
        if matches!(c, '|' | ':' | '-' | ' ' | '\t') && self.held.len() < REACH {
            return self.held.push(c);
        }
        let held = std::mem::take(&mut self.held);
        if c == '\n'
            && let Some(head) = &self.head
            && let Some(columns) = Table::columns(head, &held)
        {
            let head = self.head.take().unwrap_or_default();
            self.close_leaf(sink);
            self.leaf = Leaf::Table(Table::begin_with(&head, columns, &mut self.inline, sink));
            return self.new_line();
        }
        self.head_is_text(sink);
        for c in held.chars().chain([c]) {
            self.take(c, sink);
        }
    }

    fn head_is_text(&mut self, sink: &mut impl Sink) {
        if let Some(head) = self.head.take() {
            self.add_line(&head, sink);
        }
    }

    /// A line in code: what is its own indentation, and whether it is the end.
    fn start_in_code(&mut self, c: char, sink: &mut impl Sink) {
        let Leaf::Code(fence) = self.leaf else { return };
        if self.held.is_empty() {
            if std::mem::take(&mut self.eats_space) && c == ' ' {
                return;
            }
            while let Some(container) = self.containers.get(self.matched) {
                match (container, c) {
                    // Code goes on also where it is not indented as its item is.
                    (Container::Item(item), _) => self.around += item.indent,
                    (Container::Quote, '>') => {
                        self.matched += 1;
                        (self.indent, self.around, self.eats_space) = (0, 0, true);
                        return;
                    }
                    (Container::Quote, ' ') => return self.indent += 1,
                    (Container::Quote, _) => {
                        self.end_others(sink);
                        return self.start(c, sink);
                    }
                }
                self.matched += 1;
            }
            if matches!(c, ' ' | '\t') && self.indent < self.around + fence.indent {
                return self.indent += if c == ' ' { 1 } else { 4 };
            }
        }
        let is_end = self.run >= fence.length;
        let may_end = match c {
            ' ' if self.run == 0 => self.held.len() < 3,
            ' ' | '\t' => is_end && self.held.len() < LONGEST_MARK,
            c => {
                c == fence.sign && (self.run == 0 || self.held.ends_with(c)) && self.held.len() < LONGEST_MARK
            }
        };
        if may_end {
            self.run += usize::from(c == fence.sign);
            return self.held.push(c);
        }
        if c == '\n' && is_end {
            self.close_leaf(sink);
            return self.new_line();
        }
        sink.text(&std::mem::take(&mut self.held));
        self.place = Place::Code;
        self.take(c, sink);
    }

    /// What the line is not in ends, and so does the block before.
    fn end_others(&mut self, sink: &mut impl Sink) {
        self.close_leaf(sink);
        self.close_containers(self.matched, sink);
    }

    fn close_leaf(&mut self, sink: &mut impl Sink) {
        match std::mem::take(&mut self.leaf) {
            Leaf::None => {}
            Leaf::Paragraph => {
                self.inline.finish(sink);
                sink.close();
            }
            Leaf::Code(_) | Leaf::Table(_) => {
                sink.close();
                sink.close();
            }
        }
    }

    /// Ends the containers from this one on.
    fn close_containers(&mut self, from: usize, sink: &mut impl Sink) {
        while self.containers.len() > from {
            if let Some(Container::Item(_)) = self.containers.pop() {
                sink.close();
            }
            sink.close();
        }
    }
}
