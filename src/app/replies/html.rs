//! Markdown as HTML, for the server's page.

use super::markdown::{Align, Markdown, Sink, Tag};

/// Markdown as HTML; what is not said yet is shown as it would be while it is written. Nothing of the text is markup.
pub(super) fn html(text: &str, is_over: bool) -> String {
    let (mut markdown, mut html) = (Markdown::default(), Html::default());
    markdown.push(text, &mut html);
    if is_over {
        markdown.finish(&mut html);
    } else {
        markdown.preview(&mut html);
    }
    html.end()
}

/// HTML that is being written.
#[derive(Default)]
pub(super) struct Html {
    text: String,
    /// What ends the elements that are open.
    open: Vec<&'static str>,
}

impl Html {
    fn end(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn escape(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\0' => self.text.push('\u{fffd}'),
                c => self.text.push(c),
            }
        }
    }
}

impl Sink for Html {
    fn open(&mut self, tag: Tag<'_>) {
        let (begin, end) = match &tag {
            Tag::Paragraph => ("<p>", "</p>"),
            Tag::Heading(1) => ("<h3>", "</h3>"),
            Tag::Heading(2) => ("<h4>", "</h4>"),
            Tag::Heading(3) => ("<h5>", "</h5>"),
            Tag::Heading(_) => ("<h6>", "</h6>"),
            Tag::Quote => ("<blockquote>", "</blockquote>"),
            Tag::List(None) => ("<ul>", "</ul>"),
            Tag::List(Some(_)) => ("<ol", "</ol>"),
            Tag::Item => ("<li>", "</li>"),
            Tag::CodeBlock(_) => ("<div class=\"code\"><p class=\"code-head\"><span>", "</code></pre></div>"),
            Tag::Lines => ("<span class=\"lines\">", "</span>"),
            Tag::Rule => ("<hr>", ""),
            Tag::Table => ("<div class=\"table\" tabindex=\"0\"><table>", "</table></div>"),
            Tag::Head => ("<thead>", "</thead>"),
            Tag::Body => ("<tbody>", "</tbody>"),
            Tag::Row => ("<tr>", "</tr>"),
            Tag::HeadCell(_) => ("<th", "</th>"),
            Tag::Cell(_) => ("<td", "</td>"),
            Tag::Strong => ("<strong>", "</strong>"),
            Tag::Emphasis => ("<em>", "</em>"),
            Tag::Strike => ("<del>", "</del>"),
            Tag::Code => ("<code>", "</code>"),
            Tag::Link(_) => ("<a href=\"", "</a>"),
            Tag::Break => ("<br>", ""),
        };
        self.text.push_str(begin);
        self.open.push(end);
        match tag {
            Tag::List(Some(1)) => self.text.push('>'),
            Tag::List(Some(start)) => self.text.push_str(&format!(" start=\"{start}\">")),
            Tag::CodeBlock(language) => {
                self.escape(language);
                self.text.push_str("</span></p><pre tabindex=\"0\"><code>");
            }
            Tag::HeadCell(align) | Tag::Cell(align) => self.text.push_str(match align {
                Align::Start => ">",
                Align::Center => " class=\"center\">",
                Align::End => " class=\"end\">",
            }),
            Tag::Link(address) => {
                self.escape(address);
                self.text.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        self.text.push_str(self.open.pop().unwrap_or_default());
    }

    fn text(&mut self, text: &str) {
        self.escape(text);
    }
}
