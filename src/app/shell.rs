//! The documents around the pages. Only the server has them.

use super::{
    App, Choice, Chosen, Page,
    api_docs::{ApiDocs, ApiDocsPage},
    header::Header,
    rendered::ELEMENT,
    sign_in::{self, SignInPage},
    texts,
};
use crate::model::problem::Problem;
use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};
use std::sync::LazyLock;

/// Where the files of the browser's part are served. Empty where they are not built.
#[derive(Clone, Debug, Default)]
pub struct PageFiles {
    /// The script that loads the WebAssembly.
    pub script: String,
    /// The WebAssembly.
    pub wasm: String,
    /// The styles.
    pub style: String,
}

/// The page's script as it is sent: without comments and indentation. A function of the script's and the WASM's path.
static BOOT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("boot.js").lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n").trim_end_matches(';').to_owned()
});

/// In the context where the server takes tokens.
#[derive(Clone, Copy, Debug)]
pub struct Tokens;

/// The title of a page that has one of its own, in its context.
#[derive(Clone, Debug)]
pub struct Title(pub String);

/// The document of a page that the browser's part takes over.
#[component]
pub fn Shell(
    /// Which.
    page: Page,
    /// For the live reload while developing.
    options: LeptosOptions,
    /// What the page loads.
    files: PageFiles,
    /// What the page's content is, as JSON that may stand in a `script` element.
    rendered: String,
) -> impl IntoView {
    let PageFiles { script, wasm, style } = files;
    // `{:?}` of a path is a JavaScript string of it.
    let boot = format!("({})({script:?},{wasm:?})", *BOOT);
    let nonce = use_nonce();
    let head = view! {
        <link rel="modulepreload" href=script/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script id=ELEMENT type="application/json" inner_html=rendered></script>
        <script nonce=nonce.clone() inner_html=boot></script>
        {own_style(page).map(|style| view! { <style nonce=nonce inner_html=style></style> })}
        <AutoReload options/>
    };
    let title = use_context::<Title>().map(|title| title.0);
    view! { <Document title style head body=view! { <App/> }/> }
}

/// The styles that no other page needs.
fn own_style(page: Page) -> Option<&'static str> {
    static COMPOSER: LazyLock<String> = LazyLock::new(|| tight(include_str!("../../style/composer.css")));
    static BOARD: LazyLock<String> = LazyLock::new(|| tight(include_str!("../../style/board.css")));
    static ROOMS: LazyLock<String> = LazyLock::new(|| tight(include_str!("../../style/rooms.css")));
    static REPLIES: LazyLock<String> = LazyLock::new(|| {
        tight(concat!(include_str!("../../style/replies.css"), include_str!("../../style/copied.css")))
    });
    match page {
        Page::Live => is_channel().then_some(&**COMPOSER),
        Page::Board => Some(&BOARD),
        Page::Rooms => Some(&ROOMS),
        Page::Replies => Some(&REPLIES),
    }
}

/// Whether the page is about one channel, to which something can be published.
fn is_channel() -> bool {
    let source = use_context::<Choice>().and_then(|choice| choice.source.ok());
    source.and_then(|source| source.selection()?.channel()).is_some()
}

/// Styles without comments on lines of their own and indentation.
fn tight(styles: &str) -> String {
    let lines = styles.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("/*"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a page says that is nothing but a message.
#[derive(Clone, Debug)]
pub enum Notice {
    /// There is no such page.
    NotFound,
    /// A form was refused.
    Refused {
        /// The problem.
        problem: Problem,
        /// Where the form stood.
        back: String,
    },
}

impl Notice {
    /// The notice of a form that was refused.
    pub fn of(problem: &Problem, back: String) -> Self {
        Self::Refused { problem: problem.clone(), back }
    }
}

/// The document around a notice.
#[component]
pub fn NoticeShell(
    /// The path of the styles.
    style: String,
    /// What it says.
    notice: Notice,
) -> impl IntoView {
    let head = view! { <style nonce=use_nonce() inner_html=include_str!("../../style/notice.css")></style> };
    view! { <Document style head body=view! { <NoticePage notice/> }/> }
}

/// The document in which somebody signs in.
#[component]
pub fn SignInShell(
    /// The path of the styles.
    style: String,
    /// What it shows.
    content: sign_in::Content,
) -> impl IntoView {
    static STYLE: LazyLock<String> = LazyLock::new(|| tight(include_str!("../../style/sign-in.css")));
    let head = view! { <style nonce=use_nonce() inner_html=&**STYLE></style> };
    view! { <Document style head body=view! { <SignInPage content/> }/> }
}

/// The document that describes the API.
#[component]
pub fn ApiDocsShell(
    /// The path of the styles.
    style: String,
    /// The description.
    docs: ApiDocs,
) -> impl IntoView {
    let title = format!("API · {}", docs.title);
    // The live page, which loads the other styles, need not carry these.
    let head = view! { <style nonce=use_nonce() inner_html=include_str!("../../style/docs.css")></style> };
    view! { <Document title style head body=view! { <ApiDocsPage docs/> }/> }
}

#[component]
fn Document<H: IntoView, B: IntoView>(
    #[prop(optional_no_strip, into)] title: Option<String>,
    style: String,
    head: H,
    body: B,
) -> impl IntoView {
    let chosen = Chosen::current();
    provide_context(chosen);
    let has_tokens = use_context::<Tokens>().map(|_| "");
    let (language, theme) = (chosen.language.get_untracked(), chosen.theme.get_untracked());
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=theme.code() data-tokens=has_tokens>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{title.unwrap_or_else(|| texts().title.to_owned())}</title>
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href=style/>
                {head}
            </head>
            <body>{body}</body>
        </html>
    }
}

#[component]
fn NoticePage(notice: Notice) -> impl IntoView {
    provide_context(Chosen::current());
    let texts = texts();
    let (code, title, detail, (back, back_text)) = match notice {
        Notice::NotFound => {
            let back = ("/".to_owned(), texts.not_found_back);
            (404, texts.not_found, texts.not_found_detail.to_owned(), back)
        }
        Notice::Refused { problem, back } => {
            (problem.status, texts.refused, (texts.problem)(&problem), (back, texts.refused_back))
        }
    };
    view! {
        <Header/>
        <main class="page notice">
            <p class="notice-code">{code}</p>
            <h1>{title}</h1>
            <p>{detail}</p>
            <a class="button" href=back>{back_text}</a>
        </main>
    }
}
