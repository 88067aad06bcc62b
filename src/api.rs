//! Server functions: the page's way to the server.
//!
//! Each is an ordinary POST that also works as a plain HTML form. On the server they find the `Streams` in their
//! context.

use crate::model::{
    StreamAddress, Ticket,
    preferences::{Language, Theme},
    problem::Problem,
};
use leptos::prelude::*;

/// Asks for the demo's address, with a ticket for a stream of one's own.
///
/// # Errors
/// When the server cannot be reached, or has no random bits.
#[server(prefix = "/api/page", endpoint = "connect")]
pub async fn connect() -> Result<StreamAddress, Problem> {
    use crate::streams::{DEMO, parameters::Parameters};
    Ok(server::streams()?.connect(DEMO, &Parameters::default())?)
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
mod server {
    use crate::{model::problem::Problem, streams::Streams};
    use axum::http::{HeaderValue, header::SET_COOKIE};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use std::sync::Arc;

    const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

    fn context<T: Clone + 'static>(what: &str) -> Result<T, Problem> {
        use_context().ok_or_else(|| Problem::internal(format!("called without {what} in the context")))
    }

    pub(super) fn streams() -> Result<Arc<Streams>, Problem> {
        context("streams")
    }

    pub(super) fn remember(name: &str, value: &str) -> Result<(), Problem> {
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax");
        let cookie = HeaderValue::try_from(cookie).map_err(Problem::internal)?;
        context::<ResponseOptions>("response options")?.append_header(SET_COOKIE, cookie);
        Ok(())
    }
}
