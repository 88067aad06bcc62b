//! What a person chose for the page: its language and its theme.

use serde::{Deserialize, Serialize};

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// 中文
    #[serde(rename = "zh")]
    Chinese,
    /// English, for all who ask for neither.
    #[default]
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Every language, in the order in which the page offers them.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The cookie that remembers the choice.
    pub const COOKIE: &str = "language";

    /// The short name, as in a cookie.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The tag for the `lang` attribute (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The language's own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::English => "English",
        }
    }

    /// The language whose tag this is, by its primary subtag.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The language that an `Accept-Language` header prefers among ours (RFC 9110, section 12.5.4).
    pub fn from_accept_language(header: &str) -> Self {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let quality = match parameters.trim().strip_prefix("q=") {
                Some(text) => text.parse().unwrap_or(0.0),
                None => 1.0,
            };
            if let Some(language) = Self::from_tag(tag)
                && quality > best.map_or(0.0, |(_, quality)| quality)
            {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language).unwrap_or_default()
    }
}

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order in which the page offers them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The cookie that remembers the choice.
    pub const COOKIE: &str = "theme";

    /// The short name, as in a cookie and in the `data-theme` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of this short name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.code() == code)
    }
}

/// The language and the theme together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language of every text.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
}

impl Preferences {
    /// What a request's headers ask for: a remembered choice wins, then the browser's languages.
    pub fn from_headers(cookies: &str, accept_language: &str) -> Self {
        Self {
            language: Language::from_tag(cookie(cookies, Language::COOKIE))
                .unwrap_or_else(|| Language::from_accept_language(accept_language)),
            theme: Theme::from_code(cookie(cookies, Theme::COOKIE)).unwrap_or_default(),
        }
    }
}

/// The value of the cookie `name` in a `Cookie` header; empty where there is none.
pub fn cookie<'a>(cookies: &'a str, name: &str) -> &'a str {
    let pairs = cookies.split(';').map(str::trim);
    pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_languages_are_weighed() {
        for (header, language) in [
            ("", Language::English),
            ("*", Language::English),
            ("fr, de;q=0.9", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en-GB;q=0.8, ZH-Hant-TW;q=0.9", Language::Chinese),
            ("en, zh", Language::English),
            ("zh;q=0, en;q=0.1", Language::English),
            ("zh;q=nonsense", Language::English),
            ("zhx", Language::English),
        ] {
            assert_eq!(Language::from_accept_language(header), language, "{header:?}");
        }
    }

    #[test]
    fn a_remembered_choice_beats_the_browser() {
        let chosen = Preferences::from_headers("a=b; theme=dark; language=en", "zh");
        assert_eq!(chosen, Preferences { language: Language::English, theme: Theme::Dark });
        let nonsense = Preferences::from_headers("theme=pink; language=; mylanguage=en", "zh");
        assert_eq!(nonsense, Preferences { language: Language::Chinese, theme: Theme::System });
    }
}
