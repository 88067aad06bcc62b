//! What the page knows, and what comes.

use super::{
    super::{address_of, composer::key, notices::Notices, published, rendered::ELEMENT},
    Content, Summary,
    conversation::{Activity, Ending, Exchange, Failure, Glance, News, State, fold, title},
    painter::{Painter, Progress},
    scroll::Scroll,
    text::texts,
};
use crate::{
    api::{Ask, Stop},
    client::{
        call, clock,
        feed::{Event, Feed},
        json::{get, list, text},
        options::EventStreamOptions,
        stream::{EventStream, use_event_stream},
    },
    model::{
        problem::Problem,
        reply::{self, Thread},
        selection::Selection,
        source::Source,
    },
};
use js_sys::{Array, JSON};
use leptos::{prelude::*, server_fn::ServerFn, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

/// For how long it paints in a frame, in milliseconds: what the frame has besides is for the browser's own work.
const FRAME: u64 = 8;

/// The answers that the server rendered, each with whose it is: this page goes on with them.
pub(super) type Left = Vec<(String, Element)>;

/// What the server put into the document.
pub(super) fn rendered() -> Option<Content> {
    let json = document().get_element_by_id(ELEMENT)?.text_content()?;
    let page = JSON::parse(&json).ok()?;
    let mut exchanges = Vec::new();
    for event in list(&page, "events") {
        let event = Array::from(&event);
        let (name, time) = (event.get(0).as_string().unwrap_or_default(), event.get(1).as_f64());
        if let Some((reply, news)) = news(&name, time.unwrap_or_default() as u64, &event.get(2)) {
            fold(&mut exchanges, &reply, news);
        }
    }
    let summary = |summary: JsValue| {
        let summary = Array::from(&summary);
        Some(Summary { thread: summary.get(0).as_string()?, title: summary.get(1).as_string()? })
    };
    Some(Content {
        thread: text(&page, "thread"),
        threads: list(&page, "threads").filter_map(summary).collect(),
        exchanges,
        earlier: text(&page, "earlier"),
        is_past: get(&page, "is_past").is_truthy(),
        tail: text(&page, "tail")?,
    })
}

/// What the server's page leaves to this one.
pub(super) fn left(place: &Element) -> Left {
    let Ok(found) = place.query_selector_all("[data-reply]") else { return Left::new() };
    let answer = |number| {
        let place: Element = found.get(number)?.dyn_into().ok()?;
        Some((place.get_attribute("data-reply")?, place.first_element_child()?))
    };
    (0..found.length()).filter_map(answer).collect()
}

/// What an event of a thread says, and of which reply; none of what the page does not know.
fn news(name: &str, time: u64, data: &JsValue) -> Option<(String, News)> {
    let field = |name| text(data, name);
    let number = |name| get(data, name).as_f64().map(|number| number as usize);
    let news = match name {
        name if name == reply::PROMPT.as_str() => News::Prompt(field("prompt")?),
        name if name == reply::STATUS.as_str() => News::Status(match &*field("state")? {
            "thinking" => Activity::Thinking,
            "searching" => Activity::Searching(field("words")?),
            "tool" => Activity::Tool(field("name")?),
            _ => return None,
        }),
        name if name == reply::DELTA.as_str() => News::Delta { at: number("at")?, text: field("text")? },
        name if name == reply::DONE.as_str() => {
            let ending = match &*field("reason")? {
                "stopped" => Ending::Stopped,
                "length" => Ending::Length,
                _ => Ending::Finished,
            };
            News::End { ending, length: number("length") }
        }
        name if name == reply::ERROR.as_str() => {
            let again = get(data, "retry_after").as_f64().map(|seconds| time + (seconds * 1_000.0) as u64);
            let failure = Failure { kind: field("kind")?, detail: field("detail")?, again };
            News::End { ending: Ending::Failed(failure), length: number("length") }
        }
        _ => return None,
    };
    Some((field("reply")?, news))
}

/// What became of a prompt that was to be asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Asking {
    /// Nothing was asked, or it was taken.
    #[default]
    Idle,
    /// It is on its way.
    Sending,
    /// It was not taken.
    Failed(Problem),
}

/// What is said to who does not see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Said {
    #[default]
    Nothing,
    Started,
    Finished,
    Stopped,
    Broken,
}

/// What a view shows of an exchange.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub state: RwSignal<State>,
    pub has_text: RwSignal<bool>,
    pub has_gap: RwSignal<bool>,
}

