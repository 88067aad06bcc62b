//! `GET /sign-in`: where somebody signs in with a token.

use super::{
    super::{State, functions::came_from},
    Caller, render,
};
use crate::{
    api::is_path,
    app::{
        SIGN_IN,
        shell::SignInShell,
        sign_in::{Content, Session},
    },
    hub::frame::rfc3339,
    model::{channel::ChannelPattern, problem::Problem, query},
};
use axum::{
    extract,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;

/// The page.
pub(in crate::server) async fn sign_in(
    extract::State(state): extract::State<State>,
    caller: Caller,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let back = query::pairs(uri.query().unwrap_or_default()).find(|(name, _)| name == "back");
    // Another site's address has no business here.
    let back = back.map(|(_, path)| path).filter(|path| is_path(path));
    // From itself it leads on to the first page.
    let came_from = came_from(&headers);
    let before = if came_from.starts_with(SIGN_IN) { "/".to_owned() } else { came_from };
    page(&state, &caller, &headers, back.unwrap_or(before), None).await
}

/// The page, where the way led that had this problem.
pub(super) async fn page(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    back: String,
    reason: Option<&Problem>,
) -> Response {
    let grant = caller.visitor.grant();
    let named = |patterns: &[ChannelPattern]| {
        let mut names: Vec<_> = patterns.iter().map(ChannelPattern::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    };
    let content = Content {
        reason: reason.cloned(),
        session: grant.who.subject().map(|subject| Session {
            subject: subject.to_owned(),
            until: rfc3339(grant.until.unwrap_or_default().saturating_mul(1_000)),
        }),
        publish: named(&grant.rights.publish),
        subscribe: named(&grant.rights.subscribe),
        back,
    };
    let style = state.files.style.clone();
    let shell = move || {
        let (style, content) = (style.clone(), content.clone());
        view! { <SignInShell style content/> }
    };
    let status = reason.and_then(|problem| StatusCode::from_u16(problem.status).ok());
    (status.unwrap_or_default(), render(state, headers, None, || {}, shell).await).into_response()
}
