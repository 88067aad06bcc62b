//! What every way to receive a stream has in common.

use super::machine::News;
use crate::model::{StreamAddress, query};

/// How a stream is to be received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// By fetch, which can do more, where the browser can read its answer in pieces; else by an `EventSource`.
    #[default]
    Auto,
    /// By the browser's `EventSource`. It only hears events whose names are known, and no comments.
    EventSource,
    /// By fetch.
    Fetch,
}

/// How a stream is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// By the browser's `EventSource`.
    EventSource,
    /// By fetch.
    Fetch,
}

impl Transport {
    /// How a stream with this request is received, in a browser that can or cannot read an answer in pieces. None
    /// where it cannot be.
    pub fn carrier(self, request: &StreamRequest, can_read_pieces: bool) -> Option<Carrier> {
        match self {
            Self::Auto | Self::Fetch if can_read_pieces => Some(Carrier::Fetch),
            Self::Auto | Self::EventSource if request.is_plain() => Some(Carrier::EventSource),
            _ => None,
        }
    }
}

/// What a stream is asked for with, besides its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRequest {
    /// The HTTP method.
    pub method: String,
    /// Headers, on top of those that the format and the browser need.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// Whether cookies go to other sites' servers, too. They do to one's own.
    pub with_credentials: bool,
}

impl Default for StreamRequest {
    fn default() -> Self {
        Self { method: "GET".to_owned(), headers: vec![], body: None, with_credentials: false }
    }
}

impl StreamRequest {
    /// Whether an `EventSource` can ask for it.
    fn is_plain(&self) -> bool {
        self.method == "GET" && self.headers.is_empty() && self.body.is_none()
    }
}

/// What a transport has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Something for the status machine.
    News(News),
    /// An event.
    Event(StreamEvent),
    /// What the server calls itself that answers, where it says so and the transport can see it.
    Node(String),
}

/// An event, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamEvent {
    /// Its type; `message` where the stream names none.
    pub name: String,
    /// Its data.
    pub data: String,
    /// The last event id as of this event.
    pub last_event_id: String,
    /// Its block as it stood in the stream, where that was asked for and the transport can see it.
    pub raw: Option<String>,
}

/// The address' URL that asks for what comes after the event with this id, in the query.
pub fn resuming_url(address: &StreamAddress, last_event_id: &str) -> String {
    let mut url = address.url.clone();
    if !last_event_id.is_empty() {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str("last_event_id=");
        query::encode(last_event_id, &mut url);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_event_id_is_encoded_in_the_query() {
        for (url, id, expected) in [
            ("/s", "", "/s"),
            ("/s", "1-2", "/s?last_event_id=1-2"),
            ("/s?ticket=t", "17-4&一", "/s?ticket=t&last_event_id=17-4%26%E4%B8%80"),
        ] {
            assert_eq!(resuming_url(&StreamAddress::plain(url), id), expected);
        }
    }

    #[test]
    fn what_an_event_source_cannot_ask_for_needs_fetch() {
        let plain = StreamRequest { with_credentials: true, ..StreamRequest::default() };
        let (source, fetch) = (Some(Carrier::EventSource), Some(Carrier::Fetch));
        for (transport, can_read_pieces, expected) in [
            (Transport::Auto, true, [fetch, fetch]),
            (Transport::Fetch, true, [fetch, fetch]),
            (Transport::EventSource, true, [source, None]),
            (Transport::Auto, false, [source, None]),
            (Transport::Fetch, false, [None, None]),
        ] {
            for demanding in [
                StreamRequest { method: "POST".to_owned(), ..plain.clone() },
                StreamRequest { headers: vec![("X-Key".to_owned(), "1".to_owned())], ..plain.clone() },
                StreamRequest { body: Some(String::new()), ..plain.clone() },
            ] {
                let carriers =
                    [&plain, &demanding].map(|request| transport.carrier(request, can_read_pieces));
                assert_eq!(carriers, expected, "{transport:?} {can_read_pieces} {demanding:?}");
            }
        }
    }
}
