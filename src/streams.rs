//! What sends messages by itself, and who is watching it.

pub mod built_in;
pub mod nodes;
pub mod parameters;
pub mod passes;
pub mod presence;
pub mod stats;

mod clock;
mod demo;
mod fields;
mod ticker;

use crate::model::{
    DEMO_PATH, EventName, StreamAddress, Ticket, person::Person, problem::Problem, query, room,
    selection::Selection,
};
use built_in::{BuiltIn, Script, ScriptError};
use parameters::{ParameterError, Parameters};
use passes::Passes;
use presence::Presence;
use std::time::Duration;
use thiserror::Error;

pub use demo::NAME as DEMO;

/// The built-in streams, and the passes of those who watch them.
#[derive(Debug)]
pub struct Streams {
    /// Who is connected.
    pub passes: Passes,
    /// Who is where.
    pub presence: Presence,
    /// The `retry:` that every stream begins with.
    retry: Duration,
    /// The silence after which every stream sends a comment.
    heartbeat: Duration,
    built_in: Vec<Box<dyn BuiltIn>>,
}

/// Why a stream cannot be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ChoiceError {
    /// No stream has this name.
    #[error("there is no stream of this name; there are {}", names.join(", "))]
    Name {
        /// The names of those that there are.
        names: Vec<&'static str>,
    },
    /// The stream cannot be had like this.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The system has no random bits for a ticket.
    #[error("the system has no random bits to give: {0}")]
    Random(#[from] getrandom::Error),
}

impl From<ParameterError> for ChoiceError {
    fn from(error: ParameterError) -> Self {
        Self::Script(error.into())
    }
}

impl From<ChoiceError> for Problem {
    fn from(error: ChoiceError) -> Self {
        match &error {
            ChoiceError::Name { .. } => Self::new(404, "not-found", "No such stream", error).at("name"),
            ChoiceError::Script(ScriptError::Parameter(parameter)) => {
                Self::bad_request(parameter.name(), parameter)
            }
            ChoiceError::Script(ScriptError::Random(_)) | ChoiceError::Random(_) => Self::internal(error),
        }
    }
}

impl Streams {
    /// All of them. The demo's numbered messages are one `demo_interval` apart; what every stream
    /// says of `retry` and `heartbeat` is for the addresses.
    /// Who is without a stream for `grace` has left.
    pub fn new(demo_interval: Duration, retry: Duration, heartbeat: Duration, grace: Duration) -> Self {
        let built_in: Vec<Box<dyn BuiltIn>> = vec![
            Box::new(demo::Demo { interval: demo_interval }),
            Box::new(clock::Clock),
            Box::new(ticker::Ticker),
            Box::new(fields::Fields),
        ];
        Self { passes: Passes::default(), presence: Presence::new(grace), retry, heartbeat, built_in }
    }

    /// The names of the built-in streams.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.built_in.iter().map(|stream| stream.name())
    }

    /// What the stream `name` sends that is asked for with these parameters.
    ///
    /// # Errors
    /// When there is no such stream, or it does not take these parameters.
    pub fn script(&self, name: &str, parameters: &Parameters) -> Result<Box<dyn Script>, ChoiceError> {
        let stream = self.find(name)?;
        parameters.only(stream.parameters())?;
        Ok(stream.script(parameters)?)
    }

    /// A fresh address of the stream `name` with these parameters and a ticket of its own.
    ///
    /// # Errors
    /// When there is no such stream, it does not take these parameters, or the system has no random bits to give.
    pub fn connect(&self, name: &str, parameters: &Parameters) -> Result<StreamAddress, ChoiceError> {
        // What the stream would refuse gets no address.
        self.script(name, parameters)?;
        let path = if name == DEMO { DEMO_PATH.to_owned() } else { format!("/api/streams/{name}") };
        self.address(path, &parameters.to_string(), self.find(name)?.events())
    }

    /// A fresh address of a subscription to these channels, whose events come in envelopes, with a ticket of its own.
    /// Where the channels say who is there, it says that this person is. A permit is for who can show in no other way that
    /// they may.
    ///
    /// # Errors
    /// When the system has no random bits to give.
    pub fn connect_channels(
        &self,
        selection: &Selection,
        person: Option<&Person>,
        permit: Option<&str>,
    ) -> Result<StreamAddress, ChoiceError> {
        let mut query = String::new();
        if let Some(person) = person.filter(|_| room::places(selection).next().is_some()) {
            query::push(&mut query, "person", person.id.as_str());
            query::push(&mut query, "name", person.name());
        }
        for pattern in selection.patterns() {
            query::push(&mut query, "channel", pattern.as_str());
        }
        query::push(&mut query, "envelope", "json");
        if let Some(permit) = permit {
            query::push(&mut query, "permit", permit);
        }
        self.address("/api/events".to_owned(), &query, &[EventName::GAP])
    }

    fn address(&self, path: String, query: &str, events: &[EventName]) -> Result<StreamAddress, ChoiceError> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)?;
        let ticket = Ticket::new(bits);
        let mut query = query.to_owned();
        query::push(&mut query, "ticket", &ticket.to_string());
        Ok(StreamAddress {
            url: format!("{path}?{query}"),
            events: events.iter().map(|name| name.as_str().to_owned()).collect(),
            retry_ms: milliseconds(self.retry),
            heartbeat_ms: Some(milliseconds(self.heartbeat)),
            ticket: Some(ticket),
        })
    }

    fn find(&self, name: &str) -> Result<&dyn BuiltIn, ChoiceError> {
        let found = self.built_in.iter().find(|stream| stream.name() == name);
        found.map(Box::as_ref).ok_or_else(|| ChoiceError::Name { names: self.names().collect() })
    }
}

