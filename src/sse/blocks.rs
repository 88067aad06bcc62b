//! The blocks of a stream as they stand in it, for those who want to see them.

/// Finds the ends of blocks, which are blank lines, and keeps what stands between them.
#[derive(Debug)]
pub struct Blocks {
    limit: usize,
    block: Vec<u8>,
    /// Whether the line has anything in it so far.
    has_text: bool,
    /// A line feed that follows a carriage return ends no second line, also when it comes in the next piece.
    after_return: bool,
}

impl Blocks {
    /// A splitter that keeps the first `limit` bytes of a block: one of comments alone may have no end.
    pub const fn with_limit(limit: usize) -> Self {
        Self { limit, block: Vec::new(), has_text: false, after_return: false }
    }

    /// Takes the next piece of the stream up to the end of the block, if it is there: how many bytes that is, and the
    /// block's text, without its blank line.
    pub fn feed(&mut self, piece: &[u8]) -> (usize, Option<String>) {
        let end = piece.iter().position(|byte| self.ends_block(*byte)).map(|index| index + 1);
        let taken = end.unwrap_or(piece.len());
        let room = self.limit.saturating_sub(self.block.len());
        self.block.extend(piece.iter().take(taken.min(room)));
        let text = end.map(|_| {
            let text = String::from_utf8_lossy(&self.block).trim_matches(['\r', '\n']).to_owned();
            self.block.clear();
            text
        });
        (taken, text)
    }

    fn ends_block(&mut self, byte: u8) -> bool {
        let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            b'\n' if after_return => false,
            b'\r' | b'\n' => !std::mem::take(&mut self.has_text),
            _ => {
                self.has_text = true;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sse::decode::{Decoder, Item};
    use proptest::{collection::vec, prelude::*, sample::select};

    fn split<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let (mut blocks, mut texts) = (Blocks::with_limit(100), vec![]);
        for mut piece in pieces {
            while !piece.is_empty() {
                let (taken, text) = blocks.feed(piece);
                piece = &piece[taken..];
                texts.extend(text);
            }
        }
        texts
    }

    #[test]
    fn a_block_is_what_stands_before_a_blank_line() {
        for (stream, blocks) in [
            ("data: a\nid: 1\n\n:\n\ndata", &["data: a\nid: 1", ":"][..]),
            ("data: a\r\nid: 1\r\n\r\n:\r\n\r\n", &["data: a\r\nid: 1", ":"]),
            ("data: a\rid: 1\r\r:\r\r", &["data: a\rid: 1", ":"]),
            ("\n\n\nx\n\n", &["", "", "", "x"]),
            ("\r\n\r\nx\r\n\n", &["", "", "x"]),
        ] {
            assert_eq!(split([stream.as_bytes()]), blocks, "{stream:?}");
            assert_eq!(split(stream.as_bytes().chunks(1)), blocks, "{stream:?} byte by byte");
        }
    }

    #[test]
    fn of_a_long_block_the_beginning_is_kept() {
        assert_eq!(
            split([[&b":"; 300].map(|c| c[0]).as_slice(), b"\n\n:\n\n"]),
            [":".repeat(100), ":".into()]
        );
    }

    proptest! {
        #[test]
        fn an_event_is_dispatched_at_the_end_of_its_block(
            lines in vec(select(vec!["data: x", "data", "id: 1", ":", "event: e", ""]), 0..20),
            ends in vec(select(vec!["\n", "\r\n", "\r"]), 20),
            sizes in vec(1..9usize, 1..200),
        ) {
            let stream: String = lines.iter().zip(&ends).flat_map(|(line, end)| [*line, *end]).collect();
            let (mut blocks, mut decoder) = (Blocks::with_limit(1 << 20), Decoder::default());
            let (mut rest, mut sizes) = (stream.as_bytes(), sizes.into_iter().cycle());
            while !rest.is_empty() {
                let size = sizes.next().unwrap().min(rest.len());
                let (taken, text) = blocks.feed(&rest[..size]);
                let mut items = vec![];
                decoder.feed(&rest[..taken], &mut items).unwrap();
                items.retain(|item| matches!(item, Item::Event(_)));
                rest = &rest[taken..];
                let has_data = text.is_some_and(|text| text.lines().any(|line| line.split('\r')
                    .any(|line| line.starts_with("data"))));
                prop_assert_eq!(items.len(), usize::from(has_data));
            }
        }
    }
}
