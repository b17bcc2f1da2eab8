//! Changes that leave the activity time alone.

use super::{DAY, pass, until, usual};
use crate::support::{Bench, workspace};

#[tokio::test(start_paused = true)]
async fn a_change_that_leaves_the_activity_time_alone_is_found_by_reading_again() {
    let bench = Bench::start_with(workspace(12), usual).await;
    bench.sync().await;
    let id = bench.sim.ids()[5].clone();
    assert!(bench.sim.silently().retitle(&id, "Printer on the second floor"));
    pass(&bench, DAY + 60).await;
    let status =
        until(&bench, "reading all again", |status| status.calibration.verification.verified >= 12).await;
    let found = status.calibration.verification;
    assert_eq!(
        (found.verified, found.differences),
        (12, 1),
        "each is read once, and only what differs counts"
    );
    assert!(found.last_difference_at.is_some());
    let shown = bench.client.show_whole(&id, false).await.unwrap().conversation;
    assert_eq!(shown.summary.title.as_deref(), Some("Printer on the second floor"));
    let details = bench.sim.requests().details;

    // When each was read is kept: another daemon does not begin anew.
    let bench = bench.restart(usual).await;
    pass(&bench, 60).await;
    let again = until(&bench, "what was found", |status| status.calibration.verification.verified > 0).await;
    assert_eq!(again.calibration.verification.verified, 12);
    assert!(again.calibration.verification.read_since.is_none_or(|at| at.0 > bench.sim.now() - 3_600));
    assert_eq!(bench.sim.requests().details, details);
}
