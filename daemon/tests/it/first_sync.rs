//! Copying a workspace from nothing.

use proto::types::{State, Window};
use sim::Options;

use crate::support::{Bench, truth, workspace};

#[tokio::test(start_paused = true)]
async fn a_first_sync_copies_every_conversation_whole_and_says_so() {
    let bench = Bench::start(workspace(400)).await;
    bench.sync().await;
    let ids = bench.sim.ids();
    let status = bench.client.status().await.unwrap();
    assert_eq!(status.total_conversations, ids.len() as u64);
    assert_eq!((status.pending, status.failed), (0, 0));
    let messages: usize = ids.iter().map(|id| bench.sim.conversation(id).unwrap().messages.len()).sum();
    assert_eq!(status.total_messages, messages as u64);
    truth::assert_shown(&bench, &ids[..100]).await;
    let info = bench.check(Window::default()).await;
    assert_eq!(info.state, State::Fresh, "{info:?}");
    assert!(info.data_complete && info.message.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_costs_a_call_a_conversation_and_a_page_each_150_and_a_second_one_a_few() {
    let bench = Bench::start(workspace(900)).await;
    bench.sync().await;
    let first = bench.sim.requests().total;
    let budget = (900 + 900 / 150 + 10) * 102 / 100;
    assert!(first <= budget, "{first} calls, at most {budget} are needed");
    bench.sim.reset_requests();
    bench.sync().await;
    let second = bench.sim.requests().total;
    assert!(second < 10, "{second} calls though nothing had changed");
}

#[tokio::test(start_paused = true)]
async fn a_first_sync_under_a_rate_limit_is_never_refused_by_it() {
    // 200 calls in ten seconds; the sync needs more than one window.
    let bench = Bench::start(Options { rate_limit: Some(200), ..workspace(300) }).await;
    bench.sync().await;
    let requests = bench.sim.requests();
    assert_eq!(requests.rate_limited, 0, "{requests:?}");
    assert_eq!(bench.client.status().await.unwrap().api.limit, Some(200));
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_was_interrupted_goes_on_where_it_was() {
    let bench = Bench::start(workspace(600)).await;
    let stored = bench
        .eventually("storing a third", || async {
            let status = bench.client.status().await.unwrap();
            (status.total_conversations >= 200).then_some(status.total_conversations)
        })
        .await;
    let bench = bench.restart(|_| ()).await;
    assert!(bench.client.status().await.unwrap().total_conversations >= stored);
    bench.sync().await;
    assert_eq!(bench.client.status().await.unwrap().total_conversations, 600);
    let calls = bench.sim.requests().total;
    assert!(
        calls < 900 + 30,
        "{calls} calls: what was stored is not fetched again, but for what was in flight"
    );
}

#[tokio::test(start_paused = true)]
async fn a_workspace_of_several_spans_is_listed_newest_first_and_proven_in_the_end() {
    // Slow pages make the head scan short, so that the rest is backfilled.
    let bench =
        Bench::start(Options { latency: std::time::Duration::from_millis(1_500), ..workspace(1_500) }).await;
    let early =
        bench.eventually("a head", || async { bench.client.status().await.unwrap().sync_coverage }).await;
    assert!(
        early.start.0 > bench.sim.now() - 300 * 86_400,
        "the first claim is about the recent past: {early}"
    );
    bench.sync().await;
    assert_eq!(bench.check(Window::default()).await.state, State::Fresh);
    assert_eq!(bench.client.status().await.unwrap().total_conversations, 1_500);
}
