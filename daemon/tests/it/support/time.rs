//! What paused time needs where sockets are real.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How far time can run ahead of a socket.
const BEAT: Duration = Duration::from_millis(20);

/// Keeps paused time from jumping far.
///
/// A runtime with nothing to do jumps to its next timer. Where the kernel has yet to deliver what was sent, that may be a
/// timeout of a minute, which fires though nothing was late. With this the next timer is never far away.
pub(crate) struct Metronome(JoinHandle<()>);

impl Metronome {
    /// Starts it; it runs until it is dropped.
    pub(crate) fn start() -> Self {
        Self(tokio::spawn(async {
            loop {
                sleep(BEAT).await;
                // Whoever delivers may need this processor.
                std::thread::yield_now();
            }
        }))
    }
}

impl Drop for Metronome {
    fn drop(&mut self) {
        self.0.abort();
    }
}
