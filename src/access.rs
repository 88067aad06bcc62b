//! Who may do what. A request comes with a token, a permit or nothing; that gives a [`Grant`], and with it the request is a
//! [`Visitor`], who has the hub only as far as the grant goes.

#[cfg(any(test, fuzzing))]
pub mod check;
pub mod keys;
pub mod permit;
pub mod rights;
pub mod secret;
pub mod token;
pub mod visitor;

use crate::{
    hub::fnv::Fnv,
    model::{problem::Problem, selection::Selection},
};
use keys::{KeyError, Keys, Sources};
use permit::Permits;
use rights::Rights;
use std::sync::{Arc, PoisonError, RwLock};
use token::{TokenError, now};

pub use visitor::{Forbidden, Visitor};

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// They showed no token.
    Anonymous,
    /// The holder of a token: its `sub`, or, without one, a name that this token alone has.
    Holder(Arc<str>),
}

impl Who {
    /// Whether no token was shown.
    pub const fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// Whose the token is, where there is one.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Holder(subject) => Some(subject),
        }
    }
}

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub who: Who,
    /// What.
    pub rights: Rights,
    /// Until when, in seconds since 1970; without an end where there is none.
    pub until: Option<u64>,
}

/// The keys and the rules.
pub struct Access {
    sources: Sources,
    // A std RwLock: held to clone what is in it.
    keys: RwLock<Arc<Keys>>,
    permits: Permits,
    anonymous: Arc<Grant>,
}

impl Access {
    /// Reads the keys. `anonymous` is what may be done without a token, and with every token, too.
    ///
    /// # Errors
    /// When a file has no keys.
    pub fn open(sources: Sources, anonymous: Rights) -> Result<Self, OpenError> {
        let keys = RwLock::new(Arc::new(Keys::read(&sources)?));
        let permits = Permits::new(sources.secret.reveal())?;
        let anonymous = Arc::new(Grant { who: Who::Anonymous, rights: anonymous, until: None });
        Ok(Self { sources, keys, permits, anonymous })
    }

    /// Reads the keys anew; how many there are. What was granted with one that is gone goes on until its end.
    ///
    /// # Errors
    /// When a file has no keys; then those from before hold on.
    pub fn reload(&self) -> Result<usize, KeyError> {
        let keys = Arc::new(Keys::read(&self.sources)?);
        let count = keys.count();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(count)
    }

    /// Whether there are any.
    pub fn has_keys(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).count() > 0
    }

    /// What may be done without a token.
    pub fn anonymous(&self) -> Arc<Grant> {
        self.anonymous.clone()
    }

    /// What the holder of this token may do.
    ///
    /// # Errors
    /// When it is not to be taken.
    pub fn of_token(&self, token: &str) -> Result<Arc<Grant>, TokenError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let claims = keys.check(token)?;
        let until = Some(claims.until(now())?);
        let rights = claims.rights()?.with(&self.anonymous.rights);
        let subject = claims.sub.unwrap_or_else(|| {
            let mut hash = Fnv::new();
            hash.text(token);
            format!("#{:032x}", hash.value())
        });
        Ok(Arc::new(Grant { who: Who::Holder(subject.into()), rights, until }))
    }

    /// What somebody may do who opens a stream with this permit.
    ///
    /// # Errors
    /// When it is not to be taken.
    pub fn of_permit(&self, permit: &str) -> Result<Arc<Grant>, TokenError> {
        self.permits.take(permit).map(Arc::new)
    }

    /// A permit to open a stream of this, within a minute, with this grant.
    ///
    /// # Errors
    /// When something of it may not be watched.
    pub fn permit(&self, visitor: &Visitor, selection: &Selection) -> Result<String, Problem> {
        let view = visitor.watch(selection)?;
        if view.selection().patterns().len() > Rights::MOST {
            return Err(Forbidden::TooManyParts.into());
        }
        self.permits.give(visitor.grant(), view.selection()).map_err(Problem::internal)
    }
}

/// Why there can be no access.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A file has no keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The system has no random bits.
    #[error("the system has no random bits to give: {0}")]
    Random(#[from] getrandom::Error),
}

/// 401 for a token that is not taken.
impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Self::new(401, "invalid-token", "The token is not taken", error).at("Authorization")
    }
}
