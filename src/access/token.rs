//! JSON Web Tokens (RFC 7519): what stands in ours, and how they are made.

use super::rights::Rights;
use crate::{hub::writer, model::channel::ChannelPattern};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::time::Duration;
use thiserror::Error;

/// The algorithms with which a token may be signed.
pub const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// The longest token, in bytes: it has to fit into a header, and is read before anybody is known.
pub const MAX_BYTES: usize = 8 * 1024;

/// How far ahead of our clock the beginning of a token may be: that of who made it may go a little fast.
const TOLERANCE: Duration = Duration::from_secs(10);

/// What stands in a token. What else there is is not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose it is: limits count for all tokens of the same together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sub: Option<String>,
    /// When it ends, in seconds since 1970.
    #[serde(serialize_with = "whole")]
    pub exp: f64,
    /// When it begins, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nbf: Option<f64>,
    /// For whom it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub aud: Option<serde_json::Value>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub iss: Option<String>,
    /// What it allows here.
    #[serde(default, deserialize_with = "object")]
    pub tidings: Allowed,
}

/// The claim `tidings`: channels and patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// To which to publish.
    #[serde(default)]
    pub publish: Vec<String>,
    /// Which to watch.
    #[serde(default)]
    pub subscribe: Vec<String>,
}

/// Why a token is not taken. Nothing of the token is in it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TokenError {
    /// No key was set.
    #[error("this server takes no tokens: its operator has set no key (access.secret or access.keys)")]
    NoKeys,
    /// The header has something else.
    #[error("the header is Authorization: Bearer and a token; nothing else is known here")]
    Scheme,
    /// It is no token.
    #[error(
        "this is not a JSON Web Token: three parts of base64url with dots between them, at most {MAX_BYTES} bytes"
    )]
    Malformed,
    /// Its header names an algorithm that is not taken.
    #[error("a token is signed with HS256, RS256, ES256 or EdDSA here")]
    Algorithm,
    /// No key fits it.
    #[error("the token is signed with a key that this server does not have")]
    UnknownKey,
    /// It was changed, or signed with another key.
    #[error("the token's signature is not right")]
    Signature,
    /// It is over.
    #[error("the token has expired; get a new one")]
    Expired,
    /// It has not begun.
    #[error("the token is not valid yet: its nbf is in the future")]
    Early,
    /// It is for somebody else.
    #[error("the token is not for this server: its aud is another")]
    Audience,
    /// It is from somebody else.
    #[error("the token is from an issuer that this server does not take")]
    Issuer,
    /// A claim is missing or not right.
    #[error("the token's claims are not right: {0}")]
    Claims(String),
}

impl Claims {
    /// The rights that it gives.
    ///
    /// # Errors
    /// When there are too many of them, or one is no channel and no pattern.
    pub fn rights(&self) -> Result<Rights, TokenError> {
        Ok(Rights {
            publish: patterns("publish", &self.tidings.publish)?,
            subscribe: patterns("subscribe", &self.tidings.subscribe)?,
        })
    }

    /// When it ends, in whole seconds since 1970.
    ///
    /// # Errors
    /// When it has not begun, or is over.
    pub fn until(&self, now: Duration) -> Result<u64, TokenError> {
        if self.nbf.is_some_and(|nbf| nbf > (now + TOLERANCE).as_secs_f64()) {
            return Err(TokenError::Early);
        }
        // A number that is none, or not finite, is over, too.
        if self.exp > now.as_secs_f64() { Ok(self.exp as u64) } else { Err(TokenError::Expired) }
    }
}

/// Whole seconds: some readers take no others.
fn whole<S: Serializer>(seconds: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(*seconds as u64)
}

/// An object: a struct would be read from an array of its fields, too, which nobody means.
fn object<'de, D: Deserializer<'de>>(from: D) -> Result<Allowed, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    if !value.is_object() {
        return Err(D::Error::custom("the claim tidings is an object"));
    }
    Allowed::deserialize(value).map_err(D::Error::custom)
}

/// The time since 1970.
pub fn now() -> Duration {
    Duration::from_millis(writer::now())
}

fn patterns(claim: &str, texts: &[String]) -> Result<Vec<ChannelPattern>, TokenError> {
    if texts.len() > Rights::MOST {
        let detail = format!("tidings.{claim} has more than {} channels and patterns", Rights::MOST);
        return Err(TokenError::Claims(detail));
    }
    let wrong = |error| TokenError::Claims(format!("tidings.{claim}: {error}"));
    texts.iter().map(|text| text.parse().map_err(wrong)).collect()
}

/// Reads a key of one kind from PEM.
type ReadPem<Key> = fn(&[u8]) -> jsonwebtoken::errors::Result<Key>;

/// The key in this PEM, and the algorithm that its kind is for. The readers are of Ed25519, of P-256 and of RSA.
pub(super) fn read_pem<Key>(pem: &[u8], readers: [ReadPem<Key>; 3]) -> Option<(Algorithm, Key)> {
    let mut kinds = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256].into_iter().zip(readers);
    kinds.find_map(|(algorithm, read)| Some((algorithm, read(pem).ok()?)))
}

/// What tokens are signed with.
pub struct SigningKey {
    key: EncodingKey,
    header: Header,
}

/// Why a token cannot be made.
#[derive(Debug, Error)]
pub enum MintError {
    /// The key is none.
    #[error(
        "this is not a private key in PEM: PKCS #8 of RSA, P-256 or Ed25519, as openssl genpkey makes them"
    )]
    Key,
    /// The key does not sign.
    #[error("the key does not sign: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl SigningKey {
    /// A secret that whoever checks the tokens has, too (HS256).
    pub fn of_secret(secret: &[u8]) -> Self {
        Self { key: EncodingKey::from_secret(secret), header: Header::new(Algorithm::HS256) }
    }

    /// A private key in PEM; its kind says which algorithm it is for.
    ///
    /// # Errors
    /// When it is none.
    pub fn of_pem(pem: &[u8]) -> Result<Self, MintError> {
        let readers = [EncodingKey::from_ed_pem, EncodingKey::from_ec_pem, EncodingKey::from_rsa_pem];
        let (algorithm, key) = read_pem(pem, readers).ok_or(MintError::Key)?;
        Ok(Self { key, header: Header::new(algorithm) })
    }

    /// The same, with a name by which whoever checks finds it.
    pub fn named(mut self, kid: Option<String>) -> Self {
        self.header.kid = kid;
        self
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn sign(&self, claims: &Claims) -> Result<String, MintError> {
        Ok(encode(&self.header, claims, &self.key)?)
    }
}
