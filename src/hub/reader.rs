//! Reading the log from asynchronous code.

use super::log::{Log, LogError};
use crate::model::EventId;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many reads go on at once: more would only wait for the disk, each in a thread of its own.
const READS: usize = 4;
/// How many searches: they may take long, and those who read must not wait for them.
const SEARCHES: usize = 2;
/// How many counts of all channels.
const COUNTS: usize = 1;

/// Reads the log in threads that may block. Clones share the bound on how many.
#[derive(Clone)]
pub struct Reader {
    log: Arc<dyn Log>,
    reads: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    counts: Arc<Semaphore>,
}

impl Reader {
    /// A reader of this log.
    pub fn new(log: Arc<dyn Log>) -> Self {
        let [reads, searches, counts] =
            [READS, SEARCHES, COUNTS].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { log, reads, searches, counts }
    }

    /// What was published between these is lost.
    pub fn lost(&self) -> Option<(EventId, EventId)> {
        self.log.lost()
    }

    /// Reads a page, or less.
    ///
    /// # Errors
    /// When the log says so, or the runtime is at its end.
    pub async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(&dyn Log) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        self.with(&self.reads, what).await
    }

    /// Searches.
    ///
    /// # Errors
    /// As for [`Reader::read`].
    pub async fn search<T: Send + 'static>(
        &self,
        what: impl FnOnce(&dyn Log) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        self.with(&self.searches, what).await
    }

    /// Looks at all channels.
    ///
    /// # Errors
    /// As for [`Reader::read`].
    pub async fn count<T: Send + 'static>(
        &self,
        what: impl FnOnce(&dyn Log) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        self.with(&self.counts, what).await
    }

    async fn with<T: Send + 'static>(
        &self,
        permits: &Arc<Semaphore>,
        what: impl FnOnce(&dyn Log) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let unavailable = |error: &dyn std::error::Error| LogError::Unavailable(error.to_string());
        let permit = permits.clone().acquire_owned().await.map_err(|error| unavailable(&error))?;
        let log = self.log.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            what(log.as_ref())
        });
        reading.await.map_err(|error| unavailable(&error))?
    }
}
