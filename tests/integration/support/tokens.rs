//! Tokens for tests, and servers that take them.

use super::Server;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use rcgen::KeyPair;
use serde_json::{Value, json};
use std::time::Duration;
use tidings::access::token::{Allowed, Claims, SigningKey, now};

pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What a token says that ends after this.
pub fn claims(publish: &[&str], subscribe: &[&str], valid: Duration) -> Claims {
    let texts = |patterns: &[&str]| patterns.iter().map(|text| (*text).to_owned()).collect();
    let tidings = Allowed { publish: texts(publish), subscribe: texts(subscribe) };
    Claims { sub: None, exp: (now() + valid).as_secs_f64(), nbf: None, aud: None, iss: None, tidings }
}

/// A token signed with the secret, for an hour.
pub fn token(publish: &[&str], subscribe: &[&str]) -> String {
    signed(&claims(publish, subscribe, Duration::from_secs(3_600)))
}

/// A token signed with the secret.
pub fn signed(claims: &Claims) -> String {
    SigningKey::of_secret(SECRET.as_bytes()).sign(claims).unwrap()
}

/// A pair of keys in PEM.
pub struct Pair {
    pub algorithm: Algorithm,
    pub private: String,
    pub public: String,
    raw: Vec<u8>,
}

/// A pair of keys of each kind.
pub fn pairs() -> [Pair; 3] {
    [
        (Algorithm::EdDSA, &rcgen::PKCS_ED25519),
        (Algorithm::ES256, &rcgen::PKCS_ECDSA_P256_SHA256),
        (Algorithm::RS256, &rcgen::PKCS_RSA_SHA256),
    ]
    .map(|(algorithm, kind)| {
        let pair = KeyPair::generate_for(kind).unwrap();
        let raw = pair.public_key_raw().to_vec();
        Pair { algorithm, private: pair.serialize_pem(), public: pair.public_key_pem(), raw }
    })
}

impl Pair {
    pub fn sign(&self, kid: &str, claims: &Claims) -> String {
        let key = SigningKey::of_pem(self.private.as_bytes()).unwrap();
        key.named(Some(kid.to_owned())).sign(claims).unwrap()
    }

    /// The public key as a JSON Web Key.
    pub fn jwk(&self, kid: &str) -> Value {
        let pem = self.private.as_bytes();
        let key = match self.algorithm {
            Algorithm::EdDSA => {
                let x = BASE64_URL_SAFE_NO_PAD.encode(&self.raw);
                return json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x });
            }
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem),
            _ => EncodingKey::from_rsa_pem(pem),
        };
        let mut jwk = Jwk::from_encoding_key(&key.unwrap(), self.algorithm).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        json!(jwk)
    }
}

impl Server {
    /// One that takes tokens signed with the secret, and lets nobody do anything without one.
    pub async fn closed(settings: &[(&str, &str)]) -> Self {
        let own = [
            ("ACCESS_SECRET", SECRET),
            ("ACCESS_ANONYMOUS_PUBLISH", "[]"),
            ("ACCESS_ANONYMOUS_SUBSCRIBE", "[]"),
        ];
        Self::start(&own.iter().chain(settings).copied().collect::<Vec<_>>()).await
    }
}
