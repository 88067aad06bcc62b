//! The server of a model, as a test plays it: every byte it sends is one that the test wants.

use crate::support::soon;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub struct Upstream {
    listener: TcpListener,
    pub url: String,
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        Self { listener, url }
    }

    /// The next request.
    pub async fn asked(&self) -> Asked {
        soon("a request to the model", async {
            let (mut socket, _) = self.listener.accept().await.unwrap();
            // So that what is written by itself goes by itself.
            socket.set_nodelay(true).unwrap();
            let mut read = Vec::new();
            loop {
                let mut buffer = [0; 4_096];
                let count = socket.read(&mut buffer).await.unwrap();
                assert!(count > 0, "the request ended in the middle");
                read.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&read);
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                if body.len() >= length.unwrap().parse().unwrap() {
                    let (head, body) = (head.to_owned(), serde_json::from_str(body).unwrap());
                    return Asked { socket, head, body };
                }
            }
        })
        .await
    }

    /// Whether nobody waits to be answered.
    pub async fn is_left_alone(&self) -> bool {
        futures::poll!(std::pin::pin!(self.listener.accept())).is_pending()
    }
}

/// A request, to be answered.
pub struct Asked {
    socket: TcpStream,
    pub head: String,
    pub body: Value,
}

impl Asked {
    /// What was said, with who said it.
    pub fn messages(&self) -> Vec<(String, String)> {
        let text = |message: &Value, field: &str| message[field].as_str().unwrap().to_owned();
        let messages = self.body["messages"].as_array().unwrap().iter();
        messages.map(|message| (text(message, "role"), text(message, "content"))).collect()
    }

    /// Bytes of the connection, as they are.
    pub async fn writes(&mut self, bytes: impl AsRef<[u8]>) {
        soon("room for an answer", self.socket.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Begins a stream.
    pub async fn opens(&mut self) {
        self.writes(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n",
        )
        .await;
    }

    /// A part of the stream, in a chunk of its own.
    pub async fn sends(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.writes(chunk).await;
    }

    /// The next part of the answer.
    pub async fn says(&mut self, text: &str) {
        self.sends(delta(text)).await;
    }

    /// Begins a stream and says something, to whoever may have gone already.
    pub async fn tries_to_say(&mut self, text: &str) {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        let _ =
            soon("room for an answer", self.socket.write_all((head.to_owned() + &delta(text)).as_bytes()))
                .await;
    }

    /// The end of the answer and of its stream.
    pub async fn ends(&mut self) {
        let finish = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
        self.sends(format!("data: {finish}\n\ndata: [DONE]\n\n")).await;
    }

    /// All of an answer.
    pub async fn answers(&mut self, text: &str) {
        self.opens().await;
        self.says(text).await;
        self.ends().await;
    }

    /// An answer that is no stream, and the end of the connection.
    pub async fn refuses(mut self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        self.writes(format!(
            "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
        .await;
    }

    /// Waits until the other end closes the connection.
    pub async fn is_closed(&mut self) {
        soon("the end of the connection to the model", async {
            let mut buffer = [0; 64];
            // However it is closed.
            while !matches!(self.socket.read(&mut buffer).await, Ok(0) | Err(_)) {}
        })
        .await;
    }
}

/// An event with a part of the answer.
pub fn delta(text: &str) -> String {
    let chunk = json!({ "id": "c", "object": "chat.completion.chunk",
        "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] });
    format!("data: {chunk}\n\n")
}
