//! The hub as far as somebody's rights go. Whoever answers requests has no other way to it, so none can be forgotten.

use super::{Grant, rights::Narrowed};
use crate::{
    hub::{
        Hub, Start, SubscribeError, Subscribed, Subscription,
        frame::Form,
        log::{ChannelSummary, Entry, LogError, Millis, Publish, Receipt, words::Query},
        writer::PublishError,
    },
    model::{
        EventId,
        channel::{Channel, ChannelPattern},
        message::{Draft, Message},
        problem::Problem,
        selection::Selection,
    },
};
use std::sync::Arc;
use thiserror::Error;

/// Somebody who asks for something, and the hub as far as they may.
#[derive(Clone)]
pub struct Visitor {
    hub: Arc<Hub>,
    grant: Arc<Grant>,
}

/// Something is not allowed. What it says depends on the rights alone, not on what there is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Forbidden {
    /// To publish there.
    #[error("{}", self.detail("publish to", "tidings.publish", "access.anonymous_publish"))]
    Publish {
        /// Where.
        channel: Channel,
        /// What is allowed.
        allowed: Vec<ChannelPattern>,
        /// Whether it was asked without a token.
        is_anonymous: bool,
    },
    /// To watch this.
    #[error("{}", self.detail("watch", "tidings.subscribe", "access.anonymous_subscribe"))]
    Watch {
        /// What.
        pattern: ChannelPattern,
        /// What is allowed.
        allowed: Vec<ChannelPattern>,
        /// Whether it was asked without a token.
        is_anonymous: bool,
    },
    /// What is asked for and what is allowed have too many parts in common.
    #[error("so many wildcards and so many rights have too much in common; ask for less at once")]
    TooManyParts,
    /// The hub publishes its own figures.
    #[error("channels that begin with hub. are the server's own; publish to another")]
    Reserved,
}

impl Forbidden {
    /// The most channels and patterns that it names.
    const NAMED: usize = 20;

    fn detail(&self, verb: &str, claim: &str, setting: &str) -> String {
        let (what, allowed, is_anonymous) = match self {
            Self::Publish { channel, allowed, is_anonymous } => (channel.as_str(), allowed, *is_anonymous),
            Self::Watch { pattern, allowed, is_anonymous } => (pattern.as_str(), allowed, *is_anonymous),
            Self::TooManyParts | Self::Reserved => return String::new(),
        };
        let mut named: Vec<_> = allowed.iter().take(Self::NAMED).map(ChannelPattern::as_str).collect();
        if allowed.len() > Self::NAMED {
            named.push("…");
        }
        let named = if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
        if is_anonymous {
            format!(
                "to {verb} {what} needs a token, as in Authorization: Bearer …; without one you may {verb} {named} \
                 (the operator's setting {setting})"
            )
        } else {
            format!("this token may not {verb} {what}; it may {verb} {named} (its claim {claim})")
        }
    }
}

impl From<Forbidden> for Problem {
    fn from(error: Forbidden) -> Self {
        match &error {
            Forbidden::Publish { is_anonymous: true, .. } | Forbidden::Watch { is_anonymous: true, .. } => {
                Self::new(401, "unauthorized", "A token is needed", error).at("Authorization")
            }
            Forbidden::TooManyParts => Self::bad_request("channel", error),
            _ => Self::new(403, "forbidden", "Not allowed", error).at("channel"),
        }
    }
}

impl Visitor {
    /// Somebody with this grant.
    pub const fn new(hub: Arc<Hub>, grant: Arc<Grant>) -> Self {
        Self { hub, grant }
    }

    /// What they may do, and until when.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The newest id there is.
    pub fn newest(&self) -> EventId {
        self.hub.newest()
    }

    /// Whether they may watch this.
    pub fn may_watch(&self, channel: &Channel) -> bool {
        self.grant.rights.may_watch(channel)
    }

    /// Whether they may publish there.
    pub fn may_publish(&self, channel: &Channel) -> bool {
        self.grant.rights.may_publish(channel)
    }

