//! Judges that claims are made: whatever happens beside them, they follow Intercom's clock.

use std::collections::HashSet;
use std::time::Duration;

use proto::Timestamp;
use proto::types::{CheckRequest, Incomplete, Window};
use sim::{FaultKind, Sim};
use tokio::time::{Instant, sleep};

use super::run::Run;
use super::schedule::{DAY, On, Schedule, Step, Theme};
use crate::support::{EPOCH, truth};

/// Within so long a silent change is known.
const SILENCE: Duration = Duration::from_secs(3_600);
/// How long the retries of a page take that fails at once.
const RETRIES: i64 = 2;
/// How long three reads take of which none is ever answered.
const HANGING: i64 = 200;

/// What is known of a run that bears on how far claims may be behind.
pub(super) struct Liveness {
    /// How far behind claims may be for all that is to be done, beyond the margin, in seconds.
    work: i64,
    /// What was before this instant on Intercom's clock nobody had a chance to claim.
    excused_until: i64,
    /// Something keeps everything from working.
    outage: bool,
    /// The conversation that is in trouble.
    troubled: Option<String>,
    /// Everything before this instant has nothing to do with it.
    untouched_until: Option<i64>,
    /// Conversations that changed without their time of change.
    pub(super) silent: HashSet<String>,
}

impl Liveness {
    pub(super) fn new(schedule: &Schedule) -> Self {
        let calls = i64::try_from(schedule.conversations).unwrap_or(i64::MAX);
        let a_call = i64::try_from(schedule.latency.as_millis()).unwrap_or(i64::MAX) + 20;
        // Several calls are under way at a time.
        let work = calls * a_call / 4_000 + if schedule.theme == Theme::Alone { 1 } else { 10 };
        Self {
            work,
            excused_until: EPOCH + work + 10,
            outage: false,
            troubled: None,
            untouched_until: None,
            silent: HashSet::new(),
        }
    }

    /// Returns the conversation that is in trouble: the one that came into being last, when it was first asked for.
    pub(super) fn troubled(&mut self, sim: &Sim) -> String {
        let created_at = |id: &String| sim.conversation(id).map(|truth| truth.created_at);
        let youngest = || sim.ids().into_iter().max_by_key(created_at).unwrap_or_default();
        self.troubled.get_or_insert_with(youngest).clone()
    }

    /// Notes what nobody can do anything about.
    pub(super) fn excuse(&mut self, step: &Step, sim: &Sim, has_hung: bool) {
        match step {
            // Who stands on a page that cannot be read is not known, so it may be anybody.
            Step::Fault { on: On::Page, .. } => {}
            Step::Fault { on: On::One, .. } => {
                let troubled = self.troubled(sim);
                self.untouched_until = sim.conversation(&troubled).map(|truth| truth.created_at - 60);
            }
            Step::Fault { on, kind, .. } => {
                let everything = matches!(on, On::Any | On::Search | On::Details);
                let believed = matches!(kind, FaultKind::TokenRevoked | FaultKind::RateLimited { .. });
                self.outage |= everything || believed;
            }
            // A clock that was ahead takes claims back.
            Step::Slip { .. } => self.excused_until = sim.now() + 60,
            // What hung before the machine slept hangs on after it, until its time limit ends it.
            Step::Sleep(_) if has_hung => self.excused_until = self.excused_until.max(sim.now() + 60),
            Step::Restart | Step::Kill | Step::Sleep(_) => {
                self.excused_until = self.excused_until.max(sim.now() + 5);
            }
            _ => {}
        }
        if self.outage {
            self.excused_until = self.excused_until.max(sim.now());
        }
    }
}

