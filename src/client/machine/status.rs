//! What is seen of a connection.

use super::Millis;
use crate::model::problem::Problem;

/// What a person sees of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Never connected.
    #[default]
    Idle,
    /// On its way; also during a reconnect.
    Connecting,
    /// The server has answered and sends.
    Open {
        /// Since when.
        since: Millis,
    },
    /// The connection is gone and will be tried again.
    Waiting {
        /// Which attempt comes next, counted from one.
        attempt: u32,
        /// When.
        until: Millis,
        /// Why it is gone.
        reason: Reason,
    },
    /// Closed by the person.
    Closed,
    /// Closed by the server, for good.
    Ended,
    /// Given up.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// Why a connection is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No answer, or the connection broke.
    Network,
    /// Nothing came for longer than the server lets pass without a sign of life.
    Silence,
    /// The browser put the page to sleep, or keeps it for the way back.
    Frozen,
    /// The server answered with this HTTP status.
    Refused(u16),
    /// The answer was no event stream.
    NotAStream,
    /// An event has more than this many bytes. It would come again on every reconnect.
    TooLarge(usize),
    /// The browser cannot do what the stream needs, or does not let it start.
    Unsupported,
}

impl Reason {
    /// Whether trying again can help: a server that is down or overloaded comes back, one that refuses does not.
    pub(super) const fn is_passing(self) -> bool {
        match self {
            Self::Network | Self::Silence | Self::Frozen => true,
            Self::Refused(status) => matches!(status, 408 | 425 | 429 | 500..),
            Self::NotAStream | Self::TooLarge(_) | Self::Unsupported => false,
        }
    }
}

impl From<&Problem> for Reason {
    fn from(problem: &Problem) -> Self {
        if problem.status == 0 { Self::Network } else { Self::Refused(problem.status) }
    }
}
