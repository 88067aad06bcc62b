//! `GET /api/channels`, `GET /api/channels/{channel}/messages`, `GET /api/search`.

use super::{
    super::{
        history::{ChannelEntry, Channels, LIMIT, MAX_LIMIT, Page},
        people::People,
        schema::{self, EXAMPLE_ID, EXAMPLE_TIME, named},
    },
    parts::{HISTORY, as_json, in_path, operation, query, refusal, samples, uncached_json},
    problems::{BAD_REQUEST, UNAVAILABLE},
    subscribe::example_message,
};
use crate::{
    hub::frame::{Envelope, rfc3339},
    model::{EventId, channel::Channel},
};
use serde_json::{Value, json};
use utoipa::openapi::{
    HttpMethod, PathItem,
    path::{OperationBuilder, Parameter, ParameterStyle},
};

pub(super) fn channels() -> PathItem {
    let get = operation(
        HISTORY,
        "channels",
        "List the channels",
        "Every channel that something was published to, in alphabetical order, with how much of it is kept and how \
         many watch it.",
    )
    .response("200", uncached_json::<Channels>("The channels.", example_channels()))
    .extensions(samples([("All of them", "", "/api/channels")]));
    PathItem::new(HttpMethod::Get, refusals(get))
}

pub(super) fn channel_messages() -> PathItem {
    let get = operation(
        HISTORY,
        "messages",
        "Read a channel's messages",
        "A page of what is kept, the oldest message of the page first: the newest page, the one before a message, or \
         the one after a message. A channel that nothing was published to has no messages.",
    )
    .parameter(in_path("channel", named::<Channel>(), "The channel.").example(Some(json!("news"))))
    .parameter(before("Only messages before this one. Not together with `after`."))
    .parameter(
        query("after", named::<EventId>(), "Only messages after this one, beginning with the next.")
            .example(Some(json!(EXAMPLE_ID))),
    )
    .parameter(limit())
    .response("200", uncached_json::<Page>("A page.", example_page()))
    .extensions(samples([
        ("The newest", "", "/api/channels/news/messages"),
        ("The ten before a message", "", "/api/channels/news/messages?before=1767225600000-4&limit=10"),
    ]));
    PathItem::new(HttpMethod::Get, refusals(get))
}

pub(super) fn people() -> PathItem {
    let get = operation(
        HISTORY,
        "people",
        "See who is there",
        "Who has a stream open that names the channel `{channel}.here` and says who they are (`person` and `name`). \
         Whoever comes and goes is told to that channel, in events named `presence` that are not kept.",
    )
    .parameter(in_path("channel", named::<Channel>(), "The channel.").example(Some(json!("chat.lobby"))))
    .response("200", uncached_json::<People>("Who is there.", Some(example_people())))
    .response("400", refusal(BAD_REQUEST))
    .extensions(samples([("Who is in the lobby", "", "/api/channels/chat.lobby/people")]));
    PathItem::new(HttpMethod::Get, get)
}

fn example_people() -> Value {
    json!({
        "channel": "chat.lobby",
        "version": 1_767_225_600_000_u64,
        "count": 2,
        "people": [{ "id": "5f2c9a", "name": "Ann" }, { "id": "a01", "name": "小李" }],
    })
}

pub(super) fn search() -> PathItem {
    let get = operation(
        HISTORY,
        "search",
        "Search the messages",
        "The kept messages that have all of the words, the newest first. A message is found a moment after it is \
         published.",
    )
    .parameter(
        query(
            "q",
            schema::search_query(),
            "Words, with spaces between them; words in double quotes stand in a row. Case does not matter. A character \
             of Chinese, Japanese or Korean is a word, and several of them are a row.",
        )
        .required(utoipa::openapi::Required::True)
        .example(Some(json!("hello 消息"))),
    )
    .parameter(
        query("channel", named::<schema::ChannelPatterns>(), "Only these channels; give the parameter once for each. Without it, all.")
            .style(Some(ParameterStyle::Form))
            .explode(Some(true))
            .example(Some(json!(["news", "chat.*"]))),
    )
    .parameter(before("Only messages before this one."))
    .parameter(limit())
    .response("200", uncached_json::<Page>("What was found.", example_page()))
    .extensions(samples([
        ("A word", "", "/api/search?q=hello"),
        ("Words in a row, in some channels", "--get --data-urlencode 'q=\"new message\"'", "/api/search?channel=chat.*"),
    ]));
    PathItem::new(HttpMethod::Get, refusals(get))
}

fn before(says: &str) -> Parameter {
    query("before", named::<EventId>(), says).example(Some(json!(EXAMPLE_ID))).build()
}

fn limit() -> Parameter {
    let number = schema::range(1, MAX_LIMIT).default(Some(json!(LIMIT)));
    query("limit", number, "The most messages of a page.").example(Some(json!(10))).build()
}

fn refusals(operation: OperationBuilder) -> OperationBuilder {
    operation.response("400", refusal(BAD_REQUEST)).response("503", refusal(UNAVAILABLE))
}

fn example_channels() -> Option<Value> {
    let channel = "news".parse().ok()?;
    let time = rfc3339(EXAMPLE_TIME);
    let entry = ChannelEntry { channel, newest: EXAMPLE_ID, time, messages: 1, bytes: 15, subscribers: 2 };
    as_json(Channels { channels: vec![entry] })
}

fn example_page() -> Option<Value> {
    as_json(Page { messages: vec![Envelope::from(&example_message()?)], more: false })
}
