//! How the daemon finds out what its scans missed, and what it does about that.

mod budget;
mod counts;
mod late;
mod verification;

use std::time::Duration;

use proto::types::{Status, SyncRequest};
use syncd::config::Config;

use crate::support::Bench;

const DAY: u64 = 86_400;

/// A daemon as users run it.
fn usual(config: &mut Config) {
    config.sync_interval = Duration::from_secs(30);
    config.settle = Duration::from_secs(60);
}

/// Lets time pass in the workspace, and waits until the daemon has looked for changes after that.
async fn pass(bench: &Bench, seconds: u64) {
    bench.sim.advance(Duration::from_secs(seconds));
    let before = bench.sim.requests().search;
    // Twice: the daemon learns of the time from the first answer.
    for looks in 1..=2 {
        bench.client.sync(SyncRequest::default()).await.unwrap();
        bench
            .eventually("a look for changes", || async {
                (bench.sim.requests().search >= before + looks).then_some(())
            })
            .await;
    }
}

/// Waits until the status is as wanted.
async fn until(bench: &Bench, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
    bench
        .eventually(what, || async {
            Some(bench.client.status().await.unwrap()).filter(|status| wanted(status))
        })
        .await
}
