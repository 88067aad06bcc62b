//! The engine that asks a model: any server with the chat completions of OpenAI's API, and `stream: true`.
//!
//! Its stream is that of Server-Sent Events, so our own decoder reads it. A request is given up by dropping it, which closes
//! its connection: the other server then stops, too.

mod chunk;

use super::{
    engine::{Answer, Engine, Exchange, Failure, Piece, Question},
    event::Activity,
};
use crate::{
    access::{Visitor, secret::Secret},
    sse::decode::{Decoder, Item},
};
use futures::{StreamExt, stream};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
    redirect,
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::VecDeque, time::Duration};
use tokio::time::timeout;

/// The largest event that is taken, in bytes.
const LARGEST_EVENT: usize = 1 << 20;
/// As much is read of an answer that is no stream.
const LONGEST_REFUSAL: usize = 64 << 10;

/// Where the model is, and how long to wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The API's address, as in `https://api.example.com/v1`.
    pub base_url: Url,
    /// The model's name; an empty one leaves the choice to the server.
    pub model: String,
    /// The key.
    pub key: Secret,
    /// How long a connection may take to open.
    pub connect: Duration,
    /// How long the server may say nothing.
    pub silence: Duration,
}

/// Asks a model.
#[derive(Debug)]
pub struct OpenAi {
    http: Client,
    settings: Settings,
}

/// The body of a request.
#[derive(Serialize)]
struct Completion<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    model: &'a str,
    messages: Vec<Said<'a>>,
    stream: bool,
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
}

impl OpenAi {
    /// An engine that asks there.
    ///
    /// # Errors
    /// When the system has no certificates to trust, which an address that begins with `https` needs.
    pub fn new(settings: Settings) -> Result<Self, reqwest::Error> {
        // An error means that there is one already, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // A redirect would make a GET of a POST, and send the key elsewhere.
        let builder = Client::builder().connect_timeout(settings.connect).redirect(redirect::Policy::none());
        // Loading certificates fails on a system without any, and http:// needs none.
        let builder = if settings.base_url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
        Ok(Self { http: builder.build()?, settings })
    }

