//! `POST /api/page/{function}`: the page's server functions. Each is a plain form, too.

use super::{
    State, body,
    page::{self, Notice, header},
    problem::no_such_path,
};
use crate::{
    api::{Cookies, Onward},
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
use leptos::{
    prelude::provide_context,
    server_fn::{axum::get_server_fn_service, error::SERVER_FN_ERROR_HEADER},
};

/// No problem that a server function reports is longer.
const MAX_PROBLEM_BYTES: usize = 64 * 1024;

/// Calls the function that the path names.
pub(super) async fn call(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    if get_server_fn_service(request.uri().path(), request.method().clone()).is_none() {
        return Ok(no_such_path(request.uri().clone()).await.into_response());
    }
    // A browser says where a request comes from. Another site has no business here.
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        let problem =
            Problem::new(403, "cross-site", "Not from this site", "Only the page itself may call this.");
        return Err(problem.at("Sec-Fetch-Site"));
    }
    let headers = request.headers().clone();
    match answer(&state, &headers, request).await {
        // Who sent a form without scripts is a person.
        Err(problem) if header(&headers, ACCEPT).contains("text/html") => {
            let notice = Notice::of(&problem, came_from(&headers));
            Ok(page::notice(&state, &headers, problem.status, notice).await)
        }
        answer => answer,
    }
}

async fn answer(state: &State, headers: &HeaderMap, request: Request<Body>) -> Result<Response, Problem> {
    let cookies = Cookies(header(headers, COOKIE).to_owned());
    let onward = Onward::default();
    let (hub, streams, replies, way) =
        (state.hub.clone(), state.streams.clone(), state.replies.clone(), onward.clone());
    let provide = move || {
        provide_context(hub.clone());
        provide_context(streams.clone());
        provide_context(replies.clone());
        provide_context(way.clone());
        provide_context(cookies.clone());
    };
    // Leptos would read a body of any size, for as long as it comes.
    let (parts, body) = request.into_parts();
    let read = Request::from_parts(parts.clone(), body);
    let body = body::read(read, state.limits.message, state.limits.body_time).await?;
    let request = Request::from_parts(parts, Body::from(body));
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
fn came_from(headers: &HeaderMap) -> String {
    let referer: Option<Uri> = header(headers, REFERER).parse().ok();
    let path = referer.as_ref().and_then(Uri::path_and_query).map(ToString::to_string);
    // Two slashes would begin the name of another host.
    path.filter(|path| !path.starts_with("//")).unwrap_or_else(|| "/".to_owned())
}
