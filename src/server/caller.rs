//! Who sends a request: from where, and with which rights. And from which site's page: what changes something is not done
//! for another's.

use super::{State, header, limits::Party};
use crate::{
    access::{Visitor, token::TokenError},
    api::TOKEN_COOKIE,
    model::{preferences::cookie, problem::Problem},
    streams::stats,
};
use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderName, Method,
        header::{COOKIE, HOST, ORIGIN},
        request::Parts,
    },
};
use std::net::IpAddr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// With which scheme the page is loaded; only where it is to be believed.
pub(super) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Whether it is a proxy that is believed.
    pub is_proxy: bool,
    /// Whether the connection is encrypted.
    pub is_secure: bool,
}

/// Who sends a request.
#[derive(Clone)]
pub(super) struct Caller {
    /// From where, as far as proxies are believed.
    pub address: IpAddr,
    /// Whether the page is, or would be, loaded by https.
    pub is_secure: bool,
    /// Whether they show who they are by a header, which a program sets, and not by the cookie that a browser sends of itself.
    pub is_by_header: bool,
    /// What they may do.
    pub visitor: Visitor,
}

impl Caller {
    /// Whose limits count.
    pub fn party(&self) -> Party {
        Party::who(self.address, self.visitor.grant().who.subject())
    }

    /// Whether they may see the hub's own figures: those who may watch them.
    ///
    /// # Errors
    /// When they may not.
    pub fn may_see_figures(&self) -> Result<(), Problem> {
        self.visitor.watch(&stats::channel().into())?;
        Ok(())
    }
}

impl FromRequestParts<State> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let headers = &parts.headers;
        let peer =
            parts.extensions.get::<Peer>().copied().ok_or_else(|| Problem::internal("who is there?"))?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            refuse_cross_site(headers, &own_origin(headers), |origin| {
                state.origins.iter().any(|allowed| allowed.as_str() == origin)
            })?;
        }
        let by_header = token(headers)?;
        let grant = match by_header {
            Some(token) => state.access.of_token(token)?,
            // Who has a cookie that does not hold any more is as good as without one: the browser sends it of itself.
            None => Some(cookie(header::text(headers, COOKIE), TOKEN_COOKIE))
                .filter(|token| !token.is_empty())
                .and_then(|token| state.access.of_token(token).ok())
                .unwrap_or_else(|| state.access.anonymous()),
        };
        Ok(Self {
            address: address(peer.address, headers, |address| state.is_trusted(address)),
            is_secure: is_secure(headers),
            is_by_header: by_header.is_some(),
            visitor: Visitor::new(state.hub.clone(), grant),
        })
    }
}

/// Whether the page is, or would be, loaded by https.
fn is_secure(headers: &HeaderMap) -> bool {
    header::text(headers, FORWARDED_PROTO).eq_ignore_ascii_case("https")
}

/// The server's own origin, as far as a request tells: the name under which it found the server.
pub(super) fn own_origin(headers: &HeaderMap) -> String {
    let scheme = if is_secure(headers) { "https" } else { "http" };
    format!("{scheme}://{}", header::text(headers, HOST))
}

/// The token in the header.
fn token(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = header::once(headers, "Authorization")? else { return Ok(None) };
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(TokenError::Scheme)?;
    if scheme.eq_ignore_ascii_case("Bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(TokenError::Scheme.into())
    }
}

/// Where a request comes from: what the last proxy that is believed says of who came to it.
fn address(peer: IpAddr, headers: &HeaderMap, is_trusted: impl Fn(&IpAddr) -> bool) -> IpAddr {
    let mut address = peer;
    let hops: Vec<_> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    let mut hops = hops.iter().rev().flat_map(|value| value.rsplit(','));
    while is_trusted(&address) {
        // Some write a port, too, and IPv6 then in brackets.
        let Some(hop) = hops.next().and_then(|hop| parse_hop(hop.trim())) else { break };
        address = hop;
    }
    address
}

fn parse_hop(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()))
}

/// 403 for what another site's page sends.
pub(super) fn cross_site(field: &str) -> Problem {
    let detail = "this was sent by a page of another site. An operator may allow that site: access.origins";
    Problem::new(403, "cross-site", "Not from this site", detail).at(field)
}

/// Refuses what another site's page sends. A browser says where a page comes from; who says nothing is no page.
fn refuse_cross_site(
    headers: &HeaderMap,
    own: &str,
    is_allowed: impl Fn(&str) -> bool,
) -> Result<(), Problem> {
    let refuse = |field| Err(cross_site(field));
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    if origin.is_some_and(is_allowed) {
        return Ok(());
    }
    match headers.get(FETCH_SITE).map(|site| site.as_bytes()) {
        Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => refuse("Sec-Fetch-Site"),
        None => match origin {
            // Browsers leave the other header out where the page came by http from elsewhere than this machine.
            Some(origin) if origin != own => refuse("Origin"),
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_proxy_is_believed_as_far_as_it_is_trusted() {
        let trusted = |address: &IpAddr| address.is_loopback() || address.to_string().starts_with("10.");
        let from = |peer: &str, hops: &[&'static str]| {
            let hops: Vec<_> = hops.iter().map(|hop| (FORWARDED_FOR, *hop)).collect();
            address(peer.parse().unwrap(), &headers(&hops), trusted).to_string()
        };
        for (peer, hops, expected) in [
            ("1.2.3.4", &["5.6.7.8"][..], "1.2.3.4"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["5.6.7.8"], "5.6.7.8"),
            ("127.0.0.1", &["6.6.6.6, 5.6.7.8, 10.0.0.1"], "5.6.7.8"),
            ("127.0.0.1", &["6.6.6.6", "5.6.7.8"], "5.6.7.8"),
            ("127.0.0.1", &["[2001:db8::1]:80"], "2001:db8::1"),
            ("127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &["5.6.7.8:99"], "5.6.7.8"),
            ("127.0.0.1", &["5.6.7.8, nonsense"], "127.0.0.1"),
        ] {
            assert_eq!(from(peer, hops), expected, "{peer} {hops:?}");
        }
    }

    #[test]
    fn what_another_site_sends_is_refused() {
        let refused = |pairs: &[(HeaderName, &'static str)]| {
            let allowed = |origin: &str| origin == "https://friend.example";
            refuse_cross_site(&headers(pairs), "http://a.example:3000", allowed)
                .err()
                .and_then(|problem| problem.field)
        };
        for (pairs, expected) in [
            (&[][..], None),
            (&[(FETCH_SITE, "same-origin"), (ORIGIN, "http://other")], None),
            (&[(FETCH_SITE, "none")], None),
            (&[(FETCH_SITE, "same-site")], Some("Sec-Fetch-Site")),
            (&[(FETCH_SITE, "cross-site")], Some("Sec-Fetch-Site")),
            (&[(FETCH_SITE, "cross-site"), (ORIGIN, "https://friend.example")], None),
            (&[(ORIGIN, "http://a.example:3000")], None),
            (&[(ORIGIN, "https://a.example:3000")], Some("Origin")),
            (&[(ORIGIN, "http://a.example:3001")], Some("Origin")),
            (&[(ORIGIN, "null")], Some("Origin")),
        ] {
            assert_eq!(refused(pairs).as_deref(), expected, "{pairs:?}");
        }
    }
}
