//! Work that takes a thread for a while, kept away from the threads that everybody else's work runs on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::{Handle, RuntimeFlavor};

/// The work panicked, or the runtime ended before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

/// Does `work` on a thread of its own and waits for it; it is finished even if nobody waits any more.
///
/// On a runtime of one thread it is done there and then. That is what tests of whole schedules run on: nothing is left
/// to the operating system then, so that a schedule replays exactly, and paused time cannot run ahead of the work.
pub(crate) async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Lost> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return catch_unwind(AssertUnwindSafe(work)).map_err(|_| Lost);
    }
    tokio::task::spawn_blocking(work).await.map_err(|_| Lost)
}
