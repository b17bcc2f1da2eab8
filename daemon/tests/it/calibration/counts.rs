//! What only a look at all of the history tells.

use std::time::Duration;

use proto::types::{CountState, Health, Status};
use sim::{Body, Fault, FaultKind, New, Target};

use super::{DAY, pass, until, usual};
use crate::support::{Bench, workspace};

/// Waits for the look at all of the history that is due by now.
async fn check(bench: &Bench, within: i64) -> Status {
    let since = bench.sim.now() - within;
    until(bench, "a look at everything", |status| {
        status.calibration.count_check.is_some_and(|check| check.checked_at.0 >= since)
    })
    .await
}

fn state(status: &Status) -> CountState {
    status.calibration.count_check.unwrap().state
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_the_index_shows_days_late_is_found_by_listing_everything_again() {
    let bench = Bench::start_with(workspace(200), usual).await;
    bench.sync().await;
    let lag = Duration::from_secs(80 * 3_600);
    let new = New { body: "<p>Where is my order?</p>".to_owned(), ..New::default() };
    let id = bench.sim.indexed_after(lag).create(new);
    for _ in 0..3 {
        pass(&bench, DAY + 60).await;
        assert_eq!(state(&check(&bench, 600).await), CountState::Equal);
    }
    assert!(bench.client.show_whole(&id, false).await.is_err());
    pass(&bench, DAY + 60).await;
    let count = check(&bench, 600).await.calibration.count_check.unwrap();
    assert_eq!((count.intercom, count.stored, count.state), (201, 200, CountState::Different));
    bench
        .eventually("the conversation", || async {
            bench.client.show_whole(&id, false).await.is_ok().then_some(())
        })
        .await;
    assert_eq!(bench.client.status().await.unwrap().settle_seconds, 60, "no margin would have covered it");
    pass(&bench, DAY + 60).await;
    assert_eq!(state(&check(&bench, 600).await), CountState::Equal);
}

#[tokio::test(start_paused = true)]
async fn where_deletions_are_refused_that_is_said_and_what_is_gone_is_missed_in_a_listing() {
    let bench = Bench::start_with(workspace(300), usual).await;
    bench.sync().await;
    let refused = FaultKind::Status { code: 403, body: Body::ErrorList("api_plan_restricted".to_owned()) };
    bench.sim.inject(Fault::always(Target::Deleted, refused));
    let refused = until(&bench, "the refusal", |status| status.calibration.deletions_error.is_some()).await;
    let known = refused.deletions_as_of;
    assert!(known.is_some_and(|known| known.0 <= bench.sim.now()));
    let doctor = bench.client.diagnose().await.unwrap();
    let line = doctor.iter().find(|line| line.subject == "deletions").unwrap();
    assert_eq!(line.health, Health::Warning, "{line:?}");

    let id = bench.sim.ids()[40].clone();
    assert!(bench.sim.delete(&id));
    pass(&bench, DAY + 60).await;
    let status = until(&bench, "the removal", |status| status.total_conversations == 299).await;
    assert_eq!(status.deletions_as_of, known, "it was not learned of from the list");
    assert!(bench.client.show_whole(&id, false).await.is_err());
}
