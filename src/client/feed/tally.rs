//! How many there are of each.

/// How often each name was added and not removed again, in the order of the names. Adding one that is there costs
/// the logarithm of how many names there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(Vec<(Box<str>, usize)>);

impl Tally {
    /// Counts one more.
    pub(super) fn add(&mut self, name: &str) {
        match self.find(name) {
            Ok(place) => {
                if let Some((_, count)) = self.0.get_mut(place) {
                    *count += 1;
                }
            }
            Err(place) => self.0.insert(place, (name.into(), 1)),
        }
    }

    /// Counts one less; a name that is not there any more is forgotten.
    pub(super) fn remove(&mut self, name: &str) {
        let Ok(place) = self.find(name) else { return };
        if let Some((_, count)) = self.0.get_mut(place) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(place);
            }
        }
    }

    /// Each name and how many there are of it, in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, usize)> {
        self.0.iter().map(|(name, count)| (&**name, *count))
    }

    /// How many there are of this.
    pub fn get(&self, name: &str) -> usize {
        self.find(name).ok().and_then(|place| self.0.get(place)).map_or(0, |(_, count)| *count)
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(there, _)| (**there).cmp(name))
    }
}
