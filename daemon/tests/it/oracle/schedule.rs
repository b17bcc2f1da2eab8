//! What happens in a schedule: plain data, so that it can be printed, cut down and run again.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use proto::types::SyncMode;
use sim::{Body, FaultKind, Options, Rows};

use super::alone;
use crate::support::{EPOCH, workspace};

const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 24 * HOUR;

/// What a schedule is mostly about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    /// A little of everything.
    Mixed,
    /// Slow pages, and changes while they are read.
    Paging,
    /// Thousands of changes in a second.
    Bulk,
    /// Calls that fail, and answers that come late.
    Faults,
    /// Daemons that are killed and restarted.
    Kills,
    /// Clocks that are wrong, step and stand still.
    Clocks,
    /// History that is asked for bit by bit.
    Widening,
    /// Changes that reach the index later than the margin allows for.
    Late,
    /// One thing in trouble, for seconds or for ever: one conversation, one page, one endpoint beside.
    Alone,
}

pub(super) const THEMES: [Theme; 9] = [
    Theme::Mixed,
    Theme::Paging,
    Theme::Bulk,
    Theme::Faults,
    Theme::Kills,
    Theme::Clocks,
    Theme::Widening,
    Theme::Late,
    Theme::Alone,
];

/// A workspace, a daemon's settings, and what happens to both.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) seed: u64,
    pub(super) theme: Theme,
    pub(super) conversations: usize,
    pub(super) latency: Duration,
    /// How long changes take to reach the index, in milliseconds, at most.
    pub(super) lag: u64,
    /// The machine's clock minus the workspace's, in seconds.
    pub(super) wrong_by: i64,
    /// The settle margin in seconds.
    pub(super) settle: u64,
    pub(super) interval: Duration,
    /// How many days are kept.
    pub(super) history: i64,
    /// Whether rows of pages are ahead of the index, and pages fail over rows that were just deleted.
    pub(super) current_rows: bool,
    pub(super) steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A customer says a word that nobody has said before; it reaches the index after so many milliseconds.
    Say { which: u64, lag: u64 },
    /// Anything that people do in an inbox.
    Change { dice: u64, lag: u64 },
    /// Something is said in the conversation that is in trouble, which the youngest is, once anything is.
    Trouble { lag: u64 },
    /// Something about a conversation changes, and nothing tells of it.
    Silent { which: u64, dice: u64 },
    /// So many conversations change in the same second.
    Bulk { count: usize, dice: u64 },
    /// Calls fail, so many times or [`EVER`], with this chance in percent.
    Fault { on: On, kind: FaultKind, times: u32, percent: u32 },
    /// One conversation is not found once.
    Miss { which: u64 },
    /// No more faults.
    Calm,
    /// Milliseconds pass.
    Pass(u64),
    /// The machine sleeps for so many seconds.
    Sleep(i64),
    /// The machine's clock is set by so many seconds.
    SetClock(i64),
    /// Intercom's clock is ahead by so many seconds, for so many milliseconds.
    Slip { by: i64, ms: u64 },
    /// The daemon is stopped and started.
    Restart,
    /// The daemon is killed and started.
    Kill,
    /// Somebody asks for a sync of so many days.
    Sync { days: i64, mode: SyncMode },
    /// Somebody asks for a conversation to be fetched anew.
    Refresh { which: u64 },
    /// Somebody asks how complete a window is.
    Check(Ask),
    /// Somebody looks for everything in a window.
    Find(Ask),
    /// Somebody looks for a word that was said.
    Word { which: u64 },
}

/// Calls that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Any,
    Search,
    Details,
    Deleted,
    Contacts,
    Directory,
    Me,
    /// Details of the conversation that is in trouble.
    One,
    /// Pages that it is on.
    Page,
}

/// Without end.
pub(super) const EVER: u32 = u32::MAX;

/// A window, in seconds before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Without bounds.
    All,
    /// From then on.
    Since(i64),
    /// From then until then.
    Between(i64, i64),
}

impl Schedule {
    /// Returns the schedule of a seed.
    pub(super) fn of(seed: u64) -> Self {
        Self::about(THEMES[seed as usize % THEMES.len()], seed)
    }

