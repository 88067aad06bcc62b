//! How much one may do: rates and counts, by address and by principal.

use super::config::Limits;
use crate::model::problem::Problem;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};
use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A burst has what comes in this many seconds.
const BURST_SECONDS: u32 = 10;

/// How often what is not used any more is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// When to come again where nobody knows when something will be free, in seconds.
const LATER: u64 = 5;

const BODIES: &str = "limits.bodies";
const CONNECTIONS: &str = "limits.connections";

/// Bodies are counted in pieces of so many bytes.
const PIECE: usize = 1 << 10;

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Party {
    /// This address; of IPv6, its network: whoever has one address there has all of them.
    Address(IpAddr),
    /// The holder of tokens with this subject.
    Principal(Arc<str>),
    /// All together.
    Everyone,
}

impl Party {
    /// The party of an address.
    pub fn of(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            address @ IpAddr::V4(_) => address,
        })
    }

    /// Who is counted: the holder of a token, wherever they are, and otherwise the address.
    pub fn who(address: IpAddr, subject: Option<&str>) -> Self {
        subject.map_or_else(|| Self::of(address), |subject| Self::Principal(subject.into()))
    }
}

/// The label of the metric that counts refusals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reason {
    /// The setting that is the limit.
    limit: &'static str,
}

/// The limits, and what is in use of them.
#[derive(Debug)]
pub(super) struct Gate {
    connects: Rates,
    publishes: Rates,
    streams: Counts,
    connections: Counts,
    bodies: Arc<Semaphore>,
    most_bodies: usize,
    /// What was refused, by limit.
    pub refused: Family<Reason, Counter>,
}

/// Two rates: of one address and of one principal.
#[derive(Debug)]
struct Rates {
    address: Rate,
    principal: Rate,
}

#[derive(Debug)]
struct Rate {
    limit: &'static str,
    limiter: Option<DefaultKeyedRateLimiter<Party>>,
}

/// How many of something each party has.
#[derive(Debug)]
struct Counts {
    address: Cap,
    /// Of a principal, or of everyone.
    other: Cap,
    // A std Mutex: never held over an await.
    used: Arc<Mutex<HashMap<Party, usize>>>,
}

#[derive(Clone, Copy, Debug)]
struct Cap {
    limit: &'static str,
    most: usize,
}

impl Rate {
    fn new(limit: &'static str, per_second: usize) -> Self {
        let per_second = u32::try_from(per_second).ok().and_then(NonZeroU32::new);
        let quota = per_second.map(|rate| {
            Quota::per_second(rate)
                .allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1)))
        });
        Self { limit, limiter: quota.map(RateLimiter::keyed) }
    }

    /// How long to wait, if it is too much now.
    fn take(&self, party: &Party) -> Result<(), (&'static str, u64)> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(party).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            (self.limit, wait.as_secs() + 1)
        })
    }

    fn forget(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Something that is counted, for as long as this lives.
#[derive(Debug)]
pub(super) struct Place {
    used: Arc<Mutex<HashMap<Party, usize>>>,
    parties: [Option<Party>; 2],
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        for party in self.parties.iter().flatten() {
            if let Some(count) = used.get_mut(party) {
                *count -= 1;
                if *count == 0 {
                    used.remove(party);
                }
            }
        }
    }
}

impl Counts {
    fn new(address: Cap, other: Cap) -> Self {
        Self { address, other, used: Arc::default() }
    }

    fn enter(&self, parties: [Option<Party>; 2]) -> Result<Place, (&'static str, u64)> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        for party in parties.iter().flatten() {
            let cap = match party {
                Party::Address(_) => self.address,
                Party::Principal(_) | Party::Everyone => self.other,
            };
            if cap.most > 0 && used.get(party).is_some_and(|count| *count >= cap.most) {
                return Err((cap.limit, LATER));
            }
        }
        for party in parties.iter().flatten() {
            *used.entry(party.clone()).or_default() += 1;
        }
        Ok(Place { used: self.used.clone(), parties })
    }
}

