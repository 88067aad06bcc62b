//! What the page is about: a built-in stream, channels, or the list of channels. It stands in the page's URL.

use super::{
    DEMO_PATH,
    endpoint::{Endpoint, EndpointError},
    query,
    selection::{Selection, SelectionError},
};
use thiserror::Error;

const STREAM: &str = "stream";
const INTERVAL: &str = "interval";
const CHANNEL: &str = "channel";
const URL: &str = "url";
/// The value of `stream` that asks for the list of channels.
const DIRECTORY: &str = "channels";

/// What the page is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A stream that the server makes by itself.
    BuiltIn(BuiltIn),
    /// Channels.
    Channels(Selection),
    /// An event stream somewhere else; none where its address has still to be given.
    Endpoint(Option<Endpoint>),
    /// The channels that there are, to choose from. There is nothing to connect to.
    Directory,
}

/// A built-in stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// The demo of the tutorials.
    Demo,
    /// The clock; without an interval, at the pace that it has by itself.
    Clock(Option<Interval>),
    /// The ticker.
    Ticker,
    /// Every field of the format.
    Fields,
}

/// The clock's interval: 1 to 60 whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval(u8);

/// Why a query does not say what the page is about.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// There is no such parameter.
    #[error("the page has no parameter {0:?}; it has stream, interval, channel and url")]
    Parameter(String),
    /// A parameter that is given once is given again.
    #[error("{0} is given more than once")]
    Twice(&'static str),
    /// There is no such stream.
    #[error("there is no stream {0:?}; there are demo, clock, ticker and fields")]
    Stream(String),
    /// The interval is none, or stands where there is none.
    #[error("only the clock has an interval, a whole number of seconds from 1 to 60")]
    Interval,
    /// More than one of a stream, channels and an address.
    #[error("one of stream, channel and url")]
    Both,
    /// The address is none.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The channels are none.
    #[error(transparent)]
    Channels(#[from] SelectionError),
}

impl Source {
    /// What a page's query asks for; none is the demo. It may begin with a question mark.
    ///
    /// # Errors
    /// When it does not ask for one thing, and that clearly.
    pub fn from_query(text: &str) -> Result<Self, SourceError> {
        let (mut stream, mut interval, mut url, mut channels) = (None, None, None, Vec::new());
        for (name, value) in query::pairs(text.strip_prefix('?').unwrap_or(text)) {
            match name.as_str() {
                STREAM => once(STREAM, &mut stream, value)?,
                INTERVAL => once(INTERVAL, &mut interval, value)?,
                CHANNEL => channels.push(value),
                URL => once(URL, &mut url, value)?,
                _ => return Err(SourceError::Parameter(name)),
            }
        }
        let interval = interval.as_deref().map(|text| Interval::parse(text).ok_or(SourceError::Interval));
        if let Some(url) = url {
            return match (stream, interval, channels.as_slice()) {
                (None, None, []) if url.trim().is_empty() => Ok(Self::Endpoint(None)),
                (None, None, []) => Ok(Self::Endpoint(Some(url.parse()?))),
                _ => Err(SourceError::Both),
            };
        }
        let source = match (stream.as_deref(), channels.as_slice()) {
            (None, [_, ..]) => {
                Self::Channels(Selection::parse(channels.iter().flat_map(|text| typed(text)))?)
            }
            (Some(_), [_, ..]) => return Err(SourceError::Both),
            (Some("clock"), []) => return Ok(BuiltIn::Clock(interval.transpose()?).into()),
            (None | Some("demo"), []) => BuiltIn::Demo.into(),
            (Some("ticker"), []) => BuiltIn::Ticker.into(),
            (Some("fields"), []) => BuiltIn::Fields.into(),
            (Some(DIRECTORY), []) => Self::Directory,
            (Some(other), []) => return Err(SourceError::Stream(other.to_owned())),
        };
        if interval.is_some() { Err(SourceError::Interval) } else { Ok(source) }
    }

    /// The query of the page about this, without a question mark: each source has one.
    pub fn to_query(&self) -> String {
        let mut text = String::new();
        match self {
            Self::BuiltIn(BuiltIn::Demo) => {}
            Self::BuiltIn(stream) => {
                query::push(&mut text, STREAM, stream.name());
                stream.push_interval(&mut text);
            }
            Self::Channels(selection) => push_channels(&mut text, selection),
            Self::Endpoint(url) => {
                query::push(&mut text, URL, url.as_ref().map(Endpoint::as_str).unwrap_or_default())
            }
            Self::Directory => query::push(&mut text, STREAM, DIRECTORY),
        }
        text
    }

    /// The path and the query of the page about this.
    pub fn page(&self) -> String {
        with_query("/", &self.to_query())
    }

    /// The path and the query of the event stream, or its URL where it is somewhere else; none where there is nothing to
    /// connect to.
    pub fn stream(&self) -> Option<String> {
        let mut text = String::new();
        match self {
            Self::BuiltIn(BuiltIn::Demo) => Some(DEMO_PATH.to_owned()),
            Self::BuiltIn(stream) => {
                stream.push_interval(&mut text);
                Some(with_query(&format!("/api/streams/{}", stream.name()), &text))
            }
            Self::Channels(selection) => {
                push_channels(&mut text, selection);
                Some(with_query("/api/events", &text))
            }
            Self::Endpoint(url) => url.as_ref().map(|url| url.as_str().to_owned()),
            Self::Directory => None,
        }
    }

    /// The channels, where it is about channels.
    pub fn selection(&self) -> Option<&Selection> {
        match self {
            Self::Channels(selection) => Some(selection),
            _ => None,
        }
    }
}

impl From<BuiltIn> for Source {
    fn from(stream: BuiltIn) -> Self {
        Self::BuiltIn(stream)
    }
}

impl BuiltIn {
    /// Every one, in the order in which the page offers them.
    pub const ALL: [Self; 4] = [Self::Demo, Self::Clock(None), Self::Ticker, Self::Fields];

    /// The stream's name, as in its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Clock(_) => "clock",
            Self::Ticker => "ticker",
            Self::Fields => "fields",
        }
    }

    fn push_interval(self, text: &mut String) {
        if let Self::Clock(Some(interval)) = self {
            query::push(text, INTERVAL, &interval.0.to_string());
        }
    }
}