    fn request(&self, question: &Question) -> RequestBuilder {
        let Settings { base_url, model, key, .. } = &self.settings;
        let both = |exchange| {
            let Exchange { prompt, answer }: &Exchange = exchange;
            [Said { role: "user", content: prompt }, Said { role: "assistant", content: answer }]
        };
        let mut messages: Vec<_> = question.history.iter().flat_map(both).collect();
        messages.push(Said { role: "user", content: &question.prompt });
        // Texts always have a JSON text.
        let body = serde_json::to_vec(&Completion { model, messages, stream: true }).unwrap_or_default();
        let mut url = base_url.clone();
        url.set_path(&format!("{}/chat/completions", base_url.path().trim_end_matches('/')));
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let request = request.header(ACCEPT, "text/event-stream");
        match key.reveal() {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}

impl Engine for OpenAi {
    fn answer(&self, question: Question, _asker: Visitor) -> Answer {
        let reading = Reading {
            step: Step::Asking(self.request(&question)),
            ready: VecDeque::from([Ok(Piece::Status(Activity::Thinking))]),
            silence: self.settings.silence,
            key: self.settings.key.clone(),
        };
        stream::unfold(reading, |mut reading| async { Some((reading.next().await?, reading)) }).boxed()
    }
}

/// An answer that is being read.
struct Reading {
    step: Step,
    /// What was read and not yet taken.
    ready: VecDeque<Result<Piece, Failure>>,
    silence: Duration,
    key: Secret,
}

enum Step {
    Asking(RequestBuilder),
    Open(Response, Decoder),
    Over,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Piece, Failure>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                if matches!(piece, Ok(Piece::End(_)) | Err(_)) {
                    // The connection is closed, whatever else would come.
                    (self.step, self.ready) = (Step::Over, VecDeque::new());
                }
                return Some(piece);
            }
            let read = match std::mem::replace(&mut self.step, Step::Over) {
                Step::Asking(request) => self.open(request).await,
                Step::Open(response, decoder) => self.read(response, decoder).await,
                Step::Over => return None,
            };
            match read {
                Ok(step) => self.step = step,
                Err(failure) => self.ready.push_back(Err(failure)),
            }
        }
    }

    async fn open(&self, request: RequestBuilder) -> Result<Step, Failure> {
        let response = match timeout(self.silence, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                tracing::warn!(error = %error.without_url(), "the model's server cannot be reached");
                return Err(Failure::Unreachable);
            }
            Err(_) => return Err(Failure::Silence(self.silence)),
        };
        if !response.status().is_success() {
            return Err(self.refusal(response).await);
        }
        let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if media_type.is_some_and(|media_type| media_type.starts_with("text/event-stream")) {
            return Ok(Step::Open(response, Decoder::with_limit(LARGEST_EVENT)));
        }
        // Some report their errors with a status of success.
        match self.said(response).await {
            message if message.is_empty() => Err(Failure::Strange("it is no event stream")),
            message => Err(Failure::Upstream { message }),
        }
    }

    async fn read(&mut self, mut response: Response, mut decoder: Decoder) -> Result<Step, Failure> {
        let bytes = match timeout(self.silence, response.chunk()).await {
            Ok(Ok(Some(bytes))) => bytes,
            // A whole answer ends itself before its stream does.
            Ok(Ok(None) | Err(_)) => return Err(Failure::Cut),
            Err(_) => return Err(Failure::Silence(self.silence)),
        };
        let mut items = Vec::new();
        let fed = decoder.feed(&bytes, &mut items);
        for item in items {
            if let Item::Event(event) = item {
                self.ready.extend(chunk::pieces(&event.data, &self.key));
            }
        }
        if fed.is_err() {
            self.ready.push_back(Err(Failure::Strange("an event of it is too large")));
        }
        Ok(Step::Open(response, decoder))
    }

    /// Why a request was refused.
    async fn refusal(&self, response: Response) -> Failure {
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = wait.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        match response.status() {
            // What it says may have a part of the key in it.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::Unauthorized,
            StatusCode::TOO_MANY_REQUESTS => Failure::RateLimited { wait },
            status if status.is_server_error() => {
                Failure::Unavailable { status: status.as_u16(), message: self.said(response).await, wait }
            }
            status => Failure::Refused { status: status.as_u16(), message: self.said(response).await },
        }
    }

    /// What a body says that is an error as JSON; empty where it is anything else.
    async fn said(&self, mut response: Response) -> String {
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = timeout(self.silence, response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() > LONGEST_REFUSAL {
                break;
            }
        }
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        let error = ["error", "message", "detail"].into_iter().find_map(|name| said.get(name));
        error.map(|error| chunk::message(error, &self.key)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(base_url: &str, model: &str, key: &str) -> OpenAi {
        let (connect, silence) = (Duration::from_secs(1), Duration::from_secs(1));
        let key = Secret::new(key.to_owned());
        let base_url = base_url.parse().unwrap();
        OpenAi::new(Settings { base_url, model: model.to_owned(), key, connect, silence }).unwrap()
    }

    fn question(history: &[(&str, &str)], prompt: &str) -> Question {
        let exchange =
            |(prompt, answer): &(&str, &str)| Exchange { prompt: (*prompt).into(), answer: (*answer).into() };
        let history = history.iter().map(exchange).collect();
        Question { channel: "replies.a".parse().unwrap(), history, prompt: prompt.to_owned() }
    }

    #[test]
    fn a_request_has_all_that_was_said_and_the_key_where_there_is_one() {
        let request = engine("http://a/b/v1/", "m", "sk-1").request(&question(&[("1", "2")], "3"));
        let request = request.build().unwrap();
        assert_eq!(request.url().as_str(), "http://a/b/v1/chat/completions");
        assert_eq!(request.headers()["authorization"], "Bearer sk-1");
        let body = r#"{"model":"m","messages":[{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"user","content":"3"}],"stream":true}"#;
        assert_eq!(request.body().unwrap().as_bytes().unwrap(), body.as_bytes());

        let request = engine("http://a", "", "").request(&question(&[], "3")).build().unwrap();
        assert_eq!(request.url().as_str(), "http://a/chat/completions");
        assert!(!request.headers().contains_key("authorization"));
        let body = r#"{"messages":[{"role":"user","content":"3"}],"stream":true}"#;
        assert_eq!(request.body().unwrap().as_bytes().unwrap(), body.as_bytes());
    }

    #[test]
    fn the_key_is_shown_nowhere() {
        let engine = engine("http://a", "m", "sk-secret");
        assert!(!format!("{engine:?} {:?}", engine.request(&question(&[], "q"))).contains("sk-secret"));
        assert_eq!(engine.settings.key.removed_from("no sk-secret here"), "no … here");
        assert_eq!(Secret::default().removed_from("as it is"), "as it is");
    }
}
