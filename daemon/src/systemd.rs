//! What systemd is told: ready, reloading, stopping, alive. Nothing happens where it does not listen.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::sync::SyncHandle;

/// Says that queries are answered.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Says that the configuration is being read again; [`ready`] ends it.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Says that the daemon stops.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says "alive" at half of the interval that systemd asked for, as long as the scheduler is.
pub(crate) async fn feed_watchdog(sync: SyncHandle, shutdown: CancellationToken) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval((interval / 2).max(Duration::from_millis(100)));
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {
                if sync.is_alive() {
                    tell(&[NotifyState::Watchdog]);
                } else {
                    tracing::error!("the scheduler has not moved for too long: leaving the restart to systemd");
                }
            }
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}
