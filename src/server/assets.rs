//! The files of the page: in a release build they are inside the binary, in a debug build read from `target/site`.
//!
//! `cargo leptos build --release --precompress` puts a `.br` and a `.gz` beside every file, before it compiles the
//! server; here the best that the client takes is chosen.

use crate::app::shell::PageFiles;
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
    },
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "target/site"]
#[exclude = "*.d.*"]
#[allow_missing = true]
struct Site;

/// The folder of what the build makes: the browser's part.
const PACKAGE: &str = "pkg";

/// Precompressed forms, the best first: the encoding's name and the ending of its file.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Looks up where the browser's part is served: the names hold a hash of the content in a release build.
pub(super) fn page_files() -> PageFiles {
    let path = |ending: &str| {
        let found = Site::iter().find(|path| path.starts_with(PACKAGE) && path.ends_with(ending));
        if found.is_none() {
            tracing::warn!(ending, "the page's files are not built; `make run` builds them");
        }
        found.map(|path| format!("/{path}")).unwrap_or_default()
    };
    PageFiles { script: path(".js"), wasm: path(".wasm"), style: path(".css") }
}

/// The file at this path of the URL, if there is one.
pub(super) fn get(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.strip_prefix('/')?;
    let plain = Site::get(path).filter(|_| matches!(*method, Method::GET | Method::HEAD))?;
    let (file, encoding) = ENCODINGS
        .into_iter()
        .filter(|(name, _)| accepts(headers, name))
        .find_map(|(name, ending)| Some((Site::get(&format!("{path}{ending}"))?, Some(name))))
        .unwrap_or((plain, None));
    let mut response = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        HeaderValue::from_str(value).map(|value| response.insert(name, value))
    };
    // Names of files and hashes in hexadecimal: always valid in a header.
    let etag = etag(&file);
    let _ = set(ETAG, &etag);
    let _ = set(VARY, ACCEPT_ENCODING.as_str());
    let _ = set(CACHE_CONTROL, cache_control(path));
    if headers.get(IF_NONE_MATCH).is_some_and(|tags| tags.to_str().is_ok_and(|tags| tags.contains(&etag))) {
        return Some((StatusCode::NOT_MODIFIED, response).into_response());
    }
    let _ = set(CONTENT_TYPE, mime_guess::from_path(path).first_or_octet_stream().as_ref());
    if let Some(encoding) = encoding {
        let _ = set(CONTENT_ENCODING, encoding);
    }
    Some((response, Body::from(file.data)).into_response())
}

/// A file with a hash in its name, as in `tidings.8Hr2.js`, never changes; any other may.
fn cache_control(path: &str) -> &'static str {
    let hashed = path.starts_with(PACKAGE) && path.matches('.').count() == 2;
    if hashed { "public, max-age=31536000, immutable" } else { "no-cache" }
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// Whether the client takes this encoding (RFC 9110, section 12.5.3).
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|part| {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            let quality = parameters.trim().strip_prefix("q=").map_or(Ok(1.0), str::parse::<f32>);
            name.trim().eq_ignore_ascii_case(encoding) && quality.is_ok_and(|quality| quality > 0.0)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_used_only_where_it_is_wanted() {
        for (header, br, gzip) in [
            ("gzip, deflate, br, zstd", true, true),
            ("gzip;q=1.0, br;q=0", false, true),
            ("BR", true, false),
            ("brotli", false, false),
            ("", false, false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(header))]);
            assert_eq!((accepts(&headers, "br"), accepts(&headers, "gzip")), (br, gzip), "{header}");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        assert!(cache_control("pkg/tidings.8Hr2_x.wasm").contains("immutable"));
        for path in ["pkg/tidings.wasm", "favicon.svg", "icon.large.svg"] {
            assert_eq!(cache_control(path), "no-cache", "{path}");
        }
    }
}