fn milliseconds(span: Duration) -> u32 {
    span.as_millis().try_into().unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{built_in::play::play, *};

    fn streams() -> Streams {
        Streams::new(
            Duration::from_secs(1),
            Duration::from_secs(2),
            Duration::from_secs(15),
            Duration::from_secs(5),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn every_stream_sends_just_the_events_that_it_says() {
        for stream in streams().built_in {
            let run = play(stream.script(&Parameters::default()).unwrap(), None, 20).await;
            let lines = run.iter().flat_map(|(_, event)| event.lines());
            let mut sent: Vec<_> = lines.filter_map(|line| line.strip_prefix("event: ")).collect();
            let mut said: Vec<_> = stream.events().iter().map(|name| name.as_str()).collect();
            sent.sort_unstable();
            sent.dedup();
            said.sort_unstable();
            assert_eq!(sent, said, "{stream:?}");
        }
    }

    #[test]
    fn names_and_parameters_stand_in_a_url_as_they_are_and_names_are_unique() {
        let streams = streams();
        let words = streams.built_in.iter().flat_map(|stream| stream.parameters().iter().copied());
        for word in words.chain(streams.names()) {
            assert!(
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
                "{word}"
            );
        }
        let mut names: Vec<_> = streams.names().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), streams.built_in.len());
    }

    #[test]
    fn the_page_offers_every_stream() {
        let offered = crate::model::source::BuiltIn::ALL.map(|stream| stream.name());
        assert_eq!(streams().names().collect::<Vec<_>>(), offered);
    }

    #[test]
    fn channels_come_in_envelopes_and_say_when_something_is_missing() {
        let selection = Selection::parse(["news", "o.>"]).unwrap();
        let address = streams().connect_channels(&selection, None, None).unwrap();
        let query = format!("channel=news&channel=o.%3E&envelope=json&ticket={}", address.ticket.unwrap());
        assert_eq!((address.retry_ms, address.heartbeat_ms), (2_000, Some(15_000)));
        assert_eq!((address.url, address.events), (format!("/api/events?{query}"), vec!["gap".to_owned()]));
    }

    #[test]
    fn who_it_is_is_said_where_it_is_asked() {
        let person = Person::parse("7.Ann+B").unwrap();
        for (channel, says) in [("chat.lobby.here", true), ("chat.lobby", false), ("chat.>", false)] {
            let selection = Selection::parse([channel]).unwrap();
            let url = streams().connect_channels(&selection, Some(&person), None).unwrap().url;
            assert_eq!(url.contains("?person=7&name=Ann%20B&"), says, "{url}");
        }
    }

    #[test]
    fn an_address_has_the_parameters_and_a_ticket() {
        let parameters = Parameters::default().with("interval", "5".to_owned());
        let address = streams().connect("clock", &parameters).unwrap();
        assert_eq!(address.url, format!("/api/streams/clock?interval=5&ticket={}", address.ticket.unwrap()));
        assert!(address.events.is_empty());
        let demo = streams().connect("demo", &Parameters::default()).unwrap();
        assert_eq!(demo.url, format!("/api/sse?ticket={}", demo.ticket.unwrap()));
        assert_eq!(demo.events, ["update", "hi", "end"]);
    }

    #[test]
    fn what_the_stream_would_refuse_gets_no_address() {
        let none = Parameters::default();
        for (name, parameters, status, field) in [
            ("nothing", none.clone(), 404, "name"),
            ("clock", none.with("interval", "0".to_owned()), 400, "interval"),
            ("ticker", none.with("interval", "1".to_owned()), 400, "interval"),
            ("clock", none.with("ticket", "0".to_owned()), 400, "ticket"),
        ] {
            let problem = Problem::from(streams().connect(name, &parameters).unwrap_err());
            assert_eq!((problem.status, problem.field.as_deref()), (status, Some(field)), "{problem}");
        }
    }
}
