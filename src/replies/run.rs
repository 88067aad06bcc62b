//! One reply: takes the engine's pieces and hands them to the outbox, until it ends in one of the ways that there are.

use super::{
    Limits,
    engine::{Answer, End, Failure, Piece},
    event::{Done, Error, Event, Reason, Status},
    outbox::Outbox,
};
use crate::model::reply::ReplyId;
use futures::StreamExt;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How a reply ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// As it should.
    Done(Reason),
    /// In a failure.
    Failed(Failure),
}

impl Ending {
    /// The last event, after so much text.
    pub(super) fn event(self, reply: ReplyId, length: usize) -> Event {
        match self {
            Self::Done(reason) => Event::Done(Done { reply, reason, length }),
            Self::Failed(failure) => Event::Error(Error::of(reply, &failure, Some(length))),
        }
    }
}

/// What can end a reply from outside.
#[derive(Clone, Debug)]
pub(super) struct Stops {
    /// Somebody stops this one.
    pub stop: CancellationToken,
    /// The server stops.
    pub shutdown: CancellationToken,
}

/// Takes the answer to its end. The answer is dropped when this returns, and with it what the engine has open.
pub(super) async fn run(
    reply: ReplyId,
    mut answer: Answer,
    outbox: &mut Outbox,
    limits: &Limits,
    stops: &Stops,
) -> Ending {
    let too_long = sleep(limits.time);
    tokio::pin!(too_long);
    loop {
        let piece = tokio::select! {
            // An engine that always has something more to say must not keep a stop from being heard.
            biased;
            () = stops.stop.cancelled() => return Ending::Done(Reason::Stopped),
            () = stops.shutdown.cancelled() => return Ending::Failed(Failure::Interrupted),
            () = &mut too_long => return Ending::Failed(Failure::TimeLimit(limits.time)),
            kept = outbox.work() => match kept {
                Ok(()) => continue,
                Err(error) => {
                    tracing::error!(%error, %reply, "a reply could not be kept");
                    return Ending::Failed(Failure::Log);
                }
            },
            piece = answer.next() => piece,
        };
        match piece {
            Some(Ok(Piece::Text(text))) => {
                let room = limits.length - outbox.length();
                outbox.text(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
                if text.len() > room {
                    return Ending::Done(Reason::Length);
                }
            }
            Some(Ok(Piece::Status(activity))) => outbox.status(Status { reply, activity }),
            Some(Ok(Piece::End(End::Finished))) => return Ending::Done(Reason::Finished),
            Some(Ok(Piece::End(End::Length))) => return Ending::Done(Reason::Length),
            Some(Err(failure)) => return Ending::Failed(failure),
            None => return Ending::Failed(Failure::Cut),
        }
    }
}
