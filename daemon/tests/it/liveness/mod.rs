//! What must be claimed, and when: the trouble of one conversation, page or call is its own, what is over is over at once,
//! and whoever waits gets a try.

mod clocks;
mod one;
mod pages;
mod upkeep;
mod waiting;

use std::time::Duration;

use sim::Options;
use syncd::config::Config;
use tokio::time::sleep;

use crate::support::Bench;

/// How often the daemon looks for changes, in seconds.
const INTERVAL: i64 = 5;
/// The settle margin in seconds.
const SETTLE: i64 = 2;
/// How far claims may be behind Intercom's clock, in seconds, where the index does not lag: the margin, two looks, and the
/// second that times are cut to.
const BEHIND: i64 = SETTLE + 2 * INTERVAL + 1;

fn usual(config: &mut Config) {
    config.sync_interval = Duration::from_secs(INTERVAL.unsigned_abs());
    config.settle = Duration::from_secs(SETTLE.unsigned_abs());
    config.freshness = Duration::from_secs(60);
}

/// Returns a workspace that was copied.
async fn copied(options: Options) -> Bench {
    let bench = Bench::start_with(options, usual).await;
    bench.sync().await;
    bench
}

/// Lets so many seconds pass, in each of which something may happen, and asserts that in each what is claimed is at most
/// so many seconds behind Intercom's clock.
async fn keeps_up(bench: &Bench, seconds: u64, behind: i64, mut meanwhile: impl FnMut(u64)) {
    for second in 0..seconds {
        meanwhile(second);
        sleep(Duration::from_secs(1)).await;
        let status = bench.client.status().await.unwrap();
        let lag = status.last_sync.map(|last_sync| bench.sim.now() - last_sync.0);
        assert!(
            lag.is_some_and(|lag| (0..=behind).contains(&lag)),
            "claims are {lag:?} s behind after {second} s: {status:#?}"
        );
    }
}

/// Returns whether the copy has a message with these words in a conversation.
async fn has_said(bench: &Bench, id: &str, words: &str) -> bool {
    let shown = bench.client.show_whole(id, false).await;
    shown.is_ok_and(|shown| shown.conversation.messages.iter().any(|said| said.body.contains(words)))
}

/// Waits until the copy has a message with these words in a conversation, and returns how many seconds that took.
async fn seconds_until_said(bench: &Bench, id: &str, words: &str) -> u64 {
    let began = tokio::time::Instant::now();
    bench.eventually("the reply", || async { has_said(bench, id, words).await.then_some(()) }).await;
    began.elapsed().as_secs()
}

/// Says whether what is scaled down in a normal test run is wanted at its full size: `SYNCD_LIVENESS=full`.
fn is_full() -> bool {
    std::env::var("SYNCD_LIVENESS").is_ok_and(|size| size == "full")
}
