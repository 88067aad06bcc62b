//! What every way to receive a stream has in common.

use super::machine::News;
use crate::model::{StreamAddress, query};

/// What a transport has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Something for the status machine.
    News(News),
    /// An event.
    Event(StreamEvent),
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
}
