//! Lets a schedule happen, and holds every answer that calls itself complete against the workspace.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use proto::Timestamp;
use proto::types::{
    CheckReply, CheckRequest, Expr, Question, SearchRequest, ShowRequest, State, SyncInfo, SyncMode,
    SyncRequest, Window,
};
use sim::{Author, Body, Fault, FaultKind, Sim, Target, Times};
use syncd::clock::WallClock;
use syncd::config::{Config, History};
use tokio::time::sleep;

use super::liveness::{Liveness, change_silently};
use super::schedule::{Ask, DAY, EVER, On, Schedule, Step};
use crate::support::{Bench, EPOCH, config, truth, window};

/// A schedule that happens.
pub(super) struct Run<'a> {
    pub(super) schedule: &'a Schedule,
    pub(super) bench: Bench,
    pub(super) liveness: Liveness,
    /// Conversations of which a change reached the index too late: they are caught up with, and nothing is promised before.
    late: HashSet<String>,
    missed: HashSet<String>,
    /// Conversations that Intercom lists and says are not there: they count as deleted until it is found out.
    denied: HashSet<String>,
    /// Words that were said: where, and the message's id.
    words: Vec<(String, String, String)>,
    /// Intercom's clock was ahead: until this instant the daemon need not have taken back what it claimed by that.
    slipped_until: i64,
}

/// What a schedule that went well amounts to; the same each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) requests: u64,
    pub(super) elapsed: Duration,
    pub(super) complete_answers: u64,
}

/// Runs a schedule on a runtime of its own.
pub(super) fn run(schedule: &Schedule) -> Result<Digest, String> {
    fastrand::seed(schedule.seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let happens = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(happen(schedule))));
    happens.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
    })
}

fn settings(schedule: &Schedule) -> impl Fn(&mut Config) {
    let (interval, settle, history) = (schedule.interval, schedule.settle, schedule.history);
    move |config| {
        config.sync_interval = interval;
        config.settle = Duration::from_secs(settle);
        config.history = History::Last(Duration::from_secs((history * DAY).unsigned_abs()));
    }
}

