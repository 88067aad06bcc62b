//! The rows of tables.

use super::{Align, Sink, Tag, inline::Inline};

/// A table that is being written.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    columns: Vec<Align>,
    /// Whether the row is that of the headings.
    is_head: bool,
    /// How many cells of the row were begun.
    cell: usize,
    /// Whether one of them is not ended.
    is_open: bool,
    is_escaped: bool,
}

impl Table {
    /// The columns of the table that these two lines begin, if they do.
    pub(super) fn columns(head: &str, marks: &str) -> Option<Vec<Align>> {
        alignments(marks).filter(|columns| columns.len() == count(head))
    }

    /// The table with these headings.
    pub(super) fn begin_with(
        head: &str,
        columns: Vec<Align>,
        inline: &mut Inline,
        sink: &mut impl Sink,
    ) -> Self {
        let mut table = Self { columns, is_head: true, ..Self::default() };
        sink.open(Tag::Table);
        sink.open(Tag::Head);
        table.begin(sink);
        for c in head.chars().skip(1).chain(['\n']) {
            table.take(c, inline, sink);
        }
        sink.close();
        sink.open(Tag::Body);
        table.is_head = false;
        table
    }

    /// Begins a row, after its first `|`.
    pub(super) fn begin(&mut self, sink: &mut impl Sink) {
        sink.open(Tag::Row);
        self.cell = 0;
    }

    /// Takes the row's next character, and whether the row goes on.
    pub(super) fn take(&mut self, c: char, inline: &mut Inline, sink: &mut impl Sink) -> bool {
        if std::mem::take(&mut self.is_escaped) {
            if c == '|' {
                inline.add("|");
                return true;
            }
            inline.add("\\");
            if c == '\\' {
                inline.add("\\");
                return true;
            }
        }
        match c {
            ' ' | '\t' if !self.is_open => {}
            '|' | '\n' => {
                if c == '|' && !self.is_open {
                    self.open(sink);
                }
                if self.is_open {
                    self.close(inline, sink);
                }
                if c == '\n' {
                    while self.cell < self.columns.len() {
                        self.open(sink);
                        self.close(inline, sink);
                    }
                    sink.close();
                    return false;
                }
            }
            c => {
                if !self.is_open {
                    self.open(sink);
                }
                if c == '\\' {
                    self.is_escaped = true;
                } else {
                    inline.add(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        true
    }

    /// Whether a cell is being written that has a column.
    pub(super) fn is_shown(&self) -> bool {
        self.is_open && self.cell <= self.columns.len()
    }

    fn open(&mut self, sink: &mut impl Sink) {
        if let Some(align) = self.columns.get(self.cell) {
            sink.open(if self.is_head { Tag::HeadCell(*align) } else { Tag::Cell(*align) });
        }
        self.cell += 1;
        self.is_open = true;
    }

    fn close(&mut self, inline: &mut Inline, sink: &mut impl Sink) {
        if self.is_shown() {
            inline.finish(sink);
            sink.close();
        } else {
            // More cells than columns.
            *inline = Inline::default();
        }
        self.is_open = false;
    }
}

/// How many cells a row has, after the sign with which it begins.
fn count(row: &str) -> usize {
    let (mut cells, mut is_open, mut is_escaped) = (0, false, false);
    for c in row.chars().skip(1) {
        match c {
            '|' if !is_escaped => {
                cells += usize::from(!is_open);
                is_open = false;
            }
            ' ' | '\t' => {}
            _ if !is_open => {
                cells += 1;
                is_open = true;
            }
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    cells
}

/// The alignments that the second line of a table says.
fn alignments(line: &str) -> Option<Vec<Align>> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    let align = |cell: &str| {
        let cell = cell.trim();
        let dashes = cell.strip_prefix(':').unwrap_or(cell);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
        let is_valid = !dashes.is_empty() && dashes.chars().all(|c| c == '-');
        is_valid.then_some(match (cell.starts_with(':'), cell.ends_with(':')) {
            (true, true) => Align::Center,
            (false, true) => Align::End,
            _ => Align::Start,
        })
    };
    line.split('|').map(align).collect()
}
