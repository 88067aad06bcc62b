//! The texts in English.

use super::{Texts, number};
use crate::{
    client::machine::Reason,
    model::{
        channel::{Channel, ChannelError},
        endpoint::{Endpoint, EndpointError},
        preferences::Theme,
        problem::Problem,
        selection::{Selection, SelectionError},
        source::{BuiltIn, SourceError},
    },
};

pub(super) static TEXTS: Texts = Texts {
    title: "Tidings · live messages",
    tagline: "Live messages",
    skip_to_messages: "Skip to the messages",
    skip_to_content: "Skip to the content",
    pages: "Pages",
    live: "Live",
    rooms: "Rooms",
    replies: "Replies",
    board: "Board",
    sign_in: "Sign in",

    picker: "Source",
    stream_name: |stream| match stream {
        BuiltIn::Demo => "Demo",
        BuiltIn::Clock(_) => "Clock",
        BuiltIn::Ticker => "Ticker",
        BuiltIn::Fields => "Fields",
    },
    interval: "Every (seconds)",
    apply: "Apply",
    channels: "Channels",
    channels_hint: "Channels, as in news or chat.*",
    elsewhere: "Other",
    endpoint: "Address of another event stream",
    endpoint_about: "Any server’s event stream can be opened here: a path of this one, as /api/streams/fields, or another address that allows cross-origin requests (CORS). The method, headers and body can be set once it is open.",
    watch: "Watch",
    source_error: |error| match error {
        SourceError::Parameter(name) => {
            format!("The address has a parameter “{name}” that means nothing here. Choose above.")
        }
        SourceError::Twice(name) => format!("The address says “{name}” more than once. Choose above."),
        SourceError::Stream(name) => format!("There is no stream “{name}”. Choose above."),
        SourceError::Interval => {
            "Only the clock has an interval: a whole number of seconds from 1 to 60.".to_owned()
        }
        SourceError::Both => {
            "The address names more than one of a stream, channels and a URL. Choose one above.".to_owned()
        }
        SourceError::Endpoint(error) => match error {
            EndpointError::Scheme => "The address begins with https://, http:// or a slash.".to_owned(),
            EndpointError::Host => "The address names no host.".to_owned(),
            EndpointError::Credentials => {
                "The address has a name or a password in it. Send them as an Authorization header.".to_owned()
            }
            EndpointError::TooLong => format!("The address is longer than {} bytes.", Endpoint::MAX_BYTES),
            EndpointError::Character => "The address has a space or a control character in it.".to_owned(),
        },
        SourceError::Channels(SelectionError::Empty) => "Type the name of a channel.".to_owned(),
        SourceError::Channels(SelectionError::TooMany) => {
            format!("At most {} channels at once; a wildcard stands for many.", Selection::MAX)
        }
        SourceError::Channels(SelectionError::Channel { text, error }) => match error {
            ChannelError::Empty => "Type the name of a channel.".to_owned(),
            ChannelError::TooLong => {
                format!("A channel’s name has at most {} characters.", Channel::MAX_BYTES)
            }
            ChannelError::EmptySegment => format!("“{text}”: there is something before and after every dot."),
            ChannelError::Character(character) => {
                format!("“{text}”: not “{character}”, only ASCII letters, digits, _, - and dots.")
            }
            ChannelError::Wildcard | ChannelError::MisplacedWildcard => {
                format!(
                    "“{text}”: * stands for a whole segment, > for the rest, at the end: chat.* or orders.>"
                )
            }
        },
    },
    directory: "Channels there are",
    directory_empty: "No channels yet. The first message makes one:",

    connection: "Connection",
    connect: "Connect",
    retry_now: "Retry now",
    disconnect: "Disconnect",
    monitor: "Details",

    idle: "Not connected",
    idle_detail: "Connect, and the server’s messages appear below as they arrive.",
    idle_channels: "Connect, and new messages appear below the ones you see.",
    connecting: "Connecting",
    connecting_detail: "Waiting for the server to answer…",
    open: "Connected",
    open_detail: "New messages appear below the moment they are sent.",
    waiting: "Waiting to reconnect",
    waiting_detail: |attempt, seconds, reason| format!("Attempt {attempt} in {seconds} s. {reason}"),
    closed: "Disconnected",
    closed_detail: "You closed the connection. Connecting again starts anew.",
    closed_channels: "You closed the connection. Connecting again goes on where it stopped.",
    ended: "Ended",
    ended_detail: "The server has sent its last message. There is nothing to reconnect to.",
    failed: "Connection failed",
    reason: |reason| match reason {
        Reason::Network => "The connection broke, or the server did not answer.".to_owned(),
        Reason::Silence => "Nothing came for too long; the connection seemed dead.".to_owned(),
        Reason::Frozen => "The browser had put the page to sleep.".to_owned(),
        Reason::TooLarge(limit) => format!("An event is larger than this page takes ({} MiB).", limit >> 20),
        Reason::Refused(status @ (401 | 403)) => {
            format!("The server does not let you watch this stream ({status}).")
        }
        Reason::Refused(404) => "The server has no such stream (404).".to_owned(),
        Reason::Refused(429) => "Too many requests; the server asks to wait (429).".to_owned(),
        Reason::Refused(status @ 500..) => format!("The server is out of order for the moment ({status})."),
        Reason::Refused(status) => format!("The server refused the request ({status})."),
        Reason::NotAStream => {
            "The answer was not an event stream: a wrong address, or a proxy in between that rewrites it."
                .to_owned()
        }
        Reason::Unsupported => {
            "This browser cannot receive the stream in this way, or does not allow it.".to_owned()
        }
    },
    cors: "Or it does not let other sites’ pages in (CORS).",

    messages: "Messages",
    number,
    count_of: |shown, all| format!("{} of {}", number(shown), number(all)),
    pause: "Pause",
    resume: "Resume",
    waiting_rows: |count| format!("Paused, {} waiting", number(count)),
    new_rows: |count| format!("{} new", number(count)),
    newest: "To the newest",
    row_details: "Open the message",
    export: "Export",
    clear: "Clear",
    undo: "Undo",
    cleared: |count| {
        if count == 1 { "1 message cleared".to_owned() } else { format!("{count} messages cleared") }
    },
    dropped: |count| format!("{} older not kept", number(count)),
    empty: "No messages yet",
    empty_waiting: "Waiting for the first message…",
    empty_channel: "Nothing here yet",
    empty_cleared: "Nothing new since you cleared",
    empty_filter: "No message matches the filter",
    empty_paused: "What was here when you paused is not kept any more",
    show_cleared: "Show cleared",
    gap: "Some messages in between are older than what the server keeps.",
    received: |count, latest| {
        let messages = if count == 1 { "message" } else { "messages" };
        format!("{count} new {messages}. Latest: {latest}")
    },

    filter: "Filter the messages",
    filter_hint: "Filter",
    filter_names: "Types",
    filter_clear: "Clear the filter",
    pattern: "Regular expression",
    pattern_problem: |problem| format!("Not a regular expression: {problem}"),

    compose: "Publish a message",
    compose_to: |channel| format!("Message to {channel}"),
    compose_hint: "Write a message",
    compose_keys: "Enter sends, Shift+Enter is a new line",
    event_name: "Event (optional)",
    send: "Send",
    send_again: "Try again",
    sending: "Sending…",
    sent: "Sent",
    not_sent: |problem| format!("Not sent: {}", problem_text(problem)),
    problem: problem_text,

    terminal: "The same stream in a terminal",
    terminal_publish: "Publish from a terminal",
    api: "The whole API",
    copy: "Copy",
    copied: "Copied",

    notices: "Notifications",
    unread: "unread",
    shortcuts: "Keyboard shortcuts",
    not_loaded: "This part could not be loaded. Check the network, or load the page again.",

    language: "Language",
    theme: "Theme",
    theme_name: |theme| match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    },

    needs: "This page needs JavaScript and WebAssembly to show live messages.",
    needs_detail: "They could not be loaded or are switched off. Allow them and load the page again, or watch from a \
                   terminal with the command below.",
    needs_live: "Without JavaScript and WebAssembly, new messages do not appear by themselves.",
    needs_live_detail: "Below are the latest messages as of loading; load again for newer ones. Publishing works.",

    not_found: "No such page",
    not_found_detail: "The address may be mistyped, or the page has moved.",
    not_found_back: "To the front page",
    refused: "That did not work",
    refused_back: "Back",
};

fn problem_text(problem: &Problem) -> String {
    if problem.status == 0 { "the server did not answer".to_owned() } else { problem.detail.clone() }
}