impl Interval {
    /// An interval of so many seconds.
    pub fn seconds(self) -> u8 {
        self.0
    }

    /// A number has one spelling: "+5" and "05" are none.
    fn parse(text: &str) -> Option<Self> {
        let seconds = text.parse().ok().filter(|seconds: &u8| (1..=60).contains(seconds))?;
        (seconds.to_string() == text).then_some(Self(seconds))
    }
}

/// The names in what a person types: with spaces or commas between them, also those of Chinese.
pub fn typed(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_separator).filter(|name| !name.is_empty())
}

/// Whether the character stands between two names that a person types.
pub fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | '，' | '、')
}

/// The channels in a query, as they were typed, also where they are none.
pub fn typed_channels(text: &str) -> String {
    values(text, CHANNEL).join(" ")
}

/// The address in a query, as it was typed, also where it is none.
pub fn typed_url(text: &str) -> String {
    values(text, URL).pop().unwrap_or_default()
}

fn values(text: &str, wanted: &str) -> Vec<String> {
    let pairs = query::pairs(text.strip_prefix('?').unwrap_or(text));
    pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value).collect()
}

fn once(name: &'static str, place: &mut Option<String>, value: String) -> Result<(), SourceError> {
    if place.replace(value).is_some() { Err(SourceError::Twice(name)) } else { Ok(()) }
}

fn push_channels(text: &mut String, selection: &Selection) {
    for pattern in selection.patterns() {
        query::push(text, CHANNEL, pattern.as_str());
    }
}

