//! What goes into the machine and what comes out.

use super::{Millis, Reason};
use crate::model::{StreamAddress, Ticket, problem::Problem};

/// Numbers the connections, so that what a superseded one still has to say is not heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection(pub(super) u64);

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The person wants the stream.
    Connect,
    /// The person wants it no more.
    Disconnect,
    /// The stream is to be opened anew, after its last event: how it is opened has changed.
    Reopen,
    /// Something of a connection.
    From(Connection, News),
    /// The time of the last [`Command::WakeAt`] has come.
    Woken,
    /// The browser is online again.
    Online,
    /// The browser has no network. The connection's own end may not be known for minutes.
    Offline,
    /// The browser stops the page's scripts until [`Input::Thawed`].
    Frozen,
    /// The page's scripts run again.
    Thawed,
}

/// What is new of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The server has named the stream's address, or has not.
    Addressed(Result<StreamAddress, Problem>),
    /// The stream is open.
    Opened {
        /// Whether all that the server sends is heard, comments too, so that a silence means something.
        hears_all: bool,
    },
    /// Something came, be it a comment.
    Alive,
    /// The last event id is this now.
    LastEventId(String),
    /// The server wants this wait before a reconnect (`retry:`).
    Retry(Millis),
    /// The server has sent its last event, or says that there is nothing more to come.
    Finished,
    /// The connection is gone.
    Lost(Loss),
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Why.
    pub reason: Reason,
    /// How long the server wants to be left alone (`Retry-After`).
    pub retry_after: Millis,
}

impl From<Reason> for Loss {
    fn from(reason: Reason) -> Self {
        Self { reason, retry_after: 0 }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the server for the stream's address.
    FetchAddress(Connection),
    /// Open the stream.
    Open {
        /// The connection's number, to say it in what follows.
        connection: Connection,
        /// Where.
        address: StreamAddress,
        /// The event after which it is to begin; empty for none.
        last_event_id: String,
    },
    /// Close what is open.
    Close,
    /// Send [`Input::Woken`] then; earlier wishes are void.
    WakeAt(Millis),
    /// Tell the server that the ticket's stream is not wanted any more.
    EndOnServer(Ticket),
}
