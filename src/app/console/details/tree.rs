//! JSON as a tree that is unfolded a level at a time, each value as it is written.

use super::{
    super::{
        dom::{Panel, add, add_text},
        text::{Texts, texts},
    },
    json::{Kind, Member, Members, Value, is_rounded},
};
use crate::client::feed::Event;
use js_sys::{JSON, Number};
use std::{collections::BTreeSet, ops::Range, sync::Arc};
use web_sys::Element;

/// How many members of an object or an array are shown at once.
const SLICE: usize = 100;

/// How much of a string is shown at once, in bytes.
const STRING: usize = 500;

/// How much of a folded value is shown, in bytes.
const PREVIEW: usize = 80;

/// What is written in no more bytes is unfolded with all that is in it.
const UNFOLDED: usize = 1_200;

/// The tree of an event's data.
#[derive(Clone)]
struct Tree {
    event: Arc<Event>,
    panel: Panel,
    texts: &'static Texts,
}

/// What stands before a value.
struct Name {
    /// Its name in an object, its number in an array.
    text: String,
    class: &'static str,
    is_repeated: bool,
}

/// The members of an object or an array that are to be added.
struct Rest {
    at: Range<usize>,
    /// How many were added before.
    shown: usize,
    /// How many there are, with those.
    count: usize,
    /// The names that there were, to tell where one comes again.
    names: BTreeSet<String>,
    /// Whether they are unfolded, too.
    is_small: bool,
}

/// Shows the data of an event, which is JSON.
pub(super) fn show(panel: &Panel, event: Arc<Event>) {
    let tree = Tree { event, panel: panel.clone(), texts: texts() };
    if let Some(place) = add(panel, "div", "json") {
        let value = Value::of(&tree.event.data);
        tree.add_value(&place, None, &value, true);
    }
}

impl Tree {
    /// Adds a value after its name.
    fn add_value(&self, place: &Element, name: Option<Name>, value: &Value, unfolds: bool) -> Option<()> {
        let (data, text) = (&self.event.data, value.text(&self.event.data));
        let kind = value.kind(data);
        let members = value.members(data);
        let rest = members.rest();
        let count = members.count();
        if count > 0 {
            let node = add(place, "details", "json-node")?;
            let summary = add(&node, "summary", "")?;
            self.add_name(&summary, name.as_ref());
            let braces = if kind == Kind::Object { ["{", "}"] } else { ["[", "]"] };
            add_text(&summary, "span", "json-count", &braces.join(&count.to_string()))?;
            let preview = cut(text, PREVIEW);
            let dots = if preview.len() < text.len() { "…" } else { "" };
            add_text(&summary, "span", "json-preview", &[preview, dots].concat())?;
            self.add_repeated(&summary, name.as_ref());
            let inside = add(&node, "div", "json-members")?;
            let (names, is_small) = (BTreeSet::new(), text.len() <= UNFOLDED);
            self.unfold(&node, &summary, unfolds, move |tree| {
                tree.add_members(&inside, Rest { at: rest, shown: 0, count, names, is_small });
            });
            return Some(());
        }
        let place = add(place, "div", "json-leaf")?;
        self.add_name(&place, name.as_ref());
        match kind {
            Kind::Object | Kind::Array => drop(add_text(&place, "span", "json-count", text)?),
            Kind::Word => drop(add_text(&place, "span", "json-word", text)?),
            Kind::String => self.add_string(&place, written(text)),
            Kind::Number => self.add_number(&place, text),
        }
        self.add_repeated(&place, name.as_ref())
    }

    fn add_name(&self, place: &Element, name: Option<&Name>) -> Option<()> {
        let Name { text, class, .. } = name?;
        add_text(place, "span", class, &[text, ": "].concat()).map(drop)
    }

    fn add_repeated(&self, place: &Element, name: Option<&Name>) -> Option<()> {
        name.filter(|name| name.is_repeated)?;
        add_text(place, "span", "json-hint", self.texts.repeated).map(drop)
    }

    fn add_number(&self, place: &Element, text: &str) {
        add_text(place, "span", "json-number", text);
        if is_rounded(text) {
            let read = JSON::parse(text).ok().and_then(|number| number.as_f64()).unwrap_or_default();
            let read = String::from(Number::from(read).to_string_with_radix(10).unwrap_or_default());
            add_text(place, "span", "json-hint", &(self.texts.rounded)(&read));
        }
    }

    fn add_string(&self, place: &Element, text: String) {
        let beginning = cut(&text, STRING);
        let Some(element) = add_text(place, "span", "json-string", beginning) else { return };
        if beginning.len() < text.len() {
            let label = (self.texts.show_all)(text.chars().count());
            self.panel.add_more(place, &label, move || element.set_text_content(Some(&text)));
        }
    }

    /// Makes what is in a node: now, or when it is unfolded.
    fn unfold(&self, node: &Element, summary: &Element, is_now: bool, make: impl FnOnce(&Self) + 'static) {
        if is_now {
            let _ = node.set_attribute("open", "");
            return make(self);
        }
        let (tree, mut make) = (self.clone(), Some(make));
        self.panel.on(summary, "click", move || {
            if let Some(make) = make.take() {
                make(&tree);
            }
        });
    }

    /// Adds the next members of an object or an array.
    fn add_members(&self, place: &Element, mut rest: Rest) {
        let data = &self.event.data;
        let mut members = Members::resume(data, rest.at);
        for (index, Member { name, value }) in (rest.shown..).zip(members.by_ref().take(SLICE)) {
            let name = match name {
                Some(name) => {
                    let text = written(name.text(data));
                    let is_repeated = !rest.names.insert(text.clone());
                    Name { text, class: "json-name", is_repeated }
                }
                None => Name { text: index.to_string(), class: "json-index", is_repeated: false },
            };
            self.add_value(place, Some(name), &value, rest.is_small);
        }
        rest.at = members.rest();
        rest.shown += SLICE;
        let Some(left) = rest.count.checked_sub(rest.shown).filter(|left| *left > 0) else { return };
        let (tree, inside) = (self.clone(), place.clone());
        self.panel.add_more(place, &(self.texts.more)(left.min(SLICE), left), move || {
            tree.add_members(&inside, rest);
        });
    }
}

/// A string with no more escapes than it needs: `"\u6d88"` is `"消"`.
fn written(string: &str) -> String {
    let written = JSON::parse(string).and_then(|text| JSON::stringify(&text));
    written.map(String::from).unwrap_or_default()
}

/// The beginning of a text, so many bytes at most.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}