fn with_query(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::channel::ChannelError;
    use proptest::prelude::*;

    fn channels(names: &[&str]) -> Source {
        Source::Channels(Selection::parse(names.iter().copied()).unwrap())
    }

    fn sources() -> impl Strategy<Value = Source> {
        let pattern = "([a-z0-9_-]{1,5}|\\*)(\\.([A-Z]{1,3}|\\*)){0,2}(\\.>)?";
        prop_oneof![
            proptest::sample::select(BuiltIn::ALL.map(Source::from).to_vec()),
            (1..=60u8).prop_map(|seconds| BuiltIn::Clock(Some(Interval(seconds))).into()),
            proptest::collection::vec(pattern, 1..5).prop_map(|names| Source::Channels(
                Selection::parse(names.iter().map(String::as_str)).unwrap()
            )),
            "(https?://[a-z.]{1,9})?/[a-z?&=%/#]{0,9}"
                .prop_filter_map("no address", |url| Some(Source::Endpoint(Some(url.parse().ok()?)))),
            Just(Source::Endpoint(None)),
            Just(Source::Directory),
        ]
    }

    proptest! {
        #[test]
        fn a_source_has_one_query(source in sources()) {
            let query = source.to_query();
            prop_assert_eq!(Source::from_query(&query), Ok(source.clone()));
            prop_assert_eq!(Source::from_query(&format!("?{query}")), Ok(source));
        }

        #[test]
        fn any_query_is_a_source_or_an_error(query in "(stream|interval|channel|url|&|=|clock|[a-z.,*>%+ ]){0,9}") {
            if let Ok(source) = Source::from_query(&query) {
                prop_assert_eq!(Source::from_query(&source.to_query()), Ok(source));
            }
        }
    }

    #[test]
    fn each_source_has_its_page_and_its_stream() {
        let five = BuiltIn::Clock(Some(Interval(5)));
        for (source, page, stream) in [
            (BuiltIn::Demo.into(), "/", Some("/api/sse")),
            (BuiltIn::Ticker.into(), "/?stream=ticker", Some("/api/streams/ticker")),
            (BuiltIn::Clock(None).into(), "/?stream=clock", Some("/api/streams/clock")),
            (five.into(), "/?stream=clock&interval=5", Some("/api/streams/clock?interval=5")),
            (channels(&["news"]), "/?channel=news", Some("/api/events?channel=news")),
            (
                channels(&["news", "chat.*", "o.>"]),
                "/?channel=chat.*&channel=news&channel=o.%3E",
                Some("/api/events?channel=chat.*&channel=news&channel=o.%3E"),
            ),
            (Source::Directory, "/?stream=channels", None),
            (Source::Endpoint(None), "/?url=", None),
            (
                Source::Endpoint(Some("https://a.example/?b=c".parse().unwrap())),
                "/?url=https%3A%2F%2Fa.example%2F%3Fb%3Dc",
                Some("https://a.example/?b=c"),
            ),
        ] {
            assert_eq!((source.page().as_str(), source.stream().as_deref()), (page, stream));
        }
    }

    #[test]
    fn channels_are_typed_with_spaces_or_commas() {
        for query in [
            "channel=b+a",
            "channel=a%2C+b",
            "channel=+a,,b+",
            "channel=a&channel=b",
            "channel=a，b&channel=a",
        ] {
            assert_eq!(Source::from_query(query), Ok(channels(&["a", "b"])), "{query}");
        }
        assert_eq!(typed_channels("?channel=a+b&x=1&channel=%21"), "a b !");
    }

    #[test]
    fn a_wrong_query_is_named() {
        let wrong = |query: &str| Source::from_query(query).unwrap_err();
        assert_eq!(wrong("chanel=news"), SourceError::Parameter("chanel".into()));
        assert_eq!(wrong("stream=news"), SourceError::Stream("news".into()));
        assert_eq!(wrong("stream="), SourceError::Stream(String::new()));
        assert_eq!(wrong("stream=clock&stream=clock"), SourceError::Twice("stream"));
        for both in
            ["stream=demo&channel=news", "url=/x&stream=demo", "url=/x&channel=a", "url=/x&interval=5"]
        {
            assert_eq!(wrong(both), SourceError::Both);
        }
        assert_eq!(wrong("url=a.example"), EndpointError::Scheme.into());
        assert_eq!(wrong("url=/x&url=/x"), SourceError::Twice("url"));
        for interval in ["", "0", "61", "05", "+5", "1.5", "x"] {
            assert_eq!(wrong(&format!("stream=clock&interval={interval}")), SourceError::Interval);
        }
        for query in ["interval=5", "stream=ticker&interval=5", "channel=news&interval=5"] {
            assert_eq!(wrong(query), SourceError::Interval);
        }
        for query in ["channel=", "channel=+%2C"] {
            assert_eq!(wrong(query), SelectionError::Empty.into());
        }
        let error = SelectionError::Channel { text: "新闻".into(), error: ChannelError::Character('新') };
        assert_eq!(wrong("channel=%E6%96%B0%E9%97%BB"), error.into());
    }
}
