//! What a notice is, and what of an event's JSON is taken for one. Anyone may publish, so nothing of it is trusted.

use crate::{client::feed::Event, model::EventId};
use std::cmp::Ordering;

/// The longest data that is looked at, in bytes.
pub(super) const MAX_DATA: usize = 64 << 10;

/// The longest texts, in characters: what is longer ends with an ellipsis.
const MAX_TITLE: usize = 120;
const MAX_MESSAGE: usize = 1_000;

/// The longest URL, in bytes: half of one leads nowhere, so a longer one is left out.
const MAX_URL: usize = 2_048;

/// Without an id, the same words that come again within this many milliseconds are the same notice: other tabs have
/// received it, too.
const SAME_WITHIN: u64 = 1_000;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Level {
    /// To be known.
    #[default]
    Info,
    /// Something went well.
    Success,
    /// Something may go wrong.
    Warning,
    /// Something went wrong.
    Error,
}

impl Level {
    /// All of them.
    const ALL: [Self; 4] = [Self::Info, Self::Success, Self::Warning, Self::Error];

    /// Its name in JSON and in styles.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level with this name.
    fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// Whether it cuts off what a screen reader is saying.
    pub(super) fn is_urgent(self) -> bool {
        matches!(self, Self::Warning | Self::Error)
    }
}

/// A notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// The id of its event; empty where the stream sent none.
    pub id: String,
    /// The channel; empty where the stream is none of channels.
    pub channel: String,
    /// When it was published, or where the stream does not say, when it came: in milliseconds since the Unix epoch.
    pub time: u64,
    /// When it came here, likewise.
    pub arrived: u64,
    pub title: String,
    pub message: String,
    pub level: Level,
    /// Where it leads: of this site a path, of another an `http` or `https` URL.
    pub url: Option<String>,
    /// Whether the person has seen it.
    pub is_read: bool,
}

impl Notice {
    /// The notice in an event that came, if its data has one; `field` tells the texts of the data.
    pub(super) fn of(event: &Event, field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let content = Self::content(field)?;
        let Event { id, channel, time, .. } = event;
        let arrived = event.arrived.unwrap_or(*time);
        Some(Self { id: id.clone(), channel: channel.clone(), time: *time, arrived, ..content })
    }

    /// What a notice says: a title with something in it and a message, both texts; the rest where it is as it should be.
    pub(super) fn content(field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let title = field("title").filter(|title| !title.trim().is_empty())?;
        let message = field("message")?;
        Some(Self {
            title: bounded(title.trim(), MAX_TITLE),
            message: bounded(message.trim(), MAX_MESSAGE),
            level: field("level").and_then(|level| Level::of(&level)).unwrap_or_default(),
            url: field("url").filter(|url| is_safe(url)),
            ..Self::default()
        })
    }

    /// The id, where it is known to be the event's own and ids are known to go up: that of a hub's message.
    pub(super) fn hub_id(&self) -> Option<EventId> {
        if self.channel.is_empty() { None } else { self.id.parse().ok() }
    }

    /// Whether both are the same notice, received by two tabs or twice.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self.hub_id(), other.hub_id()) {
            (Some(id), Some(other)) => id == other,
            (None, None) => {
                (&self.id, &self.channel, self.level) == (&other.id, &other.channel, other.level)
                    && (&self.title, &self.message, &self.url) == (&other.title, &other.message, &other.url)
                    && self.arrived.abs_diff(other.arrived) < SAME_WITHIN
            }
            _ => false,
        }
    }

    /// The order of the list, the older first.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        (self.time, self.hub_id(), self.arrived).cmp(&(other.time, other.hub_id(), other.arrived))
    }

    /// What tells it from others, for the system and for lists.
    pub(super) fn key(&self) -> String {
        match self.hub_id() {
            Some(id) => id.to_string(),
            None => format!("{} {} {} {}", self.id, self.arrived, self.title, self.message),
        }
    }

    /// The host that it leads to; none where it leads nowhere or stays on this site.
    pub(super) fn host(&self) -> Option<&str> {
        let (_, rest) = self.url.as_deref()?.split_once("://").filter(|(scheme, _)| !scheme.contains('/'))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        authority.rsplit('@').next()
    }
}

