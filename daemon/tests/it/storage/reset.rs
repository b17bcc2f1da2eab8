//! A reset at any moment of a sync: nothing of the old copy is left, and the new one is whole in the end.

use std::time::Duration;

use proto::types::Window;
use sim::{Author, Options};

use super::disk::{Depth, examine};
use super::traces::{files_with, traces};

use crate::support::{Bench, truth, workspace};

#[tokio::test(start_paused = true)]
async fn a_reset_at_any_moment_of_a_sync_leaves_no_trace_of_the_old_copy() {
    let latency = Duration::from_millis(30);
    let bench = Bench::start(Options { latency, ..workspace(500) }).await;
    let dir = bench.home.path().join("data");
    let mut dice = fastrand::Rng::with_seed(3);
    for round in 0..8 {
        // Newest first: what has just been said is stored soon, while most of the others are not.
        let doomed = bench.sim.ids()[round].clone();
        bench.sim.reply(&doomed, Author::Customer, "<p>It said Zqxylograph here</p>");
        bench
            .eventually("storing it", || async {
                let shown = bench.client.show_whole(&doomed, false).await.ok()?.conversation;
                shown.messages.iter().any(|message| message.body.contains("Zqxylograph")).then_some(())
            })
            .await;
        let traces = traces(&dir, doomed.parse().unwrap(), &["qxylograph"]);
        assert!(!files_with(&dir, &traces).is_empty(), "the test looks for it");
        // The new copy must not have it again.
        assert!(bench.sim.delete(&doomed));
        let already = bench.client.status().await.unwrap().total_conversations;
        let more = dice.u64(0..120);
        bench
            .eventually("a random moment", || async {
                let status = bench.client.status().await.unwrap();
                (status.total_conversations >= already + more || status.pending == 0).then_some(())
            })
            .await;
        bench.client.reset().await.unwrap();
        assert_eq!(files_with(&dir, &traces), [""; 0], "round {round}");
        let all = bench.sim.ids().len() as u64;
        let info = bench.check(Window::default()).await;
        let stored = bench.client.status().await.unwrap().total_conversations;
        assert!(!info.data_complete || stored == all, "complete with {stored}: {info:?}");
    }
    bench.sync().await;
    assert_eq!(examine(&dir, Depth::Whole).stored.len(), 492);
    truth::assert_shown(&bench, &bench.sim.ids()[..50]).await;
}
