//! What a person sees. View code only: the server renders it, the browser takes it over.

pub mod board;
pub mod rendered;
pub mod replies;
pub mod rooms;
pub mod text;

mod announcer;
#[cfg(feature = "ssr")]
pub mod api_docs;
mod cleared;
mod clipboard;
mod composer;
mod connection;
mod console;
mod directory;
mod header;
mod keys;
mod late_page;
mod messages;
mod notices;
mod picker;
mod remembered;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod sign_in;
mod terminal;

use crate::{
    api::{Connect, Disconnect},
    client::{
        call, envelope,
        feed::Event,
        options::{EventStreamOptions, received},
        stream::use_event_stream,
        transport::{StreamEvent, Transport},
    },
    model::{
        EventName, StreamAddress, Ticket,
        preferences::{Language, Preferences, Theme},
        problem::Problem,
        source::{Source, SourceError},
    },
};
use announcer::Announcer;
use cleared::ClearMark;
use connection::Connection;
use console::{Console, ConsolePlace};
use directory::Directory;
use futures::future::LocalBoxFuture;
use header::Header;
pub use header::SIGN_IN;
use late_page::LatePage;
use leptos::{either::Either, prelude::*, server_fn::ServerFn, task::spawn_local};
use messages::Messages;
use notices::Notices;
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

/// The pages that the browser's part takes over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The live page.
    #[default]
    Live,
    /// The rooms.
    Rooms,
    /// The replies.
    Replies,
    /// The board.
    Board,
}

