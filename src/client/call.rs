//! Calls the server's functions, from the browser. Each is a plain form, and is called as one.
//!
//! Leptos can call them by itself. What it needs for that, two codecs and an HTTP client, would be a fifth of the page:
//! 32 KB of 154 (brotli).

use super::json;
use crate::model::{StreamAddress, problem::Problem, query};
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, Response};

/// How long an answer is waited for, in milliseconds: a connection that died without a word gives none for minutes.
const LONGEST: u32 = 30_000;

/// Calls the function at `path` with these arguments; its result, parsed.
///
/// # Errors
/// The problem that the server answers with; one with the status 0 where no answer of the server came.
pub async fn call(path: &str, arguments: &[(&str, &str)]) -> Result<JsValue, Problem> {
    let mut body = String::new();
    for (name, value) in arguments {
        query::push(&mut body, name, value);
    }
    // What cannot be read did not come from our server: a proxy's error page as likely as not.
    result(post(path, &body).await)
}

/// What is at `path`, parsed.
///
/// # Errors
/// The problem that the server answers with; one with the status 0 where no answer of the server came.
pub async fn get(path: &str) -> Result<JsValue, Problem> {
    result(ask(path, &RequestInit::new()).await)
}

fn result(answer: Result<(u16, JsValue), JsValue>) -> Result<JsValue, Problem> {
    match answer {
        Ok((200, answer)) => Ok(answer),
        Ok((status, answer)) => Err(problem(status, &answer)),
        Err(_) => Err(Problem::new(0, "unreachable", "No answer", "the server did not answer")),
    }
}

/// The stream's address in the answer of `connect`.
///
/// # Errors
/// When there is none.
pub fn address(answer: &JsValue) -> Result<StreamAddress, Problem> {
    let read = || {
        Some(StreamAddress {
            url: json::text(answer, "url")?,
            ticket: json::text(answer, "ticket").and_then(|ticket| ticket.parse().ok()),
            events: json::list(answer, "events").filter_map(|name| name.as_string()).collect(),
            retry_ms: json::get(answer, "retry_ms").as_f64()? as u32,
            heartbeat_ms: json::get(answer, "heartbeat_ms").as_f64().map(|span| span as u32),
        })
    };
    read().ok_or_else(|| Problem::internal("the server named no stream"))
}

async fn post(path: &str, body: &str) -> Result<(u16, JsValue), JsValue> {
    let headers = Object::new();
    Reflect::set(&headers, &"content-type".into(), &"application/x-www-form-urlencoded".into())?;
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_headers(&headers);
    options.set_body(&body.into());
    ask(path, &options).await
}

async fn ask(path: &str, options: &RequestInit) -> Result<(u16, JsValue), JsValue> {
    options.set_signal(Some(&AbortSignal::timeout_with_u32(LONGEST)));
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response =
        JsFuture::from(window.fetch_with_str_and_init(path, options)).await?.dyn_into()?;
    Ok((response.status(), JsFuture::from(response.json()?).await?))
}

fn problem(status: u16, answer: &JsValue) -> Problem {
    let text = |field| json::text(answer, field);
    Problem {
        kind: text("type").unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        status,
        detail: text("detail").unwrap_or_default(),
        field: text("field"),
        #[cfg(feature = "ssr")]
        retry_after: None,
    }
}