async fn happen(schedule: &Schedule) -> Result<Digest, String> {
    let start = tokio::time::Instant::now();
    let sim = Sim::start_here(schedule.options()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut config = config(&sim, &home);
    settings(schedule)(&mut config);
    let wall = WallClock::simulated(Timestamp(EPOCH + schedule.wrong_by));
    let mut run = Run {
        schedule,
        liveness: Liveness::new(schedule),
        bench: Bench::with_clock(sim, home, config, wall).await,
        late: HashSet::new(),
        missed: HashSet::new(),
        denied: HashSet::new(),
        words: Vec::new(),
        slipped_until: i64::MIN,
    };
    let mut complete_answers = 0;
    for (number, step) in schedule.steps.iter().enumerate() {
        let happened = run.step(step);
        // Restarting takes the bench away, so that is done here.
        let judged = happened.await.map_err(|error| format!("at step {number}: {error}"))?;
        complete_answers += u64::from(judged);
        if std::env::var_os("SYNCD_ORACLE_SEED").is_some() {
            let status = run.bench.client.status().await;
            let facts = status.map(|status| {
                (
                    status.last_sync,
                    status.pending,
                    status.failed,
                    status.clock_offset_seconds,
                    status.sync_error,
                )
            });
            println!("{number:3}. {step:?} judged {judged}, now {}: {facts:?}", run.bench.sim.now());
        }
        match step {
            Step::Restart => run.bench = run.bench.restart(settings(schedule)).await,
            Step::Kill => run.bench = run.bench.kill(settings(schedule)).await,
            _ => {}
        }
        let has_hung = run.has_hung();
        run.liveness.excuse(step, &run.bench.sim, has_hung);
        run.judge_liveness().await.map_err(|error| format!("after step {number}: {error}"))?;
    }
    run.silent_changes_are_seen().await?;
    run.settle_down().await?;
    let digest =
        Digest { requests: run.bench.sim.requests().total, elapsed: start.elapsed(), complete_answers };
    run.bench.daemon.stop().await;
    Ok(digest)
}

impl Run<'_> {
    /// Lets one thing happen; says whether an answer called itself complete.
    async fn step(&mut self, step: &Step) -> Result<bool, String> {
        let sim = self.bench.sim.clone();
        let some = |which: u64| -> Option<String> {
            let ids = sim.ids();
            ids.get(which as usize % ids.len().max(1)).cloned()
        };
        match step {
            Step::Say { which, lag } => {
                let Some(id) = some(*which) else { return Ok(false) };
                let word = format!("zq{}x{}", self.words.len(), which);
                let slow = sim.indexed_after(Duration::from_millis(*lag));
                if let Some(part) = slow.reply(&id, Author::Customer, &format!("<p>About {word} again</p>")) {
                    self.words.push((word, id.clone(), part));
                }
                if *lag >= self.schedule.settle * 1_000 {
                    self.late.insert(id);
                }
            }
            Step::Change { dice, lag } => {
                let slow = sim.indexed_after(Duration::from_millis(*lag));
                slow.random_change(&mut fastrand::Rng::with_seed(*dice));
            }
            Step::Bulk { count, dice } => {
                let ids = sim.ids();
                let from = *dice as usize % ids.len().max(1);
                let chosen: Vec<_> = ids.iter().cycle().skip(from).take((*count).min(ids.len())).collect();
                sim.touch_all(&chosen);
            }
            Step::Fault { on, kind, times, percent } => {
                if *on == On::One && says_gone(kind) {
                    self.denied.insert(self.liveness.troubled(&sim));
                }
                let on = match on {
                    On::Any => Target::Any,
                    On::Search => Target::Search,
                    On::Details => Target::Details(None),
                    On::Deleted => Target::Deleted,
                    On::Contacts => Target::Contacts,
                    On::Directory => Target::Directory,
                    On::Me => Target::Me,
                    On::One => Target::Details(Some(self.liveness.troubled(&sim))),
                    On::Page => Target::Page(self.liveness.troubled(&sim)),
                };
                let times = if *times == EVER { Times::Forever } else { Times::N(*times) };
                let probability = f64::from(*percent) / 100.0;
                sim.inject(Fault { on, kind: kind.clone(), times, probability });
            }
            Step::Trouble { lag } => {
                let id = self.liveness.troubled(&sim);
                let slow = sim.indexed_after(Duration::from_millis(*lag));
                slow.reply(&id, Author::Customer, "<p>Here I am again</p>");
            }
            Step::Silent { which, dice } => {
                let troubled = self.liveness.troubled(&sim);
                if let Some(id) = some(*which).filter(|id| *id != troubled) {
                    change_silently(&sim, &id, *dice);
                    self.liveness.silent.insert(id);
                }
            }
            // What is not found twice counts as deleted, so it may be said once only of a conversation.
            Step::Miss { which } => {
                if let Some(id) = some(*which).filter(|id| self.missed.insert(id.clone())) {
                    sim.inject(Fault::once(Target::Details(Some(id)), FaultKind::NotFound));
                }
            }
            Step::Calm => sim.clear_faults(),
            Step::Pass(ms) => self.pass(*ms).await?,
            Step::Sleep(seconds) => self.suspend(*seconds),
            Step::SetClock(seconds) => self.bench.wall.step(*seconds),
            Step::Slip { by, ms } => {
                sim.shift_clock(*by);
                sleep(Duration::from_millis(*ms)).await;
                sim.shift_clock(-by);
                if let Some(id) = some(by.unsigned_abs()) {
                    sim.reply(&id, Author::Customer, "<p>Said as soon as the clock was right</p>");
                }
                self.until_the_clock_is_known().await;
                // Claims are taken back by the next look, which comes at once.
                sleep(Duration::from_secs(2)).await;
                self.slipped_until = sim.now() + self.schedule.interval.as_secs().cast_signed() + 30;
            }
            Step::Restart | Step::Kill => {}
            Step::Sync { days, mode } => {
                let window = Window { start: Some(Timestamp(sim.now() - days * DAY)), end: None };
                drop(self.bench.client.sync(SyncRequest { window, mode: *mode }).await);
            }
            Step::Refresh { which } => {
                if let Some(id) = some(*which) {
                    let client = self.bench.client.clone();
                    let request = ShowRequest { id, offset: 0, limit: 1, refresh: true };
                    // Whoever asks need not stay for the answer.
                    tokio::spawn(async move { drop(client.show(&request).await) });
                }
            }
            Step::Check(ask) => return self.check(*ask).await,
            Step::Find(ask) => return self.find(*ask).await,
            Step::Word { which } => return self.find_word(*which).await,
        }
        Ok(false)
    }

    /// Says whether nothing is promised of a conversation: its change came later than the margin allows for, or silently.
    fn is_excused(&self, id: &str) -> bool {
        self.late.contains(id) || self.denied.contains(id) || self.liveness.silent.contains(id)
    }

    /// Waits until the daemon has heard what time it is: of a clock that was ahead and has caught up before anybody looked,
    /// nobody can know.
    async fn until_the_clock_is_known(&self) {
        for _ in 0..600 {
            let offset = self.bench.sim.now() - self.bench.wall.now().0;
            let known = self.bench.client.status().await.ok().and_then(|status| status.clock_offset_seconds);
            if known.is_some_and(|known| (known - offset).abs() <= 1) {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    fn suspend(&self, seconds: i64) {
        self.bench.sim.advance(Duration::from_secs(seconds.unsigned_abs()));
        self.bench.wall.step(seconds);
    }

    pub(super) fn window(&self, ask: Ask) -> Window {
        let now = self.bench.sim.now();
        match ask {
            Ask::All => Window::default(),
            Ask::Since(back) => Window { start: Some(Timestamp(now - back)), end: None },
            Ask::Between(from, to) => window(now - from, now - to),
        }
    }

    /// Returns the bounds of a window as its asker means them.
    fn bounds(&self, window: Window) -> (i64, i64) {
        // No start is the horizon, which moves with the clock.
        let horizon = self.bench.sim.now() - self.schedule.history * DAY + 10;
        (window.start.map_or(horizon, |start| start.0), window.end.map_or(i64::MAX, |end| end.0))
    }

    /// Judges what can be told from the verdict alone; says whether it calls the data complete.
    fn judge(&mut self, info: &SyncInfo, (_, end): (i64, i64)) -> Result<bool, String> {
        if info.data_complete != (info.state == State::Fresh) {
            return Err(format!("complete and {:?}: {info:?}", info.state));
        }
        if !info.data_complete {
            return if info.message.is_some() { Ok(false) } else { Err(format!("no message: {info:?}")) };
        }
        let (now, last_sync) = (self.bench.sim.now(), info.last_sync.map_or(i64::MAX, |at| at.0));
        if last_sync > now {
            let known = now > self.slipped_until;
            return if known { Err(format!("a claim about the future: {info:?}")) } else { Ok(false) };
        }
        // What is called fresh is so: nobody is left with an old answer because some clock stood still.
        if self.schedule.has_sound_clocks() && last_sync < end.min(now) - 300 - 5 {
            return Err(format!("called fresh {} s after the last sync: {info:?}", now - last_sync));
        }
        Ok(true)
    }

    async fn check(&mut self, ask: Ask) -> Result<bool, String> {
        let window = self.window(ask);
        // Where the clock has just jumped, the daemon may not know it yet, and takes the window for the future's.
        let Ok(CheckReply { sync_info: info, .. }) = self.bench.client.check(CheckRequest { window }).await
        else {
            return Ok(false);
        };
        let bounds = self.bounds(window);
        if !self.judge(&info, bounds)? {
            return Ok(false);
        }
        let found = truth::backed(&self.bench, bounds, &info, |id| self.is_excused(id)).await;
        if found.is_err() {
            // It may be taken back by now, as of what one read found nothing of; then it held when it was made.
            let again = self.bench.client.check(CheckRequest { window }).await;
            if again.is_ok_and(|again| !again.sync_info.data_complete) {
                return Ok(false);
            }
        }
        found.map(|()| true)
    }

    async fn find(&mut self, ask: Ask) -> Result<bool, String> {
        let request = SearchRequest {
            question: Question { window: self.window(ask), ..Question::default() },
            limit: 200,
            ..SearchRequest::default()
        };
        let Ok(reply) = self.bench.client.search(&request).await else { return Ok(false) };
        let bounds = self.bounds(request.question.window);
        if !self.judge(&reply.sync_info, bounds)? || reply.next_page.is_some() {
            return Ok(false);
        }
        let last_sync = reply.sync_info.last_sync.map_or(i64::MIN, |at| at.0);
        let found: HashSet<&str> = reply.hits.iter().map(|hit| hit.id.as_str()).collect();
        let sim = &self.bench.sim;
        let missing = sim
            .shown_active_between(bounds.0, bounds.1.min(last_sync))
            .into_iter()
            .find(|id| !found.contains(id.as_str()) && !self.late.contains(id) && !self.denied.contains(id));
        match missing {
            Some(id) => Err(format!("a search does not find {id}: {:?}", reply.sync_info)),
            None => Ok(true),
        }
    }

    async fn find_word(&mut self, which: u64) -> Result<bool, String> {
        let Some((word, id, part)) = self.words.get(which as usize % self.words.len().max(1)).cloned() else {
            return Ok(false);
        };
        let request = SearchRequest {
            question: Question::of(Expr::word(word.clone())),
            limit: 10,
            ..SearchRequest::default()
        };
        let Ok(reply) = self.bench.client.search(&request).await else { return Ok(false) };
        let bounds = self.bounds(request.question.window);
        if !self.judge(&reply.sync_info, bounds)? || self.late.contains(&id) || self.denied.contains(&id) {
            return Ok(false);
        }
        let last_sync = reply.sync_info.last_sync.map_or(i64::MIN, |at| at.0);
        let Some(truth) = self.bench.sim.conversation(&id) else { return Ok(false) };
        let said = truth.messages.iter().find(|said| said.id == part && said.html.contains(&word));
        match said {
            Some(said) if (bounds.0..=last_sync).contains(&said.created_at) && reply.hits.is_empty() => {
                Err(format!("a search does not find {word} in {id}: {:?}", reply.sync_info))
            }
            _ => Ok(true),
        }
    }

    /// After quiet, the copy is the workspace.
    async fn settle_down(&mut self) -> Result<(), String> {
        self.bench.sim.clear_faults();
        if !self.denied.is_empty() {
            // What reads found nothing of is looked for again when everything is listed again.
            self.suspend(DAY);
        }
        let all = |sim: &Sim| Window { start: Some(Timestamp(sim.now() - 50 * DAY)), end: None };
        let mode = SyncMode::New;
        let mut last = String::new();
        for round in 0..300 {
            if round % 50 == 0 {
                let request = SyncRequest { window: all(&self.bench.sim), mode };
                self.bench.client.sync(request).await.map_err(|error| error.to_string())?;
            }
            sleep(Duration::from_secs(2)).await;
            self.suspend(30);
            let window = all(&self.bench.sim);
            let info = self.bench.client.check(CheckRequest { window }).await;
            let info = info.map_err(|error| error.to_string())?.sync_info;
            let status = self.bench.client.status().await.map_err(|error| error.to_string())?;
            // What was claimed by a clock that was ahead turns up late, and widens the margin beyond the tolerance: that keeps
            // the present from being claimed, but not from being held.
            let widened =
                !self.schedule.has_sound_clocks() && status.settle_seconds >= status.tolerance_seconds;
            if info.state != State::Fresh && !widened {
                last = format!("not fresh in the end: {info:?}");
                continue;
            }
            let complete = self.judge(&info, self.bounds(window))?;
            match truth::equal(&self.bench).await {
                Ok(()) => return self.words_are_as_they_are().await,
                Err(error) => last = error,
            }
            if complete {
                truth::backed(&self.bench, self.bounds(window), &info, |id| self.is_excused(id)).await?;
            }
        }
        Err(last)
    }

    /// What was deleted or redacted is found no more, and everything else is.
    async fn words_are_as_they_are(&self) -> Result<(), String> {
        for (word, id, part) in &self.words {
            let truth = self.bench.sim.conversation(id);
            let said = truth.is_some_and(|truth| {
                truth.messages.iter().any(|said| said.id == *part && said.html.contains(word.as_str()))
            });
            let start = Some(Timestamp(self.bench.sim.now() - 50 * DAY));
            let window = Window { start, end: None };
            let request = SearchRequest {
                question: Question { query: Expr::word(word.clone()), window, ..Question::default() },
                limit: 10,
                ..SearchRequest::default()
            };
            let reply = self.bench.client.search(&request).await.map_err(|error| error.to_string())?;
            if reply.hits.is_empty() == said {
                return Err(format!("{word} in {id} is {}found in the end", if said { "not " } else { "" }));
            }
        }
        Ok(())
    }
}

/// Says whether Intercom says of itself that what was asked for is not there.
fn says_gone(kind: &FaultKind) -> bool {
    match kind {
        FaultKind::NotFound => true,
        FaultKind::Status { code, body } => matches!(code, 404 | 410) && matches!(body, Body::ErrorList(_)),
        _ => false,
    }
}
