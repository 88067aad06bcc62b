//! TLS: the certificate, read anew when it is asked for, and one to try it with.

use super::config::Tls;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// What is spoken on top, the best first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Whom a certificate is for that is made for trying.
const TRIAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The server's certificate.
pub struct Certificate {
    files: Option<Tls>,
    // A std RwLock: held to clone what is in it.
    current: RwLock<Arc<ServerConfig>>,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read, or has nothing of the kind in it.
    #[error("cannot read {what} in {}: {source}", file.display())]
    Unreadable {
        /// What should be there.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
    /// They are not of each other, or not usable.
    #[error("the certificate and its key (tls.cert, tls.key) cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
    /// None could be made.
    #[error("no certificate could be made: {0}")]
    Unmade(#[from] rcgen::Error),
}

impl Certificate {
    /// The certificate in these files.
    ///
    /// # Errors
    /// When they have none.
    pub fn read(files: &Tls) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(files)?));
        Ok(Self { files: Some(files.clone()), current })
    }

    /// A certificate for this machine alone, made now, and its SHA-256, by which a person can know it.
    ///
    /// # Errors
    /// When none could be made.
    pub fn self_signed() -> Result<(Self, String), TlsError> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(TRIAL_NAMES.map(str::to_owned).to_vec())?;
        let fingerprint: Vec<_> =
            Sha256::digest(cert.der()).iter().map(|byte| format!("{byte:02X}")).collect();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let current = RwLock::new(Arc::new(config(vec![cert.der().clone()], key.into())?));
        Ok((Self { files: None, current }, fingerprint.join(":")))
    }

    /// Reads the files anew, for connections that come from now on.
    ///
    /// # Errors
    /// When they have no certificate; then the one from before holds on.
    pub fn reload(&self) -> Result<(), TlsError> {
        if let Some(files) = &self.files {
            let config = Arc::new(read(files)?);
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        }
        Ok(())
    }

    /// What takes a connection with it.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone().into()
    }
}

fn read(files: &Tls) -> Result<ServerConfig, TlsError> {
    let unreadable = |what, file: &Path| {
        let file = file.to_owned();
        move |source| TlsError::Unreadable { what, file, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect)
        .map_err(unreadable("a certificate", &files.cert))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable("a private key", &files.key))?;
    config(chain, key)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}