impl Gate {
    /// The gate of these limits.
    pub fn new(limits: &Limits) -> Self {
        let rates = |address, per_address, principal, per_principal| Rates {
            address: Rate::new(address, per_address),
            principal: Rate::new(principal, per_principal),
        };
        Self {
            connects: rates(
                "limits.connects_per_address",
                limits.connects_per_address,
                "limits.connects_per_principal",
                limits.connects_per_principal,
            ),
            publishes: rates(
                "limits.publishes_per_address",
                limits.publishes_per_address,
                "limits.publishes_per_principal",
                limits.publishes_per_principal,
            ),
            streams: Counts::new(
                Cap { limit: "limits.streams_per_address", most: limits.streams_per_address },
                Cap { limit: "limits.streams_per_principal", most: limits.streams_per_principal },
            ),
            connections: Counts::new(
                Cap { limit: "limits.connections_per_address", most: limits.connections_per_address },
                Cap { limit: CONNECTIONS, most: limits.connections },
            ),
            bodies: Arc::new(Semaphore::new(limits.bodies / PIECE)),
            most_bodies: limits.bodies / PIECE,
            refused: Family::default(),
        }
    }

    /// Lets somebody open a stream, who then has a place until it is closed.
    ///
    /// # Errors
    /// 429 where it is too much.
    pub fn connect(&self, party: Party) -> Result<Place, Problem> {
        self.rate(&self.connects, &party)?;
        self.streams.enter([Some(party), None]).map_err(|refused| self.too_many(refused, "streams are open"))
    }

    /// Lets somebody publish.
    ///
    /// # Errors
    /// 429 where it is too much.
    pub fn publish(&self, party: &Party) -> Result<(), Problem> {
        self.rate(&self.publishes, party)
    }

    /// Lets a connection in, from an address that is counted if it is no proxy's.
    ///
    /// # Errors
    /// 503 where there are too many, 429 where there are too many from this address.
    pub fn admit(&self, address: Option<IpAddr>) -> Result<Place, Problem> {
        let parties = [address.map(Party::of), Some(Party::Everyone)];
        self.connections.enter(parties).map_err(|refused| match refused {
            (CONNECTIONS, _) => {
                self.count(CONNECTIONS);
                all_taken(self.connections.other.most)
            }
            refused => self.too_many(refused, "connections are open"),
        })
    }

    /// Room for a body.
    ///
    /// # Errors
    /// 503 where there is none at the moment.
    pub fn room(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.pieces(1)
    }

    /// As much more as it takes for so many bytes. A body that is larger than all room there is has all of it.
    ///
    /// # Errors
    /// 503 where there is not so much at the moment.
    pub fn widen(&self, room: &mut OwnedSemaphorePermit, bytes: usize) -> Result<(), Problem> {
        let wanted = bytes.div_ceil(PIECE).min(self.most_bodies);
        let more = wanted.saturating_sub(room.num_permits());
        if more > 0 {
            room.merge(self.pieces(more)?);
        }
        Ok(())
    }

    fn pieces(&self, count: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.bodies.clone().try_acquire_many_owned(count).map_err(|_| {
            self.count(BODIES);
            no_room()
        })
    }

    /// Forgets those who have not come for long, as long as there is a gate.
    pub async fn forget(gate: Weak<Self>) {
        loop {
            tokio::time::sleep(FORGET_EVERY).await;
            let Some(gate) = gate.upgrade() else { return };
            for rates in [&gate.connects, &gate.publishes] {
                rates.address.forget();
                rates.principal.forget();
            }
        }
    }

    fn rate(&self, rates: &Rates, party: &Party) -> Result<(), Problem> {
        let rate = match party {
            Party::Address(_) => &rates.address,
            Party::Principal(_) | Party::Everyone => &rates.principal,
        };
        rate.take(party).map_err(|(limit, wait)| {
            self.count(limit);
            too_fast(limit, wait)
        })
    }

