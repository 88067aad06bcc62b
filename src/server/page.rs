//! The pages: rendered here, then taken over by the browser's part.

mod board;
mod content;
mod policy;
mod replies;
mod rooms;
mod sign_in;

use super::{
    State, assets,
    caller::{Caller, own_origin},
    header::text,
};
use crate::{
    app::{
        Choice, Origin, Page,
        shell::{NoticeShell, Shell, Tokens},
    },
    model::{
        marks::Marks,
        preferences::{Preferences, cookie},
        problem::Problem,
        source::Source,
    },
};
use axum::{
    body::Body,
    extract,
    http::{
        HeaderMap, HeaderValue, Request, StatusCode, Uri,
        header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, VARY},
        uri::PathAndQuery,
    },
    response::{IntoResponse, Redirect, Response},
};
pub(super) use board::board;
use content::Content;
use leptos::{config::LeptosOptions, nonce::Nonce, prelude::*};
pub(super) use replies::{replies, thread};

pub(super) use crate::app::shell::Notice;
pub(super) use rooms::{room, rooms};
pub(super) use sign_in::sign_in;

/// What Leptos wants to know; only its live reload, in `cargo leptos watch`, makes use of it.
pub(super) fn leptos_options() -> LeptosOptions {
    let port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok());
    let builder = LeptosOptions::builder().output_name(env!("CARGO_PKG_NAME"));
    match port {
        Some(port) => builder.reload_port(port).build(),
        None => builder.build(),
    }
}

/// `GET /`: the live page, about what its query says.
pub(super) async fn live(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request<Body>,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let choice = Choice::of(query);
    if let Ok(source) = &choice.source
        && source.to_query() != query
    {
        // As a form sends it: each source has one address, so that it can be shared.
        return Redirect::to(&source.page()).into_response();
    }
    let cleared = Marks::parse(cookie(text(request.headers(), COOKIE), Marks::CLEARED));
    let content = match Content::gather(&caller.visitor, &choice, &cleared).await {
        Ok(content) => content,
        Err(problem) => return refused(&state, &caller, request.headers(), request.uri(), &problem).await,
    };
    let other = match &choice.source {
        Ok(Source::Endpoint(Some(endpoint))) => policy::origin(endpoint.as_str()),
        _ => None,
    };
    let status = if choice.source.is_ok() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let Content { rendered, json } = content;
    let provide = move || {
        provide_context(choice.clone());
        provide_context(rendered.clone());
    };
    (status, shell(&state, request.headers(), Page::Live, other.as_deref(), provide, json).await)
        .into_response()
}

/// The document of a page that the browser's part takes over, with what `provide` puts into its context, and the same as
/// `json` for the browser.
async fn shell(
    state: &State,
    headers: &HeaderMap,
    page: Page,
    other: Option<&str>,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    json: String,
) -> Response {
    let provide = move || {
        provide_context(page);
        provide();
    };
    // Inside an element, `<` could begin its end. In JSON it stands in texts alone.
    let (options, files, rendered) =
        (state.leptos.clone(), state.files.clone(), json.replace('<', "\\u003c"));
    let shell = move || {
        let (options, files, rendered) = (options.clone(), files.clone(), rendered.clone());
        view! { <Shell page options files rendered/> }
    };
    render(state, headers, other, provide, shell).await
}

/// A page that says why there is none here, and leads back to where it was asked for, or to where one signs in.
async fn refused(
    state: &State,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &Uri,
    problem: &Problem,
) -> Response {
    let back = uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
    if matches!(problem.status, 401 | 403) {
        return sign_in::page(state, caller, headers, back, Some(problem)).await;
    }
    notice(state, headers, problem.status, Notice::of(problem, back)).await
}

/// Any other path: a file of the page, or a page that says that there is none.
pub(super) async fn asset_or_not_found(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Response {
    if let Some(file) = assets::get(request.method(), request.uri().path(), request.headers()) {
        return file;
    }
    let missing = StatusCode::NOT_FOUND.as_u16();
    notice(&state, request.headers(), missing, Notice::NotFound).await
}

/// A page that says what went wrong, and leads back.
pub(super) async fn notice(state: &State, headers: &HeaderMap, status: u16, notice: Notice) -> Response {
    let style = state.files.style.clone();
    let page = render(
        state,
        headers,
        None,
        || {},
        move || {
            let (style, notice) = (style.clone(), notice.clone());
            view! { <NoticeShell style notice/> }
        },
    );
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, page.await).into_response()
}

/// A page in the language and the theme that the request asks for, with what `provide` puts into its context. It may
/// connect to this server and to the `other` origin.
pub(super) async fn render<V: IntoView + 'static>(
    state: &State,
    headers: &HeaderMap,
    other: Option<&str>,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Response {
    let (preferences, origin) = asked_for(headers);
    let provide = move || {
        provide_context(preferences);
        provide_context(origin.clone());
        provide();
    };
    let nonce = Nonce::new();
    let (said, has_tokens) = (nonce.clone(), state.access.has_keys());
    let provide = move || {
        provide_context(said.clone());
        if has_tokens {
            provide_context(Tokens);
        }
        provide();
    };
    let handler = leptos_axum::render_app_to_stream_with_context(provide, page);
    let mut response = handler(Request::new(Body::empty())).await.into_response();
    let headers = response.headers_mut();
    policy::add(headers, &nonce, other);
    // The same address reads differently to different people.
    headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// How a request wants its page, and under which name it found the server.
fn asked_for(headers: &HeaderMap) -> (Preferences, Origin) {
    let preferences = Preferences::from_headers(text(headers, COOKIE), text(headers, ACCEPT_LANGUAGE));
    (preferences, Origin(own_origin(headers)))
}
