//! Very many peers, and peers that go away or stop reading in the middle.

use std::time::Duration;

use proto::SyncdRequest;
use proto::client::Client;
use proto::types::{SearchRequest, ShowRequest, SyncRequest, WatchRequest};
use sim::{Fault, FaultKind, Options, Sim, Target};
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::{assert_answers, bench, greeted, socket};
use crate::storage::process;
use crate::support::workspace;

/// What the daemon may take for a crowd, beyond what it took before: a reply with 200 hits, their excerpts and first words for
/// each peer that never reads, and one in the making. All that it asks for would be 60 times that.
const MOST_BYTES: u64 = 192 << 20;

#[tokio::test(start_paused = true)]
async fn a_thousand_connections_are_taken_and_the_silent_ones_make_room() {
    let bench = bench().await;
    let mut crowd = Vec::new();
    for _ in 0..1_000 {
        crowd.push(greeted(&bench).await);
    }
    // The one that this test asks with has made room too.
    let client = Client::connect(&socket(&bench)).await.unwrap();
    let question = SearchRequest { limit: 5, ..SearchRequest::default() };
    assert_eq!(client.search(&question).await.unwrap().hits.len(), 5);
    drop(crowd);
    assert_eq!(client.search(&question).await.unwrap().hits.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn hundreds_that_connect_and_say_nothing_keep_nobody_out() {
    let bench = bench().await;
    let mut crowd = Vec::new();
    for _ in 0..500 {
        crowd.push(UnixStream::connect(socket(&bench)).await.unwrap());
    }
    let client = Client::connect(&socket(&bench)).await.unwrap();
    let question = SearchRequest { limit: 5, ..SearchRequest::default() };
    assert_eq!(client.search(&question).await.unwrap().hits.len(), 5);
    drop(crowd);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_conversations_fetched_anew_still_gets_its_other_answers_at_once() {
    let bench = bench().await;
    bench.sim.inject(Fault::always(Target::Details(None), FaultKind::Hang));
    for id in bench.sim.ids().into_iter().take(4) {
        let client = bench.client.clone();
        let request = ShowRequest { id, refresh: true, ..ShowRequest::default() };
        tokio::spawn(async move { drop(client.show(&request).await) });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = Instant::now();
    bench.client.search(&SearchRequest { limit: 5, ..SearchRequest::default() }).await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn clients_that_vanish_in_a_call_leave_nothing_behind() {
    let bench = bench().await;
    let before = Handle::current().metrics().num_alive_tasks();
    let ticket = bench.client.sync(SyncRequest::default()).await.unwrap();
    for round in 0..100 {
        let mut stream = greeted(&bench).await;
        let watch = SyncdRequest::Watch { request: WatchRequest { ticket, seen: u64::MAX } };
        let call = super::frames::frame(round, Duration::from_secs(60), watch);
        stream.write_all(&call).await.unwrap();
    }
    bench
        .eventually("their tasks' end", || async {
            (Handle::current().metrics().num_alive_tasks() <= before + 4).then_some(())
        })
        .await;
    assert_answers(&bench).await;
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1_024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_bounded_whatever_a_crowd_of_hostile_peers_does() {
    let sim = Sim::start(Options { conversations: 300, ..workspace(300) }).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let daemon = process::spawn(&sim, home.path());
    let client = process::connect(home.path()).await;
    let ticket = client.sync(SyncRequest::default()).await.unwrap();
    client.wait(ticket, Some(process::PATIENCE), |_| ()).await.unwrap();
    let before = resident(daemon.0.id());

    let question = SearchRequest { limit: 200, ..SearchRequest::default() };
    let call = |id| {
        super::frames::frame(id, Duration::from_secs(10), SyncdRequest::Search { request: question.clone() })
    };
    let mut crowd = Vec::new();
    for number in 0..400_u64 {
        let mut stream = UnixStream::connect(home.path().join("s")).await.unwrap();
        proto::transport::greet(&mut stream).await.unwrap();
        let bytes = match number % 4 {
            // Asks a great deal, and never reads.
            0 => (0..60).flat_map(call).collect(),
            // Claims a frame of gigabytes.
            1 => vec![255; 4_096],
            // Sends most of the largest frame.
            2 => [&[0, 1, 0, 0][..], &vec![0; 65_000]].concat(),
            _ => Vec::new(),
        };
        // Whoever is let go in the middle of it is.
        let _ = tokio::time::timeout(Duration::from_millis(200), stream.write_all(&bytes)).await;
        crowd.push(stream);
    }
    let client = process::connect(home.path()).await;
    assert_eq!(
        client.search(&SearchRequest { limit: 5, ..SearchRequest::default() }).await.unwrap().hits.len(),
        5
    );
    let grown = resident(daemon.0.id()).saturating_sub(before);
    assert!(grown < MOST_BYTES, "{grown} bytes more are in use");
    drop(crowd);
}
