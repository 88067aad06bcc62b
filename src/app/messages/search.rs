//! Finds a filter's text, with the browser's own regular expressions: the page need not carry any.

use super::filter::Filter;
use crate::client::feed::Event;
use js_sys::{Array, Function, JsString, Reflect, RegExp};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Text};

/// The most matches that are marked in one row.
const MARKS: usize = 100;

/// What is found further than this from a text's beginning would be cut off: then the text begins a little before it.
/// In units of UTF-16.
const FAR: u32 = 120;
const BEFORE: u32 = 40;

/// A filter that is ready to be applied.
#[derive(Debug, Default)]
pub(super) struct Search {
    filter: Filter,
    /// The text as a regular expression; none where any text passes.
    expression: Option<RegExp>,
}

impl Search {
    /// Makes a filter ready.
    ///
    /// # Errors
    /// What the browser says is wrong with the regular expression.
    pub(super) fn new(filter: Filter) -> Result<Self, String> {
        let expression = match (filter.text.is_empty(), filter.is_pattern) {
            (true, _) => None,
            (false, true) => Some(compile(&filter.text)?),
            (false, false) => Some(compile(&literally(&filter.text))?),
        };
        Ok(Self { filter, expression })
    }

    /// Whether an event passes.
    pub(super) fn takes(&self, event: &Event) -> bool {
        self.filter.takes(event)
            && self.expression.as_ref().is_none_or(|expression| {
                [&event.data, &event.id].into_iter().any(|text| {
                    // A global expression goes on where it stopped.
                    expression.set_last_index(0);
                    expression.test(text)
                })
            })
    }

    /// Where a text is to begin, in bytes, so that what is found in it can be seen.
    pub(super) fn start_in(&self, text: &str) -> usize {
        let Some(expression) = &self.expression else { return 0 };
        expression.set_last_index(0);
        let found = expression.exec(text).and_then(|found| place(&found));
        let Some(start) = found.map(|(start, _)| start).filter(|start| *start > FAR) else { return 0 };
        let mut units = 0;
        let begins = |character: char| {
            units += character.len_utf16() as u32;
            units > start - BEFORE
        };
        text.chars().position(begins).and_then(|n| text.char_indices().nth(n)).map_or(0, |(at, _)| at)
    }

    /// Marks what was found in a row.
    pub(super) fn mark(&self, row: &Element) {
        let Some(expression) = &self.expression else { return };
        for part in [".row-id", ".row-data"] {
            if let Ok(Some(part)) = row.query_selector(part) {
                mark_all(&part, expression);
            }
        }
    }
}

/// Marks what is found in an element that has nothing but text.
fn mark_all(element: &Element, expression: &RegExp) {
    let Some(text) = element.first_child().and_then(|child| child.dyn_into::<Text>().ok()) else {
        return;
    };
    expression.set_last_index(0);
    let found: Vec<_> = JsString::from(text.data())
        .match_all(expression)
        .into_iter()
        .filter_map(|found| place(&found.ok()?))
        .take(MARKS)
        .collect();
    // From the end on, so that the places before stay what they are.
    for (start, length) in found.into_iter().rev() {
        // Fails for no place that was found in it.
        let _ = mark(&text, start, length);
    }
}

/// A text as an expression that matches nothing else.
fn literally(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\^$.*+?()[]{}|/".contains(character) {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal
}

/// In any case, and with lines that begin and end in the middle of a text.
fn compile(pattern: &str) -> Result<RegExp, String> {
    let arguments = Array::of2(&pattern.into(), &"gim".into());
    let constructor = Reflect::get(&js_sys::global(), &"RegExp".into()).unwrap_or_default();
    Reflect::construct(constructor.unchecked_ref::<Function>(), &arguments)
        .map(JsCast::unchecked_into)
        .map_err(|error| {
            let message = String::from(js_sys::Error::from(error).message());
            // Some browsers repeat the expression before they say what is wrong with it.
            message.rsplit(": ").next().unwrap_or_default().to_owned()
        })
}

/// Where a match begins, and how long it is, in UTF-16.
fn place(found: &JsValue) -> Option<(u32, u32)> {
    let start = Reflect::get(found, &"index".into()).ok()?.as_f64()?;
    let text = Reflect::get_u32(found, 0).ok()?;
    let length = text.unchecked_ref::<JsString>().length();
    (length > 0).then_some((start as u32, length))
}

fn mark(text: &Text, start: u32, length: u32) -> Result<(), JsValue> {
    let found = text.split_text(start)?;
    found.split_text(length)?;
    let mark = leptos::prelude::document().create_element("mark")?;
    found.replace_with_with_node_1(&mark)?;
    mark.append_child(&found)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_expression_is_only_itself() {
        assert_eq!(literally("{\"a\": [1.5]}?"), "\\{\"a\": \\[1\\.5\\]\\}\\?");
        assert_eq!(literally("消息-1"), "消息-1");
    }
}
