//! Each guard is worth having: without it, some schedule finds the daemon lying, or its copy wrong in the end.
//! `SYNCD_ORACLE_GUARD=Name` looks at one of them.

use std::time::Duration;

use proto::types::SyncMode;
use sim::FaultKind;
use syncd::mutation::{Guard, without};

use super::each_on_a_thread;
use super::run::run;
use super::schedule::{Ask, DAY, On, Schedule, Step, Theme};

/// How many schedules a guard's absence may stay unnoticed for.
const SEEDS: u64 = 30;

/// Returns the schedules that are likely to notice that a guard is missing, the likeliest first.
fn suspects(guard: Guard) -> Vec<Schedule> {
    let (theme, likeliest) = match guard {
        Guard::ReadsOn => (Theme::Paging, 0),
        Guard::IntercomsClock => (Theme::Clocks, 0),
        Guard::Retraction => (Theme::Clocks, 3),
        Guard::WallRunsOn => (Theme::Kills, 6),
        Guard::Lookback => (Theme::Late, 2),
        Guard::Ahead => (Theme::Faults, 4),
        Guard::SecondMiss => (Theme::Faults, 0),
        Guard::OneTransaction | Guard::Pending => (Theme::Mixed, 7),
        Guard::Margin | Guard::AllParts => (Theme::Mixed, 0),
        Guard::Deletions => (Theme::Mixed, 9),
        Guard::LastPage => return (2..9).map(cut_short).collect(),
        Guard::ScanStart => return vec![race()],
        Guard::Awaiting => return (0..9).map(overtaken).collect(),
        Guard::FailedPage => return vec![failing_pages()],
        Guard::SameSecond => return vec![chatter()],
        Guard::NewerStays => return vec![slow_refresh()],
        Guard::DetailsAsNewAsListed => return vec![slow_details()],
    };
    let seeds = std::iter::once(likeliest).chain((0..SEEDS).filter(|seed| *seed != likeliest));
    seeds.map(|seed| Schedule::about(theme, seed)).collect()
}

/// Returns a schedule of these steps, in a small workspace that was copied.
fn plan(conversations: usize, latency: u64, settle: u64, steps: impl IntoIterator<Item = Step>) -> Schedule {
    Schedule {
        seed: 1,
        theme: Theme::Mixed,
        conversations,
        latency: Duration::from_millis(latency),
        lag: 0,
        wrong_by: 0,
        settle,
        interval: Duration::from_secs(1),
        history: 40,
        steps: std::iter::once(Step::Pass(30_000)).chain(steps).collect(),
    }
}

/// The daemon is killed between the pages of its first scan.
fn cut_short(after: u64) -> Schedule {
    let steps = [Step::Kill, Step::Pass(60_000), Step::Check(Ask::All)];
    let mut schedule = plan(500, 1_000, 4, steps);
    schedule.steps[0] = Step::Pass(after * 500);
    schedule
}

/// Something said is indexed behind a scan that a crowd of changes holds up.
fn race() -> Schedule {
    let one = |try_: u64| {
        [
            Step::Pass(25_000 + 210 * try_),
            Step::Say { which: 0, lag: 1_900 },
            Step::Bulk { count: 499, dice: 1 },
        ]
    };
    plan(500, 1_500, 2, (0..6).flat_map(one))
}

/// Conversations change while what they did long ago is being listed, and the next look for changes is far.
fn overtaken(after: u64) -> Schedule {
    let older = Step::Sync { days: 30, mode: SyncMode::New };
    let moved = Step::Bulk { count: 200, dice: 1 };
    let asks =
        (0..20).flat_map(|_| [Step::Check(Ask::All), Step::Check(Ask::Since(30 * DAY)), Step::Pass(1_500)]);
    let steps = [older, Step::Pass(500 + 400 * after), moved, Step::Pass(500)].into_iter().chain(asks);
    let mut schedule = plan(500, 700, 4, steps);
    schedule.history = 5;
    schedule.interval = Duration::from_secs(30);
    schedule
}

/// No page can be read, while something is said.
fn failing_pages() -> Schedule {
    let fault = Step::Fault { on: On::Search, kind: FaultKind::MalformedJson, times: 600, percent: 100 };
    let said = Step::Say { which: 0, lag: 0 };
    plan(20, 20, 4, [fault, said, Step::Pass(180_000), Step::Check(Ask::All)])
}

/// People say two things within a second.
fn chatter() -> Schedule {
    let said = |which: u64| Step::Say { which, lag: 0 };
    let one = |which: u64| [said(which), Step::Pass(300), said(which), Step::Pass(4_750)];
    plan(20, 20, 4, (0..20).flat_map(one))
}

/// Something is said while an answer that knows nothing of it is on its way to somebody who asked for it.
fn slow_refresh() -> Schedule {
    let said = Step::Say { which: 0, lag: 0 };
    let steps = [drip(), Step::Refresh { which: 0 }, Step::Pass(500), said, Step::Pass(40_000)];
    plan(20, 20, 4, steps.into_iter().chain([Step::Check(Ask::All)]))
}

/// Something is said while an answer that knows nothing of it is on its way to the sync.
fn slow_details() -> Schedule {
    let said = Step::Say { which: 0, lag: 0 };
    let steps = [drip(), said.clone(), Step::Pass(4_500), said, Step::Pass(40_000)];
    plan(20, 20, 4, steps.into_iter().chain([Step::Check(Ask::All)]))
}

fn drip() -> Step {
    let kind = FaultKind::SlowDrip { pieces: 4, pause: Duration::from_millis(5_500) };
    Step::Fault { on: On::Details, kind, times: 1, percent: 100 }
}

#[test]
fn every_guard_of_the_truth_is_missed_by_some_schedule() {
    let only = std::env::var("SYNCD_ORACLE_GUARD").ok();
    let asked = |guard: &Guard| only.as_ref().is_none_or(|only| format!("{guard:?}") == *only);
    let unnoticed = each_on_a_thread(Guard::ALL.into_iter().filter(asked), |guard| {
        let noticed = suspects(guard).iter().any(|schedule| {
            let Err(error) = without(guard, || run(schedule)) else { return false };
            println!(
                "without {guard:?}, seed {}: {}",
                schedule.seed,
                error.chars().take(160).collect::<String>()
            );
            // A schedule that fails in any case proves nothing.
            let usual = run(schedule);
            assert!(usual.is_ok(), "with every guard in place: {usual:?}\n{schedule}");
            true
        });
        (!noticed).then_some(guard)
    });
    let unnoticed: Vec<Guard> = unnoticed.into_iter().flatten().collect();
    assert!(unnoticed.is_empty(), "nothing notices that these are missing: {unnoticed:?}");
}
