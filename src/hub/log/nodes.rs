//! What the nodes that share a log tell each other of themselves.

use std::collections::HashMap;

/// What a node says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// What tells it from others.
    pub node: &'a str,
    /// Its figures, as JSON.
    pub figures: &'a str,
    /// Who has a stream at it.
    pub people: &'a People,
    /// The other nodes whose people are known here, and the version of them.
    pub known: &'a HashMap<String, u64>,
}

/// Who has a stream at a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Goes up with each change.
    pub version: u64,
    /// As JSON; none where whoever is told has them.
    pub list: Option<String>,
}

/// What a node hears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// The version of its own people that the log has; none where it has none.
    pub has: Option<u64>,
    /// The other nodes that said lately that they are there.
    pub others: Vec<Other>,
}

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// What tells it from others.
    pub node: String,
    /// Its figures, as JSON.
    pub figures: String,
    /// Who has a stream at it.
    pub people: People,
}
