//! The bar at the top: the name, the language, the theme.

use super::{
    Chosen, Page, Wording, board,
    keys::Keys,
    notices::{Bell, Notices},
    replies, rooms, texts, words,
};
use crate::{
    api::Prefer,
    client::call,
    model::preferences::{Language, Theme},
};
use leptos::{ev, prelude::*, server_fn::ServerFn, task::spawn_local};

/// Where somebody signs in.
pub const SIGN_IN: &str = "/sign-in";

/// The bar at the top.
#[component]
pub(super) fn Header(
    /// Where on the page the link leads that skips this bar, and what it says; without it, to the messages.
    #[prop(optional)]
    skip: Option<(&'static str, Wording)>,
) -> impl IntoView {
    let (target, skip) = skip.unwrap_or(("#messages", |texts| texts.skip_to_messages));
    view! {
        <a class="skip" href=target>
            {words(skip)}
        </a>
        <header class="bar">
            <a class="brand" href="/">
                <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M3 12h4l3-8 4 16 3-8h4"/>
                </svg>
                <span class="brand-name">"Tidings"</span>
                <span class="brand-line">{words(|texts| texts.tagline)}</span>
            </a>
            <Pages/>
            {use_context::<Notices>().map(|notices| view! { <Bell notices/><Keys/> })}
            <LanguageSwitch/>
            <ThemeSwitch/>
            // Shown where the document says that there are tokens.
            <a class="button tool account" href=SIGN_IN aria-label=words(|texts| texts.sign_in)
                title=words(|texts| texts.sign_in)>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5.5 5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M3 14a5 5 0 0 1 10 0"/></svg>
            </a>
        </header>
    }
}

/// The way from page to page.
#[component]
fn Pages() -> impl IntoView {
    let current = use_context::<Page>();
    let link = |page, path, name| {
        view! { <a href=path aria-current=(current == Some(page)).then_some("page")>{words(name)}</a> }
    };
    view! {
        <nav class="pages" aria-label=words(|texts| texts.pages)>
            {link(Page::Live, "/", |texts| texts.live)}
            {link(Page::Rooms, rooms::PATH, |texts| texts.rooms)}
            {link(Page::Replies, replies::PATH, |texts| texts.replies)}
            {link(Page::Board, board::PATH, |texts| texts.board)}
        </nav>
    }
}

#[component]
fn LanguageSwitch() -> impl IntoView {
    let chosen: Chosen = expect_context();
    Effect::new(move |before: Option<()>| {
        let language = chosen.language.get();
        if before.is_some() {
            set_root_attribute("lang", language.tag());
            document().set_title(texts().title);
        }
    });
    let choose = move |language| {
        chosen.language.set(language);
        remember(("language", language.code()));
    };
    view! {
        <form class="switch" aria-label=words(|texts| texts.language) action=Prefer::PATH method="post">
            {Language::ALL
                .map(|language| {
                    let pressed = move || (chosen.language.get() == language).to_string();
                    view! {
                        <button name="language" value=language.code() lang=language.tag() aria-pressed=pressed
                            on:click=instead(move || choose(language))>
                            {language.name()}
                        </button>
                    }
                })
                .collect_view()}
        </form>
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let chosen: Chosen = expect_context();
    Effect::new(move |before: Option<()>| {
        let theme = chosen.theme.get();
        if before.is_some() {
            set_root_attribute("data-theme", theme.code());
        }
    });
    let choose = move |theme| {
        chosen.theme.set(theme);
        remember(("theme", theme.code()));
    };
    view! {
        <form class="switch" aria-label=words(|texts| texts.theme) action=Prefer::PATH method="post">
            {Theme::ALL
                .map(|theme| {
                    let pressed = move || (chosen.theme.get() == theme).to_string();
                    let name = move || (texts().theme_name)(theme);
                    view! {
                        <button name="theme" value=theme.code() aria-pressed=pressed aria-label=name title=name
                            on:click=instead(move || choose(theme))>
                            <svg viewBox="0 0 16 16" aria-hidden="true"><path d=icon(theme)/></svg>
                        </button>
                    }
                })
                .collect_view()}
        </form>
    }
}

fn icon(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3",
        Theme::Light => {
            "M5.5 8a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7\
             M12.6 3.4l-.7.7M4.1 11.9l-.7.7"
        }
        Theme::Dark => "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
    }
}

/// A click that is answered here instead of by the form around the button, which is there for when this is not.
fn instead(answer: impl Fn() + 'static) -> impl Fn(ev::MouseEvent) {
    move |event| {
        event.prevent_default();
        answer();
    }
}

fn remember(choice: (&'static str, &'static str)) {
    spawn_local(async move {
        // If it fails the choice holds until the page is left, which is all that can be done.
        let _ = call::call(Prefer::PATH, &[choice]).await;
    });
}

fn set_root_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Fails only for names that are not valid.
        let _ = root.set_attribute(name, value);
    }
}
