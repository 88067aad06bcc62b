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
use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
    sync::LazyLock,
};

#[derive(RustEmbed)]
#[folder = "target/site"]
#[exclude = "*.d.*"]
#[allow_missing = true]
struct Site;

/// The folder of what the build makes: the browser's part.
const PACKAGE: &str = "pkg/";

/// Precompressed forms, the best first: the encoding's name and the ending of its file.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The version of the browser's part, which stands in the paths of its files: so they can be kept for ever, and those of
/// one build, which name each other, are never mixed with those of another. A debug build has none: its files change
/// while it runs.
static VERSION: LazyLock<Option<String>> = LazyLock::new(|| {
    let mut files: Vec<_> = Site::iter().filter(|path| path.starts_with(PACKAGE)).collect();
    files.sort_unstable();
    let hashes = files.iter().filter_map(|path| Site::get(path)).map(|file| file.metadata.sha256_hash());
    // The same for everyone who runs this build, which is all that it must be.
    let mut hasher = DefaultHasher::new();
    hashes.for_each(|hash| hash.hash(&mut hasher));
    (!cfg!(debug_assertions)).then(|| format!("{:016x}", hasher.finish()))
});

/// Where the browser's part is served.
pub(super) fn page_files() -> PageFiles {
    let path = |ending: &str| {
        let file = format!("{}.{ending}", env!("CARGO_PKG_NAME"));
        if Site::get(&format!("{PACKAGE}{file}")).is_none() {
            tracing::warn!(file, "the page's files are not built; `make run` builds them");
            return String::new();
        }
        match &*VERSION {
            Some(version) => format!("/{PACKAGE}{version}/{file}"),
            None => format!("/{PACKAGE}{file}"),
        }
    };
    PageFiles { script: path("js"), wasm: path("wasm"), style: path("css") }
}

/// The file at this path of the URL, if there is one.
pub(super) fn get(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    let (path, is_for_ever) = unversioned(path.strip_prefix('/')?, VERSION.as_deref());
    let plain = Site::get(&path).filter(|_| matches!(*method, Method::GET | Method::HEAD))?;
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
    let _ = set(CACHE_CONTROL, if is_for_ever { "public, max-age=31536000, immutable" } else { "no-cache" });
    if headers.get(IF_NONE_MATCH).is_some_and(|tags| tags.to_str().is_ok_and(|tags| tags.contains(&etag))) {
        return Some((StatusCode::NOT_MODIFIED, response).into_response());
    }
    let _ = set(CONTENT_TYPE, mime_guess::from_path(&*path).first_or_octet_stream().as_ref());
    if let Some(encoding) = encoding {
        let _ = set(CONTENT_ENCODING, encoding);
    }
    Some((response, Body::from(file.data)).into_response())
}

/// The file that a path means, and whether that path means the same for ever: with this build's version in it, it does.
fn unversioned<'a>(path: &'a str, version: Option<&str>) -> (Cow<'a, str>, bool) {
    let file =
        version.and_then(|version| path.strip_prefix(PACKAGE)?.strip_prefix(version)?.strip_prefix('/'));
    match file {
        Some(file) => (format!("{PACKAGE}{file}").into(), true),
        None => (path.into(), false),
    }
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
    fn only_paths_with_this_version_are_kept_for_ever() {
        let of = |path| unversioned(path, Some("00ff"));
        assert_eq!(of("pkg/00ff/tidings.wasm"), ("pkg/tidings.wasm".into(), true));
        for path in ["pkg/tidings.wasm", "pkg/00fe/tidings.wasm", "pkg/00ff", "favicon.svg"] {
            assert_eq!(of(path), (path.into(), false));
        }
        assert_eq!(unversioned("pkg/tidings.wasm", None), ("pkg/tidings.wasm".into(), false));
    }
}