/// A thread in the page. A copy is the same.
#[derive(Clone, Copy)]
pub(super) struct Conversation {
    thread: StoredValue<Option<String>>,
    exchanges: StoredValue<Vec<Exchange>>,
    shown: StoredValue<Vec<Shown>>,
    painters: StoredValue<Vec<Painter>, LocalStorage>,
    rendered: StoredValue<Left, LocalStorage>,
    /// Whether a frame is asked for.
    is_waking: StoredValue<bool>,
    /// The prompt that is not acknowledged yet, and its key.
    draft: StoredValue<Option<(String, String)>>,
    /// How many exchanges there are.
    pub count: RwSignal<usize>,
    /// Whether a reply runs.
    pub runs: RwSignal<bool>,
    pub asking: RwSignal<Asking>,
    pub said: RwSignal<Said>,
    pub scroll: Scroll,
}

impl Conversation {
    pub(super) fn new(thread: Option<String>, exchanges: Vec<Exchange>, left: Left) -> Self {
        let shown = exchanges.iter().map(|exchange| Shown::of(&exchange.glance())).collect();
        Self {
            thread: StoredValue::new(thread),
            shown: StoredValue::new(shown),
            painters: StoredValue::new_local(Vec::new()),
            rendered: StoredValue::new_local(left),
            is_waking: StoredValue::new(false),
            draft: StoredValue::new(None),
            count: RwSignal::new(exchanges.len()),
            runs: RwSignal::new(exchanges.last().is_some_and(Exchange::runs)),
            asking: RwSignal::new(Asking::Idle),
            said: RwSignal::new(Said::Nothing),
            scroll: Scroll::new(),
            exchanges: StoredValue::new(exchanges),
        }
    }

    /// The thread's name; empty where none has begun.
    pub(super) fn thread(self) -> String {
        self.thread.get_value().unwrap_or_default()
    }

    /// Looks at an exchange.
    pub(super) fn with<R>(self, number: usize, look: impl FnOnce(&Exchange) -> R) -> Option<R> {
        self.exchanges.try_with_value(|exchanges| exchanges.get(number).map(look)).flatten()
    }

    /// What was asked first.
    pub(super) fn title(self) -> Option<String> {
        self.with(0, |exchange| title(&exchange.prompt))
    }

    /// What a view shows of an exchange.
    pub(super) fn shown(self, number: usize) -> Option<Shown> {
        self.shown.try_with_value(|shown| shown.get(number).copied()).flatten()
    }

    /// Watches the thread, from after what the page began with.
    pub(super) fn watch(self, tail: String) -> Option<EventStream> {
        let thread: Thread = self.thread.get_value()?.parse().ok()?;
        let channel = format!("{}.{thread}", reply::CHANNELS);
        let selection = Selection::parse([channel.as_str()]).ok()?;
        let source = Source::Channels(selection.clone());
        let notices: Notices = expect_context();
        let options = EventStreamOptions::at(move || address_of(&source))
            .resume_after(tail)
            .share(selection, |selection| address_of(&Source::Channels(selection.clone())))
            // What was said is kept here; the events themselves are not looked at again.
            .history(Feed::bounded(1, 1))
            .read(move |event| {
                let event = published(event);
                notices.take(&event);
                self.take(&event);
                event
            });
        let stream = use_event_stream(options);
        Effect::new(move || stream.connect());
        Some(stream)
    }

    /// Takes an event of the thread's channel.
    fn take(self, event: &Event) {
        // Anyone may publish what is no JSON.
        let Ok(data) = JSON::parse(&event.data) else { return };
        if event.name == reply::PROMPT.as_str() {
            // What was asked here is taken, also where the answer to the request that asked it comes later: a reply that
            // fails at once may be over by then, and asked again.
            self.acknowledge(|prompt, _| Some(prompt) == text(&data, "prompt").as_deref());
        }
        let Some((reply, news)) = news(&event.name, event.time, &data) else { return };
        let changed = self.exchanges.try_update_value(|exchanges| {
            let number = fold(exchanges, &reply, news)?;
            Some((number, exchanges.get(number)?.glance()))
        });
        let Some((number, glance)) = changed.flatten() else { return };
        match self.shown(number) {
            Some(shown) => shown.update(&glance),
            None => {
                self.shown.update_value(|shown| shown.push(Shown::of(&glance)));
                self.count.set(number + 1);
            }
        }
        let last = self.exchanges.with_value(|exchanges| exchanges.last().is_some_and(Exchange::runs));
        self.runs.maybe_update(|runs| std::mem::replace(runs, last) != last);
        match &glance.state {
            State::Runs(Activity::Waiting) => self.said.set(Said::Started),
            State::Runs(_) => {}
            State::Over(Ending::Finished | Ending::Length) => self.said.set(Said::Finished),
            State::Over(Ending::Stopped) => self.said.set(Said::Stopped),
            State::Over(Ending::Failed(_)) => self.said.set(Said::Broken),
        }
        self.wake();
    }

