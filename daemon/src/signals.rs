//! Signals: stop, reload, sync now. A second request to stop ends a daemon that hangs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures::StreamExt as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook_tokio::Signals as Stream;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGTERM`, `SIGINT`: stop cleanly.
    Stop,
    /// `SIGHUP`: read the configuration again.
    Reload,
    /// `SIGUSR1`: look for changes now.
    Sync,
}

/// The signals that arrive.
pub struct Signals(Stream);

impl Signals {
    /// Catches them from now on; needs a runtime.
    ///
    /// # Errors
    /// When the operating system refuses a handler.
    pub fn catch() -> io::Result<Self> {
        let stopping = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // In this order: the first one finds the flag down and raises it, the second one finds it up and exits.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stopping))?;
            signal_hook::flag::register(signal, Arc::clone(&stopping))?;
        }
        Ok(Self(Stream::new([SIGTERM, SIGINT, SIGHUP, SIGUSR1])?))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        loop {
            match self.0.next().await {
                Some(SIGTERM | SIGINT) | None => return Signal::Stop,
                Some(SIGHUP) => return Signal::Reload,
                Some(SIGUSR1) => return Signal::Sync,
                Some(_) => {}
            }
        }
    }
}
