//! What a person sees. View code only: the server renders it, the browser takes it over.

pub mod text;

mod announcer;
#[cfg(feature = "ssr")]
pub mod api_docs;
mod connection;
mod header;
mod messages;
#[cfg(feature = "ssr")]
pub mod shell;
mod terminal;

use crate::{
    api,
    client::{
        feed::{Event, Feed},
        stream::{StreamOptions, use_event_stream},
    },
    model::{
        Ticket,
        preferences::{Language, Preferences, Theme},
    },
};
use announcer::Announcer;
use connection::Connection;
use header::Header;
use leptos::{prelude::*, task::spawn_local};
use messages::Messages;
use terminal::Terminal;
use text::Texts;

/// The scheme and host under which the server was asked for the page, as far as it can tell.
#[derive(Clone, Debug, Default)]
pub struct Origin(pub String);

/// The preferences as signals, in the context of everything below [`App`].
#[derive(Clone, Copy)]
struct Chosen {
    language: RwSignal<Language>,
    theme: RwSignal<Theme>,
}

impl Chosen {
    /// Those of the request on the server; in the browser those of the page that the server rendered.
    fn current() -> Self {
        let Preferences { language, theme } = use_context().unwrap_or_else(|| {
            let root = document().document_element();
            let attribute =
                |name| root.as_ref().and_then(|root| root.get_attribute(name)).unwrap_or_default();
            Preferences {
                language: Language::from_tag(&attribute("lang")).unwrap_or_default(),
                theme: Theme::from_code(&attribute("data-theme")).unwrap_or_default(),
            }
        });
        Self { language: RwSignal::new(language), theme: RwSignal::new(theme) }
    }
}

/// The texts in the language that is chosen now. Call it inside a reactive closure.
fn texts() -> &'static Texts {
    Texts::of(use_context::<Chosen>().map(|chosen| chosen.language.get()).unwrap_or_default())
}

/// The live page, without the document around it.
#[component]
pub fn App() -> impl IntoView {
    provide_context(Chosen::current());
    let feed = RwSignal::new(Feed::default());
    let stream = use_event_stream(StreamOptions {
        address: || Box::pin(api::connect()),
        end: end_on_server,
        on_event: Box::new(move |event: Event| feed.update(|feed| feed.push(event))),
    });
    view! {
        <Header/>
        <main class="page">
            <h1 class="unseen">{move || texts().tagline}</h1>
            <Connection stream/>
            <Messages feed status=stream.status/>
            <Terminal/>
        </main>
        <Announcer feed status=stream.status/>
    }
}

/// The stream is closed already; this makes the server know at once and refuse what may still be on its way.
fn end_on_server(ticket: Ticket) {
    spawn_local(async move {
        // Nothing to do about a failure: the server notices the closed connection by itself.
        let _ = api::disconnect(ticket).await;
    });
}
