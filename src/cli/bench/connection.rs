//! Connections to a server under test: HTTP/1.1, or HTTP/2 over TLS, and as little as possible besides.

use crate::cli::{error::CliError, remote::root_cause};
use axum::body::Body;
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::{http1, http2},
    header::{HOST, HeaderMap},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use reqwest::Url;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// How requests get to a server.
#[derive(Clone)]
pub(super) struct Dialer {
    tls: TlsConnector,
    headers: HeaderMap,
}

/// A connection, over which one request is sent after another; over HTTP/2, many at once.
pub(super) enum Sender {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Dialer {
    /// Sends these headers with each request.
    pub fn new(headers: HeaderMap, is_http2: bool) -> Self {
        // An error means that there is one already, which is as good.
        let _ = aws_lc_rs::default_provider().install_default();
        let mut config = ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(aws_lc_rs::default_provider())))
            .with_no_client_auth();
        config.alpn_protocols = vec![if is_http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        Self { tls: TlsConnector::from(Arc::new(config)), headers }
    }

    /// Opens a connection.
    pub async fn open(&self, url: &Url) -> Result<Sender, CliError> {
        self.connect(url).await.map_err(|error| unreachable(url, &error))
    }

    async fn connect(&self, url: &Url) -> io::Result<Sender> {
        let addresses = url.socket_addrs(|| None)?;
        let socket = TcpStream::connect(&*addresses).await?;
        socket.set_nodelay(true)?;
        if url.scheme() != "https" {
            return http1(socket).await;
        }
        let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let socket = self.tls.connect(name, socket).await?;
        if socket.get_ref().1.alpn_protocol() != Some(b"h2") {
            return http1(socket).await;
        }
        let io = TokioIo::new(socket);
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), io).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Sender::Http2(sender))
    }

    /// Sends a request.
    pub async fn send(
        &self,
        sender: &mut Sender,
        url: &Url,
        method: &str,
        body: Option<(&str, String)>,
    ) -> Result<Response<Incoming>, CliError> {
        let is_http2 = matches!(sender, Sender::Http2(_));
        let host = url.port().map_or_else(
            || url.host_str().unwrap_or_default().to_owned(),
            |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
        );
        let target = if is_http2 { url.as_str().to_owned() } else { path(url) };
        let mut request = Request::builder().method(method).uri(target);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        if !is_http2 {
            request = request.header(HOST, host);
        }
        let request = match body {
            None => request.body(Body::empty()),
            Some((media_type, text)) => request.header("content-type", media_type).body(Body::from(text)),
        };
        let request = request.map_err(|error| unreachable(url, &error))?;
        let response = match sender {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        response.map_err(|error| unreachable(url, &error))
    }
}

async fn http1<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(socket: S) -> io::Result<Sender> {
    let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(Sender::Http1(sender))
}

fn path(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

fn unreachable(url: &Url, error: &dyn std::error::Error) -> CliError {
    CliError::Unreachable { place: String::new(), url: url.to_string(), reason: root_cause(error) }
}

/// Takes any certificate: what is measured here is no secret.
#[derive(Debug)]
struct Anyone(CryptoProvider);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
