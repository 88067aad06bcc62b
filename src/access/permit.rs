//! Permits: what an `EventSource`, which can send no headers, has in its URL in the place of a token. A permit is for one
//! thing, to open a stream of certain channels, and only for a moment. It is a token of the server's own.

use super::{
    Grant, Who,
    token::{Allowed, Claims, TokenError, now},
};
use crate::model::selection::Selection;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long a permit can be used to open a stream.
pub const LIFETIME: Duration = Duration::from_secs(60);

/// What permits are for: nothing else takes a token with this, and they take no other.
const AUDIENCE: &str = "tidings:stream";

/// Makes and checks permits.
pub(super) struct Permits {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

#[derive(Serialize, Deserialize)]
struct Permit {
    #[serde(flatten)]
    claims: Claims,
    /// When the token ends that it was given for: then its stream does, too.
    until: Option<u64>,
}

impl Permits {
    /// Permits that a server with the same secret takes, too; with none, only this process.
    ///
    /// # Errors
    /// When the system has no random bits to give.
    pub fn new(secret: Option<&str>) -> Result<Self, getrandom::Error> {
        let mut hash = Sha256::new_with_prefix(AUDIENCE);
        match secret {
            Some(secret) => hash.update(secret),
            None => {
                let mut bits = [0; 32];
                getrandom::fill(&mut bits)?;
                hash.update(bits);
            }
        }
        let key = hash.finalize();
        Ok(Self { encoding: EncodingKey::from_secret(&key), decoding: DecodingKey::from_secret(&key) })
    }

    /// A permit to watch this, for whoever has this grant.
    pub fn give(&self, grant: &Grant, selection: &Selection) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: grant.who.subject().map(str::to_owned),
            exp: (now() + LIFETIME).as_secs() as f64,
            nbf: None,
            aud: Some(AUDIENCE.into()),
            iss: None,
            tidings: Allowed {
                publish: Vec::new(),
                subscribe: selection.patterns().iter().map(ToString::to_string).collect(),
            },
        };
        let permit = Permit { claims, until: grant.until };
        encode(&Header::new(Algorithm::HS256), &permit, &self.encoding)
    }

    /// What a permit allows.
    pub fn take(&self, text: &str) -> Result<Grant, TokenError> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud"]);
        let Permit { claims, until } = decode(text, &self.decoding, &validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => TokenError::Signature,
                _ => TokenError::Malformed,
            })?
            .claims;
        claims.until(now())?;
        let rights = claims.rights()?;
        let who = claims.sub.map_or(Who::Anonymous, |subject| Who::Holder(subject.into()));
        Ok(Grant { who, rights, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::rights::Rights;

    fn grant() -> Grant {
        Grant { who: Who::Holder("ann".into()), rights: Rights::all(), until: Some(99) }
    }

    #[test]
    fn a_permit_is_for_its_channels_and_for_a_moment() {
        let permits = Permits::new(None).unwrap();
        let selection = Selection::parse(["news", "chat.*"]).unwrap();
        let taken = permits.take(&permits.give(&grant(), &selection).unwrap()).unwrap();
        let rights = Rights { publish: Vec::new(), subscribe: selection.patterns().to_vec() };
        assert_eq!(taken, Grant { who: Who::Holder("ann".into()), rights, until: Some(99) });
        let with = |exp: Duration, aud: &str| {
            let tidings = Allowed { publish: Vec::new(), subscribe: vec!["news".to_owned()] };
            let (exp, aud) = (exp.as_secs() as f64, Some(aud.into()));
            let permit =
                Permit { claims: Claims { sub: None, exp, nbf: None, aud, iss: None, tidings }, until: None };
            permits.take(&encode(&Header::new(Algorithm::HS256), &permit, &permits.encoding).unwrap())
        };
        assert!(with(now() + LIFETIME, AUDIENCE).is_ok());
        assert_eq!(with(now(), AUDIENCE), Err(TokenError::Expired));
        assert_eq!(with(now() + LIFETIME, "other"), Err(TokenError::Malformed));
    }

    #[test]
    fn servers_with_one_secret_take_each_other_s_and_no_others() {
        let selection = Selection::parse(["news"]).unwrap();
        let [one, other, alone] =
            [Some("secret"), Some("secret"), None].map(|secret| Permits::new(secret).unwrap());
        let permit = one.give(&grant(), &selection).unwrap();
        assert!(other.take(&permit).is_ok());
        assert_eq!(alone.take(&permit), Err(TokenError::Signature));
        assert_eq!(one.take("x"), Err(TokenError::Malformed));
    }
}
