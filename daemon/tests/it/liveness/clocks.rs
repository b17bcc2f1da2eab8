//! Clocks that are wrong, answers that are dated wrongly, and machines that sleep take away no more than they must.

use std::time::Duration;

use proto::Timestamp;
use proto::types::{CheckRequest, SearchRequest, State};
use sim::{Author, Fault, FaultKind, New, Sim, Target};
use syncd::clock::WallClock;
use tokio::time::sleep;

use super::{BEHIND, SETTLE, copied, has_said, keeps_up, usual};
use crate::support::{Bench, EPOCH, config, since, window, workspace};

const NINE_HOURS: i64 = 9 * 3_600;

/// The machine sleeps.
fn suspend(bench: &Bench, seconds: i64) {
    bench.sim.advance(Duration::from_secs(seconds.unsigned_abs()));
    bench.wall.step(seconds);
}

#[tokio::test(start_paused = true)]
async fn one_sync_after_a_night_of_sleep_claims_the_time_past_the_wake() {
    let bench = copied(workspace(60)).await;
    suspend(&bench, NINE_HOURS);
    let woken = bench.sim.now();
    bench.sync().await;
    let last_sync = bench.client.status().await.unwrap().last_sync.unwrap().0;
    assert!(last_sync >= woken - SETTLE, "claimed up to {} s before the wake", woken - last_sync);
    let info = bench.check(since(woken - 3_600)).await;
    assert_eq!(info.state, State::Fresh, "{info:?}");
}

#[tokio::test(start_paused = true)]
async fn a_sleep_takes_no_claim_back() {
    let bench = copied(workspace(60)).await;
    for seconds in [30, 600, NINE_HOURS] {
        let before = bench.client.status().await.unwrap().last_sync;
        suspend(&bench, seconds);
        for _ in 0..20 {
            let last_sync = bench.client.status().await.unwrap().last_sync;
            assert!(last_sync >= before, "{before:?} became {last_sync:?} after {seconds} s of sleep");
            sleep(Duration::from_secs(1)).await;
        }
        keeps_up(&bench, 5, BEHIND, |_| ()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn before_intercom_has_answered_nobody_knows_that_a_window_is_in_the_future() {
    for wrong_by in [-3_600, -600, 3_600] {
        let sim = Sim::start_here(workspace(20)).unwrap();
        sim.inject(Fault::always(Target::Any, FaultKind::Reset));
        let home = tempfile::tempdir().unwrap();
        let mut config = config(&sim, &home);
        usual(&mut config);
        let bench =
            Bench::with_clock(sim, home, config, WallClock::simulated(Timestamp(EPOCH + wrong_by))).await;
        let today = window(bench.sim.now() - 300, bench.sim.now());
        let info = bench.client.check(CheckRequest { window: today }).await;
        assert_eq!(info.unwrap().sync_info.state, State::Stale, "the clock is off by {wrong_by} s");
        bench.sim.clear_faults();
        bench.sync().await;
        let today = window(bench.sim.now() - 300, bench.sim.now());
        assert_eq!(bench.check(today).await.state, State::Fresh);
        let tomorrow = window(bench.sim.now() + 86_400, bench.sim.now() + 90_000);
        assert!(bench.client.check(CheckRequest { window: tomorrow }).await.is_err(), "by now it knows");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_a_clock_that_is_behind_hides_nothing_that_is_stored() {
    let sim = Sim::start_here(workspace(20)).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut config = config(&sim, &home);
    usual(&mut config);
    let bench = Bench::with_clock(sim, home, config, WallClock::simulated(Timestamp(EPOCH))).await;
    let id = bench.sim.create(New { body: "<p>It does not start</p>".to_owned(), ..New::default() });
    bench.sim.advance(Duration::from_secs(300));
    bench.sync().await;
    bench.sim.inject(Fault::always(Target::Any, FaultKind::Hang));
    // While nobody looks; what was known of it before is of no use.
    bench.wall.step(-3_600);
    let bench = bench.restart(usual).await;
    let request = SearchRequest { limit: 1, ..SearchRequest::default() };
    let reply = bench.client.search(&request).await.unwrap();
    assert_eq!(reply.hits[0].id, id, "{:?}", reply.window);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_restart_a_clock_that_is_behind_keeps_nothing_fresh_for_longer() {
    let sim = Sim::start_here(workspace(20)).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut config = config(&sim, &home);
    usual(&mut config);
    let wall = WallClock::simulated(Timestamp(EPOCH - 3_600));
    let bench = Bench::with_clock(sim, home, config, wall).await;
    bench.sync().await;
    assert_eq!(bench.check(since(bench.sim.now() - 3_600)).await.state, State::Fresh);
    bench.sim.inject(Fault::always(Target::Any, FaultKind::Hang));
    suspend(&bench, 1_200);
    let bench = bench.restart(usual).await;
    let info = bench.check(since(bench.sim.now() - 3_600)).await;
    assert_eq!(info.state, State::Partial, "{info:?}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_answer_that_is_dated_wrongly_moves_no_claim() {
    for on in [Target::Search, Target::Details(None), Target::Deleted, Target::Any] {
        for off in [Some(3_600), Some(-3_600), Some(400 * 86_400), None] {
            let bench = copied(workspace(20)).await;
            let id = bench.sim.ids()[3].clone();
            bench.sim.inject(Fault::once(on.clone(), FaultKind::Date(off)));
            keeps_up(&bench, 40, BEHIND, |second| {
                if second % 10 == 2 {
                    bench.sim.reply(&id, Author::Customer, "<p>Any news?</p>");
                }
            })
            .await;
            let status = bench.client.status().await.unwrap();
            assert!(status.clock_offset_seconds.unwrap().abs() <= 1, "{on:?} {off:?}: {status:#?}");
            bench.end().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_comes_hours_late_is_found_and_leaves_the_present_fresh() {
    let bench = copied(workspace(40)).await;
    let id = bench.sim.ids()[9].clone();
    let late = Duration::from_secs(3_000);
    bench.sim.indexed_after(late).reply(&id, Author::Customer, "<p>It came back</p>").unwrap();
    suspend(&bench, 3_000);
    bench.eventually("the reply", || async { has_said(&bench, &id, "came back").await.then_some(()) }).await;
    keeps_up(&bench, 60, BEHIND, |_| ()).await;
    let status = bench.client.status().await.unwrap();
    assert_eq!(status.settle_seconds, SETTLE.unsigned_abs(), "no margin would have covered it");
    let info = bench.check(since(bench.sim.now() - 600)).await;
    assert_eq!(info.state, State::Fresh, "{info:?}");
}
