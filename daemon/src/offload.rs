//! Work that takes a thread for a while, and keeps nobody else's waiting.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::{Handle, RuntimeFlavor};

/// The work panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

/// Does `work` here and now, having handed what else this thread was to do to another one; that costs no wait for a thread
/// that has to be woken, which on a busy machine takes longer than most answers. The caller's task goes on when it is done.
///
/// On a runtime of one thread there is nobody to hand anything to. That is what tests of whole schedules run on: nothing is
/// left to the operating system then, so that a schedule replays exactly, and paused time cannot run ahead of the work.
pub(crate) async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Lost> {
    let work = || catch_unwind(AssertUnwindSafe(work)).map_err(|_| Lost);
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}

/// Lets threads that wait for this one's processor go first. What takes long says so between its parts: a scheduler that
/// does not interrupt a thread before its time is over would otherwise keep an answer waiting for milliseconds.
pub(crate) fn give_way() {
    std::thread::yield_now();
}
