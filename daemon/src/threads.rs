//! The threads that the program's work runs on: some that answer, and some that sync and give way to them.

use std::num::NonZero;

use tokio::runtime::{Builder, Runtime};

/// More threads find nothing to do at the speed that Intercom's limits allow.
const MOST: usize = 4;
/// How far a syncing thread steps back, in nice levels: about a third of an answering one's weight.
const STEP_BACK: i32 = 5;

/// Starts the threads that answer.
pub(crate) fn answering() -> std::io::Result<Runtime> {
    pool("answers").build()
}

/// Starts the threads that sync. Where there are fewer cores than threads with work to do, an answer goes first.
pub(crate) fn syncing() -> std::io::Result<Runtime> {
    pool("sync").on_thread_start(step_back).build()
}

fn pool(name: &str) -> Builder {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().worker_threads(cores.min(MOST)).thread_name(name);
    builder
}

/// Lowers the calling thread's priority; everybody may do that, and a system that refuses loses nothing but the order.
fn step_back() {
    // Elsewhere this would be the whole process's.
    #[cfg(target_os = "linux")]
    if let Ok(nice) = rustix::process::getpriority_process(None) {
        let _ = rustix::process::setpriority_process(None, nice + STEP_BACK);
    }
}
