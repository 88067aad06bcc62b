//! People: who says something in a room, and who is there. Nobody proves who they are; a browser has an id, and a person
//! gives a name.

use super::{channel::is_segment, query};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// What tells two people apart, also if they have the same name: 1 to 64 of `[A-Za-z0-9_-]`. A browser has one of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonId(String);

/// Why a text is not a [`PersonId`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a person's id has 1 to {} letters, digits, _ and - of ASCII", PersonId::MAX_BYTES)]
pub struct PersonIdError;

impl PersonId {
    /// The longest id, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// The id of these bits: 16 hexadecimal digits.
    pub fn of_bits(bits: u64) -> Self {
        Self(format!("{bits:016x}"))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PersonId {
    type Err = PersonIdError;

    fn from_str(text: &str) -> Result<Self, PersonIdError> {
        if is_segment(text, Self::MAX_BYTES) { Ok(Self(text.to_owned())) } else { Err(PersonIdError) }
    }
}

impl TryFrom<String> for PersonId {
    type Error = PersonIdError;

    fn try_from(text: String) -> Result<Self, PersonIdError> {
        text.parse()
    }
}

impl From<PersonId> for String {
    fn from(id: PersonId) -> Self {
        id.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's name: 1 to 40 characters, no control characters, one space where there were more, none at the ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Why a text is not a [`Name`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a name has 1 to {} characters, and no control characters", Name::MAX_CHARACTERS)]
pub struct NameError;

impl Name {
    /// The longest name, in characters.
    pub const MAX_CHARACTERS: usize = 40;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut name = String::new();
        for word in text.split_whitespace() {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(word);
        }
        let valid = (1..=Self::MAX_CHARACTERS).contains(&name.chars().count());
        if valid && !name.chars().any(char::is_control) { Ok(Self(name)) } else { Err(NameError) }
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their name; none where they gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
}

impl Person {
    /// The cookie that remembers who this browser's person is.
    pub const COOKIE: &str = "person";

    /// Who a cookie says it is: the id, and after a dot the name as in a query. None where it says nothing valid.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, name) = text.split_once('.').unwrap_or((text, ""));
        let name = String::from_utf8(query::decode(name)).ok();
        Some(Self { id: id.parse().ok()?, name: name.and_then(|name| name.parse().ok()) })
    }

    /// The name; empty where there is none.
    pub fn name(&self) -> &str {
        self.name.as_ref().map(Name::as_str).unwrap_or_default()
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = String::new();
        query::encode(self.name(), &mut name);
        write!(f, "{}.{name}", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_person_survives_their_cookie(id in "[A-Za-z0-9_-]{1,64}", name in "\\PC{0,50}") {
            let person = Person { id: id.parse().unwrap(), name: name.parse().ok() };
            let cookie = person.to_string();
            prop_assert!(cookie.is_ascii() && !cookie.contains([';', ',', ' ', '"', '\\']));
            prop_assert_eq!(Person::parse(&cookie), Some(person));
        }

        #[test]
        fn any_cookie_can_be_read(text: String) {
            Person::parse(&text);
        }
    }

    #[test]
    fn a_name_is_one_line_without_room_to_spare() {
        let name = |text: &str| text.parse::<Name>().map(String::from);
        assert_eq!(name("  安  娜\t李\n"), Ok("安 娜 李".to_owned()));
        for text in ["", " ", "a\u{7}b", &"n".repeat(41)] {
            assert_eq!(name(text), Err(NameError), "{text:?}");
        }
        assert!(name(&"名".repeat(40)).is_ok());
    }

    #[test]
    fn a_cookie_without_a_valid_id_names_nobody() {
        for text in ["", ".Ann", "a b.Ann", "%41"] {
            assert_eq!(Person::parse(text), None, "{text}");
        }
        let nameless = Person { id: PersonId::of_bits(7), name: None };
        assert_eq!(Person::parse("0000000000000007"), Some(nameless.clone()));
        assert_eq!(
            Person::parse("0000000000000007.%0"),
            Some(Person { name: "%0".parse().ok(), ..nameless })
        );
    }
}
