//! Changes that leave the activity time alone.

use super::{DAY, pass, until, usual};
use crate::support::{Bench, workspace};

#[tokio::test(start_paused = true)]
async fn a_change_that_leaves_the_activity_time_alone_is_found_by_reading_again() {
    let bench = Bench::start_with(workspace(12), usual).await;
    bench.sync().await;
    let id = bench.sim.ids()[5].clone();
    assert!(bench.sim.retitle_silently(&id, "Printer on the second floor"));
    pass(&bench, DAY + 60).await;
    let status = until(&bench, "a round through all", |status| {
        let round = status.calibration.verification;
        round.verified >= 12 && round.round_finished_at.is_some()
    })
    .await;
    let round = status.calibration.verification;
    assert_eq!((round.verified, round.passed), (12, 12), "each is read once");
    assert_eq!(round.differences, 1, "only what differs counts");
    assert!(round.last_difference_at.is_some());
    let shown = bench.client.show_whole(&id, false).await.unwrap().conversation;
    assert_eq!(shown.summary.title.as_deref(), Some("Printer on the second floor"));
    let details = bench.sim.requests().details;

    // The round is kept: another daemon does not begin anew.
    let bench = bench.restart(usual).await;
    pass(&bench, 60).await;
    let again = until(&bench, "the round", |status| status.calibration.verification.verified > 0).await;
    assert_eq!(again.calibration.verification, round);
    assert_eq!(bench.sim.requests().details, details);
}
