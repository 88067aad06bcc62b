//! How the settings are put together: the defaults, a file over them, variables over both. Each value keeps its
//! place, so that an error can point to it.

use super::Config;
use std::{
    collections::HashMap,
    ffi::OsString,
    fmt, fs, io,
    ops::Range,
    path::{Path, PathBuf},
};
use thiserror::Error;
use toml::{Table, Value, de::DeTable, de::DeValue};

const DEFAULTS: &str = include_str!("../../../Leptos.toml");

/// Variables with this prefix are settings.
const PREFIX: &str = "TIDINGS_";

/// But for these, which are the command line's.
const NO_SETTINGS: [&str; 2] = ["TIDINGS_URL", "TIDINGS_TOKEN"];

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In `Leptos.toml` as it was built in.
    Default,
    /// In a file, at this line.
    Line(PathBuf, usize),
    /// In a variable of the environment.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("Leptos.toml"),
            Self::Line(file, line) => write!(f, "{}:{line}", file.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

/// Why the settings are not valid.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings in {}: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{place}: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// There is no such setting.
    #[error("{place}: there is no setting {key}; allowed here: {allowed}")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// The keys that there are.
        allowed: String,
    },
    /// The value is not allowed.
    #[error("{place}: {key}: {message}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// What is wrong and what is allowed.
        message: String,
    },
}

pub(super) fn load(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Config, ConfigError> {
    let mut layers = Layers { values: defaults()?, places: HashMap::new() };
    if let Some(file) = file {
        let text = fs::read_to_string(file)
            .map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        layers.overlay_file(file, &text)?;
    }
    for (name, value) in variables {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        if name.starts_with(PREFIX) && !NO_SETTINGS.contains(&&*name) {
            layers.overlay_variable(&name, &value)?;
        }
    }
    layers.finish()
}

fn defaults() -> Result<Table, ConfigError> {
    toml::from_str(DEFAULTS)
        .map_err(|error| ConfigError::Syntax { place: Place::Default, message: error.to_string() })
}

struct Layers {
    values: Table,
    /// The place of each value that is not a default, by its path: `server.address`.
    places: HashMap<String, Place>,
}

impl Layers {
    fn overlay_file(&mut self, file: &Path, text: &str) -> Result<(), ConfigError> {
        let at = |span: Option<Range<usize>>| {
            let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
            Place::Line(file.to_owned(), before.matches('\n').count() + 1)
        };
        let syntax = |error: toml::de::Error| ConfigError::Syntax {
            place: at(error.span()),
            message: error.message().to_owned(),
        };
        let spans = DeTable::parse(text).map_err(syntax)?;
        let mut overlay = Overlay { at: &at, places: &mut self.places };
        overlay.table(&mut self.values, "", toml::from_str(text).map_err(syntax)?, spans.get_ref())
    }

    fn overlay_variable(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let place = Place::Variable(name.to_owned());
        let variables = self.variables();
        let Some((_, section, key)) = variables.iter().find(|(variable, ..)| variable == name) else {
            let allowed: Vec<_> = variables.iter().map(|(variable, ..)| variable.as_str()).collect();
            return Err(ConfigError::UnknownKey { place, key: name.to_owned(), allowed: allowed.join(", ") });
        };
        if let Some(value) = self.values.get_mut(section).and_then(|section| section.get_mut(key)) {
            // What is no text in TOML is written in a variable as it would be there.
            let as_toml = || toml::from_str::<Table>(&format!("value = {text}")).ok()?.remove("value");
            let text = || Value::String(text.to_owned());
            *value = if value.is_str() { text() } else { as_toml().unwrap_or_else(text) };
        }
        self.places.insert(format!("{section}.{key}"), place);
        Ok(())
    }

    /// Every setting's variable, with the section and the key.
    fn variables(&self) -> Vec<(String, String, String)> {
        let sections = self.values.iter().filter_map(|(section, keys)| Some((section, keys.as_table()?)));
        let settings = sections.flat_map(|(section, keys)| keys.keys().map(move |key| (section, key)));
        let variable = |section: &str, key: &str| format!("{PREFIX}{section}_{key}").to_uppercase();
        settings.map(|(section, key)| (variable(section, key), section.clone(), key.clone())).collect()
    }

    fn finish(self) -> Result<Config, ConfigError> {
        let Self { values, places } = self;
        let wrong = |key: String, message: String| {
            // The place of the list is that of what is in it.
            let setting = key.split('[').next().unwrap_or_default();
            let place = places.get(setting).cloned().unwrap_or(Place::Default);
            ConfigError::Value { place, key, message }
        };
        let config: Config = serde_path_to_error::deserialize(Value::Table(values))
            .map_err(|error| wrong(error.path().to_string(), error.into_inner().message().to_owned()))?;
        match config.contradiction() {
            Some((key, message)) => Err(wrong(key.to_owned(), message)),
            None => Ok(config),
        }
    }
}

/// Lays a file's tables over the values.
struct Overlay<'a, At> {
    /// The place of a span of the file.
    at: At,
    places: &'a mut HashMap<String, Place>,
}

impl<At: Fn(Option<Range<usize>>) -> Place> Overlay<'_, At> {
    /// `prefix` is the path of the table; `spans` is the same as `new`, and knows where each key stands.
    fn table(
        &mut self,
        values: &mut Table,
        prefix: &str,
        new: Table,
        spans: &DeTable<'_>,
    ) -> Result<(), ConfigError> {
        for (name, new) in new {
            let span = spans.get_key_value(name.as_str());
            let place = (self.at)(span.map(|(key, _)| key.span()));
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match (values.get_mut(&name), new, span.map(|(_, value)| value.get_ref())) {
                (None, ..) => {
                    let allowed: Vec<_> = values.keys().map(String::as_str).collect();
                    return Err(ConfigError::UnknownKey { place, key: path, allowed: allowed.join(", ") });
                }
                (Some(Value::Table(section)), Value::Table(new), Some(DeValue::Table(spans))) => {
                    self.table(section, &path, new, spans)?;
                }
                (Some(Value::Table(_)), ..) => {
                    let message = format!("this is a section, written as [{path}] with its keys below it");
                    return Err(ConfigError::Value { place, key: path, message });
                }
                (Some(value), new, _) => {
                    *value = new;
                    self.places.insert(path, place);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
