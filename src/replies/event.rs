//! The events of a reply: their data as JSON, and the messages that they are.

use super::engine::Failure;
use crate::model::{
    EventName,
    message::{Draft, Message},
    reply::{self, ReplyId},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// An event of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What was asked.
    Prompt(Prompt),
    /// What the answerer does at the moment.
    Status(Status),
    /// The next piece of the answer's text.
    Delta(Delta),
    /// The answer is over.
    Done(Done),
    /// The answer is over, and not as it should be.
    Error(Error),
}

/// The data of `prompt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The reply that begins with it.
    pub reply: ReplyId,
    /// What was asked.
    pub prompt: String,
}

/// The data of `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The reply.
    pub reply: ReplyId,
    /// What it does.
    #[serde(flatten)]
    pub activity: Activity,
}

/// What an answerer does while there is no text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Activity {
    /// It thinks.
    Thinking,
    /// It searches.
    Searching {
        /// For what.
        words: String,
    },
    /// It uses a tool.
    Tool {
        /// The tool's name.
        name: String,
    },
}

/// The data of `delta`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The reply.
    pub reply: ReplyId,
    /// How much of the text came before it, in bytes of UTF-8.
    pub at: usize,
    /// The piece.
    pub text: String,
}

/// The data of `done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The reply.
    pub reply: ReplyId,
    /// Why it ended.
    pub reason: Reason,
    /// The whole text, in bytes of UTF-8.
    pub length: usize,
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// All was said.
    Finished,
    /// Somebody stopped it.
    Stopped,
    /// It was as long as it may be.
    Length,
}

/// The data of `error`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// The reply.
    pub reply: ReplyId,
    /// What kind of failure, for programs; see [`Failure::kind`].
    pub kind: String,
    /// What happened and what to do, for a person.
    pub detail: String,
    /// After how many seconds another try may do better, where the answerer says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u64>,
    /// The text that there is nevertheless, in bytes of UTF-8; none where nobody knows it any more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub length: Option<usize>,
}

impl Error {
    /// The end of a reply that failed after `length` bytes of text, where that is known.
    pub fn of(reply: ReplyId, failure: &Failure, length: Option<usize>) -> Self {
        let retry_after = failure.retry_after().map(|wait| wait.as_secs());
        Self { reply, kind: failure.kind().to_owned(), detail: failure.to_string(), retry_after, length }
    }
}

impl Event {
    /// The event that a message of a thread's channel is; none where it is something else, which anyone may publish.
    pub fn of(message: &Message) -> Option<Self> {
        fn read<T: DeserializeOwned>(message: &Message) -> Option<T> {
            serde_json::from_str(&message.data).ok()
        }
        match message.event.as_ref()? {
            name if *name == reply::PROMPT => read(message).map(Self::Prompt),
            name if *name == reply::STATUS => read(message).map(Self::Status),
            name if *name == reply::DELTA => read(message).map(Self::Delta),
            name if *name == reply::DONE => read(message).map(Self::Done),
            name if *name == reply::ERROR => read(message).map(Self::Error),
            _ => None,
        }
    }

    /// The reply that it is about.
    pub const fn reply(&self) -> ReplyId {
        match self {
            Self::Prompt(Prompt { reply, .. })
            | Self::Status(Status { reply, .. })
            | Self::Delta(Delta { reply, .. })
            | Self::Done(Done { reply, .. })
            | Self::Error(Error { reply, .. }) => *reply,
        }
    }

    /// Whether nothing of the reply comes after it.
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Error(_))
    }

    /// The message to publish.
    pub fn draft(&self) -> Draft {
        match self {
            Self::Prompt(data) => draft(reply::PROMPT, data),
            Self::Status(data) => draft(reply::STATUS, data),
            Self::Delta(data) => draft(reply::DELTA, data),
            Self::Done(data) => draft(reply::DONE, data),
            Self::Error(data) => draft(reply::ERROR, data),
        }
    }
}

fn draft(event: EventName, data: &impl Serialize) -> Draft {
    // Texts and numbers always have a JSON text.
    Draft { event: Some(event), data: serde_json::to_string(data).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventId;

    #[test]
    fn every_event_is_the_message_that_the_page_knows() {
        let reply = ReplyId::of_bits(0xa);
        let id = "0000000000000000000000000000000a";
        let failure = Failure::RateLimited { wait: Some(std::time::Duration::from_secs(7)) };
        for (event, name, data) in [
            (
                Event::Prompt(Prompt { reply, prompt: "为什么?".into() }),
                "prompt",
                format!(r#"{{"reply":"{id}","prompt":"为什么?"}}"#),
            ),
            (
                Event::Status(Status { reply, activity: Activity::Thinking }),
                "status",
                format!(r#"{{"reply":"{id}","state":"thinking"}}"#),
            ),
            (
                Event::Status(Status { reply, activity: Activity::Searching { words: "a b".into() } }),
                "status",
                format!(r#"{{"reply":"{id}","state":"searching","words":"a b"}}"#),
            ),
            (
                Event::Status(Status { reply, activity: Activity::Tool { name: "clock".into() } }),
                "status",
                format!(r#"{{"reply":"{id}","state":"tool","name":"clock"}}"#),
            ),
            (
                Event::Delta(Delta { reply, at: 3, text: "\n".into() }),
                "delta",
                format!(r#"{{"reply":"{id}","at":3,"text":"\n"}}"#),
            ),
            (
                Event::Done(Done { reply, reason: Reason::Length, length: 9 }),
                "done",
                format!(r#"{{"reply":"{id}","reason":"length","length":9}}"#),
            ),
            (
                Event::Error(Error::of(reply, &failure, Some(2))),
                "error",
                format!(
                    r#"{{"reply":"{id}","kind":"rate-limited","detail":"{failure}","retry_after":7,"length":2}}"#
                ),
            ),
        ] {
            let draft = event.draft();
            assert_eq!((draft.event.as_ref().unwrap().as_str(), draft.data.as_str()), (name, data.as_str()));
            let Draft { event: name, data } = draft;
            let channel = "replies.a".parse().unwrap();
            let message = Message { channel, id: EventId::new(1, 1), event: name, data };
            assert_eq!(Event::of(&message).as_ref(), Some(&event));
            assert_eq!(event.reply(), reply);
            assert_eq!(Event::of(&Message { data: "{}".into(), ..message.clone() }), None);
            assert_eq!(Event::of(&Message { event: None, ..message }), None);
        }
    }
}
