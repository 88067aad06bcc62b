//! `GET /replies` and `GET /replies/{thread}`: the threads, and what was said in one.

use super::{
    super::{State, caller::Caller},
    Notice, notice, refused, shell,
};
use crate::{
    access::{Visitor, visitor::View},
    app::{
        Page,
        replies::{
            Content, Summary,
            conversation::{Activity, Ending, Exchange, Failure, News, State as ReplyState, fold, title},
        },
    },
    hub::log::LogError,
    model::{
        EventId,
        channel::Channel,
        message::Message,
        problem::Problem,
        query,
        reply::{self, Thread},
    },
    replies::event::{Activity as Doing, Done, Event, Reason},
};
use axum::{
    extract::{self, Path, rejection::PathRejection},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use serde_json::{Value, json};
use std::cmp::Reverse;

/// How many threads are listed: those in which something was said last.
const THREADS: usize = 50;

/// How much of a thread a page begins with, in bytes of its messages: as many of its last exchanges as fit, and one in any
/// case.
const BYTES: usize = 256 * 1024;

/// How many messages are read at once.
const MESSAGES: usize = 1_000;

/// The threads, and room for a prompt that begins another.
pub(in crate::server) async fn replies(
    extract::State(state): extract::State<State>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    page(&state, &caller, None, &headers, &uri).await
}

/// A thread.
pub(in crate::server) async fn thread(
    extract::State(state): extract::State<State>,
    caller: Caller,
    thread: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    match thread.ok().and_then(|Path(name)| name.parse().ok()) {
        Some(thread) => page(&state, &caller, Some(thread), &headers, &uri).await,
        None => notice(&state, &headers, StatusCode::NOT_FOUND.as_u16(), Notice::NotFound).await,
    }
}

async fn page(
    state: &State,
    caller: &Caller,
    thread: Option<Thread>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Response {
    let before = query::pairs(uri.query().unwrap_or_default()).find(|(name, _)| name == "before");
    let before = before.and_then(|(_, id)| id.parse().ok());
    let (content, json) = match gather(&caller.visitor, thread, before).await {
        Ok(content) => content,
        Err(problem) => return refused(state, caller, headers, uri, &problem).await,
    };
    let provide = move || provide_context(content.clone());
    shell(state, headers, Page::Replies, None, provide, json.to_string()).await.into_response()
}

async fn gather(
    visitor: &Visitor,
    thread: Option<Thread>,
    before: Option<EventId>,
) -> Result<(Content, Value), Problem> {
    // The stream goes on after it: what is read may be newer, and is known by its place then.
    let tail = visitor.newest().to_string();
    let threads = threads(visitor).await?;
    let said = match &thread {
        Some(thread) => said(&visitor.watch(&Channel::from(thread).into())?, before).await?,
        None => Said::default(),
    };
    let earlier = said.earlier.map(|id| id.to_string());
    let listed: Vec<_> = threads.iter().map(|summary| json!([summary.thread, summary.title])).collect();
    let json = json!({
        "thread": thread, "threads": listed, "events": said.exchanges.iter().flat_map(events).collect::<Vec<_>>(),
        "earlier": earlier, "is_past": before.is_some(), "tail": tail,
    });
    let content = Content {
        thread: thread.map(String::from),
        threads,
        exchanges: said.exchanges,
        earlier,
        is_past: before.is_some(),
        tail,
    };
    Ok((content, json))
}

/// The threads in which something was said last, with their first prompts.
async fn threads(visitor: &Visitor) -> Result<Vec<Summary>, LogError> {
    let mut threads: Vec<_> = visitor.channels().await?;
    threads.retain(|summary| Thread::of(&summary.channel).is_some() && summary.messages > 0);
    threads.sort_unstable_by_key(|summary| Reverse(summary.newest));
    let mut listed = Vec::new();
    for summary in threads.into_iter().take(THREADS) {
        let Some(thread) = Thread::of(&summary.channel) else { continue };
        let Ok(view) = visitor.watch(&summary.channel.into()) else { continue };
        let first = view.after(EventId::new(0, 0), 1).await?;
        let title = match first.first().and_then(Event::of) {
            Some(Event::Prompt(prompt)) => title(&prompt.prompt),
            _ => String::new(),
        };
        listed.push(Summary { thread: thread.into(), title });
    }
    Ok(listed)
}

/// What was said in a thread.
#[derive(Default)]
struct Said {
    exchanges: Vec<Exchange>,
    /// The first of its messages, where there are others before it.
    earlier: Option<EventId>,
}

/// The last exchanges of a thread, before a message or of all. They begin with a prompt.
async fn said(thread: &View, before: Option<EventId>) -> Result<Said, LogError> {
    // The newest first, up to and with the last prompt that was read.
    let (mut read, mut before, mut bytes): (Vec<Message>, _, _) = (Vec::new(), before, 0);
    let (mut begin, mut has_more) = (0, false);
    'reading: loop {
        let page = thread.before(before, MESSAGES).await?;
        let Some(oldest) = page.first() else { break };
        before = Some(oldest.id);
        for message in page.into_iter().rev() {
            if bytes > BYTES && begin > 0 {
                has_more = true;
                break 'reading;
            }
            bytes += message.data.len();
            let is_prompt = message.event.as_ref() == Some(&reply::PROMPT);
            read.push(message);
            if is_prompt {
                begin = read.len();
            }
        }
    }
    read.truncate(begin);
    let earlier = read.last().map(|message| message.id).filter(|_| has_more);
    let mut exchanges = Vec::new();
    for message in read.iter().rev() {
        if let Some(event) = Event::of(message) {
            let reply = event.reply().to_string();
            fold(&mut exchanges, &reply, news(event, message.id.milliseconds()));
        }
    }
    Ok(Said { exchanges, earlier })
}

/// What an event says that was published at this time.
fn news(event: Event, time: u64) -> News {
    match event {
        Event::Prompt(prompt) => News::Prompt(prompt.prompt),
        Event::Status(status) => News::Status(match status.activity {
            Doing::Thinking => Activity::Thinking,
            Doing::Searching { words } => Activity::Searching(words),
            Doing::Tool { name } => Activity::Tool(name),
        }),
        Event::Delta(delta) => News::Delta { at: delta.at, text: delta.text },
        Event::Done(Done { reason, length, .. }) => News::End {
            ending: match reason {
                Reason::Finished => Ending::Finished,
                Reason::Stopped => Ending::Stopped,
                Reason::Length => Ending::Length,
            },
            length: Some(length),
        },
        Event::Error(error) => {
            let again = error.retry_after.map(|seconds| time.saturating_add(seconds.saturating_mul(1_000)));
            let failure = Failure { kind: error.kind, detail: error.detail, again };
            News::End { ending: Ending::Failed(failure), length: error.length }
        }
    }
}

/// An exchange as the events that would make it, for the browser: `[event, time, data]`.
fn events(exchange: &Exchange) -> Vec<Value> {
    let reply = &exchange.reply;
    let mut events = vec![json!(["prompt", 0, { "reply": reply, "prompt": exchange.prompt }])];
    if !exchange.text.is_empty() {
        let at = exchange.end.saturating_sub(exchange.text.len());
        events.push(json!(["delta", 0, { "reply": reply, "at": at, "text": exchange.text }]));
    }
    events.extend(match &exchange.state {
        ReplyState::Runs(Activity::Thinking) => {
            Some(json!(["status", 0, { "reply": reply, "state": "thinking" }]))
        }
        ReplyState::Runs(Activity::Searching(words)) => {
            Some(json!(["status", 0, { "reply": reply, "state": "searching", "words": words }]))
        }
        ReplyState::Runs(Activity::Tool(name)) => {
            Some(json!(["status", 0, { "reply": reply, "state": "tool", "name": name }]))
        }
        ReplyState::Runs(Activity::Waiting | Activity::Writing) => None,
        ReplyState::Over(Ending::Failed(Failure { kind, detail, again })) => {
            let data = json!({ "reply": reply, "kind": kind, "detail": detail,
                "retry_after": again.map(|_| 0), "length": exchange.end });
            Some(json!(["error", again, data]))
        }
        ReplyState::Over(ending) => {
            let reason = match ending {
                Ending::Stopped => "stopped",
                Ending::Length => "length",
                Ending::Finished | Ending::Failed(_) => "finished",
            };
            Some(json!(["done", 0, { "reply": reply, "reason": reason, "length": exchange.end }]))
        }
    });
    events
}
