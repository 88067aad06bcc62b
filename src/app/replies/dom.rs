//! Markdown as elements of the document. Texts are set as texts, so that nothing in an answer becomes markup.

use super::markdown::{Align, Sink, Tag};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// How much text one node has, in bytes: what is added to it costs as much as it has.
const NODE: usize = 512;

/// The end of an element, as it was.
struct Mark {
    parent: Node,
    last: Option<Node>,
}

/// Adds to an element. What comes after [`Dom::mark`] is there until [`Dom::rollback`].
pub(super) struct Dom {
    /// Those that are open, the innermost last.
    open: Vec<Node>,
    /// The text that is being written, and its node.
    text: Option<(Node, String)>,
    /// Whether the node does not have all of it.
    is_behind: bool,
    mark: Option<Mark>,
    /// What the button says that copies code.
    copy: &'static str,
}

impl Dom {
    pub(super) fn new(place: Element, copy: &'static str) -> Self {
        Self { open: vec![place.into()], text: None, is_behind: false, mark: None, copy }
    }

    /// What comes from now on is not settled.
    pub(super) fn mark(&mut self) {
        self.end_text();
        self.mark = self.open.last().map(|parent| Mark { parent: parent.clone(), last: parent.last_child() });
    }

    /// Takes back what was not settled.
    pub(super) fn rollback(&mut self) {
        self.end_text();
        let Some(Mark { parent, last }) = self.mark.take() else { return };
        while let Some(node) = parent.last_child().filter(|node| Some(node) != last.as_ref()) {
            // It is there: it was just found.
            let _ = parent.remove_child(&node);
        }
    }

    /// Shows the text that was added last.
    pub(super) fn show(&mut self) {
        if let Some((node, text)) = self.text.as_ref().filter(|_| self.is_behind) {
            node.set_text_content(Some(text));
        }
        self.is_behind = false;
    }

    fn end_text(&mut self) {
        self.show();
        self.text = None;
    }

    /// Adds an element to the one that is open; none only where the name is not that of an element.
    fn add(&mut self, name: &str) -> Option<Element> {
        let element = document().create_element(name).ok()?;
        self.open.last()?.append_child(&element).ok()?;
        self.open.push(element.clone().into());
        Some(element)
    }
}

/// Sets an attribute. It fails only for names that are not valid.
fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

impl Sink for Dom {
    fn open(&mut self, tag: Tag<'_>) {
        self.end_text();
        let name = match &tag {
            Tag::Paragraph => "p",
            Tag::Heading(1) => "h3",
            Tag::Heading(2) => "h4",
            Tag::Heading(3) => "h5",
            Tag::Heading(_) => "h6",
            Tag::Quote => "blockquote",
            Tag::List(None) => "ul",
            Tag::List(Some(_)) => "ol",
            Tag::Item => "li",
            Tag::CodeBlock(_) | Tag::Table => "div",
            Tag::Lines => "span",
            Tag::Rule => "hr",
            Tag::Head => "thead",
            Tag::Body => "tbody",
            Tag::Row => "tr",
            Tag::HeadCell(_) => "th",
            Tag::Cell(_) => "td",
            Tag::Strong => "strong",
            Tag::Emphasis => "em",
            Tag::Strike => "del",
            Tag::Code => "code",
            Tag::Link(_) => "a",
            Tag::Break => "br",
        };
        let Some(element) = self.add(name) else { return };
        match tag {
            Tag::List(Some(start)) if start != 1 => set(&element, "start", &start.to_string()),
            Tag::CodeBlock(language) => {
                element.set_class_name("code");
                // Only the innermost is open: what is closed is all of them.
                let (outer, head) = (self.open.len(), self.add("p"));
                if let Some(head) = head {
                    head.set_class_name("code-head");
                    if let Some(name) = self.add("span") {
                        name.set_text_content(Some(language));
                    }
                    add_copy(&head, self.copy);
                }
                self.open.truncate(outer);
                if let Some(frame) = self.add("pre") {
                    set(&frame, "tabindex", "0");
                }
                self.add("code");
                self.open.drain(outer - 1..self.open.len() - 1);
            }
            Tag::Lines => element.set_class_name("lines"),
            Tag::Table => {
                element.set_class_name("table");
                set(&element, "tabindex", "0");
                self.add("table");
                self.open.drain(self.open.len() - 2..self.open.len() - 1);
            }
            Tag::HeadCell(Align::Center) | Tag::Cell(Align::Center) => element.set_class_name("center"),
            Tag::HeadCell(Align::End) | Tag::Cell(Align::End) => element.set_class_name("end"),
            Tag::Link(address) => {
                set(&element, "href", address);
                set(&element, "target", "_blank");
                set(&element, "rel", "noopener noreferrer nofollow");
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        self.end_text();
        // The place itself stays open.
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    fn text(&mut self, text: &str) {
        if self.text.as_ref().is_some_and(|(_, before)| before.len() > NODE) {
            self.end_text();
        }
        if self.text.is_none() {
            let node: Node = document().create_text_node("").into();
            if let Some(parent) = self.open.last() {
                let _ = parent.append_child(&node);
            }
            self.text = Some((node, String::new()));
        }
        if let Some((_, before)) = &mut self.text {
            before.push_str(text);
            self.is_behind = true;
        }
    }
}

/// The class of the buttons that copy code.
pub(super) const COPY: &str = "code-copy";

/// Adds a button that copies code to its head.
pub(super) fn add_copy(head: &Element, label: &str) {
    if let Ok(button) = document().create_element("button") {
        button.set_class_name("button quiet code-copy");
        set(&button, "type", "button");
        button.set_text_content(Some(label));
        let _ = head.append_child(&button);
    }
}

/// The code that one of these buttons copies, if that is what was clicked.
pub(super) fn code_of(target: Option<web_sys::EventTarget>) -> Option<(Element, String)> {
    let clicked: Element = target?.dyn_into().ok()?;
    let button = clicked.closest(&format!(".{COPY}")).ok().flatten()?;
    let code = button.closest(".code").ok().flatten()?.query_selector("code").ok().flatten()?;
    Some((button, code.text_content().unwrap_or_default()))
}
