//! Fetch as a transport: its answer, read in pieces. Unlike an `EventSource` it can ask by POST and with headers, shows
//! the HTTP status, hears comments, and so notices a connection that has fallen silent. A first visit, which is about
//! `EventSource`, does not load it ([`extras`]).

mod reading;

use super::{
    clock, extras, json,
    machine::{Millis, News, Reason},
    response,
    transport::{Signal, StreamRequest},
};
use crate::model::NODE_HEADER;
use js_sys::{Promise, Uint8Array};
use reading::Reading;
use std::{
    any::Any,
    cell::{Cell, OnceCell},
    rc::Rc,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, Headers, MessageChannel, ReadableStreamDefaultReader, RequestCache, RequestCredentials,
    RequestInit, Response,
};

/// How many bytes are decoded at a stretch, and how long events are handed out: then the page has a turn. A flood
/// leaves it responsive.
const PIECE: usize = 64 << 10;
const STRETCH: Millis = 8;
/// How many events are handed out between two looks at the clock.
const EVENTS: usize = 32;

/// Whether this browser can read an answer in pieces.
pub fn can_read_pieces() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"ReadableStream".into()).unwrap_or_default()
}

/// What is asked for.
pub struct Ask {
    /// Where.
    pub url: String,
    /// The event after which the stream is to begin, for the header `Last-Event-ID`; empty for none, or where the URL
    /// says it.
    pub last_event_id: String,
    /// How.
    pub request: StreamRequest,
    /// The largest event that is taken, in bytes.
    pub largest_event: usize,
    /// Whether events are to have their blocks.
    pub raw: bool,
}

/// A request whose answer is being read. Dropping it closes the connection and silences it.
pub type Request = Box<dyn Any>;

/// A request that begins as soon as the code for it is there. Dropping it closes the connection and silences it.
pub struct FetchTransport {
    _request: Rc<OnceCell<Request>>,
}

impl FetchTransport {
    /// Asks, and tells `sink` what comes of it.
    pub fn open(ask: Ask, sink: Rc<dyn Fn(Signal)>) -> Self {
        let request = Rc::new(OnceCell::new());
        let place = Rc::downgrade(&request);
        extras::load(Box::new(move |extras| match (place.upgrade(), extras) {
            (Some(place), Some(extras)) => drop(place.set((extras.request)(ask, sink))),
            (Some(_), None) => sink(Signal::News(News::Lost(Reason::Network.into()))),
            (None, _) => {}
        }));
        Self { _request: request }
    }
}

/// What a [`Request`] is, which only its file knows.
struct Reception {
    abort: AbortController,
    is_closed: Rc<Cell<bool>>,
}

/// Asks, and tells `sink` what comes of it, until what it returns is dropped.
pub fn begin(ask: Ask, sink: Rc<dyn Fn(Signal)>) -> Request {
    let Ok(abort) = AbortController::new() else {
        // What cannot be stopped is not begun.
        sink(Signal::News(News::Lost(Reason::Unsupported.into())));
        return Box::new(());
    };
    let (signal, is_closed) = (abort.signal(), Rc::new(Cell::new(false)));
    let closed = is_closed.clone();
    spawn_local(async move {
        let options = RequestInit::new();
        options.set_signal(Some(&signal));
        if let Err(news) = read(&ask, &options, &closed, &*sink).await
            && !closed.get()
        {
            sink(Signal::News(news));
        }
    });
    Box::new(Reception { abort, is_closed })
}

impl Drop for Reception {
    fn drop(&mut self) {
        self.is_closed.set(true);
        self.abort.abort();
    }
}

/// Reads until the transport is closed.
///
/// # Errors
/// With the last news of the connection.
async fn read(
    ask: &Ask,
    options: &RequestInit,
    closed: &Cell<bool>,
    sink: &dyn Fn(Signal),
) -> Result<(), News> {
    let lost = |_: JsValue| News::Lost(Reason::Network.into());
    let response = request(ask, options).await.map_err(lost)?;
    if let Some(news) = response::verdict(&response) {
        return Err(news);
    }
    if let Ok(Some(node)) = response.headers().get(NODE_HEADER) {
        sink(Signal::Node(node));
    }
    let body = response.body().ok_or(News::Lost(Reason::Unsupported.into()))?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let turns = Turns::new().map_err(lost)?;
    sink(Signal::News(News::Opened { hears_all: true }));
    let (mut reading, mut signals) = (Reading::new(ask.largest_event, ask.raw), Vec::new());
    loop {
        let result = JsFuture::from(reader.read()).await.map_err(lost)?;
        if json::get(&result, "done").is_truthy() {
            return Err(News::Lost(Reason::Network.into()));
        }
        let bytes: Uint8Array = json::get(&result, "value").unchecked_into();
        for piece in bytes.to_vec().chunks(PIECE) {
            reading.read(piece, &mut signals);
            for (number, signal) in signals.drain(..).enumerate() {
                if number % EVENTS == 0 {
                    turns.give().await;
                }
                // Also by what the sink made of the last one.
                if closed.get() {
                    return Ok(());
                }
                sink(signal);
            }
        }
    }
}

async fn request(ask: &Ask, options: &RequestInit) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "text/event-stream")?;
    for (name, value) in &ask.request.headers {
        headers.append(name, value)?;
    }
    if !ask.last_event_id.is_empty() {
        // In UTF-8, as the standard has it: a header's value is bytes, each written as one character.
        let bytes: String = ask.last_event_id.bytes().map(char::from).collect();
        headers.set("last-event-id", &bytes)?;
    }
    options.set_method(&ask.request.method);
    options.set_headers(&headers);
    options.set_cache(RequestCache::NoStore);
    if let Some(body) = &ask.request.body {
        options.set_body(&body.into());
    }
    if ask.request.with_credentials {
        options.set_credentials(RequestCredentials::Include);
    }
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_str_and_init(&ask.url, options)).await?.dyn_into()
}

/// Gives the page a turn when it has waited for one.
struct Turns {
    // Its messages come at once; a timer of a hidden page may take a second, or a minute.
    channel: MessageChannel,
    since: Cell<Millis>,
}

impl Turns {
    fn new() -> Result<Self, JsValue> {
        Ok(Self { channel: MessageChannel::new()?, since: Cell::new(clock::monotonic()) })
    }

    /// A turn, if the last one was long ago.
    async fn give(&self) {
        if clock::monotonic() - self.since.get() < STRETCH {
            return;
        }
        let turn = Promise::new(&mut |resolve, _| self.channel.port1().set_onmessage(Some(&resolve)));
        if self.channel.port2().post_message(&JsValue::NULL).is_ok() {
            // Never rejected.
            let _ = JsFuture::from(turn).await;
        }
        self.since.set(clock::monotonic());
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.channel.port1().close();
    }
}