    /// Returns the schedule of a seed about a theme.
    pub(super) fn about(theme: Theme, seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let settle = [1, 4, 60][dice.usize(..3)];
        let settle = if theme == Theme::Paging || theme == Theme::Late { 4 } else { settle };
        let lag = if dice.bool() { 0 } else { (settle - 1) * 1_000 };
        let (conversations, latency, steps) = match theme {
            Theme::Paging => (dice.usize(160..330), dice.u64(100..1_500), 16),
            Theme::Bulk => {
                (if dice.u8(..8) == 0 { 2_000 } else { dice.usize(150..400) }, dice.u64(..200), 10)
            }
            Theme::Mixed => (dice.usize(..150), dice.u64(..300), 40),
            _ => (dice.usize(3..80), dice.u64(..100), 40),
        };
        let wrong = theme == Theme::Clocks || dice.u8(..4) == 0;
        let mut schedule = Self {
            seed,
            theme,
            conversations,
            latency: Duration::from_millis(latency),
            lag: if theme == Theme::Paging { (settle - 1) * 1_000 } else { lag },
            wrong_by: if wrong { dice.i64(-2 * HOUR..2 * HOUR) } else { 0 },
            settle,
            interval: Duration::from_secs([1, 1, 5, 30][dice.usize(..4)]),
            history: if theme == Theme::Widening || dice.u8(..3) == 0 { 5 } else { 40 },
            current_rows: dice.bool(),
            steps: Vec::new(),
        };
        if theme == Theme::Alone {
            alone::fill(&mut schedule, &mut dice);
            return schedule;
        }
        if theme == Theme::Paging {
            schedule.interval = Duration::from_secs(1);
        }
        for _ in 0..steps {
            if theme == Theme::Paging && dice.u8(..6) == 0 {
                schedule.push_race(&mut dice);
            }
            let step = schedule.step(&mut dice);
            schedule.steps.push(step);
            if theme == Theme::Paging || dice.bool() {
                schedule.steps.push(Step::Pass(dice.u64(..2_500)));
            }
        }
        schedule
    }

    /// Something is said that the index shows only once a scan is past it, held up by a crowd.
    fn push_race(&mut self, dice: &mut Rng) {
        let which = dice.u64(..1 << 20);
        self.steps.push(Step::Say { which, lag: dice.u64(1_500..3_000) });
        self.steps.push(Step::Pass(dice.u64(..1_100)));
        // All but the one that spoke.
        let count = self.conversations.saturating_sub(1);
        self.steps.push(Step::Bulk { count, dice: which + 1 });
        for _ in 0..10 {
            self.steps.push(Step::Pass(dice.u64(200..700)));
            self.steps.push(Step::Check(Ask::Since(120)));
        }
    }

    fn step(&self, dice: &mut Rng) -> Step {
        let asks = [(20, 0), (8, 1), (6, 2)];
        let common = [(14, 3), (14, 4), (8, 5), (1, 6), (1, 7), (2, 8), (3, 9), (1, 10), (2, 11)];
        let own: &[(u32, u8)] = match self.theme {
            Theme::Mixed => &[(1, 12), (6, 13), (2, 14), (2, 15), (2, 6), (2, 7), (3, 11)],
            Theme::Paging => &[(30, 3), (20, 4), (6, 12), (8, 11)],
            Theme::Bulk => &[(20, 12), (8, 8)],
            Theme::Faults => &[(30, 13), (10, 14), (12, 9), (4, 10)],
            Theme::Kills => &[(14, 7), (8, 6), (4, 13), (6, 15)],
            Theme::Clocks => &[(10, 15), (12, 16), (6, 17), (4, 6)],
            Theme::Widening => &[(24, 11), (8, 13), (16, 3), (8, 4)],
            Theme::Late => &[(20, 18), (10, 5)],
            Theme::Alone => &[],
        };
        let all: Vec<(u32, u8)> = asks.iter().chain(&common).chain(own).copied().collect();
        let total: u32 = all.iter().map(|(weight, _)| weight).sum();
        let mut left = dice.u32(..total);
        let kind = all.iter().find(|(weight, _)| left.checked_sub(*weight).map(|rest| left = rest).is_none());
        self.of_kind(kind.map_or(0, |(_, kind)| *kind), dice)
    }

