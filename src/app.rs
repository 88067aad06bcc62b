//! What a person sees. View code only: the server renders it, the browser takes it over.

pub mod rendered;
pub mod text;

mod announcer;
#[cfg(feature = "ssr")]
pub mod api_docs;
mod cleared;
mod composer;
mod connection;
mod directory;
mod header;
mod messages;
mod picker;
#[cfg(feature = "ssr")]
pub mod shell;
mod terminal;

use crate::{
    api::{Connect, Disconnect},
    client::{
        call, clock,
        driver::DriverOptions,
        envelope,
        feed::{Event, Feed},
        stream::{StreamOptions, use_event_stream},
        transport::StreamEvent,
    },
    model::{
        EventName, Ticket,
        preferences::{Language, Preferences, Theme},
        source::{Source, SourceError},
    },
};
use announcer::Announcer;
use cleared::ClearMark;
use connection::Connection;
use directory::Directory;
use header::Header;
use leptos::{either::Either, prelude::*, server_fn::ServerFn, task::spawn_local};
use messages::Messages;
use picker::Picker;
use rendered::Rendered;
use terminal::Terminal;
use text::Texts;

/// The scheme and host under which the server was asked for the page, as far as it can tell.
#[derive(Clone, Debug, Default)]
pub struct Origin(pub String);

/// What the page is about, as its query says.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The query, without a question mark.
    pub query: String,
    /// What it says.
    pub source: Result<Source, SourceError>,
}

impl Choice {
    /// What a page with this query is about.
    pub fn of(query: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        Self { query: query.to_owned(), source: Source::from_query(query) }
    }

    /// That of the request on the server; in the browser that of the page's address.
    fn current() -> Self {
        use_context().unwrap_or_else(|| Self::of(&window().location().search().unwrap_or_default()))
    }
}

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

/// The server's own address, as signal, in the context of everything below [`App`].
#[derive(Clone, Copy)]
struct Address(RwSignal<String>);

impl Address {
    /// As the server has it. The browser then knows better: a proxy may have told the server another one.
    fn current() -> Self {
        let rendered = use_context::<Origin>().unwrap_or_default();
        let origin = RwSignal::new(rendered.0);
        Effect::new(move || origin.set(window().location().origin().unwrap_or_default()));
        Self(origin)
    }
}

/// The live page, without the document around it.
#[component]
pub fn App() -> impl IntoView {
    provide_context(Chosen::current());
    provide_context(Address::current());
    let (choice, rendered) = (Choice::current(), Rendered::current());
    view! {
        <Header/>
        {match choice.source.clone() {
            Ok(source) if source != Source::Directory => Either::Left(view! { <Live choice rendered source/> }),
            _ => Either::Right(view! { <Choosing choice rendered/> }),
        }}
    }
}

/// The page about a stream.
#[component]
fn Live(choice: Choice, rendered: Rendered, source: Source) -> impl IntoView {
    let is_channels = source.selection().is_some();
    let mark = ClearMark::new(&source, &rendered);
    let feed: RwSignal<Feed> = RwSignal::new(rendered.events.iter().cloned().collect());
    let query = source.to_query();
    let driver = DriverOptions {
        address: Box::new(move || {
            let query = query.clone();
            Box::pin(async move { call::address(&call::call(Connect::PATH, &[("source", &query)]).await?) })
        }),
        resume_after: is_channels.then(|| rendered.tail.clone()),
        end: Box::new(end_on_server),
    };
    let stream = use_event_stream(StreamOptions {
        driver,
        on_event: Box::new(move |event| {
            let published = if is_channels { published(&event) } else { None };
            mark.note(&event.last_event_id);
            feed.update(|feed| feed.push(published.unwrap_or_else(|| received(event))));
        }),
    });
    if is_channels {
        // Who has the channel's address wants to watch it.
        Effect::new(move || stream.connect());
    }
    view! {
        <main class="page">
            <h1 class="unseen">{move || texts().tagline}</h1>
            <div class="panel">
                <Picker choice channels=rendered.channels/>
                <Connection stream source=source.clone()/>
            </div>
            <Messages feed status=stream.status source=source.clone() mark/>
            <Terminal source/>
        </main>
        <Announcer feed status=stream.status/>
    }
}

/// The page where the channels are chosen, or where the address says nothing that there is.
#[component]
fn Choosing(choice: Choice, rendered: Rendered) -> impl IntoView {
    let is_about_channels = matches!(choice.source, Ok(_) | Err(SourceError::Channels(_)));
    let channels = rendered.channels;
    view! {
        <main class="page">
            <h1 class="unseen">{move || texts().tagline}</h1>
            <div class="panel">
                <Picker choice channels=channels.clone()/>
            </div>
            {is_about_channels.then(|| view! { <Directory channels/> })}
        </main>
    }
}

/// A channel's event: a message in its envelope, or the news that messages are missing.
fn published(event: &StreamEvent) -> Option<Event> {
    if event.name == EventName::GAP.as_str() {
        let gap = StreamEvent { last_event_id: String::new(), ..event.clone() };
        return Some(Event { is_gap: true, ..received(gap) });
    }
    envelope::read(&event.data)
}

/// An event as it came.
fn received(event: StreamEvent) -> Event {
    let StreamEvent { name, data, last_event_id, .. } = event;
    Event { id: last_event_id, name, data, channel: String::new(), time: clock::now(), is_gap: false }
}

/// The stream is closed already; this makes the server know at once and refuse what may still be on its way.
fn end_on_server(ticket: Ticket) {
    spawn_local(async move {
        // Nothing to do about a failure: the server notices the closed connection by itself.
        let _ = call::call(Disconnect::PATH, &[("ticket", &ticket.to_string())]).await;
    });
}
