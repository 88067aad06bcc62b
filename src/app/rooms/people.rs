//! Who is in the room, and who types.

use crate::client::machine::Millis;

/// Who has typed is shown as typing for so long, unless they type on or have said it.
const TYPES_FOR: Millis = 5_000;

/// A person, as the room shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub id: String,
    pub name: String,
}

/// Who came and who left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    /// The version of the change before it.
    pub after: u64,
    pub version: u64,
    pub joined: Vec<Shown>,
    pub left: Vec<String>,
}

/// Who is here, put together from a list that was asked for and from what came since.
///
/// A list may be older than events that are here before it: what comes while it is on its way is applied to it again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People {
    version: u64,
    here: Vec<Shown>,
    /// How many there are; the list may have only the first.
    pub count: usize,
    /// What came since the list was asked for; none where none is on its way.
    since: Option<Vec<Change>>,
}

impl People {
    /// Those of a list.
    pub(super) fn listed(version: u64, here: Vec<Shown>, count: usize) -> Self {
        Self { version, here, count, since: None }
    }

    /// The people, in the order of their names.
    pub(super) fn here(&self) -> Vec<Shown> {
        let mut here = self.here.clone();
        here.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        here
    }

    /// A list is asked for.
    pub(super) fn ask(&mut self) {
        self.since = Some(Vec::new());
    }

    /// The list is here.
    pub(super) fn take(&mut self, list: Self) {
        let since = self.since.take().unwrap_or_default();
        *self = list;
        since.into_iter().for_each(|change| _ = self.change(change));
    }

    /// The list does not come.
    pub(super) fn give_up(&mut self) {
        self.since = None;
    }

    /// Somebody came or left. Whether something was missed before that: then a list is to be asked for.
    pub(super) fn change(&mut self, change: Change) -> bool {
        if let Some(since) = &mut self.since {
            since.push(change.clone());
        }
        if change.version <= self.version {
            return false;
        }
        let is_missing = change.after > self.version && self.since.is_none();
        self.version = change.version;
        for person in change.joined {
            match self.here.iter_mut().find(|here| here.id == person.id) {
                Some(here) => *here = person,
                None => {
                    self.here.push(person);
                    self.count += 1;
                }
            }
        }
        for id in change.left {
            self.here.retain(|here| here.id != id);
            self.count = self.count.saturating_sub(1).max(self.here.len());
        }
        is_missing
    }
}

/// Who types, and until when that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typists(Vec<(Shown, Millis)>);

impl Typists {
    /// Somebody types.
    pub(super) fn note(&mut self, person: Shown, now: Millis) {
        self.clear(&person.id);
        self.0.push((person, now + TYPES_FOR));
    }

    /// Somebody types no more; whether they did.
    pub(super) fn clear(&mut self, id: &str) -> bool {
        self.keep(|person, _| person.id != id)
    }

    /// Forgets those who have stopped; whether there were any.
    pub(super) fn expire(&mut self, now: Millis) -> bool {
        self.keep(|_, until| until > now)
    }

    /// Forgets the others; whether there were any.
    fn keep(&mut self, is_kept: impl Fn(&Shown, Millis) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|(person, until)| is_kept(person, *until));
        self.0.len() < before
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(person, _)| person.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> Shown {
        Shown { id: name.to_lowercase(), name: name.to_owned() }
    }

    fn change(version: u64, joined: &[&str], left: &[&str]) -> Change {
        let left = left.iter().map(|name| name.to_lowercase()).collect();
        Change { after: 0, version, joined: joined.iter().map(|name| shown(name)).collect(), left }
    }

    fn names(people: &People) -> String {
        assert_eq!(people.count, people.here.len());
        people.here().into_iter().map(|person| person.name).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_list_is_right_whenever_it_comes() {
        let mut people = People::listed(3, vec![shown("Bob")], 1);
        let _ = people.change(change(3, &["Old"], &[]));
        let _ = people.change(change(4, &["Ann"], &[]));
        assert_eq!(names(&people), "Ann,Bob");
        people.ask();
        let _ = people.change(change(5, &["Cy"], &["Bob"]));
        let _ = people.change(change(6, &[], &["Ann"]));
        assert_eq!(names(&people), "Cy");
        // The list was made between the two.
        people.take(People::listed(5, vec![shown("Ann"), shown("Cy"), shown("Dee")], 3));
        assert_eq!(names(&people), "Cy,Dee");
        let _ = people.change(change(7, &["Cy"], &[]));
        assert_eq!(names(&people), "Cy,Dee", "another name is no other person");
        // What is in the list was heard; version 10 was told, and did not come.
        assert!(!people.change(Change { after: 7, ..change(9, &[], &[]) }));
        assert!(people.change(Change { after: 10, ..change(11, &[], &[]) }));
        people.ask();
        assert!(!people.change(Change { after: 12, ..change(13, &[], &[]) }), "a list is on its way");
    }

    #[test]
    fn who_types_stops_by_itself_or_by_saying_it() {
        let mut typists = Typists::default();
        typists.note(shown("Ann"), 0);
        typists.note(shown("Bob"), 1_000);
        typists.note(shown("Ann"), 2_000);
        assert_eq!(typists.names(), ["Bob", "Ann"]);
        assert!(!typists.expire(TYPES_FOR) && typists.expire(TYPES_FOR + 1_000));
        assert_eq!(typists.names(), ["Ann"]);
        assert!(!typists.clear("bob") && typists.clear("ann"));
        assert_eq!(typists, Typists::default());
    }
}
