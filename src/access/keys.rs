//! The keys that tokens are checked with.

use super::{
    secret::Secret,
    token::{ALGORITHMS, Claims, MAX_BYTES, TokenError, read_pem},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    dangerous::insecure_decode,
    decode, decode_header,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// The shortest secret, in bytes: as long as the hash (RFC 7518, section 3.2).
pub const SHORTEST_SECRET: usize = 32;

/// How many keys are tried for one token: only where they have no names is it more than one.
const MOST_TRIED: usize = 8;

/// Where keys are, and what a token must say besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Files: a JSON Web Key Set, or a public key in PEM.
    pub files: Vec<PathBuf>,
    /// A secret for HS256.
    pub secret: Secret,
    /// The `aud` that a token must have; empty where it must have none.
    pub audience: String,
    /// The `iss` that a token must have; empty where it may have any.
    pub issuer: String,
}

/// Why a file has no keys for us.
#[derive(Debug, Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("cannot read the key file {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is neither.
    #[error(
        "{} is neither a JSON Web Key Set ({{\"keys\": […]}}) nor a public key in PEM (RSA, P-256 or Ed25519)",
        file.display()
    )]
    Neither {
        /// The file.
        file: PathBuf,
    },
    /// None of its keys is for an algorithm of ours.
    #[error("{} has no key for HS256, RS256, ES256 or EdDSA", file.display())]
    NoneOfOurs {
        /// The file.
        file: PathBuf,
    },
}

/// The keys, as they were read.
pub struct Keys {
    keys: Vec<Key>,
    audience: String,
    issuer: String,
}

struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Keys {
    /// Reads the keys.
    ///
    /// # Errors
    /// When a file cannot be read, or has none.
    pub fn read(sources: &Sources) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        if let Some(secret) = sources.secret.reveal() {
            let key = DecodingKey::from_secret(secret.as_bytes());
            keys.push(Key { kid: None, algorithm: Algorithm::HS256, key });
        }
        for file in &sources.files {
            keys.extend(of_file(file)?);
        }
        Ok(Self { keys, audience: sources.audience.clone(), issuer: sources.issuer.clone() })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// What stands in a token that one of the keys signed. Whether it is its time is not looked at.
    ///
    /// # Errors
    /// When none did, or it is for or from somebody else.
    pub fn check(&self, token: &str) -> Result<Claims, TokenError> {
        if self.keys.is_empty() {
            return Err(TokenError::NoKeys);
        }
        if token.len() > MAX_BYTES {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|error| match error.kind() {
            // The library knows the algorithms by name, and an unknown one is no JSON for it.
            ErrorKind::Json(error) if error.to_string().contains("variant") => TokenError::Algorithm,
            _ => TokenError::Malformed,
        })?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(TokenError::Algorithm);
        }
        // A key that has no name may be that of any token.
        let fits = |key: &&Key| {
            let is_named = header.kid.is_none() || key.kid.is_none() || key.kid == header.kid;
            key.algorithm == header.alg && is_named
        };
        let mut failure = TokenError::UnknownKey;
        for key in self.keys.iter().filter(fits).take(MOST_TRIED) {
            match decode::<Claims>(token, &key.key, &self.validation(key.algorithm)) {
                Ok(token) => return Ok(token.claims),
                Err(error) => failure = why(error.kind()),
            }
            if failure != TokenError::Signature {
                break;
            }
        }
        Err(failure)
    }

    /// What a token says, whoever signed it, and with what it says it is signed: to show it to a person.
    ///
    /// # Errors
    /// When it is no token, or its claims cannot be read.
    pub fn read_unchecked(token: &str) -> Result<(String, Claims), TokenError> {
        let token = Some(token).filter(|token| token.len() <= MAX_BYTES).ok_or(TokenError::Malformed)?;
        let read = insecure_decode::<Claims>(token).map_err(|error| why(error.kind()))?;
        let kid = read.header.kid.map_or_else(String::new, |kid| format!(", key {kid}"));
        Ok((format!("{:?}{kid}", read.header.alg), read.claims))
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        // The times are looked at by us, so that they are the same everywhere.
        validation.validate_exp = false;
        let mut required = vec!["exp"];
        if !self.audience.is_empty() {
            validation.set_audience(&[&self.audience]);
            required.push("aud");
        }
        if !self.issuer.is_empty() {
            validation.set_issuer(&[&self.issuer]);
            required.push("iss");
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}

fn why(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => TokenError::Audience,
        ErrorKind::MissingRequiredClaim(claim) if claim == "iss" => TokenError::Issuer,
        ErrorKind::MissingRequiredClaim(claim) => TokenError::Claims(format!("there is no {claim}")),
        ErrorKind::InvalidClaimFormat(claim) => TokenError::Claims(format!("{claim} is not of its form")),
        ErrorKind::Json(error) => TokenError::Claims(error.to_string()),
        _ => TokenError::Malformed,
    }
}

fn of_file(file: &Path) -> Result<Vec<Key>, KeyError> {
    let text = fs::read(file).map_err(|source| KeyError::Unreadable { file: file.to_owned(), source })?;
    if let Some(key) = of_pem(&text, file) {
        return Ok(vec![key]);
    }
    let set: JwkSet =
        serde_json::from_slice(&text).map_err(|_| KeyError::Neither { file: file.to_owned() })?;
    let keys: Vec<_> = set.keys.iter().filter_map(of_jwk).collect();
    if keys.is_empty() { Err(KeyError::NoneOfOurs { file: file.to_owned() }) } else { Ok(keys) }
}

/// A public key in PEM. Its name is the file's, without what comes after the dot.
fn of_pem(pem: &[u8], file: &Path) -> Option<Key> {
    let readers = [DecodingKey::from_ed_pem, DecodingKey::from_ec_pem, DecodingKey::from_rsa_pem];
    let (algorithm, key) = read_pem(pem, readers)?;
    let kid = file.file_stem().map(|name| name.to_string_lossy().into_owned());
    Some(Key { kid, algorithm, key })
}

/// A key of a set; none where it is for something else, which a set may well have.
fn of_jwk(jwk: &Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKey(_) => Algorithm::HS256,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let is_meant = jwk.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    let key = DecodingKey::from_jwk(jwk).ok().filter(|key| {
        // A secret that can be guessed signs for everyone.
        algorithm != Algorithm::HS256 || key.try_get_as_bytes().is_ok_and(|key| key.len() >= SHORTEST_SECRET)
    })?;
    is_meant.then(|| Key { kid: jwk.common.key_id.clone(), algorithm, key })
}
