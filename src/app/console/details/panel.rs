//! What an event's data is shown as.

use super::{
    super::{
        dom::{Panel, add, add_text},
        text::texts,
    },
    binary::Binary,
    hex, tree,
};
use crate::client::feed::Event;
use js_sys::JSON;
use std::{ops::Range, sync::Arc};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlImageElement};

/// How much of a text is shown at first, in bytes: more would take the browser longer than a person notices.
const TEXT: usize = 64 << 10;

/// How much is added at once when more is asked for: what it can do while a person waits.
const MORE_TEXT: usize = 1 << 20;

/// How many bytes are on a line, in a panel of at least this many pixels.
const COLUMNS: [(usize, i32); 3] = [(16, 604), (8, 356), (4, 0)];

/// A way to look at an event's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// A tree of its JSON.
    Json,
    /// The picture that its bytes are.
    Picture,
    /// It as it is.
    Text,
    /// Its bytes.
    Hex,
    /// The frame that it came in.
    Raw,
}

impl View {
    /// The name under which it is remembered.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Picture => "picture",
            Self::Text => "text",
            Self::Hex => "hex",
            Self::Raw => "raw",
        }
    }

    /// Its name in the language that is chosen now.
    pub(super) fn name(self) -> &'static str {
        let texts = texts();
        match self {
            Self::Json => "JSON",
            Self::Picture => texts.picture,
            Self::Text => texts.text,
            Self::Hex => texts.hex,
            Self::Raw => texts.raw,
        }
    }

    /// Whether its lines may be wrapped.
    pub(super) fn has_lines(self) -> bool {
        matches!(self, Self::Text | Self::Raw)
    }
}

/// An event, and what its data turned out to be.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) event: Arc<Event>,
    pub(super) binary: Option<Arc<Binary>>,
}

impl Content {
    pub(super) fn of(event: Arc<Event>) -> Self {
        Self { binary: Binary::of(&event.data).map(Arc::new), event }
    }

    /// The ways to look at it, the best first.
    pub(super) fn views(&self) -> Vec<View> {
        let mut views = match &self.binary {
            Some(binary) if binary.is_picture() => vec![View::Picture, View::Hex, View::Text],
            Some(_) => vec![View::Hex, View::Text],
            None if JSON::parse(&self.event.data).is_ok() => vec![View::Json, View::Text, View::Hex],
            None => vec![View::Text, View::Hex],
        };
        views.push(View::Raw);
        views
    }

    /// Shows it in the panel, in the place of what is there.
    pub(super) fn show(&self, panel: &Panel, view: View) {
        panel.clear();
        match view {
            View::Json => tree::show(panel, self.event.clone()),
            View::Picture => drop(self.show_picture(panel)),
            View::Text => show_text(panel, self.event.clone(), |event| &event.data),
            View::Hex => drop(self.show_hex(panel)),
            View::Raw if self.event.raw.is_some() => {
                show_text(panel, self.event.clone(), |event| event.raw.as_deref().unwrap_or_default());
            }
            View::Raw => {
                let came = self.event.arrived.is_some();
                let why = if came { texts().no_frame } else { texts().no_frame_with_page };
                add_text(panel, "p", "view-note", why);
            }
        }
    }

    fn show_picture(&self, panel: &Panel) -> Option<()> {
        let binary = self.binary.as_ref()?;
        let image: HtmlImageElement = add(panel, "img", "picture")?.dyn_into().ok()?;
        let note = add(panel, "p", "view-note")?;
        image.set_alt(&(texts().picture_of)(&binary.media_type));
        // A large one is not to stop the page while it is decoded.
        image.set_decoding("async");
        panel.on(&image, "load", {
            let (image, note) = (image.clone(), note.clone());
            move || {
                let size = [image.natural_width().to_string(), image.natural_height().to_string()];
                note.set_text_content(Some(&size.join(" × ")));
            }
        });
        panel.on(&image, "error", {
            let (image, broken) = (image.clone(), texts().picture_broken);
            move || {
                image.remove();
                note.set_text_content(Some(broken));
            }
        });
        image.set_src(&self.event.data);
        Some(())
    }

    fn show_hex(&self, panel: &Panel) -> Option<()> {
        let width = panel.client_width();
        let (columns, _) = COLUMNS.into_iter().find(|(_, room)| width >= *room)?;
        let place = add(panel, "div", "")?;
        self.clone().add_hex(&place, panel, 0, columns);
        Some(())
    }

    fn bytes(&self) -> &[u8] {
        self.binary.as_ref().map_or(self.event.data.as_bytes(), |binary| &binary.bytes)
    }

    fn add_hex(self, place: &Element, panel: &Panel, start: usize, columns: usize) {
        add_text(place, "pre", "hex", &hex::lines(self.bytes(), start, columns));
        let next = start + hex::SLICE;
        let Some(left) = self.bytes().len().checked_sub(next).filter(|left| *left > 0) else { return };
        let label = (texts().more_bytes)(left.min(hex::SLICE), left);
        let (inside, focus) = (place.clone(), panel.clone());
        panel.add_more(place, &label, move || self.add_hex(&inside, &focus, next, columns));
    }
}

/// Shows a text of an event.
fn show_text(panel: &Panel, event: Arc<Event>, text: fn(&Event) -> &str) {
    if let Some(element) = add(panel, "pre", "text") {
        add_slice(panel, element, event, text, 0..TEXT);
    }
}

/// Adds this much of a text to the element that has what is before it.
fn add_slice(
    panel: &Panel,
    element: Element,
    event: Arc<Event>,
    text: fn(&Event) -> &str,
    slice: Range<usize>,
) {
    let whole = text(&event);
    let end = whole.floor_char_boundary(slice.end);
    let _ = element.append_with_str_1(whole.get(slice.start..end).unwrap_or_default());
    let left = whole.len() - end;
    let label = match left {
        0 => return,
        1..=MORE_TEXT => (texts().show_all)(whole.chars().count()),
        _ => (texts().more_bytes)(MORE_TEXT, left),
    };
    let inside = panel.clone();
    panel.add_more(panel, &label, move || {
        add_slice(&inside, element, event, text, end..end + MORE_TEXT);
    });
}
