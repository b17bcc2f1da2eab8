//! Changes that the index shows later than the settle margin allows for.

use std::time::Duration;

use sim::Author;

use super::{pass, until, usual};
use crate::support::{Bench, workspace};

const REPLY: &str = "<p>It came back this morning</p>";

async fn has_reply(bench: &Bench, id: &str) -> bool {
    let shown = bench.client.show_whole(id, false).await.unwrap().conversation;
    shown.messages.iter().any(|message| message.body.contains("came back"))
}

#[tokio::test(start_paused = true)]
async fn a_change_indexed_five_minutes_late_is_listed_again_and_the_margin_grows_to_twice_that() {
    let bench = Bench::start_with(workspace(60), usual).await;
    bench.sync().await;
    pass(&bench, 600).await;
    until(&bench, "a first listing of the recent past", |status| status.calibration.tail_listed_at.is_some())
        .await;
    for _ in 0..9 {
        pass(&bench, 30).await;
    }
    let id = bench.sim.ids()[7].clone();
    bench.sim.indexed_after(Duration::from_secs(300)).reply(&id, Author::Customer, REPLY).unwrap();
    let changed_at = bench.sim.now();
    for _ in 0..9 {
        pass(&bench, 30).await;
    }
    let before = bench.client.status().await.unwrap();
    assert!(before.last_sync.unwrap().0 > changed_at, "its time has been claimed");
    assert_eq!((before.settle_seconds, before.calibration.late_arrival), (60, None));
    pass(&bench, 60).await;

    let status = until(&bench, "the late change", |status| status.calibration.late_arrival.is_some()).await;
    let late = status.calibration.late_arrival.unwrap();
    assert!((300..=400).contains(&late.delay_seconds), "{late:?}");
    assert_eq!(status.settle_seconds, 2 * late.delay_seconds);
    let margin = i64::try_from(status.settle_seconds).unwrap();
    let last_sync = status.last_sync.unwrap().0;
    assert!(last_sync <= bench.sim.now() - margin, "nothing younger than the margin stays claimed");
    assert!(last_sync >= bench.sim.now() - margin - 120, "and nothing older is given up: {last_sync}");
    bench.eventually("the reply", || async { has_reply(&bench, &id).await.then_some(()) }).await;

    // A week of calm brings the margin back; a restart does not.
    let bench = bench.restart(usual).await;
    pass(&bench, 1).await;
    let again = until(&bench, "the margin", |status| status.calibration.late_arrival.is_some()).await;
    assert_eq!(again.settle_seconds, status.settle_seconds);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_somebody_reads_before_the_index_shows_it_widens_the_margin() {
    let bench = Bench::start_with(workspace(40), usual).await;
    bench.sync().await;
    let id = bench.sim.ids()[3].clone();
    bench.sim.indexed_after(Duration::from_secs(100_000)).reply(&id, Author::Customer, REPLY).unwrap();
    for _ in 0..4 {
        pass(&bench, 30).await;
    }
    assert_eq!(bench.client.status().await.unwrap().settle_seconds, 60);
    let read = bench.client.show_whole(&id, true).await.unwrap().conversation;
    assert!(read.messages.iter().any(|message| message.body.contains("came back")));
    let status = until(&bench, "the late change", |status| status.settle_seconds > 60).await;
    let late = status.calibration.late_arrival.unwrap();
    assert!((90..=150).contains(&late.delay_seconds), "{late:?}");
    let margin = i64::try_from(status.settle_seconds).unwrap();
    assert!(status.last_sync.unwrap().0 <= bench.sim.now() - margin);
}