    fn of_kind(&self, kind: u8, dice: &mut Rng) -> Step {
        let lag = if self.lag > 0 { dice.u64(..=self.lag) } else { 0 };
        let which = dice.u64(..1 << 20);
        match kind {
            0 => Step::Check(ask(dice)),
            1 => Step::Find(ask(dice)),
            2 => Step::Word { which },
            3 => Step::Say { which, lag },
            4 => Step::Change { dice: which, lag },
            5 => Step::Pass([dice.u64(..50), dice.u64(..3_000), dice.u64(..90_000)][dice.usize(..3)]),
            6 => Step::Restart,
            7 => Step::Kill,
            8 => Step::Pass(self.settle * 1_500),
            9 => Step::Calm,
            10 => Step::Refresh { which },
            11 => Step::Sync {
                days: dice.i64(1..40),
                mode: [SyncMode::New, SyncMode::New, SyncMode::Relist, SyncMode::Full][dice.usize(..4)],
            },
            12 => Step::Bulk { count: dice.usize(..2_000), dice: which },
            13 => fault(dice),
            14 => Step::Miss { which },
            15 => Step::Sleep(dice.i64(0..2 * DAY)),
            16 => Step::SetClock(dice.i64(-HOUR..HOUR)),
            17 => Step::Slip { by: dice.i64(1..HOUR), ms: dice.u64(..8_000) },
            // Later than the margin, and sooner than twice that.
            _ => Step::Say { which, lag: self.settle * 1_000 + dice.u64(500..self.settle * 900) },
        }
    }

    /// Returns the workspace.
    pub(super) fn options(&self) -> Options {
        Options {
            seed: self.seed,
            history: Duration::from_secs(30 * DAY.unsigned_abs()),
            latency: self.latency,
            rows: if self.current_rows { Rows::Current } else { Rows::Indexed },
            deleted_rows_fail: self.current_rows,
            clock: sim::Clock::From(EPOCH),
            ..workspace(self.conversations)
        }
    }

    /// Says whether the clocks tell the daemon what time it is.
    pub(super) fn has_sound_clocks(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step, Step::SetClock(_) | Step::Slip { .. }))
    }
}

fn ask(dice: &mut Rng) -> Ask {
    let back = |dice: &mut Rng| match dice.u8(..3) {
        0 => dice.i64(0..HOUR),
        1 => dice.i64(0..3 * DAY),
        _ => dice.i64(0..40 * DAY),
    };
    match dice.u8(..4) {
        0 => Ask::All,
        1 | 2 => Ask::Since(back(dice)),
        _ => {
            let end = back(dice);
            Ask::Between(end + back(dice), end)
        }
    }
}

fn fault(dice: &mut Rng) -> Step {
    let kinds = [
        FaultKind::Status { code: 500, body: Body::Html },
        FaultKind::Status { code: 503, body: Body::Empty },
        FaultKind::Reset,
        FaultKind::Hang,
        FaultKind::TruncatedBody,
        FaultKind::MalformedJson,
        FaultKind::RepeatedCursor,
        FaultKind::WrongOrder,
        FaultKind::EmptyPageWithNext,
        FaultKind::WrongTypes,
        FaultKind::EmptyBody,
        FaultKind::HtmlBody,
        FaultKind::PlanRestricted,
        FaultKind::TokenRevoked,
        FaultKind::ScopeMissing,
        FaultKind::RateLimited { headers: true, retry_after: Some(1) },
        FaultKind::RateLimited { headers: false, retry_after: None },
        FaultKind::Latency(Duration::from_millis(dice.u64(..4_000))),
        FaultKind::SlowDrip { pieces: 4, pause: Duration::from_millis(dice.u64(1..1_500)) },
        FaultKind::SlowDrip { pieces: 4, pause: Duration::from_millis(dice.u64(1..1_500)) },
    ];
    let kind = kinds[dice.usize(..kinds.len())].clone();
    let on = [On::Any, On::Search, On::Details, On::Deleted][dice.usize(..4)];
    let on = if matches!(kind, FaultKind::SlowDrip { .. }) { On::Details } else { on };
    Step::Fault { on, kind, times: dice.u32(1..6), percent: [20, 50, 100][dice.usize(..3)] }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "schedule {} ({:?}): {} conversations, latency {:?}, margin {} s, a look each {:?}, {} days kept, the \
             machine's clock off by {} s, changes indexed within {} ms, {}",
            self.seed,
            self.theme,
            self.conversations,
            self.latency,
            self.settle,
            self.interval,
            self.history,
            self.wrong_by,
            self.lag,
            if self.current_rows { "rows as they are now" } else { "rows as they are indexed" }
        )?;
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "  {number:3}. {step:?}")?;
        }
        Ok(())
    }
}
