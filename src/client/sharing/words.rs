//! What the machine of [`super`] is told, and what it says.

use crate::{
    client::machine::{Millis, Status},
    model::{EventId, channel::Channel, selection::Selection},
};

/// Names a tab. Random: nobody gives numbers to tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TabId(pub u64);

/// Names a stream among all that the tabs of a browser open: which tab's, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId {
    /// The tab that has the connection.
    pub leader: TabId,
    /// Counts the streams that this tab has opened.
    pub number: u32,
}

/// What tabs say to each other. Each hears what the others say; what one says comes in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The tab wants events.
    Want {
        /// Of these channels.
        selection: Selection,
        /// After this event.
        after: EventId,
        /// The leader whose stream it has them from already.
        served_by: Option<TabId>,
    },
    /// The tab wants nothing any more, and does not lead.
    Left,
    /// The tab leads, and this is its stream.
    Stream(Announcement),
    /// The leader's stream is doing this now.
    Status(Status),
    /// A tab has heard nothing for a while: does anyone lead?
    Ping,
    /// The leader's answer.
    Pong,
    /// A person does not want to wait for the next attempt.
    Retry,
    /// The leader cannot serve this tab: it goes by itself.
    Refused(TabId),
}

/// A leader's stream. Of these channels it sends whatever comes after `at`, from now on, to all tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its number.
    pub number: u32,
    /// Its channels.
    pub selection: Selection,
    /// The event that it has sent last, or goes on after.
    pub at: EventId,
    /// What it is doing.
    pub status: Status,
    /// Whether every tab that wants something is to say so.
    pub is_roll_call: bool,
}

/// An event of a stream of channels, as far as it matters whose it is.
#[derive(Clone, Copy, Debug)]
pub enum Arrival<'a> {
    /// A message that is kept.
    Kept {
        /// Where it was published.
        channel: &'a Channel,
        /// Its id.
        id: EventId,
    },
    /// A message that is not kept, and has no id.
    Ephemeral {
        /// Where it was published.
        channel: &'a Channel,
        /// When, in milliseconds since the Unix epoch.
        time: Millis,
        /// Its envelope.
        data: &'a str,
    },
    /// Messages after this event are missing.
    Gap {
        /// The event.
        after: EventId,
        /// The oldest message that is kept; none where nothing is.
        oldest: Option<EventId>,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The person wants the events.
    Connect,
    /// The person wants them no more.
    Disconnect,
    /// This tab has the lock.
    Locked,
    /// It has it no more: another tab took it away.
    Unlocked,
    /// There can be no lock.
    CannotLock,
    /// Another tab said this.
    Heard(TabId, Message),
    /// The stream with this number, which this tab opened, is doing this now.
    Stream(u32, Status),
    /// Whether a person sees the page.
    Visible(bool),
    /// The page is about to be frozen, or gone.
    Away,
    /// The page was frozen and goes on.
    Back,
    /// The time of the last [`Output::WakeAt`] has come.
    Woken,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Say this to the other tabs.
    Say(Message),
    /// Open a stream, beside those that are open.
    Open {
        /// Its number.
        number: u32,
        /// Its channels.
        selection: Selection,
        /// The event after which it goes on.
        after: EventId,
    },
    /// Close the stream with this number.
    Close {
        /// The number.
        number: u32,
        /// Whether the server is told that it is not wanted any more.
        is_over: bool,
    },
    /// Connect the stream with this number, if it waits or has ended.
    Retry(u32),
    /// Ask for the lock, and wait for it.
    Queue,
    /// Take the lock from whoever has it.
    Steal,
    /// Give the lock back, or do not wait for it any more.
    Release,
    /// Send [`Input::Woken`] then; earlier wishes are void, and so is this one where there is no time.
    WakeAt(Option<Millis>),
}
