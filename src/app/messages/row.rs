//! A row of the list.

use super::{super::texts, Layout};
use crate::client::{
    clock,
    feed::{Event, Feed},
};
use leptos::{either::Either, prelude::*};
use web_sys::Element;

/// The most lines of data that a closed row shows; the styles say so too.
const LINES: usize = 4;

/// How much of an event's data, in bytes, is in the document while its row is closed: more than its lines can show.
const SHOWN: usize = 4_000;

/// How wide a character of the code's font is, in its sizes. What is not so is seen when it is measured.
const ADVANCE: f64 = 0.6;

/// The row's part that is pressed to open it.
pub(super) const TOGGLE: &str = "row-toggle";

/// The rows as the server renders them. Their times are those of Greenwich, and their data is whole, for those who cannot
/// open them. The browser leaves them as they are until it puts its own in their place.
#[cfg(feature = "ssr")]
pub(super) fn rendered(feed: &Feed, layout: Layout) -> String {
    let time = |event: &Event| {
        let time = crate::hub::frame::rfc3339(event.time);
        time.get(5..23).unwrap_or_default().replace('T', " ")
    };
    let rows = feed.numbers().zip(feed.events());
    rows.map(|(number, event)| view(number, event, event.data.clone(), time(event), layout, false).to_html())
        .collect()
}

/// What it hydrates stays.
#[cfg(not(feature = "ssr"))]
pub(super) fn rendered(_: &Feed, _: Layout) -> String {
    String::new()
}

/// A closed row as the browser makes it, with the data from `start` on, in bytes. `is_new` has it show that it has just
/// come.
pub(super) fn closed(
    number: u64,
    event: &Event,
    start: usize,
    layout: Layout,
    is_new: bool,
) -> impl IntoView + use<> {
    let time = match layout {
        Layout::Stream => clock::time_of_day(event.time),
        Layout::Channel | Layout::Channels => clock::day_and_time(event.time),
    };
    let data = beginning(event.data.get(start..).unwrap_or_default());
    let data = if start > 0 { ["…", data.trim_start()].concat() } else { data.to_owned() };
    view(number, event, data, time, layout, is_new)
}

fn view(
    number: u64,
    event: &Event,
    data: String,
    time: String,
    layout: Layout,
    is_new: bool,
) -> impl IntoView + use<> {
    let text = if event.is_gap {
        Either::Left(texts().gap)
    } else {
        let id = format!("[{}] ", event.id);
        Either::Right(view! {
            <span class="row-id">{id}</span>
            <span class="row-data">{data}</span>
        })
    };
    let channel = (layout == Layout::Channels)
        .then(|| view! { <span class="chip channel">{event.channel.clone()}</span> });
    let (name, position) = (event.name.clone(), (number + 1).to_string());
    // How many follow nobody knows.
    view! {
        <div class="row" class:new=is_new class:gap=event.is_gap role="listitem" aria-posinset=position
            aria-setsize="-1">
            <button class=TOGGLE r#type="button" tabindex="-1" aria-expanded="false" aria-label=texts().row_details>
            </button>
            <time class="row-time">{time}</time>
            <span class="row-chips">
                <span class="chip" data-name=event.name.clone()>{name}</span>
                {channel}
            </span>
            <span class="row-text">{text}</span>
        </div>
    }
}

/// As much of the data as a closed row has.
fn beginning(data: &str) -> &str {
    data.get(..data.floor_char_boundary(SHOWN)).unwrap_or(data)
}

/// How high rows are thought to be before they are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The height of a row whose data is on one line, in pixels.
    pub(super) one: f64,
    /// What each further line adds.
    pub(super) line: f64,
    /// How many characters are on a line; those of Chinese count as two.
    pub(super) columns: usize,
}

impl Estimate {
    /// Learns it from a row in the document.
    pub(super) fn of(row: &Element) -> Option<Self> {
        let part = |selector| row.query_selector(selector).ok().flatten();
        // In columns the data stands alone; on a narrow screen it is one text with what is before it.
        let text = part(".row-text").filter(|text| text.client_width() > 0).or_else(|| part(".row-data"))?;
        let style = window().get_computed_style(&text).ok().flatten()?;
        // It reads what is a number of what follows; NaN where none is.
        let pixels = |name| Some(js_sys::parse_float(&style.get_property_value(name).ok()?));
        let (line, size) = (pixels("line-height")?, pixels("font-size")?);
        let height = |element: &Element| element.get_bounding_client_rect().height();
        Some(Self {
            one: height(row) - height(&text) + line,
            line,
            columns: (f64::from(text.client_width()) / (size * ADVANCE)) as usize,
        })
    }

    /// Whether it leads to nearly the same heights.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.one - other.one).abs() < 1.0
            && (self.line - other.line).abs() < 1.0
            && self.columns.abs_diff(other.columns) < 8
    }

    /// The height of an event's row while it is closed.
    pub(super) fn height(&self, event: &Event) -> f64 {
        self.one + self.line * (lines(beginning(&event.data), self.columns) - 1) as f64
    }
}

/// How many lines of so many columns a text takes, from one up to as many as are shown.
fn lines(text: &str, columns: usize) -> usize {
    let (mut lines, mut column) = (1, 0);
    for character in text.chars() {
        let width = if character < '\u{1100}' { 1 } else { 2 };
        if character == '\n' || column + width > columns {
            (lines, column) = (lines + 1, 0);
        }
        if lines >= LINES {
            return LINES;
        }
        if character != '\n' {
            column += width;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_up_to_those_that_are_shown() {
        for (text, expected) in [
            ("", 1),
            ("0123456789", 1),
            ("0123456789a", 2),
            ("消息消息消", 1),
            ("消息消息消息", 2),
            ("a\nb", 2),
            ("0123456789\nb", 2),
            ("a\n\nb", 3),
            ("a\n", 2),
            ("1\n2\n3\n4\n5\n6", 4),
        ] {
            assert_eq!(lines(text, 10), expected, "{text:?}");
        }
        assert_eq!(lines(&"x".repeat(9_999), 10), LINES);
        assert_eq!(lines("xyz", 0), LINES);
    }

    #[test]
    fn a_closed_row_has_whole_characters() {
        assert_eq!(beginning("short"), "short");
        let long = "消".repeat(SHOWN);
        assert!(long.starts_with(beginning(&long)) && beginning(&long).len() == SHOWN - SHOWN % 3);
    }
}