    fn too_many(&self, (limit, wait): (&'static str, u64), what: &str) -> Problem {
        self.count(limit);
        too_many(limit, wait, what)
    }

    fn count(&self, limit: &'static str) {
        self.refused.get_or_create(&Reason { limit }).inc();
    }
}

/// 429 for what comes too often.
pub(super) fn too_fast(limit: &str, wait: u64) -> Problem {
    let detail = format!("this is more than {limit} allows; try again in {wait} s");
    Problem::new(429, "rate-limited", "Too many requests", detail).at(limit).after(wait)
}

/// 429 for what there is too much of.
pub(super) fn too_many(limit: &str, wait: u64, what: &str) -> Problem {
    let detail = format!("as many {what} as {limit} allows; close one, or try again in {wait} s");
    Problem::new(429, "too-many-connections", "Too many connections", detail).at(limit).after(wait)
}

/// 503 where the bodies of requests take all the room that there is for them.
pub(super) fn no_room() -> Problem {
    let detail =
        format!("other requests' bodies take all the room there is ({BODIES}); try again in a moment");
    Problem::unavailable(detail).at(BODIES).after(1)
}

/// 503 where the server has all connections that it takes.
pub(super) fn all_taken(most: usize) -> Problem {
    let detail = format!("the server has {most} connections, which is all that it takes ({CONNECTIONS})");
    Problem::new(503, "too-many-connections", "Too many connections", detail).at(CONNECTIONS).after(LATER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Config;

    fn gate(change: impl FnOnce(&mut Limits)) -> Gate {
        let mut limits = Config::load(None, []).unwrap().limits;
        change(&mut limits);
        Gate::new(&limits)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_and_each_principal_has_its_own() {
        let gate = gate(|limits| (limits.publishes_per_address, limits.publishes_per_principal) = (1, 2));
        let publish = |from: &str, who: Option<&str>, times: usize| {
            (0..times).filter(|_| gate.publish(&Party::who(address(from), who)).is_ok()).count()
        };
        assert_eq!(publish("10.0.0.1", None, 30), 10);
        assert_eq!(publish("::ffff:10.0.0.1", None, 1), 0, "the same address, written otherwise");
        assert_eq!(publish("10.0.0.2", None, 30), 10);
        assert_eq!(publish("2001:db8::1", None, 30), 10);
        assert_eq!(publish("2001:db8::2", None, 1), 0, "the same network");
        assert_eq!(publish("10.0.0.1", Some("ann"), 30), 20);
        let refused = gate.publish(&Party::of(address("10.0.0.1"))).unwrap_err();
        assert_eq!((refused.status, refused.field.as_deref()), (429, Some("limits.publishes_per_address")));
        assert_eq!(refused.retry_after, Some(1));
    }

    #[test]
    fn a_place_is_given_back() {
        let gate = gate(|limits| (limits.streams_per_address, limits.connects_per_address) = (2, 0));
        let (one, _two) = (
            gate.connect(Party::who(address("::1"), None)).unwrap(),
            gate.connect(Party::who(address("::1"), None)).unwrap(),
        );
        let refused = gate.connect(Party::who(address("::1"), None)).unwrap_err();
        assert_eq!((refused.status, refused.field.as_deref()), (429, Some("limits.streams_per_address")));
        assert!(
            gate.connect(Party::who(address("10.0.0.1"), None)).is_ok()
                && gate.connect(Party::who(address("::1"), Some("ann"))).is_ok()
        );
        drop(one);
        assert!(gate.connect(Party::who(address("::1"), None)).is_ok());
        assert_eq!(gate.streams.used.lock().unwrap().len(), 1);
    }

    #[test]
    fn bodies_have_so_much_room_together() {
        let gate = gate(|limits| limits.bodies = 1 << 20);
        let mut whole = gate.room().unwrap();
        // A byte at a time costs no more than all at once.
        for bytes in 1..=4_096 {
            gate.widen(&mut whole, bytes).unwrap();
        }
        assert_eq!(whole.num_permits(), 4);
        gate.widen(&mut whole, usize::MAX).unwrap();
        assert_eq!(gate.room().unwrap_err().status, 503);
        drop(whole);
        assert!(gate.room().is_ok());
    }
}
