//! The types of the wire as JSON Schema. Each limit is the constant that is enforced.

mod subscription;

pub(super) use subscription::{Beginning, ChannelPatterns, EnvelopeForm, GivenName, Last, LastEventId};

use crate::{
    hub::{
        frame::{Envelope, Gap, rfc3339},
        log::Key,
        log::words,
    },
    model::{
        EventId, EventName, Ticket,
        channel::{Channel, ChannelPattern},
        person::{Name, Person, PersonId},
        problem::Problem,
        reply::{ReplyId, Thread},
    },
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, Ref, RefOr, Schema,
        schema::{KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, Type},
    },
};

/// The moment of the examples, 2026-01-01T00:00:00Z, in milliseconds since the Unix epoch.
pub(super) const EXAMPLE_TIME: u64 = 1_767_225_600_000;

/// The id of the examples.
pub(super) const EXAMPLE_ID: EventId = EventId::new(EXAMPLE_TIME, 4);

/// The reply of the examples.
pub(super) const EXAMPLE_REPLY: ReplyId = ReplyId::of_bits(0x5f0c_2d7b_e1a9_4c36_82d4_b7f0_9e6a_1c58);

/// A channel's name by ECMA-262.
const CHANNEL: &str = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$";

/// The same with wildcards.
const PATTERN: &str = r"^(>|([A-Za-z0-9_-]+|\*)(\.([A-Za-z0-9_-]+|\*))*(\.>)?)$";

/// A schema by the name that it has among the document's components.
pub(super) fn named<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

/// A text.
pub(super) fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// One of these texts.
pub(super) fn one_of(texts: &[&str]) -> Object {
    text().enum_values(Some(texts.iter().copied())).build()
}

/// A whole number.
pub(super) fn integer() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

/// A whole number from `min` to `max`.
pub(super) fn range(min: usize, max: usize) -> ObjectBuilder {
    integer().minimum(Some(min)).maximum(Some(max))
}

/// What is searched for.
pub(super) fn search_query() -> Object {
    text().min_length(Some(1)).max_length(Some(words::Query::MAX_BYTES)).build()
}

/// Alive.
pub(super) fn ok() -> Object {
    one_of(&["ok"])
}

/// Ready.
pub(super) fn ready() -> Object {
    one_of(&["ready"])
}

/// A moment, as text.
pub(super) struct Time;

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        text()
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment: RFC 3339, in UTC, with milliseconds."))
            .examples([rfc3339(EXAMPLE_TIME)])
            .into()
    }
}

impl ToSchema for Time {}

impl PartialSchema for EventId {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some(
                "An event's id. To clients it is opaque: keep it, send it back, compare it with nothing.",
            ))
            .max_length(Some(Self::MAX_BYTES))
            .pattern(Some("^(0|[1-9][0-9]{0,18})-(0|[1-9][0-9]{0,18})$"))
            .examples([EXAMPLE_ID.to_string()])
            .into()
    }
}

impl ToSchema for EventId {}

impl PartialSchema for EventName {
    fn schema() -> RefOr<Schema> {
        let bytes = Self::MAX_BYTES;
        text()
            .description(Some(format!(
                "An event's name: 1 to {bytes} bytes of UTF-8, no line break, no NUL."
            )))
            .min_length(Some(1))
            .max_length(Some(bytes))
            .pattern(Some(r"^[^\u0000\r\n]+$"))
            .examples(["update"])
            .into()
    }
}

impl ToSchema for EventName {}

impl PartialSchema for Channel {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some(
                "A channel's name: segments of letters, digits, `_` and `-`, with dots between them.",
            ))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_BYTES))
            .pattern(Some(CHANNEL))
            .examples(["news", "chat.lobby"])
            .into()
    }
}

impl ToSchema for Channel {}

impl PartialSchema for Thread {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some("A thread of prompts and replies: letters, digits, `_` and `-`."))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_BYTES))
            .pattern(Some("^[A-Za-z0-9_-]+$"))
            .examples(["monday"])
            .into()
    }
}

impl ToSchema for Thread {}

impl PartialSchema for PersonId {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some(
                "What tells two people apart: letters, digits, `_` and `-`. One of your own choice.",
            ))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_BYTES))
            .pattern(Some("^[A-Za-z0-9_-]+$"))
            .examples(["5f2c9a"])
            .into()
    }
}

