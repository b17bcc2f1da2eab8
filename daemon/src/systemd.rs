//! What systemd is told: ready, reloading, stopping, alive, and how things are. Nothing happens where it does not listen.

mod liveness;
mod status;

use std::time::Duration;

use proto::local::Manager;
use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

pub(crate) use liveness::Liveness;

use crate::sync::SyncHandle;

/// How long systemd is to wait for the next word of a start that takes long, in microseconds.
const STILL_STARTING: u32 = 300_000_000;
/// The least time between two words on how things are.
const STATUS_PAUSE: Duration = Duration::from_secs(1);

/// Says that queries are answered.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Says whether systemd runs this process as a unit, as opposed to something that a unit started.
#[must_use]
pub fn is_manager() -> bool {
    let own = std::process::id().to_string();
    // The latter where systemd is older than 248.
    ["SYSTEMD_EXEC_PID", "LISTEN_PID"].iter().any(|name| std::env::var(name).is_ok_and(|pid| pid == own))
}

/// Returns what runs this process.
#[must_use]
pub fn manager() -> Manager {
    if is_manager() { Manager::Systemd } else { Manager::Nobody }
}

/// Says that the start goes on, and how far it is.
pub(crate) fn still_starting(how_far: &str) {
    tell(&[NotifyState::ExtendTimeoutUsec(STILL_STARTING), NotifyState::Status(how_far)]);
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
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Says "alive" at half of the interval that systemd asked for, for as long as the daemon is; else systemd restarts it.
///
/// This is a task like any other, so a runtime that hangs says nothing either.
pub(crate) async fn feed_watchdog(liveness: Liveness, shutdown: CancellationToken) {
    let Some(deadline) = sd_notify::watchdog_enabled() else { return };
    feed(liveness, deadline, shutdown, || tell(&[NotifyState::Watchdog])).await;
}

async fn feed(mut liveness: Liveness, deadline: Duration, shutdown: CancellationToken, say_alive: impl Fn()) {
    let mut ticks = interval((deadline / 2).max(Duration::from_millis(100)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_alive = true;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match liveness.look() {
            Ok(()) => {
                if !was_alive {
                    tracing::warn!("what was stuck moves again");
                }
                say_alive();
                was_alive = true;
            }
            Err(stuck) => {
                if was_alive {
                    tracing::error!("{stuck}: leaving the restart to systemd");
                }
                was_alive = false;
            }
        }
    }
}

/// Says how things are, for `systemctl --user status`, whenever that changes.
pub(crate) async fn tell_status(sync: SyncHandle, shutdown: CancellationToken) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let mut changes = sync.changes();
    let mut told = String::new();
    loop {
        if let Some(text) = status::text(&sync.summary(), &chrono::Local).filter(|text| *text != told) {
            tell(&[NotifyState::Status(&text)]);
            told = text;
        }
        let next = async {
            tokio::time::sleep(STATUS_PAUSE).await;
            changes.changed().await
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = next => if changed.is_err() { return },
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}
