//! Which notices are toasts now.

use super::{
    notice::{Level, Notice},
    shelf::MAX_NOTICES,
};
use std::{collections::VecDeque, sync::Arc};

/// How many toasts there are at once; the rest are only in the list.
pub(super) const MAX_TOASTS: usize = 3;

/// The toasts, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Stack {
    toasts: Vec<Toast>,
    next: u64,
    /// What was shown last, the oldest first.
    shown: VecDeque<Arc<Notice>>,
}

/// A notice that is shown for a while.
#[derive(Clone, Debug)]
pub(super) struct Toast {
    /// Its number since the page began.
    pub number: u64,
    pub notice: Arc<Notice>,
    /// Whether a person is at it: it must not go under their hand.
    pub is_held: bool,
}

impl Stack {
    /// Shows a notice, once, and whether it was not shown before: two streams of a page may have it. In a full stack the
    /// oldest gives way, but an error only to an error, and none that is held.
    pub(super) fn push(&mut self, notice: Arc<Notice>) -> bool {
        if self.shown.iter().any(|other| other.is(&notice)) {
            return false;
        }
        self.shown.push_back(Arc::clone(&notice));
        if self.shown.len() > MAX_NOTICES {
            self.shown.pop_front();
        }
        self.make_toast(notice);
        true
    }

    fn make_toast(&mut self, notice: Arc<Notice>) {
        if self.toasts.len() >= MAX_TOASTS {
            let gives_way = |toast: &Toast| !toast.is_held && toast.notice.level != Level::Error;
            let is_error = notice.level == Level::Error;
            let oldest = self
                .toasts
                .iter()
                .position(gives_way)
                .or_else(|| self.toasts.iter().position(|toast| is_error && !toast.is_held));
            let Some(oldest) = oldest else { return };
            self.toasts.remove(oldest);
        }
        self.toasts.push(Toast { number: self.next, notice, is_held: false });
        self.next += 1;
    }

    /// The toasts of notices that cut a screen reader off, or of those that do not.
    pub(super) fn toasts(&self, are_urgent: bool) -> Vec<Toast> {
        self.toasts.iter().filter(|toast| toast.notice.level.is_urgent() == are_urgent).cloned().collect()
    }

    /// Notes whether a person is at it.
    pub(super) fn hold(&mut self, number: u64, is_held: bool) {
        for toast in self.toasts.iter_mut().filter(|toast| toast.number == number) {
            toast.is_held = is_held;
        }
    }

    /// Takes this one out.
    pub(super) fn remove(&mut self, number: u64) {
        self.toasts.retain(|toast| toast.number != number);
    }

    /// Keeps those whose notices are as wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Notice) -> bool) {
        self.toasts.retain(|toast| is_wanted(&toast.notice));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(number: usize, level: Level) -> Arc<Notice> {
        Arc::new(Notice { title: number.to_string(), level, ..Notice::default() })
    }

    fn stack(levels: &[Level]) -> Stack {
        let mut stack = Stack::default();
        for (number, level) in levels.iter().enumerate() {
            assert!(stack.push(notice(number, *level)));
        }
        stack
    }

    fn numbers(stack: &Stack) -> Vec<u64> {
        stack.toasts.iter().map(|toast| toast.number).collect()
    }

    #[test]
    fn the_newest_are_shown() {
        assert_eq!(numbers(&stack(&[Level::Info; 200])), [197, 198, 199]);
    }

    #[test]
    fn an_error_gives_way_to_errors_alone() {
        use Level::{Error, Info};
        assert_eq!(numbers(&stack(&[Error, Info, Info, Info, Info])), [0, 3, 4]);
        assert_eq!(numbers(&stack(&[Error, Error, Error, Info])), [0, 1, 2]);
        assert_eq!(numbers(&stack(&[Error, Error, Error, Error])), [1, 2, 3]);
    }

    #[test]
    fn what_is_held_stays() {
        let mut stack = stack(&[Level::Info; 3]);
        stack.hold(0, true);
        assert!(stack.push(notice(3, Level::Info)));
        assert_eq!(numbers(&stack), [0, 2, 3]);
    }

    #[test]
    fn each_is_shown_once() {
        let mut stack = stack(&[Level::Info]);
        stack.remove(0);
        assert!(!stack.push(notice(0, Level::Info)));
        assert!(numbers(&stack).is_empty());
    }

    #[test]
    fn urgent_ones_are_apart() {
        let stack = stack(&[Level::Warning, Level::Success, Level::Error]);
        let numbers = |urgent| stack.toasts(urgent).iter().map(|toast| toast.number).collect::<Vec<_>>();
        assert_eq!((numbers(true), numbers(false)), (vec![0, 2], vec![1]));
    }
}