impl ToSchema for PersonId {}

impl PartialSchema for Name {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some("A person's name: one line, without control characters."))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_CHARACTERS))
            .examples(["Ann"])
            .into()
    }
}

impl ToSchema for Name {}

impl PartialSchema for Person {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("A person. Nobody proves who they are."))
            .property("id", named::<PersonId>())
            .required("id")
            .property("name", named::<Name>())
            .into()
    }
}

impl ToSchema for Person {}

impl PartialSchema for ReplyId {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some("A reply's id: 128 bits in hexadecimal."))
            .min_length(Some(32))
            .max_length(Some(32))
            .pattern(Some("^[0-9a-f]{32}$"))
            .examples([EXAMPLE_REPLY.to_string()])
            .into()
    }
}

impl ToSchema for ReplyId {}

impl PartialSchema for ChannelPattern {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some(
                "A channel, or many: `*` stands for one segment, a last `>` for one or more. `>` alone is every \
                 channel.",
            ))
            .min_length(Some(1))
            .max_length(Some(Channel::MAX_BYTES))
            .pattern(Some(PATTERN))
            .examples(["news", "chat.*", "orders.>"])
            .into()
    }
}

impl ToSchema for ChannelPattern {}

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some("An idempotency key: printable ASCII."))
            .min_length(Some(1))
            .max_length(Some(Self::MAX_BYTES))
            .pattern(Some("^[ -~]+$"))
            .examples(["order-17"])
            .into()
    }
}

impl ToSchema for Key {
    fn name() -> std::borrow::Cow<'static, str> {
        "IdempotencyKey".into()
    }
}

impl PartialSchema for Ticket {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some(
                "Names one stream through all its reconnects, so that it can be ended: 128 random bits in \
                 hexadecimal. It grants nothing else, and a stream needs none.",
            ))
            .min_length(Some(32))
            .max_length(Some(32))
            .pattern(Some("^[0-9a-f]{32}$"))
            .examples(["5f0c2d7be1a94c3682d4b7f09e6a1c58"])
            .into()
    }
}

impl ToSchema for Ticket {}

/// A reference to a schema that may as well be null.
fn or_null<T: ToSchema>(description: &str) -> OneOfBuilder {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    OneOfBuilder::new().description(Some(description)).item(null).item(named::<T>())
}

impl PartialSchema for Envelope<'_> {
    fn schema() -> RefOr<Schema> {
        let data = "Its text. Binary data is a `data:` URL with its media type, in base64.";
        ObjectBuilder::new()
            .description(Some("A message, as it stands in history, in search and in envelopes."))
            .property("channel", named::<Channel>())
            .property(
                "id",
                or_null::<EventId>("Its id; null, in an envelope, for a message that is not kept."),
            )
            .property("time", named::<Time>())
            .property("event", or_null::<EventName>("The event's name; null for a `message`."))
            .property("data", text().description(Some(data)))
            .required("channel")
            .required("id")
            .required("time")
            .required("event")
            .required("data")
            .into()
    }
}

impl ToSchema for Envelope<'_> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Message".into()
    }
}

impl PartialSchema for Gap {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .description(Some("The data of the event `gap`: messages after `after` are not kept any more."))
            .property("after", named::<EventId>())
            .property("oldest", or_null::<EventId>("The oldest message that is kept; null where nothing is."))
            .required("after")
            .required("oldest")
            .into()
    }
}

impl ToSchema for Gap {}

impl PartialSchema for Problem {
    fn schema() -> RefOr<Schema> {
        let said = |what: &str| text().description(Some(what));
        ObjectBuilder::new()
            .description(Some("What went wrong, for a program and for a person (RFC 9457)."))
            .property(
                "type",
                said("The kind of problem, for programs. It does not change.")
                    .pattern(Some("^urn:tidings:problem:[a-z-]+$")),
            )
            .property("title", said("The kind of problem, for a person."))
            .property("status", range(400, 599).description(Some("The status of the answer.")))
            .property("detail", said("What was wrong this time, and what to do."))
            .property(
                "field",
                said("The header, the parameter, the field or the limit at fault, where there is one."),
            )
            .property(
                "retry_after",
                integer().description(Some("Seconds after which to try again, as in `Retry-After`.")),
            )
            .required("type")
            .required("title")
            .required("status")
            .required("detail")
            .into()
    }
}

impl ToSchema for Problem {}
