//! Many sorted rows into one.

use std::{cmp::Reverse, collections::BinaryHeap};

/// The `limit` lowest of several ascending sources, in order. From each source not more than needed is taken: one item
/// at first, and one for each of its items in the result.
///
/// # Errors
/// The first of a source.
pub fn merge<T: Ord, E>(
    sources: impl IntoIterator<Item = impl Iterator<Item = Result<T, E>>>,
    limit: usize,
) -> Result<Vec<T>, E> {
    let mut sources: Vec<_> = sources.into_iter().collect();
    let mut heads = BinaryHeap::with_capacity(sources.len());
    for (index, source) in sources.iter_mut().enumerate() {
        if let Some(head) = source.next().transpose()? {
            heads.push(Reverse((head, index)));
        }
    }
    let mut merged = Vec::new();
    while merged.len() < limit
        && let Some(Reverse((head, index))) = heads.pop()
    {
        merged.push(head);
        if let Some(next) = sources.get_mut(index).and_then(Iterator::next).transpose()? {
            heads.push(Reverse((next, index)));
        }
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_come_first_and_no_more_than_asked_for() {
        let sources =
            || [vec![1, 4, 9], vec![], vec![2, 3], vec![5]].map(|source| source.into_iter().map(Ok::<_, ()>));
        assert_eq!(merge(sources(), 4), Ok(vec![1, 2, 3, 4]));
        assert_eq!(merge(sources(), 99), Ok(vec![1, 2, 3, 4, 5, 9]));
        assert_eq!(merge(sources(), 0), Ok(vec![]));
        assert_eq!(merge([vec![Ok(1), Err("broken")], vec![Ok(2)]].map(Vec::into_iter), 2), Err("broken"));
    }
}
