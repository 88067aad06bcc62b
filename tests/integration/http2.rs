//! HTTP/2: that a client which takes nothing, or asks for nothing, is not kept.

use crate::support::{
    Server,
    certificate::{certify, path},
    folder::Folder,
    soon,
};
use h2::client::{Builder, SendRequest};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::sync::Arc;
use tokio::{io::AsyncReadExt, net::TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A server with a certificate, which is patient for a second.
struct Secure {
    server: Server,
    connector: TlsConnector,
    _folder: Folder,
}

impl Secure {
    async fn start() -> Self {
        let folder = Folder::new();
        let known = certify(folder.path());
        let [cert, key] = ["cert.pem", "key.pem"].map(|name| path(folder.path(), name));
        let settings = [
            ("TLS_CERT", &*cert),
            ("TLS_KEY", &*key),
            ("LIMITS_STALLED", "1s"),
            ("LIMITS_HEADER_TIME", "1s"),
            ("STREAM_HEARTBEAT", "100ms"),
        ];
        let server = Server::start(&settings).await;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(known.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self { server, connector: TlsConnector::from(Arc::new(config)), _folder: folder }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let socket = TcpStream::connect(self.server.url.strip_prefix("http://").unwrap()).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = self.connector.connect(name, socket).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        stream
    }

    /// A client of HTTP/2 with this window for each stream; and what ends when its connection does.
    async fn client(&self, window: u32) -> (SendRequest<bytes::Bytes>, tokio::task::JoinHandle<()>) {
        let built = Builder::new().initial_window_size(window).handshake(self.connect().await).await;
        let (client, connection) = built.unwrap();
        // It answers pings as long as it lives.
        (client, tokio::spawn(async move { drop(connection.await) }))
    }
}

fn get(path: &str, headers: &[(&str, &str)]) -> axum::http::Request<()> {
    let request = axum::http::Request::get(format!("https://127.0.0.1{path}"));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(()).unwrap()
}

#[tokio::test]
async fn who_takes_nothing_or_asks_for_nothing_is_not_kept() {
    let secure = Secure::start().await;
    let (mut client, over) = secure.client(0).await;
    let (answer, _) = client.send_request(get("/api/events?channel=news", &[]), true).unwrap();
    // As long as this lives its body is wanted.
    let answer = soon("the head of the answer", answer).await.unwrap();
    assert_eq!(answer.status(), 200);
    soon("the end of who takes nothing", over).await.unwrap();
    let mut silent = secure.connect().await;
    let mut bytes = Vec::new();
    let _ = soon("the end of who says nothing", silent.read_to_end(&mut bytes)).await;
    // Who takes what comes is kept, however little that is.
    let (mut client, over) = secure.client(65_535).await;
    let (answer, _) = client.send_request(get("/api/events?channel=news", &[]), true).unwrap();
    let mut body = soon("an answer", answer).await.unwrap().into_body();
    let start = std::time::Instant::now();
    while start.elapsed() < std::time::Duration::from_secs(3) {
        let data = soon("a heartbeat", body.data()).await.unwrap().unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    assert!(!over.is_finished());
}

#[tokio::test]
async fn cookies_that_come_one_by_one_are_all_there() {
    let secure = Secure::start().await;
    let (mut client, _over) = secure.client(65_535).await;
    let cookies = [("cookie", "person=a1.Ann"), ("cookie", "theme=dark"), ("cookie", "language=zh")];
    let (answer, _) = client.send_request(get("/", &cookies), true).unwrap();
    let mut body = soon("an answer", answer).await.unwrap().into_body();
    let mut page = Vec::new();
    while let Some(data) = soon("the page", body.data()).await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        page.extend(data);
    }
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains(r#"data-theme="dark""#) && page.contains(r#"lang="zh"#), "{page}");
}
