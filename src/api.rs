//! Server functions: the page's way to the server.
//!
//! Each is an ordinary POST that also works as a plain HTML form; with scripts, `client::call` sends the same. On the
//! server they find the `Streams`, the `Replies`, the `Access` and the `Call` that they are in their context.

use crate::model::{
    StreamAddress, Ticket,
    preferences::{Language, Theme},
    problem::Problem,
    reply::Thread,
};
use leptos::prelude::*;

/// Asks for the address of what a page is about, with a ticket for a stream of one's own.
///
/// # Errors
/// When there is no such source, the server cannot be reached, or has no random bits.
#[server(prefix = "/api/page", endpoint = "connect")]
pub async fn connect(
    /// The page's query; without one, the demo's.
    #[server(default)]
    source: String,
) -> Result<StreamAddress, Problem> {
    server::address(&source)
}

/// Publishes a message, as it stands in a form: its line breaks are those of a form.
///
/// # Errors
/// When the message is not valid, was not kept, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "publish")]
pub async fn publish(
    /// Where.
    channel: String,
    /// The message.
    data: String,
    /// The event's name; none for a `message`.
    #[server(default)]
    event: String,
    /// The idempotency key; none where the same is to be published again.
    #[server(default)]
    key: String,
) -> Result<(), Problem> {
    server::publish(&channel, &data, &event, &key).await
}

/// Remembers what the person in front of this browser is called, in all rooms.
///
/// # Errors
/// When it is no name, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "introduce")]
pub async fn introduce(
    /// The name.
    name: String,
) -> Result<(), Problem> {
    server::introduce(&name)
}

/// Says something in a room, under the name that this browser gave.
///
/// # Errors
/// When nobody gave a name here, there is nothing to say, it was not kept, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "say")]
pub async fn say(
    /// The room.
    room: String,
    /// The text.
    #[server(default)]
    text: String,
    /// A picture, as a `data:` URL.
    #[server(default)]
    picture: String,
    /// The idempotency key; none where the same is to be said again.
    #[server(default)]
    key: String,
) -> Result<(), Problem> {
    server::say(&room, &text, &picture, &key).await
}

/// Tells those in a room that this browser's person types.
///
/// # Errors
/// When nobody gave a name here, there is no such room, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "typing")]
pub async fn typing(
    /// The room.
    room: String,
) -> Result<(), Problem> {
    server::typing(&room).await
}

/// Remembers up to where this browser read a room.
///
/// # Errors
/// When there is no such room or the id is not valid, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "read")]
pub async fn read(
    /// The room.
    room: String,
    /// The id of the last message that was read.
    up_to: String,
) -> Result<(), Problem> {
    server::read(&room, &up_to)
}

/// Starts a reply, and answers with its thread. A plain form leads to the thread's page.
///
/// # Errors
/// When the prompt is not valid or not taken, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "ask")]
pub async fn ask(
    /// The prompt, as it stands in a form: its line breaks are those of a form.
    prompt: String,
    /// The thread; a new one if none is given.
    #[server(default)]
    thread: String,
    /// The idempotency key; none where the same is to be asked again.
    #[server(default)]
    key: String,
) -> Result<Thread, Problem> {
    let ask = server::prompt(&prompt, &thread, &key)?;
    let started = server::replies()?.start(ask).await?;
    server::lead_to(&started.thread)?;
    Ok(started.thread)
}

/// Stops a reply. One that is over already is let be.
///
/// # Errors
/// When the id is none, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "stop")]
pub async fn stop(
    /// The reply's id.
    reply: String,
) -> Result<(), Problem> {
    server::stop(&reply)
}

/// Remembers up to where this browser cleared a page's channels. Of a built-in stream nothing is remembered: a new page
/// has none of its rows.
///
/// # Errors
/// When the source or the id is not valid, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "clear")]
pub async fn clear(
    /// The page's query.
    #[server(default)]
    source: String,
    /// The id of the last message that is cleared; none where nothing is, not any more.
    #[server(default)]
    up_to: String,
) -> Result<(), Problem> {
    server::clear(&source, &up_to)
}

/// Ends the ticket's stream on the server, at once and for good.
///
/// # Errors
/// When the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "disconnect")]
pub async fn disconnect(
    /// The stream's ticket, from its address.
    ticket: Ticket,
) -> Result<(), Problem> {
    server::streams()?.passes.end(&ticket);
    Ok(())
}

/// Signs in: this browser keeps the token, out of reach of scripts, until it expires.
///
/// # Errors
/// When the token is not taken, or the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "sign_in")]
pub async fn sign_in(
    /// The token.
    token: String,
    /// Where a plain form leads: a path of this server.
    #[server(default)]
    back: String,
) -> Result<(), Problem> {
    server::sign_in(&token, &back)
}

/// Signs out: this browser forgets the token.
///
/// # Errors
/// When the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "sign_out")]
pub async fn sign_out(
    /// Where a plain form leads: a path of this server.
    #[server(default)]
    back: String,
) -> Result<(), Problem> {
    server::sign_out(&back)
}

/// Remembers the language or the theme in this browser, for a year.
///
/// # Errors
/// When the server cannot be reached.
#[server(prefix = "/api/page", endpoint = "prefer")]
pub async fn prefer(
    /// The language, if it is to change.
    language: Option<Language>,
    /// The theme, if it is to change.
    theme: Option<Theme>,
) -> Result<(), Problem> {
    if let Some(language) = language {
        server::remember(Language::COOKIE, language.code())?;
    }
    if let Some(theme) = theme {
        server::remember(Theme::COOKIE, theme.code())?;
    }
    Ok(())
}

#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
pub use server::{Call, Onward, TOKEN_COOKIE, is_path, new_person, set_cookie};
