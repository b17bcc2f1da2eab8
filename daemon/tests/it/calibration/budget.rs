//! What calibration costs where nothing happens.

use std::time::Duration;

use super::{DAY, pass, usual};
use crate::support::{Bench, workspace};

/// A quarter of an hour.
const SPAN: Duration = Duration::from_secs(900);

#[tokio::test(start_paused = true)]
async fn a_quiet_workspace_costs_a_few_calls_a_minute() {
    let bench = Bench::start_with(workspace(400), usual).await;
    bench.sync().await;
    bench.sim.reset_requests();
    tokio::time::sleep(SPAN).await;
    let fresh = bench.sim.requests();
    assert_eq!(fresh.details, 0, "what was just fetched is not read again");
    // One look for changes each half minute, one listing of the recent past each ten minutes.
    assert!((30..=34).contains(&fresh.search), "{fresh:?}");

    pass(&bench, DAY).await;
    bench.sim.reset_requests();
    tokio::time::sleep(SPAN).await;
    let verifying = bench.sim.requests();
    assert_eq!(verifying.details, 400, "what was read a day ago: {verifying:?}");
    assert!(verifying.search <= 36, "{verifying:?}");
    assert!(verifying.details_by_id.values().all(|reads| *reads == 1), "each is read once");
}
