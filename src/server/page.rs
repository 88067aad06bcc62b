//! The pages: rendered here, then taken over by the browser's part.

use super::{State, assets, problem::no_such_path};
use crate::{
    app::Origin,
    app::shell::{NotFoundShell, Shell},
    model::{preferences::Preferences, problem::Problem},
};
use axum::{
    body::{Body, to_bytes},
    extract,
    http::{
        HeaderMap, HeaderName, HeaderValue, Request, StatusCode,
        header::{ACCEPT_LANGUAGE, CACHE_CONTROL, COOKIE, HOST, LOCATION, VARY},
    },
    response::{IntoResponse, Response},
};
use leptos::{
    config::LeptosOptions,
    prelude::*,
    server_fn::{axum::get_server_fn_service, error::SERVER_FN_ERROR_HEADER},
};

/// No problem that a server function reports is longer.
const MAX_PROBLEM_BYTES: usize = 64 * 1024;

/// What Leptos wants to know; only its live reload, in `cargo leptos watch`, makes use of it.
pub(super) fn leptos_options() -> LeptosOptions {
    let port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok());
    let builder = LeptosOptions::builder().output_name(env!("CARGO_PKG_NAME"));
    match port {
        Some(port) => builder.reload_port(port).build(),
        None => builder.build(),
    }
}

/// `GET /`: the live page.
pub(super) async fn live(extract::State(state): extract::State<State>, request: Request<Body>) -> Response {
    render(request, move || {
        let (options, files) = (state.leptos.clone(), state.files.clone());
        view! { <Shell options files/> }
    })
    .await
}

/// Any other path: a file of the page, or a page that says that there is none.
pub(super) async fn asset_or_not_found(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Response {
    if let Some(file) = assets::get(request.method(), request.uri().path(), request.headers()) {
        return file;
    }
    let style = state.files.style.clone();
    let page = render(request, move || {
        let style = style.clone();
        view! { <NotFoundShell style/> }
    });
    (StatusCode::NOT_FOUND, page.await).into_response()
}

/// `POST /api/page/{function}`: a server function.
pub(super) async fn server_function(
    extract::State(state): extract::State<State>,
    request: Request<Body>,
) -> Response {
    if get_server_fn_service(request.uri().path(), request.method().clone()).is_none() {
        return no_such_path(request.uri().clone()).await.into_response();
    }
    // A browser says where a request comes from. Another site has no business here.
    let site = request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Problem::new(403, "cross-site", "Not from this site", "Only the page itself may call this.")
            .at("Sec-Fetch-Site")
            .into_response();
    }
    let provide_streams = move || provide_context(state.streams.clone());
    let response =
        leptos_axum::handle_server_fns_with_context(provide_streams, request).await.into_response();
    // Leptos answers every error with 500; ours say themselves what they are.
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return tidy_location(response);
    }
    let body = to_bytes(response.into_body(), MAX_PROBLEM_BYTES).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_else(Problem::internal).into_response()
}

/// A plain form is sent back to where it came from, by an address that Leptos leaves with an empty query: `/?`.
fn tidy_location(mut response: Response) -> Response {
    let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
    if let Some(Ok(tidy)) =
        location.and_then(|location| location.strip_suffix('?')).map(HeaderValue::from_str)
    {
        response.headers_mut().insert(LOCATION, tidy);
    }
    response
}

/// A page in the language and the theme that the request asks for.
pub(super) async fn render<V: IntoView + 'static>(
    request: Request<Body>,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Response {
    let (preferences, origin) = asked_for(request.headers());
    let provide = move || {
        provide_context(preferences);
        provide_context(origin.clone());
    };
    let handler = leptos_axum::render_app_to_stream_with_context(provide, page);
    let mut response = handler(request).await.into_response();
    let headers = response.headers_mut();
    // The same address reads differently to different people.
    headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// How a request wants its page, and under which name it found the server.
fn asked_for(headers: &HeaderMap) -> (Preferences, Origin) {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let preferences = Preferences::from_headers(text(COOKIE), text(ACCEPT_LANGUAGE));
    let https = text(HeaderName::from_static("x-forwarded-proto")) == "https";
    let scheme = if https { "https" } else { "http" };
    (preferences, Origin(format!("{scheme}://{}", text(HOST))))
}
