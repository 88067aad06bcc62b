//! The nodes that share a log: once a second each says what it is like, and hears of the others.

use super::{
    presence::{Presence, Told},
    stats::Sample,
};
use crate::hub::{
    Hub,
    log::nodes::{Other, People},
    writer::now,
};
use std::collections::HashMap;

/// This node among the others.
#[derive(Debug)]
pub struct Nodes {
    /// What tells this node from others.
    own: String,
    presence: Presence,
    /// What was told of people last.
    told: Told,
    people: People,
    /// The nodes whose people are known, and the version of them.
    known: HashMap<String, u64>,
}

impl Nodes {
    /// A node that has told nothing yet.
    pub fn new(presence: Presence) -> Self {
        // Without random bits the time tells it from others.
        let own = format!("{:016x}", getrandom::u64().unwrap_or_else(|_| now()));
        Self { own, presence, told: Told::default(), people: People::default(), known: HashMap::new() }
    }

    /// What tells this node from others.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// Says what this node is like; the figures of the others. None where the log is this node's own, or away: then what was known
    /// of people holds for a while.
    pub async fn meet(&mut self, hub: &Hub, figures: &Sample) -> Vec<Sample> {
        if hub.standing().is_none() {
            return Vec::new();
        }
        let told = self.presence.told();
        if told != self.told || self.people.version == 0 {
            // Numbers and texts always have a JSON text.
            let list = serde_json::to_string(&told).unwrap_or_default();
            self.people = People { version: now().max(self.people.version + 1), list: Some(list) };
            self.told = told;
        }
        let figures = serde_json::to_string(figures).unwrap_or_default();
        let met = match hub.meet(&self.own, figures, self.people.clone(), self.known.clone()).await {
            Ok(met) => met,
            Err(error) => {
                tracing::debug!(%error, "the other nodes cannot be heard");
                return Vec::new();
            }
        };
        if met.has == Some(self.people.version) {
            self.people.list = None;
        } else {
            // Redis forgets a node that it has not heard for some seconds.
            self.people.list = serde_json::to_string(&self.told).ok();
        }
        for gone in self.presence.heard_of() {
            if !met.others.iter().any(|other| other.node == gone) {
                self.presence.hear(&gone, Told::default());
            }
        }
        self.known.retain(|node, _| met.others.iter().any(|other| other.node == *node));
        met.others.into_iter().filter_map(|other| self.hear(other)).collect()
    }

    /// What another node says; its figures, if they are readable: it may be of another version.
    fn hear(&mut self, other: Other) -> Option<Sample> {
        let Other { node, figures, people } = other;
        if let Some(told) = people.list.and_then(|list| serde_json::from_str(&list).ok()) {
            self.presence.hear(&node, told);
            self.known.insert(node, people.version);
        }
        serde_json::from_str(&figures).ok()
    }
}
