//! The documents around the pages. Only the server has them.

use super::{
    App, Chosen,
    api_docs::{ApiDocs, ApiDocsPage},
    header::Header,
    texts,
};
use leptos::{config::LeptosOptions, hydration::AutoReload, prelude::*};
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

/// The live page's document.
#[component]
pub fn Shell(
    /// For the live reload while developing.
    options: LeptosOptions,
    /// What the page loads.
    files: PageFiles,
) -> impl IntoView {
    let PageFiles { script, wasm, style } = files;
    // `{:?}` of a path is a JavaScript string of it.
    let boot = format!("({})({script:?},{wasm:?})", *BOOT);
    let head = view! {
        <link rel="modulepreload" href=script/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script inner_html=boot></script>
        <AutoReload options/>
    };
    view! { <Document style head body=view! { <App/> }/> }
}

/// The document that says that there is no such page.
#[component]
pub fn NotFoundShell(
    /// The path of the styles.
    style: String,
) -> impl IntoView {
    view! { <Document style head=() body=view! { <NotFound/> }/> }
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
    view! { <Document title style head=() body=view! { <ApiDocsPage docs/> }/> }
}

#[component]
fn Document<H: IntoView, B: IntoView>(
    #[prop(optional, into)] title: Option<String>,
    style: String,
    head: H,
    body: B,
) -> impl IntoView {
    let chosen = Chosen::current();
    provide_context(chosen);
    let (language, theme) = (chosen.language.get_untracked(), chosen.theme.get_untracked());
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=theme.code()>
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
fn NotFound() -> impl IntoView {
    provide_context(Chosen::current());
    view! {
        <Header/>
        <main class="page notice">
            <p class="notice-code">"404"</p>
            <h1>{move || texts().not_found}</h1>
            <p>{move || texts().not_found_detail}</p>
            <a class="button" href="/">{move || texts().not_found_back}</a>
        </main>
    }
}
