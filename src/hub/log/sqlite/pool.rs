//! A few things that many share, each used by one at a time.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// Things that lie ready. Who wants one while there is none waits for it.
#[derive(Debug)]
pub struct Pool<T> {
    ready: Mutex<Vec<T>>,
    returned: Condvar,
}

impl<T> Pool<T> {
    /// A pool of these.
    pub fn new(things: Vec<T>) -> Self {
        Self { ready: Mutex::new(things), returned: Condvar::new() }
    }

    /// Uses one of them. It comes back also when `work` panics: otherwise the pool would run dry.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let mut thing = self.take();
        let result = panic::catch_unwind(AssertUnwindSafe(|| work(&mut thing)));
        self.lock().push(thing);
        self.returned.notify_one();
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn take(&self) -> T {
        let mut ready = self.lock();
        loop {
            match ready.pop() {
                Some(thing) => return thing,
                None => ready = self.returned.wait(ready).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    // Nothing is done under the lock that could leave a half-done state behind.
    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    #[test]
    fn each_is_used_by_one_at_a_time_and_comes_back_also_after_a_panic() {
        let pool = Pool::new(vec![0_u32, 0]);
        let busy = AtomicUsize::new(0);
        panic::catch_unwind(AssertUnwindSafe(|| pool.with(|_| panic!("on purpose")))).unwrap_err();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        pool.with(|count| {
                            assert!(busy.fetch_add(1, Ordering::SeqCst) < 2);
                            *count += 1;
                            busy.fetch_sub(1, Ordering::SeqCst);
                        });
                    }
                });
            }
        });
        assert_eq!(pool.lock().iter().sum::<u32>(), 800);
        assert_eq!(pool.lock().len(), 2);
    }
}