/// Whether a page may lead there: a path of this site, or a web address. What the browser's parser would drop or turn
/// into a slash could make another address of it, so it has none of that.
fn is_safe(url: &str) -> bool {
    let is_plain = !url
        .contains(|character: char| character.is_control() || character.is_whitespace() || character == '\\');
    let is_path = url.starts_with('/') && !url.starts_with("//");
    let is_web = url.split_once("://").is_some_and(|(scheme, rest)| {
        let is_known = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        is_known && !rest.is_empty() && !rest.starts_with('/')
    });
    url.len() <= MAX_URL && is_plain && (is_path || is_web)
}

fn bounded(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(fields: &[(&str, &str)]) -> Option<Notice> {
        let field = |name: &str| {
            fields.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        };
        Notice::content(field)
    }

    fn url(url: &str) -> Option<String> {
        content(&[("title", "T"), ("message", "M"), ("url", url)]).unwrap().url
    }

    #[test]
    fn a_title_and_a_message_are_needed() {
        let notice = content(&[("title", " Done "), ("message", "")]).unwrap();
        assert_eq!((notice.title.as_str(), notice.message.as_str()), ("Done", ""));
        assert_eq!((notice.level, notice.url), (Level::Info, None));
        assert_eq!(content(&[("title", "Done")]), None);
        assert_eq!(content(&[("message", "Done")]), None);
        assert_eq!(content(&[("title", " \n"), ("message", "Done")]), None);
    }

    #[test]
    fn a_level_that_is_not_known_is_that_of_an_information() {
        let level = |code| content(&[("title", "T"), ("message", "M"), ("level", code)]).unwrap().level;
        assert_eq!(
            ["success", "warning", "error"].map(level),
            [Level::Success, Level::Warning, Level::Error]
        );
        assert_eq!(["fatal", "", "ERROR"].map(level), [Level::Info; 3]);
    }

    #[test]
    fn texts_are_bounded_between_characters() {
        let long = "长".repeat(2_000);
        let notice = content(&[("title", &long), ("message", &long)]).unwrap();
        assert_eq!(notice.title.chars().count(), MAX_TITLE + 1);
        assert_eq!(notice.message.chars().count(), MAX_MESSAGE + 1);
        assert!(notice.message.ends_with("长…"));
    }

    #[test]
    fn only_paths_of_this_site_and_web_addresses_are_links() {
        for safe in ["/", "/rooms/lobby?x=1#y", "https://example.org/a", "HTTP://example.org"] {
            assert_eq!(url(safe).as_deref(), Some(safe));
        }
        let unsafe_ones = [
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "//example.org",
            "/\\example.org",
            "/\t/example.org",
            "https:example.org",
            "https:///example.org",
            "https://example.org\\@example.net",
            "rooms",
            "",
        ];
        for unsafe_one in unsafe_ones {
            assert_eq!(url(unsafe_one), None, "{unsafe_one:?}");
        }
        assert_eq!(url(&format!("/{}", "x".repeat(MAX_URL))), None);
    }

    #[test]
    fn the_host_is_the_one_that_the_browser_goes_to() {
        let host =
            |url: &str| Notice { url: Some(url.to_owned()), ..Notice::default() }.host().map(str::to_owned);
        assert_eq!(host("https://example.org:81/a@b").as_deref(), Some("example.org:81"));
        assert_eq!(host("https://example.org@example.net?x").as_deref(), Some("example.net"));
        assert_eq!(host("/go?to=https://example.org"), None);
    }

    #[test]
    fn with_an_id_of_the_hub_that_decides_and_without_it_the_words_and_the_time() {
        let hub = |id: &str| Notice { id: id.into(), channel: "news".into(), ..Notice::default() };
        assert!(hub("5-0").is(&Notice { title: "x".into(), arrived: 9_999, ..hub("5-0") }));
        assert!(!hub("5-0").is(&hub("5-1")));
        let other = |title: &str, arrived| Notice { title: title.into(), arrived, ..Notice::default() };
        assert!(other("x", 100).is(&other("x", 900)));
        assert!(!other("x", 100).is(&other("y", 100)));
        assert!(!other("x", 100).is(&other("x", 5_000)));
    }
}