    /// Shows the answer of an exchange in its place: what the server rendered, where that is all.
    pub(super) fn show(self, number: usize, place: &Element) {
        let Some((reply, is_over)) = self.with(number, |exchange| (exchange.reply.clone(), !exchange.runs()))
        else {
            return;
        };
        let rendered = self.rendered.try_update_value(|rendered| {
            let at = rendered.iter().position(|(of, _)| *of == reply)?;
            Some(rendered.swap_remove(at).1)
        });
        let rendered = rendered.flatten();
        if let Some(rendered) = &rendered {
            let _ = place.append_child(rendered);
        }
        if rendered.is_none() || !is_over {
            let painter = Painter::new(number, place.clone(), untrack(|| texts().copy));
            self.painters.update_value(|painters| painters.extend(painter));
            self.wake();
        }
    }

    /// Paints in the next frame.
    fn wake(self) {
        if self.is_waking.try_update_value(|is_waking| std::mem::replace(is_waking, true)) == Some(false) {
            request_animation_frame(move || self.paint());
        }
    }

    fn paint(self) {
        // Gone with its owner: there is nobody to paint for.
        if self.is_waking.try_set_value(false).is_some() {
            return;
        }
        let until = clock::monotonic() + FRAME;
        let mut is_behind = false;
        self.painters.update_value(|painters| {
            // The newest is what a person looks at.
            painters.sort_by_key(|painter| std::cmp::Reverse(painter.number));
            painters.retain_mut(|painter| {
                if is_behind {
                    return true;
                }
                let number = painter.number;
                let progress =
                    self.with(number, |exchange| painter.paint(&exchange.text, !exchange.runs(), until));
                is_behind = progress == Some(Progress::Behind);
                progress != Some(Progress::Done)
            });
        });
        self.scroll.follow();
        if is_behind {
            self.wake();
        }
    }

    /// Asks; `taken` is called when it was taken. What is asked again before that is asked once.
    pub(super) fn ask(self, prompt: String, taken: impl FnOnce() + 'static) {
        if self.runs.get_untracked() || self.asking.with_untracked(|asking| *asking == Asking::Sending) {
            return;
        }
        let same = self.draft.get_value().filter(|(before, _)| *before == prompt);
        let (_, key) = same.unwrap_or_else(|| (prompt.clone(), key()));
        self.draft.set_value(Some((prompt.clone(), key.clone())));
        self.asking.set(Asking::Sending);
        spawn_local(async move {
            let thread = self.thread();
            let arguments = [("prompt", &*prompt), ("thread", &thread), ("key", &key)];
            match call::call(Ask::PATH, &arguments).await {
                Ok(answer) => {
                    self.acknowledge(|_, asked| asked == key);
                    self.scroll.to_newest();
                    taken();
                    let begun: Option<Thread> = answer.as_string().and_then(|name| name.parse().ok());
                    if let (true, Some(begun)) = (thread.is_empty(), begun) {
                        // The thread has a page of its own.
                        let _ = window().location().assign(&begun.newest());
                    }
                }
                // The thread has said that it was taken, if this has not.
                Err(_)
                    if self
                        .draft
                        .with_value(|draft| draft.as_ref().is_none_or(|(_, asked)| *asked != key)) =>
                {
                    taken();
                }
                Err(problem) => {
                    // What the server refused it has not kept; what it did not answer it may have.
                    if problem.status != 0 {
                        self.draft.set_value(None);
                    }
                    self.asking.set(Asking::Failed(problem));
                }
            }
        });
    }

    /// Notes that what is asked was taken, if it is this prompt, under this key.
    fn acknowledge(self, is_this: impl FnOnce(&str, &str) -> bool) {
        let is_taken = self.draft.try_update_value(|draft| {
            let is_taken = draft.as_ref().is_some_and(|(prompt, key)| is_this(prompt, key));
            if is_taken {
                *draft = None;
            }
            is_taken
        });
        if is_taken == Some(true) {
            self.asking.set(Asking::Idle);
        }
    }

    /// Stops a reply; `failed` is called where nobody heard.
    pub(super) fn stop(self, number: usize, failed: impl FnOnce() + 'static) {
        let Some(reply) = self.with(number, |exchange| exchange.reply.clone()) else { return };
        spawn_local(async move {
            if call::call(Stop::PATH, &[("reply", &reply)]).await.is_err() {
                failed();
            }
        });
    }
}

impl Shown {
    fn of(glance: &Glance) -> Self {
        Self {
            state: RwSignal::new(glance.state.clone()),
            has_text: RwSignal::new(glance.has_text),
            has_gap: RwSignal::new(glance.has_gap),
        }
    }

    /// Tells those who look what is new.
    fn update(self, glance: &Glance) {
        set_if_new(self.state, &glance.state);
        set_if_new(self.has_text, &glance.has_text);
        set_if_new(self.has_gap, &glance.has_gap);
    }
}

fn set_if_new<T: PartialEq + Clone + Send + Sync + 'static>(signal: RwSignal<T>, value: &T) {
    signal.maybe_update(|before| {
        let is_new = before != value;
        if is_new {
            before.clone_from(value);
        }
        is_new
    });
}
