//! `POST /api/page/{function}`: the page's server functions. Each is a plain form, too.

use super::{
    State, body,
    caller::Caller,
    header::text,
    page::{self, Notice},
    problem::no_such_path,
    query::pairs_of,
};
use crate::{
    api::{Call, Onward, is_path},
    model::problem::Problem,
};
use axum::{
    body::{Body, to_bytes},
    extract,
    http::{
        HeaderMap, HeaderValue, Request, Uri,
        header::{ACCEPT, COOKIE, LOCATION, REFERER},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use leptos::{
    prelude::provide_context,
    server_fn::{axum::get_server_fn_service, error::SERVER_FN_ERROR_HEADER},
};

/// No problem that a server function reports is longer.
const MAX_PROBLEM_BYTES: usize = 64 * 1024;

/// Calls the function that the path names.
pub(super) async fn call(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request<Body>,
) -> Result<Response, Problem> {
    if get_server_fn_service(request.uri().path(), request.method().clone()).is_none() {
        return Ok(no_such_path(request.uri().clone()).await.into_response());
    }
    let headers = request.headers().clone();
    match answer(&state, caller, &headers, request).await {
        // Who sent a form without scripts is a person.
        Err(problem) if text(&headers, ACCEPT).contains("text/html") => {
            let notice = Notice::of(&problem, came_from(&headers));
            Ok(page::notice(&state, &headers, problem.status, notice).await)
        }
        answer => answer,
    }
}

async fn answer(
    state: &State,
    caller: Caller,
    headers: &HeaderMap,
    request: Request<Body>,
) -> Result<Response, Problem> {
    state.gate.publish(&caller.party())?;
    let onward = Onward::default();
    let call = Call {
        cookies: text(headers, COOKIE).to_owned(),
        is_secure: caller.is_secure,
        // A browser sends a cookie with its streams, too; a program's header it cannot.
        needs_permit: caller.is_by_header,
        visitor: caller.visitor,
    };
    let (access, streams, replies, way) =
        (state.access.clone(), state.streams.clone(), state.replies.clone(), onward.clone());
    let provide = move || {
        provide_context(access.clone());
        provide_context(streams.clone());
        provide_context(replies.clone());
        provide_context(way.clone());
        provide_context(call.clone());
    };
    // Leptos would read a body of any size, for as long as it comes.
    let (parts, body) = request.into_parts();
    let read = Request::from_parts(parts.clone(), body);
    let body = body::read(state, read, state.limits.message).await?;
    // Leptos would take other characters for what is no text.
    pairs_of(body::text(&body)?)?;
    let request = Request::from_parts(parts, Body::from(Bytes::clone(&body)));
    let response = leptos_axum::handle_server_fns_with_context(provide, request).await.into_response();
    // Leptos answers every error with 500; ours say themselves what they are.
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        let page = onward.0.get().cloned().unwrap_or_else(|| came_from(headers));
        return Ok(send_back(response, &page));
    }
    let body = to_bytes(response.into_body(), MAX_PROBLEM_BYTES).await.unwrap_or_default();
    Err(serde_json::from_slice(&body).unwrap_or_else(Problem::internal))
}

/// Leptos sends a plain form back to whatever its `Referer` says; ours leads to a page of this server.
fn send_back(mut response: Response, page: &str) -> Response {
    if response.headers().contains_key(LOCATION)
        && let Ok(page) = HeaderValue::from_str(page)
    {
        response.headers_mut().insert(LOCATION, page);
    }
    response
}

/// The page on which a form stood, as a path of this server.
pub(super) fn came_from(headers: &HeaderMap) -> String {
    let referer: Option<Uri> = text(headers, REFERER).parse().ok();
    let path = referer.as_ref().and_then(Uri::path_and_query).map(ToString::to_string);
    path.filter(|path| is_path(path)).unwrap_or_else(|| "/".to_owned())
}
