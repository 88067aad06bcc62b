//! What a subscription may say.

use super::{named, one_of, range, text};
use crate::{
    model::{EventId, channel::ChannelPattern, person::Name, selection::Selection},
    server::subscribe::MAX_LAST,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, OneOfBuilder},
    },
};

/// The channels of a subscription or a search.
pub(in super::super) struct ChannelPatterns;

impl PartialSchema for ChannelPatterns {
    fn schema() -> RefOr<Schema> {
        let patterns = ArrayBuilder::new().items(named::<ChannelPattern>());
        patterns.min_items(Some(1)).max_items(Some(Selection::MAX)).into()
    }
}

impl ToSchema for ChannelPatterns {}

/// How many messages back a subscription begins.
pub(in super::super) struct Last;

impl PartialSchema for Last {
    fn schema() -> RefOr<Schema> {
        range(1, MAX_LAST).into()
    }
}

impl ToSchema for Last {}

/// The id of the last event that a client has; empty where it has had none.
pub(in super::super) struct LastEventId;

impl PartialSchema for LastEventId {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("The id of the last event that the client has. An empty one is none."))
            .item(named::<EventId>())
            .item(one_of(&[""]))
            .into()
    }
}

impl ToSchema for LastEventId {}

/// What a subscriber is called; empty where they gave no name.
pub(in super::super) struct GivenName;

impl PartialSchema for GivenName {
    fn schema() -> RefOr<Schema> {
        text()
            .description(Some("A person's name, without control characters. An empty one is none."))
            .max_length(Some(Name::MAX_CHARACTERS))
            .pattern(Some(r"^[^\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]*$"))
            .examples(["Ann"])
            .into()
    }
}

impl ToSchema for GivenName {}

/// Where else a subscription begins.
pub(in super::super) struct Beginning;

impl PartialSchema for Beginning {
    fn schema() -> RefOr<Schema> {
        one_of(&["earliest"]).into()
    }
}

impl ToSchema for Beginning {}

/// The form of a subscription's events.
pub(in super::super) struct EnvelopeForm;

impl PartialSchema for EnvelopeForm {
    fn schema() -> RefOr<Schema> {
        one_of(&["json"]).into()
    }
}

impl ToSchema for EnvelopeForm {}