impl Run<'_> {
    /// Lets time pass; where one thing is in trouble, looks each second whether all the rest goes on.
    pub(super) async fn pass(&mut self, milliseconds: u64) -> Result<(), String> {
        let mut left = milliseconds;
        while self.schedule.theme == Theme::Alone && left > 1_000 {
            sleep(Duration::from_secs(1)).await;
            left -= 1_000;
            self.judge_liveness().await?;
        }
        sleep(Duration::from_millis(left)).await;
        Ok(())
    }

    /// Checks that claims follow Intercom's clock, and that windows which trouble does not touch stay complete.
    pub(super) async fn judge_liveness(&mut self) -> Result<(), String> {
        let status = self.bench.client.status().await.map_err(|error| error.to_string())?;
        let now = self.bench.sim.now();
        if self.liveness.outage {
            self.liveness.excused_until = self.liveness.excused_until.max(now);
            self.liveness.outage = self.bench.sim.has_faults();
            if !self.liveness.outage && self.has_hung() {
                self.liveness.excused_until += 60;
            }
        }
        let claimed = status.last_sync.map_or(i64::MIN, |last_sync| last_sync.0);
        let behind = now - claimed.max(self.liveness.excused_until);
        let most = self.most_behind(i64::try_from(status.settle_seconds).unwrap_or(i64::MAX));
        if behind > most {
            return Err(format!("claims are {behind} s behind instead of {most}: {status:#?}"));
        }
        match self.liveness.untouched_until {
            Some(end)
                if self.schedule.theme == Theme::Alone && end > now - (self.schedule.history - 1) * DAY =>
            {
                let window = Window { start: None, end: Some(Timestamp(end)) };
                let info = self.bench.client.check(CheckRequest { window }).await;
                let info = info.map_err(|error| error.to_string())?.sync_info;
                // What a first read does not find any more is out of its own windows until a second one has not either.
                let is_gone = |id: &String| self.bench.sim.conversation(id).is_none();
                let vanishing = self.liveness.silent.iter().filter(|id| is_gone(id)).count() as u64;
                let only_those =
                    info.gaps.is_empty() && info.incomplete == Incomplete { pending: 0, failed: vanishing };
                if info.data_complete || (vanishing > 0 && only_those) {
                    return Ok(());
                }
                Err(format!(
                    "a window that ended before the trouble began to exist is not complete: {info:?}"
                ))
            }
            _ => Ok(()),
        }
    }

    /// Returns how far claims may be behind Intercom's clock, in seconds.
    fn most_behind(&self, settle: i64) -> i64 {
        let schedule = self.schedule;
        let interval = i64::try_from(schedule.interval.as_secs()).unwrap_or(i64::MAX);
        let lag = i64::try_from(schedule.lag.div_ceil(1_000)).unwrap_or(i64::MAX);
        let usual = settle + lag + 2 * interval + 2 + self.liveness.work;
        // Of what stands on a page that fails nothing is known until it is older than the margin.
        let pages = self.faults().any(|(on, _)| on == On::Page);
        let hangs = self.faults().any(|(on, kind)| matches!(on, On::One | On::Page) && hangs(kind));
        usual + if pages { settle + interval + RETRIES } else { 0 } + if hangs { HANGING } else { 0 }
    }

    fn faults(&self) -> impl Iterator<Item = (On, &FaultKind)> {
        self.schedule.steps.iter().filter_map(|step| match step {
            Step::Fault { on, kind, .. } => Some((*on, kind)),
            _ => None,
        })
    }

    pub(super) fn has_hung(&self) -> bool {
        self.faults().any(|(_, kind)| hangs(kind))
    }

    /// Checks that what changed silently is known within the hour, whatever is in trouble beside it.
    pub(super) async fn silent_changes_are_seen(&mut self) -> Result<(), String> {
        let began = Instant::now();
        for id in self.liveness.silent.clone() {
            loop {
                let shown = self.bench.client.show_whole(&id, false).await;
                let wrong = match (shown, self.bench.sim.conversation(&id)) {
                    (Ok(shown), Some(truth)) => truth::difference(&shown.conversation, &truth),
                    (Err(_), None) => None,
                    (Ok(_), None) => Some("it is there, though it was deleted".to_owned()),
                    (Err(error), Some(_)) => Some(error.to_string()),
                };
                match wrong {
                    None => break,
                    Some(wrong) if began.elapsed() > SILENCE => {
                        return Err(format!("{id} changed silently, and an hour later {wrong}"));
                    }
                    Some(_) => {
                        sleep(Duration::from_secs(20)).await;
                        self.judge_liveness().await?;
                    }
                }
            }
            self.liveness.silent.remove(&id);
        }
        Ok(())
    }
}

/// Says whether answers come so late, or not at all, that only a time limit ends them.
fn hangs(kind: &FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::Hang | FaultKind::SlowDrip { .. } | FaultKind::Latency(_) | FaultKind::HugeBody(_)
    )
}

/// Changes something about a conversation without its time of change.
pub(super) fn change_silently(sim: &Sim, id: &str, dice: u64) {
    let silent = sim.silently();
    let Some(truth) = sim.conversation(id) else { return };
    let said = &truth.messages[dice as usize / 8 % truth.messages.len()].id;
    match dice % 8 {
        0 => drop(silent.close(id)),
        1 => drop(silent.reopen(id)),
        2 => _ = silent.tag(id, "silent"),
        3 => truth.tags.iter().for_each(|tag| _ = silent.untag(id, tag)),
        4 => _ = silent.retitle(id, "Printer on the second floor"),
        5 => _ = silent.redact(id, said),
        6 => _ = silent.reword(id, said, "<p>It is the other printer</p>"),
        _ => _ = silent.delete(id),
    }
}