impl Page {
    /// That of the request on the server; in the browser that of the page's address.
    fn current() -> Self {
        // A page's path, or one below it.
        let is_at = |path: &str, page: &str| {
            path.strip_prefix(page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let of_address = || match window().location().pathname().unwrap_or_default() {
            path if is_at(&path, rooms::PATH) => Self::Rooms,
            path if is_at(&path, replies::PATH) => Self::Replies,
            path if is_at(&path, board::PATH) => Self::Board,
            _ => Self::Live,
        };
        use_context().unwrap_or_else(of_address)
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

/// The language that is chosen now. Call it inside a reactive closure.
fn language() -> Language {
    use_context::<Chosen>().map(|chosen| chosen.language.get()).unwrap_or_default()
}

/// The texts in the language that is chosen now. Call it inside a reactive closure.
fn texts() -> &'static Texts {
    Texts::of(language())
}

/// One of the page's texts.
type Wording = fn(&'static Texts) -> &'static str;

/// A text of the page in the language that is chosen, for a view or an attribute.
///
/// All of them have one type, so the browser has the code that keeps a text up to date once and not for each text.
fn words(pick: Wording) -> impl Fn() -> &'static str + Copy + Send + Sync {
    move || pick(texts())
}

/// A text that is put together, or a value of an attribute; of one type for the same reason as those of [`words`].
fn line(make: impl Fn() -> String + Send + Sync + 'static) -> Box<dyn Fn() -> String + Send + Sync> {
    Box::new(make)
}

/// Whether something is so, for an attribute or a class; likewise.
fn flag(is_so: impl Fn() -> bool + Send + Sync + 'static) -> Box<dyn Fn() -> bool + Send + Sync> {
    Box::new(is_so)
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

/// A page, without the document around it.
#[component]
pub fn App() -> impl IntoView {
    let page = Page::current();
    provide_context(page);
    provide_context(Chosen::current());
    provide_context(Address::current());
    provide_context(Console::new());
    provide_context(Notices::new());
    view! {
        {match page {
            Page::Live => Either::Left(view! { <LivePage/> }),
            Page::Rooms => Either::Right(view! { <LatePage late=&rooms::LATE/> }),
            Page::Replies => Either::Right(view! { <LatePage late=&replies::LATE/> }),
            Page::Board => Either::Right(view! { <LatePage late=&board::LATE/> }),
        }}
        <ConsolePlace/>
    }
}

/// The live page.
#[component]
fn LivePage() -> impl IntoView {
    let (choice, rendered) = (Choice::current(), Rendered::current());
    view! {
        <Header/>
        {match choice.source.clone() {
            Ok(source) if source.stream().is_some() => Either::Left(view! { <Live choice rendered source/> }),
            _ => Either::Right(view! { <Choosing choice rendered/> }),
        }}
    }
}

/// The page about a stream.
#[component]
fn Live(choice: Choice, rendered: Rendered, source: Source) -> impl IntoView {
    let is_channels = source.selection().is_some();
    let mark = ClearMark::new(&source, &rendered);
    let options = match &source {
        Source::Endpoint(Some(url)) => EventStreamOptions::new(url.as_str()),
        Source::Channels(selection) => own_stream(&source)
            .resume_after(rendered.tail.clone())
            .share(selection.clone(), |selection| address_of(&Source::Channels(selection.clone()))),
        // The tutorials' streams are there to see what an EventSource makes of them.
        _ => own_stream(&source).transport(Transport::EventSource).end_event(EventName::END),
    };
    let options = match remembered::transport() {
        Transport::Auto => options,
        chosen => options.transport(chosen),
    };
    let history = rendered.events.iter().cloned().collect();
    let notices: Notices = expect_context();
    let stream = use_event_stream(options.raw(true).history(history).read(move |event| {
        mark.note(&event.last_event_id);
        let event = if is_channels { published(event) } else { received(event) };
        notices.take(&event);
        event
    }));
    // The tab that has the connection may be another one than that where a person chooses.
    remembered::on_transport(move |transport| stream.set_transport(transport));
    if is_channels {
        // Who has the channel's address wants to watch it.
        Effect::new(move || stream.connect());
    }
    view! {
        <main class="page">
            <h1 class="unseen">{words(|texts| texts.tagline)}</h1>
            <div class="panel">
                <Picker choice channels=rendered.channels/>
                <Connection stream source=source.clone()/>
            </div>
            <Messages events=stream.events status=stream.status source=source.clone() mark/>
            <Terminal source/>
        </main>
        <Announcer events=stream.events status=stream.status/>
    }
}

/// A stream of this server, which hands out its address.
fn own_stream(source: &Source) -> EventStreamOptions {
    let source = source.clone();
    EventStreamOptions::at(move || address_of(&source)).on_end(end_on_server)
}

fn address_of(source: &Source) -> LocalBoxFuture<'static, Result<StreamAddress, Problem>> {
    let query = source.to_query();
    Box::pin(async move { call::address(&call::call(Connect::PATH, &[("source", &query)]).await?) })
}

/// The page where the channels are chosen, or where the address says nothing that there is.
#[component]
fn Choosing(choice: Choice, rendered: Rendered) -> impl IntoView {
    let is_elsewhere = matches!(choice.source, Ok(Source::Endpoint(_)) | Err(SourceError::Endpoint(_)));
    let is_about_channels = matches!(choice.source, Ok(Source::Directory) | Err(SourceError::Channels(_)));
    let channels = rendered.channels;
    view! {
        <main class="page">
            <h1 class="unseen">{words(|texts| texts.tagline)}</h1>
            <div class="panel">
                <Picker choice channels=channels.clone()/>
            </div>
            {is_about_channels.then(|| view! { <Directory channels/> })}
            {is_elsewhere.then(|| view! { <p class="panel about">{words(|texts| texts.endpoint_about)}</p> })}
        </main>
    }
}

/// A channel's event: a message in its envelope, or the news that messages are missing.
fn published(event: StreamEvent) -> Event {
    if event.name == EventName::GAP.as_str() {
        // It has no id of its own.
        return Event { id: String::new(), is_gap: true, ..received(event) };
    }
    match envelope::read(&event.data) {
        Some(message) => Event { raw: event.raw.map(String::into_boxed_str), ..message },
        None => received(event),
    }
}

/// The stream is closed already; this makes the server know at once and refuse what may still be on its way.
fn end_on_server(ticket: Ticket) {
    spawn_local(async move {
        // Nothing to do about a failure: the server notices the closed connection by itself.
        let _ = call::call(Disconnect::PATH, &[("ticket", &ticket.to_string())]).await;
    });
}