    /// What they may watch of a selection.
    ///
    /// # Errors
    /// When there is something in it of which they may watch nothing.
    pub fn watch(&self, selection: &Selection) -> Result<View, Forbidden> {
        let narrowed = self.grant.rights.narrow(selection).map_err(|error| match error {
            Narrowed::Nothing(pattern) => Forbidden::Watch {
                pattern,
                allowed: self.grant.rights.subscribe.clone(),
                is_anonymous: self.grant.who.is_anonymous(),
            },
            Narrowed::TooManyParts => Forbidden::TooManyParts,
        });
        Ok(View { hub: self.hub.clone(), selection: narrowed? })
    }

    /// A place to publish.
    ///
    /// # Errors
    /// When they may not.
    pub fn publish_to(&self, channel: Channel) -> Result<Publisher, Forbidden> {
        if !self.may_publish(&channel) {
            return Err(Forbidden::Publish {
                channel,
                allowed: self.grant.rights.publish.clone(),
                is_anonymous: self.grant.who.is_anonymous(),
            });
        }
        if channel.is_own() {
            return Err(Forbidden::Reserved);
        }
        Ok(Publisher { hub: self.hub.clone(), channel })
    }

    /// The channels that they may watch and something was published to.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn channels(&self) -> Result<Vec<ChannelSummary>, LogError> {
        let mut channels = self.hub.channels().await?;
        channels.retain(|summary| self.may_watch(&summary.channel));
        Ok(channels)
    }

    /// The same, with how many watch each.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn watched_channels(&self) -> Result<Vec<(ChannelSummary, usize)>, LogError> {
        let mut channels = self.hub.watched_channels().await?;
        channels.retain(|(summary, _)| self.may_watch(&summary.channel));
        Ok(channels)
    }
}

/// What somebody may watch of a selection.
pub struct View {
    hub: Arc<Hub>,
    selection: Selection,
}

impl View {
    /// What it is.
    pub const fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Begins a subscription.
    ///
    /// # Errors
    /// When the start cannot be, or the log cannot be read.
    pub async fn subscribe(self, form: Form, start: Start) -> Result<Subscribed, SubscribeError> {
        self.hub.subscribe(Subscription { selection: self.selection, form, start }).await
    }

    /// The newest messages before `before`, or of all, at most `limit`; the oldest of them first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn before(&self, before: Option<EventId>, limit: usize) -> Result<Vec<Message>, LogError> {
        self.hub.before(self.selection.clone(), before, limit).await
    }

    /// The messages after `after`, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn after(&self, after: EventId, limit: usize) -> Result<Vec<Message>, LogError> {
        self.hub.after(self.selection.clone(), after, limit).await
    }

    /// How many messages come after `after`, counted up to `most`.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn count_after(&self, after: EventId, most: usize) -> Result<usize, LogError> {
        self.hub.count_after(self.selection.clone(), after, most).await
    }

    /// What a search finds: the newest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn search(
        &self,
        query: Query,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Message>, LogError> {
        self.hub.search(query, self.selection.clone(), before, limit).await
    }
}

/// A place where somebody may publish.
pub struct Publisher {
    hub: Arc<Hub>,
    channel: Channel,
}

impl Publisher {
    /// Which.
    pub const fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Publishes a request's messages: all are kept, on disk, when this returns, or none is.
    ///
    /// # Errors
    /// When they were not published.
    pub async fn publish(&self, entries: Vec<Entry>) -> Result<Vec<Receipt>, PublishError> {
        self.hub.publish(Publish { channel: self.channel.clone(), entries }).await
    }

    /// Sends a message to those who watch now. It is not kept and has no id; the answer says when it was sent.
    ///
    /// # Errors
    /// When the hub is stopping.
    pub async fn send(&self, draft: Draft) -> Result<Millis, PublishError> {
        self.hub.publish_ephemeral(self.channel.clone(), draft).await
    }
}
