//! What a page may do, as the browser enforces it (Content Security Policy, level 3). So that, if a text of a message ever
//! became markup, it could neither run nor load anything nor send anything away.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY},
};
use leptos::nonce::Nonce;
use reqwest::Url;

/// Adds the policy of a page to the headers of its document. The `nonce` is the word by which the browser knows the
/// document's own scripts and styles.
pub(super) fn add(headers: &mut HeaderMap, nonce: &Nonce, other: Option<&str>) {
    let between = if other.is_some() { " " } else { "" };
    let other = other.unwrap_or_default();
    // cargo-leptos' reload of a page while its code is written has a port of its own.
    let reload = if cfg!(debug_assertions) { " ws:" } else { "" };
    let policy = format!(
        "default-src 'none';script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}';style-src 'self' 'nonce-{nonce}';\
         img-src 'self' data:;connect-src 'self'{between}{other}{reload};manifest-src 'self';form-action 'self';\
         base-uri 'none';frame-ancestors 'none'"
    );
    // An origin is plain ASCII, and the nonce base64.
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    // Forms without scripts lead back to their page; other sites learn nothing of addresses.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
}

/// The origin of an address of another server, in the words of a policy; none where it is of this one.
pub(super) fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_adds_its_origin_and_nothing_else() {
        for (url, expected) in [
            ("https://a.example/x?y;script-src *", Some("https://a.example")),
            ("http://[::1]:80/", Some("http://[::1]")),
            ("http://a.example:8080;x/", None),
            ("/api/sse", None),
            ("javascript:alert(1)", None),
        ] {
            assert_eq!(origin(url).as_deref(), expected, "{url}");
        }
    }
}
