//! Paints an answer while it comes, a part of it in each frame.

use super::{dom::Dom, markdown::Markdown};
use crate::client::clock;
use leptos::prelude::document;
use web_sys::Element;

/// How much is painted before it looks at the time, in bytes.
const PART: usize = 512;

/// How much is painted in a frame, in bytes: the browser has to lay it out in the same frame.
const FRAME: usize = 4 << 10;

/// The answer of one exchange.
pub(super) struct Painter {
    /// Which.
    pub number: usize,
    /// Where it stands in the end.
    place: Element,
    /// Where it is painted: not in the document before it has caught up with what was there before.
    canvas: Element,
    dom: Dom,
    markdown: Markdown,
    painted: usize,
    is_shown: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is more to paint.
    Behind,
    /// What was said is painted.
    CaughtUp,
    /// So is all that there will be.
    Done,
}

impl Painter {
    /// Paints in this place. `copy` is what the buttons say that copy code.
    pub(super) fn new(number: usize, place: Element, copy: &'static str) -> Option<Self> {
        let canvas = document().create_element("div").ok()?;
        let dom = Dom::new(canvas.clone(), copy);
        Some(Self { number, place, canvas, dom, markdown: Markdown::default(), painted: 0, is_shown: false })
    }

    /// Paints what was said, until this time.
    pub(super) fn paint(&mut self, text: &str, is_over: bool, until: u64) -> Progress {
        self.dom.rollback();
        let enough = self.painted + FRAME;
        while self.painted < text.len() {
            let end = (self.painted + PART..text.len()).find(|end| text.is_char_boundary(*end));
            let end = end.unwrap_or(text.len());
            self.markdown.push(text.get(self.painted..end).unwrap_or_default(), &mut self.dom);
            self.painted = end;
            if end >= enough || clock::monotonic() >= until {
                break;
            }
        }
        let is_behind = self.painted < text.len();
        if !is_behind && is_over {
            std::mem::take(&mut self.markdown).finish(&mut self.dom);
        } else {
            self.dom.mark();
            self.markdown.preview(&mut self.dom);
        }
        self.dom.show();
        if !is_behind && !self.is_shown {
            self.is_shown = true;
            self.place.set_text_content(None);
            // It is in no other place.
            let _ = self.place.append_child(&self.canvas);
        }
        match (is_behind, is_over) {
            (true, _) => Progress::Behind,
            (false, true) => Progress::Done,
            (false, false) => Progress::CaughtUp,
        }
    }
}
