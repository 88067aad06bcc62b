//! What must not be seen.

use std::fmt;

/// A key or a secret of the settings. It is shown nowhere: not in the log, not in an error.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret; an empty one is none.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever needs it; none where there is none.
    pub fn reveal(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| !text.is_empty())
    }

    /// The text without the secret, where it stands in it.
    pub fn removed_from(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "…") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
