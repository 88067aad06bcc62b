//! Bytes in text: a `data:` URL in base64 (RFC 2397), which is how the hub keeps what was published as bytes.

use leptos::prelude::window;

/// The pictures that an `img` element may be given: it runs no script and loads nothing, also of SVG.
const PICTURES: [&str; 8] = [
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
    "image/x-icon",
];

/// What a `data:` URL holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    /// The media type, in lower case and without parameters.
    pub(super) media_type: String,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
}

impl Binary {
    /// What is in this text, if it is a `data:` URL in base64 and nothing else.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (media_type, base64) = parts(text)?;
        // One character a byte, in the browser's own decoder.
        let characters = window().atob(base64).ok()?;
        let bytes = characters.chars().map(|character| character as u8).collect();
        Some(Self { media_type, bytes })
    }

    /// Whether an `img` element may show it.
    pub(super) fn is_picture(&self) -> bool {
        PICTURES.contains(&self.media_type.as_str())
    }

    /// What a file of it ends with.
    pub(super) fn ending(&self) -> &str {
        let kind = self.media_type.strip_prefix("image/").filter(|_| self.is_picture());
        kind.map_or("bin", |kind| kind.split('+').next().unwrap_or(kind))
    }
}

/// The media type and the base64 of a `data:` URL.
fn parts(text: &str) -> Option<(String, &str)> {
    let (header, base64) = text.strip_prefix("data:")?.split_once(',')?;
    let media_type = header.strip_suffix(";base64")?.split(';').next()?.to_ascii_lowercase();
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let (kind, subtype) = media_type.split_once('/')?;
    (is_token(kind) && is_token(subtype)).then(|| (media_type.clone(), base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_data_url_in_base64_is_bytes() {
        for (text, expected) in [
            ("data:image/png;base64,AAEC", Some(("image/png", "AAEC"))),
            ("data:Image/SVG+xml;charset=utf-8;base64,", Some(("image/svg+xml", ""))),
            ("data:text/html,<b>", None),
            ("data:image/png,AAEC", None),
            ("data:;base64,AAEC", None),
            ("data: hello, world;base64,", None),
            ("data:image/<b>;base64,AAEC", None),
            (" data:image/png;base64,AAEC", None),
        ] {
            let expected = expected.map(|(media_type, base64)| (media_type.to_owned(), base64));
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_picture_is_one_that_cannot_do_anything() {
        for (media_type, is_picture, ending) in [
            ("image/png", true, "png"),
            ("image/svg+xml", true, "svg"),
            ("image/tiff", false, "bin"),
            ("text/html", false, "bin"),
            ("application/octet-stream", false, "bin"),
        ] {
            let binary = Binary { media_type: media_type.to_owned(), bytes: vec![] };
            assert_eq!((binary.is_picture(), binary.ending()), (is_picture, ending), "{media_type}");
        }
    }
}
