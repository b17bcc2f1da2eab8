//! The threads that the program's work runs on: some that answer, and some that sync, so that neither waits for the other.

use std::num::NonZero;

use tokio::runtime::{Builder, Runtime};

/// More threads find nothing to do at the speed that Intercom's limits allow.
const MOST: usize = 4;

/// Starts the threads that do one kind of work, which their name tells.
pub(crate) fn start(name: &str) -> std::io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Builder::new_multi_thread().enable_all().worker_threads(cores.min(MOST)).thread_name(name).build()
}
