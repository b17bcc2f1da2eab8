//! The simulated Intercom, as if it were on another machine: what it computes gives way to what is measured.

use std::thread;

use sim::{Options, Sim};

/// How far its thread steps back, in nice levels: a tenth of an ordinary thread's weight.
const STEP_BACK: i32 = 10;

/// Starts a workspace whose server's thread gives way to all others.
pub(crate) fn start(options: Options) -> Sim {
    let starting = thread::spawn(|| {
        // A thread takes on the priority of the one that starts it. On Linux it is this thread's alone.
        #[cfg(target_os = "linux")]
        rustix::process::setpriority_process(None, STEP_BACK).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Sim::start(options)).unwrap()
    });
    starting.join().unwrap()
}
