//! A picture that a person pastes, drops or chooses, as a `data:` URL.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{File, FileReader};

/// What a person may choose.
pub(super) const ACCEPTED: &str = "image/png,image/jpeg,image/gif,image/webp,image/avif";

/// Why a file is no picture to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is too large.
    Large { kib: usize },
    /// It is something else.
    Other,
}

/// Reads a file, and goes on with its URL when it is read, or could not be.
///
/// # Errors
/// When it is no picture, or has more than `most` bytes.
pub(super) fn read(
    file: &File,
    most: usize,
    then: impl Fn(Result<String, Refusal>) + 'static,
) -> Result<(), Refusal> {
    check(&file.type_(), file.size() as usize, most)?;
    let reader = FileReader::new().map_err(|_| Refusal::Other)?;
    let done = reader.clone();
    // At its end, however it ends.
    let ended = Closure::once_into_js(move || {
        let url = done.result().ok().and_then(|result| result.as_string());
        then(url.ok_or(Refusal::Other));
    });
    reader.set_onloadend(Some(ended.unchecked_ref()));
    reader.read_as_data_url(file).map_err(|_| Refusal::Other)
}

fn check(media_type: &str, size: usize, most: usize) -> Result<(), Refusal> {
    if media_type.is_empty() || !ACCEPTED.split(',').any(|accepted| accepted == media_type) {
        Err(Refusal::Other)
    } else if size > most {
        Err(Refusal::Large { kib: size.div_ceil(1_024) })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_that_can_be_sent_are_taken() {
        for (media_type, size, expected) in [
            ("image/png", 1_024, Ok(())),
            ("image/png", 1_025, Err(Refusal::Large { kib: 2 })),
            ("image/svg+xml", 1, Err(Refusal::Other)),
            ("text/html", 1, Err(Refusal::Other)),
            ("", 1, Err(Refusal::Other)),
        ] {
            assert_eq!(check(media_type, size, 1_024), expected, "{media_type} {size}");
        }
    }
}
