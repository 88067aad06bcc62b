//! HTTP by hand, for what no well-behaved client does.

use super::{Server, soon};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// A connection that says only what it is told to say.
pub struct Raw(pub TcpStream);

impl Raw {
    pub async fn open(server: &Server) -> Self {
        Self::at(&server.url).await
    }

    /// One to the server with this URL.
    pub async fn at(url: &str) -> Self {
        Self(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap())
    }

    /// One that takes in as little as the system allows before it must be read.
    pub async fn narrow(url: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(1_024).unwrap();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        Self(socket.connect(address).await.unwrap())
    }

    pub async fn say(&mut self, text: &str) {
        soon("room for a request", self.0.write_all(text.as_bytes())).await.unwrap();
    }

    /// A GET request without a body.
    pub async fn ask(&mut self, path: &str) {
        self.say(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
    }

    /// Everything up to the server's end of the connection, however it ends it.
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _ = soon("the end of the connection", self.0.read_to_end(&mut bytes)).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The status and the JSON body of an answer that has a length.
    pub async fn answer(&mut self) -> (u16, Value) {
        let mut text = String::new();
        loop {
            let mut buffer = [0; 4_096];
            let count = soon("an answer", self.0.read(&mut buffer)).await.unwrap();
            assert!(count > 0, "the connection ended after {text:?}");
            text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            if let Some(answer) = whole(&text) {
                return answer;
            }
        }
    }
}

fn whole(text: &str) -> Option<(u16, Value)> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let length: usize = length.unwrap_or_else(|| panic!("no length in {head}"));
    let status = head.split(' ').nth(1)?.parse().ok()?;
    (body.len() >= length).then(|| (status, serde_json::from_str(body).unwrap()))
}
