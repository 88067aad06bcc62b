//! Reading the log from asynchronous code.

use super::log::{Log, LogError};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many reads go on at once: more would only wait for the disk, each in a thread of its own.
const AT_ONCE: usize = 4;

/// Reads the log in threads that may block. Clones share the bound on how many.
#[derive(Clone)]
pub struct Reader {
    log: Arc<dyn Log>,
    permits: Arc<Semaphore>,
}

impl Reader {
    /// A reader of this log.
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self { log, permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Does what blocks with the log.
    ///
    /// # Errors
    /// When the log says so, or the runtime is at its end.
    pub async fn read<T: Send + 'static>(
        &self,
        what: impl FnOnce(&dyn Log) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let unavailable = |error: &dyn std::error::Error| LogError::Unavailable(error.to_string());
        let permit = self.permits.clone().acquire_owned().await.map_err(|error| unavailable(&error))?;
        let log = self.log.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            what(log.as_ref())
        });
        reading.await.map_err(|error| unavailable(&error))?
    }
}
