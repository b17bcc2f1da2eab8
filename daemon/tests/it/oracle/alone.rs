//! Schedules in which one thing is in trouble, and all the rest must go on as if nothing were.
//!
//! The table is every endpoint by every way to fail, each for a few calls or for ever. A seed is one row of it.

use std::time::Duration;

use fastrand::Rng;
use sim::{Body, FaultKind};

use super::schedule::{Ask, DAY, EVER, On, Schedule, Step};

/// What can be in trouble without anything else being so.
const TROUBLED: [On; 6] = [On::One, On::Page, On::Deleted, On::Contacts, On::Directory, On::Me];

/// Error statuses. Of 401 and 429, which speak of the token and of everybody's calls, one would have to be believed.
const STATUSES: [u16; 23] = [
    400, 402, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 423, 425, 451, 500, 501, 502, 503, 504,
    520, 599,
];

/// Returns the ways in which an answer of an endpoint can be wrong.
fn kinds(on: On) -> Vec<FaultKind> {
    let told = |code| FaultKind::Status { code, body: Body::ErrorList("trouble".to_owned()) };
    let mut kinds: Vec<FaultKind> = STATUSES.into_iter().map(told).collect();
    kinds.extend([404, 500, 502].map(|code| FaultKind::Status { code, body: Body::Html }));
    kinds.extend([403, 503].map(|code| FaultKind::Status { code, body: Body::Empty }));
    kinds.extend([
        FaultKind::NotFound,
        FaultKind::ScopeMissing,
        FaultKind::PlanRestricted,
        FaultKind::Redirect("http://127.0.0.1:9/".to_owned()),
        FaultKind::Reset,
        FaultKind::Hang,
        FaultKind::TruncatedBody,
        FaultKind::MalformedJson,
        FaultKind::WrongTypes,
        FaultKind::HtmlBody,
        FaultKind::EmptyBody,
        FaultKind::Latency(Duration::from_secs(3)),
        FaultKind::SlowDrip { pieces: 10, pause: Duration::from_millis(700) },
        FaultKind::Date(None),
    ]);
    kinds.extend(match on {
        On::One => vec![FaultKind::Outdated, FaultKind::HugeBody(70)],
        On::Page => vec![
            FaultKind::RepeatedCursor,
            FaultKind::WrongOrder,
            FaultKind::EmptyPageWithNext,
            FaultKind::NothingNew,
        ],
        On::Deleted => vec![FaultKind::RepeatedCursor, FaultKind::NothingNew],
        _ => Vec::new(),
    });
    kinds
}

/// Returns every row of the table: what is in trouble, how, and how often.
pub(super) fn table() -> Vec<(On, FaultKind, u32)> {
    let mut rows = Vec::new();
    for on in TROUBLED {
        for kind in kinds(on) {
            rows.extend([EVER, 3].map(|times| (on, kind.clone(), times)));
        }
        // One answer that is dated wrongly; a clock that stays wrong is Intercom's clock.
        rows.extend([3_600, -3_600].map(|off| (on, FaultKind::Date(Some(off)), 1)));
    }
    rows
}

/// Makes a schedule of one row of the table.
pub(super) fn fill(schedule: &mut Schedule, dice: &mut Rng) {
    let table = table();
    // Neighbouring seeds get rows from all over the table; each row has its turn.
    let row = schedule.seed.wrapping_mul(7_919) % table.len() as u64;
    let (on, kind, times) = table[row as usize].clone();
    schedule.conversations = dice.usize(8..40);
    // Everything is in the copy, so that nothing is new to it but what is made.
    schedule.history = 40;
    schedule.settle = dice.u64(2..5);
    schedule.lag = if dice.bool() { 0 } else { (schedule.settle - 1) * 1_000 };
    schedule.interval = Duration::from_secs([3, 5][dice.usize(..2)]);
    schedule.latency = Duration::from_millis(dice.u64(..40));
    schedule.steps =
        vec![Step::Pass(15_000), Step::Silent { which: dice.u64(..1 << 20), dice: dice.u64(..1 << 20) }];
    // It fails from its next change on, and changes again while it does.
    schedule.steps.push(Step::Fault { on, kind, times, percent: 100 });
    let lag = |dice: &mut Rng| if schedule.lag > 0 { dice.u64(..=schedule.lag) } else { 0 };
    for round in 0..12 {
        if round % 5 == 0 {
            schedule.steps.push(Step::Trouble { lag: lag(dice) });
        }
        let which = dice.u64(..1 << 20);
        schedule.steps.push(match dice.u8(..4) {
            0 => Step::Change { dice: which, lag: lag(dice) },
            1 => Step::Check([Ask::All, Ask::Since(2 * DAY)][dice.usize(..2)]),
            _ => Step::Say { which, lag: lag(dice) },
        });
        schedule.steps.push(Step::Pass(dice.u64(500..15_000)));
    }
}
