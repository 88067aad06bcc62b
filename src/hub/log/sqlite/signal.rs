//! What there is to do for the search index, said to the thread that does it.

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Says what there is to do.
#[derive(Default)]
pub struct Signal {
    todo: Mutex<Todo>,
    changed: Condvar,
}

/// What there is to do.
#[derive(Debug, Default)]
pub struct Todo {
    /// There may be new messages.
    pub appended: bool,
    /// These messages are no more.
    pub trimmed: Vec<i64>,
    /// More than these are no more.
    pub sweep: bool,
    /// The file is damaged.
    pub damaged: bool,
    /// Nothing more: the log is closed.
    pub stop: bool,
}

impl Signal {
    /// The most numbers that are remembered: 8 MB. After that, all are compared with the log.
    const MOST_TRIMMED: usize = 1 << 20;

    /// There is something new.
    pub fn appended(&self) {
        self.set(|todo| todo.appended = true);
    }

    /// These are no more.
    pub fn trimmed(&self, mut messages: Vec<i64>) {
        self.set(|todo| {
            todo.trimmed.append(&mut messages);
            if todo.trimmed.len() > Self::MOST_TRIMMED {
                todo.trimmed = Vec::new();
                todo.sweep = true;
            }
        });
    }

    /// The file is damaged.
    pub fn damaged(&self) {
        self.set(|todo| todo.damaged = true);
    }

    /// The file is a new one: all is to be read, and damage that others saw was that of the old one.
    pub fn made_anew(&self) {
        self.set(|todo| {
            todo.appended = true;
            todo.damaged = false;
        });
    }

    /// The log is closed.
    pub fn stop(&self) {
        self.set(|todo| todo.stop = true);
    }

    /// Takes what there is to do, and waits until there is something. A stop stays.
    pub fn wait(&self) -> Todo {
        let idle = |todo: &mut Todo| {
            !(todo.appended || todo.sweep || todo.damaged || todo.stop) && todo.trimmed.is_empty()
        };
        let mut todo = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let stop = todo.stop;
        mem::replace(&mut *todo, Todo { stop, ..Todo::default() })
    }

    /// Rests for a while, or until the stop.
    pub fn rest(&self, time: Duration) {
        drop(self.changed.wait_timeout_while(self.lock(), time, |todo| !todo.stop));
    }

    /// All is to be done again, since it failed.
    pub fn again(&self, damaged: bool) {
        self.set(|todo| {
            todo.sweep = true;
            todo.damaged |= damaged;
        });
    }

    /// Whether something was published since this was last asked. Who asks looks for it.
    pub fn was_busy(&self) -> bool {
        mem::take(&mut self.lock().appended)
    }

    /// Whether the log is closed.
    pub fn is_stopped(&self) -> bool {
        self.lock().stop
    }

    fn set(&self, change: impl FnOnce(&mut Todo)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }

    // Each change is one assignment or two: whole after a panic.
    fn lock(&self) -> MutexGuard<'_, Todo> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
