use super::{Markdown, Sink, Tag, inline::REACH};
use crate::app::replies::html::html;
use proptest::prelude::*;
use std::cell::Cell;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Counts characters that are looked at.
pub(super) fn step(count: usize) {
    STEPS.with(|steps| steps.set(steps.get() + count));
}

/// What a sink was given, with texts that follow each other as one: where they were cut is nobody's business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Given {
    text: String,
    depth: usize,
}

impl Sink for Given {
    fn open(&mut self, tag: Tag<'_>) {
        self.depth += 1;
        self.text.push_str(&format!("\u{1}{tag:?}\u{2}"));
    }

    fn close(&mut self) {
        self.depth = self.depth.checked_sub(1).expect("only what is open is closed");
        self.text.push('\u{3}');
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

/// What comes of a text in these pieces. Each is previewed, which must leave no trace and open no more than it closes.
fn given<'a>(pieces: impl Iterator<Item = &'a str>) -> String {
    let (mut markdown, mut given) = (Markdown::default(), Given::default());
    for piece in pieces {
        markdown.push(piece, &mut given);
        let mut shown = given.clone();
        markdown.preview(&mut shown);
        assert_eq!(shown.depth, given.depth, "a preview ends what it begins");
    }
    markdown.finish(&mut given);
    assert_eq!(given.depth, 0, "everything is closed");
    given.text
}

/// Texts in which much may be markup.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => "[a-z字，。 ]{1,4}",
        8 => Just("\n".to_owned()),
        16 => prop::sample::select(vec![
            "*", "**", "***", "_", "__", "~~", "`", "``", "```", "~~~", "[", "]", "](", "(", ")", "![", "\\", "<br>", "<",
            "> ", ">", "- ", "* ", "+ ", "1. ", "2) ", "# ", "###### ", "---", "|", "| ", "|-", "|:-:|", "|---|---|\n",
            "| a | b |\n", "  ", "    ", "\t", "\n\n", "https://e.org/a", "http://", "htt", "mailto:a@b", "javascript:x",
            "<https://e.org>", "<script>", "](https://e.org)", "](javascript:alert(1))", " \"t\")", "\r\n", "\0", "!", "&lt;",
            "```rust\n", "\n```\n", "\n> ", "\n- ", "\n  - ", "\n1. ",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn however_it_is_cut_it_is_the_same(text in texts(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let whole = given([&*text].into_iter());
        let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        places.retain(|place| text.is_char_boundary(*place));
        places.extend([0, text.len()]);
        places.sort_unstable();
        let pieces = places.windows(2).map(|ends| &text[ends[0]..ends[1]]);
        prop_assert_eq!(&whole, &given(pieces), "{:?}", text);
        let signs: Vec<_> = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect();
        prop_assert_eq!(&whole, &given(signs.into_iter()), "{:?}", text);
    }

    #[test]
    fn any_text_is_taken(text in any::<String>()) {
        given([&*text].into_iter());
    }

    #[test]
    fn nothing_but_our_own_tags_comes_out(text in texts()) {
        for is_over in [false, true] {
            let html = html(&text, is_over);
            for tag in html.split('<').skip(1) {
                let tag = tag.split_once('>').unwrap().0;
                let name = tag.trim_start_matches('/').split(' ').next().unwrap();
                let own = ["p", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "div", "pre", "code", "hr", "table",
                    "thead", "tbody", "tr", "th", "td", "strong", "em", "del", "a", "br", "span"];
                prop_assert!(own.contains(&name), "{}", html);
                if let Some((_, address)) = tag.split_once("href=\"") {
                    prop_assert!(address.starts_with("http") || address.starts_with("mailto:"), "{}", html);
                }
            }
        }
    }
}

#[test]
fn the_work_is_that_of_the_text_alone() {
    let length = 200_000;
    for unit in [
        "*a",
        "[",
        "`",
        "> ",
        "word ",
        "字",
        "**a ",
        "_a ",
        "~~a",
        "[a](",
        "[](",
        "](",
        "](a ",
        "![",
        "`a``b```c````d`````e",
        "|",
        "|a\n",
        "|a|\n|-",
        "|a|\n|-|\n",
        "- ",
        "-",
        "- - a\n",
        "1. ",
        "#",
        "\n",
        "> a\n",
        ">>>>>>>>>>",
        "```\n",
        "``` ",
        "http://",
        "https://a ",
        "https://a",
        "<http://",
        "<",
        "<b",
        "\\",
        "&",
        "* a\n",
        "  - a\n",
        "    ",
        "***a",
        "a*",
        "a**b*c",
        "[a](https://e.org/(",
        "[a](https://e.org \"",
        "[*a",
        "`` ` ",
        "h",
        "mailto:",
        "***a** ",
        "[a](https://e.org) ",
        "[https://e.org](",
    ] {
        for text in [unit.repeat(length / unit.len()), format!("[{}", unit.repeat(length / unit.len()))] {
            let (mut markdown, mut given) = (Markdown::default(), Given::default());
            STEPS.set(0);
            markdown.push(&text, &mut given);
            markdown.finish(&mut given);
            assert!(STEPS.get() < 16 * text.len(), "{unit:?}: {} for {}", STEPS.get(), text.len());

            // In pieces, each costs what it is long and what is not settled.
            let mut markdown = Markdown::default();
            let signs: Vec<_> = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect();
            let mut longest = 0;
            for sign in signs.iter().take(12_000) {
                STEPS.set(0);
                markdown.push(sign, &mut given);
                longest = longest.max(STEPS.get());
            }
            assert!(longest < 24 * REACH, "{unit:?}: {longest} for one sign");
        }
    }
}

#[test]
fn a_preview_is_short_however_long_the_text_is() {
    for unit in ["*a", "[a", "`", "**a ", "字", "https://", "> - ", "|a", "[a](", "\\", "~~a"] {
        let (mut markdown, mut given) = (Markdown::default(), Given::default());
        for _ in 0..20_000 {
            markdown.push(unit, &mut given);
            let mut shown = Given { text: String::new(), depth: given.depth };
            markdown.preview(&mut shown);
            assert!(shown.text.len() < 24 * REACH, "{unit:?}: {}", shown.text.len());
        }
    }
}

#[test]
fn it_is_the_markdown_that_people_know() {
    for (text, expected) in [
        ("", ""),
        ("a\nb\n\nc", "<p>a\nb</p><p>c</p>"),
        ("a  \nb\\\nc", "<p>a<br>b<br>c</p>"),
        ("# A *b*\n## C\n####### d\n#e", "<h3>A <em>b</em></h3><h4>C</h4><p>####### d\n#e</p>"),
        ("### a\n###### b\n# c\n## d", "<h3>a</h3><h4>b</h4><h3>c</h3><h4>d</h4>"),
        (
            "**a** *b* ***c*** __d__ _e_ ~~f~~",
            "<p><strong>a</strong> <em>b</em> <em><strong>c</strong></em> <strong>d</strong> <em>e</em> <del>f</del></p>",
        ),
        ("***a* b** ***a** b*", "<p><strong><em>a</em> b</strong> <em><strong>a</strong> b</em></p>"),
        ("**注意：**请看“**这里**”", "<p><strong>注意：</strong>请看“<strong>这里</strong>”</p>"),
        ("a_b_c 2 * 3 * 4 **a", "<p>a_b_c 2 * 3 * 4 **a</p>"),
        ("*a **b*", "<p><em>a **b</em></p>"),
        ("`a*b*` `` ` `` `c", "<p><code>a*b*</code> <code>`</code> `c</p>"),
        ("\\*a\\* \\a", "<p>*a* \\a</p>"),
        (
            "- a\n- b\n  - c\n\n  d\n- e",
            "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul><p>d</p></li><li><p>e</p></li></ul>",
        ),
        (
            "1. a\n  - b\n2. c\n\n3) d",
            "<ol><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ol><ol start=\"3\"><li><p>d</p></li></ol>",
        ),
        ("a\n- b\n2. c\nd", "<p>a</p><ul><li><p>b\n2. c\nd</p></li></ul>"),
        (
            "> a\nb\n> > c\n\nd",
            "<blockquote><p>a\nb</p><blockquote><p>c</p></blockquote></blockquote><p>d</p>",
        ),
        ("---\n***\n* * *\n--", "<hr><hr><hr><p>--</p>"),
        ("<b>x</b>a<br>b", "<p>&lt;b&gt;x&lt;/b&gt;a<br>b</p>"),
    ] {
        let expected = expected.to_owned();
        assert_eq!(html(text, true), expected, "{text:?}");
    }
}

fn link(address: &str, text: &str) -> String {
    format!("<a href=\"{address}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{text}</a>")
}

#[test]
fn links_lead_where_links_may() {
    let org = "https://e.org";
    for (text, expected) in [
        ("[a](https://e.org)", link(org, "a")),
        ("[a **b**](https://e.org \"t\")", link(org, "a <strong>b</strong>")),
        ("[](https://e.org)", link(org, org)),
        ("[https://e.org](https://e.org)", link(org, org)),
        ("![a](https://e.org)", link(org, "a")),
        ("见https://e.org。", format!("见{}。", link(org, org))),
        ("(https://e.org/a_(b)).", format!("({}).", link("https://e.org/a_(b)", "https://e.org/a_(b)"))),
        ("**https://e.org**", format!("<strong>{}</strong>", link(org, org))),
        ("<https://e.org> <mailto:a@b>", format!("{} {}", link(org, org), link("mailto:a@b", "mailto:a@b"))),
        ("[a](HTTPS://e.org)", link("HTTPS://e.org", "a")),
        ("[a [b](https://e.org)](https://e.org)", format!("[a {}]({})", link(org, "b"), link(org, org))),
        ("[a](javascript:b)", "[a](javascript:b)".into()),
        ("[a](/b) [c] [d][e]", "[a](/b) [c] [d][e]".into()),
        ("[a](https://e.org/\"onload=\")", link("https://e.org/&quot;onload=&quot;", "a")),
        ("xhttps://e.org https://", "xhttps://e.org https://".into()),
    ] {
        assert_eq!(html(text, true), format!("<p>{expected}</p>"), "{text:?}");
    }
}

#[test]
fn code_and_tables_keep_what_is_in_them() {
    let code = |language: &str, code: &str| {
        format!(
            "<div class=\"code\"><p class=\"code-head\"><span>{language}</span></p><pre tabindex=\"0\"><code><span class=\"lines\">{code}</span></code></pre></div>"
        )
    };
    for (text, expected) in [
        (
            "```rust x\nfn a() {\n\tb();\n\n    c\n}\n```\nd",
            code("rust", "fn a() {\n\tb();\n\n    c\n}\n") + "<p>d</p>",
        ),
        ("````\n```\n````", code("", "```\n")),
        ("```\na", code("", "a\n")),
        ("~~~\n``` \n ~~~ ", code("", "``` \n")),
        (
            "- a\n  ```\n  b\n    c\nd\n  ```\n",
            format!("<ul><li><p>a</p>{}</li></ul>", code("", "b\n  c\nd\n")),
        ),
        ("> ```\n> a\n>  b\nc", format!("<blockquote>{}</blockquote><p>c</p>", code("", "a\n b\n"))),
        ("```a`b", "<p>```a`b</p>".into()),
    ] {
        assert_eq!(html(text, true), expected, "{text:?}");
    }
    let table = "<div class=\"table\" tabindex=\"0\"><table><thead><tr><th>a</th><th class=\"end\">b</th></tr></thead><tbody>";
    let end = "</tbody></table></div>";
    for (text, rows) in [
        ("|a|b|\n|-|-:|", ""),
        (
            "| a | b |\n|---|--:|\n| `c` \\| d |\n| e | f | g |\n",
            "<tr><td><code>c</code> | d</td><td class=\"end\"></td></tr><tr><td>e</td><td class=\"end\">f</td></tr>",
        ),
    ] {
        assert_eq!(html(text, true), format!("{table}{rows}{end}"), "{text:?}");
    }
    assert_eq!(html("x\n|a|b|\n|-|-:|\ny", true), format!("<p>x</p>{table}{end}<p>y</p>"));
    assert_eq!(html("|a|b|\n|-|\n|c", true), "<p>|a|b|\n|-|\n|c</p>");
}

#[test]
fn what_is_half_written_is_shown_as_what_it_will_be() {
    for (text, shown) in [
        ("a **b *c", "<p>a <strong>b <em>c</em></strong></p>"),
        ("a *", "<p>a </p>"),
        ("`a", "<p><code>a</code></p>"),
        ("[a](https://e.o", "<p>a</p>"),
        ("- a\n  1", "<ul><li><p>a</p></li></ul>"),
        (
            "```js\na",
            "<div class=\"code\"><p class=\"code-head\"><span>js</span></p><pre tabindex=\"0\"><code><span class=\"lines\">a</span></code></pre></div>",
        ),
        ("|a|b|\n|-|", ""),
        ("see https://e.or", "<p>see https://e.or</p>"),
    ] {
        assert_eq!(html(text, false), shown, "{text:?}");
    }
}
