//! Markdown while it is written: text in any pieces becomes elements, and each piece costs what it is long, however long the
//! text before it is.
//!
//! What is settled is given to a [`Sink`] once and never touched again. What the next piece may still change, a delimiter
//! that waits for the one that closes it, is at most [`REACH`](inline::REACH) characters; [`Markdown::preview`] shows it as
//! what it will probably be, until the sink takes that back.
//!
//! It is a subset of GitHub's Markdown, and where the two differ it is so that nothing has to wait: a delimiter whose
//! closer is too far away is text; there are no reference links, no headings by underlines and no code by indentation; a
//! table's rows begin with `|`. Two things are more lenient, as models write: two spaces are enough for what belongs to an
//! item of a list, and `**` closes after punctuation also where a letter follows, as in Chinese it does. HTML is text, but
//! for `<br>`.

mod address;
mod blocks;
mod inline;
mod table;
#[cfg(test)]
mod tests;

use blocks::Blocks;

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// A paragraph.
    Paragraph,
    /// A heading, so deep below the text's first ones, which are 1.
    Heading(usize),
    /// A block that is quoted.
    Quote,
    /// A list; of one that is numbered, the first number.
    List(Option<u32>),
    /// An item of a list.
    Item,
    /// Code, in this language; empty where none is named.
    CodeBlock(&'a str),
    /// Some of its lines: a browser lays out what is in one block anew with each piece, and code may be long.
    Lines,
    /// A line between blocks.
    Rule,
    /// A table.
    Table,
    /// A table's row of headings.
    Head,
    /// A table's other rows.
    Body,
    /// A row.
    Row,
    /// A cell of the row of headings.
    HeadCell(Align),
    /// Any other cell.
    Cell(Align),
    /// Strong.
    Strong,
    /// Emphasized.
    Emphasis,
    /// Struck through.
    Strike,
    /// Code in a line.
    Code,
    /// A link to what may be linked to.
    Link(&'a str),
    /// The end of a line.
    Break,
}

/// How a column of a table is aligned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Align {
    /// As the text is.
    #[default]
    Start,
    /// In the middle.
    Center,
    /// At the end.
    End,
}

/// Takes the elements, in their order.
pub(super) trait Sink {
    /// Begins an element in the one that is open.
    fn open(&mut self, tag: Tag<'_>);
    /// Ends the element that was begun last.
    fn close(&mut self);
    /// Adds a text to the element that is open.
    fn text(&mut self, text: &str);
}

/// A text that is being written.
#[derive(Clone, Default)]
pub(super) struct Markdown(Blocks);

impl Markdown {
    /// Takes the next piece.
    pub(super) fn push(&mut self, text: &str, sink: &mut impl Sink) {
        self.0.push(text, sink);
    }

    /// Shows what is not settled. The sink must take it back before the next piece; elements that are open stay so.
    pub(super) fn preview(&self, sink: &mut impl Sink) {
        self.0.preview(sink);
    }

    /// All is said.
    pub(super) fn finish(self, sink: &mut impl Sink) {
        self.0.finish(sink);
    }
}
