//! One connection's work: every cause of it stands in one `select!`, and what is due is decided in one place.
//!
//! All of the state here can be lost without harm: the store has the coverage and the ledger of what is pending.

use std::sync::Arc;
use std::time::Duration;

use proto::types::{CountCheck, SyncFailure, SyncTicket};
use proto::{Interval, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Context;
use super::backfill::LOOK_BACK_MARKS;
use super::board::BEAT;
use super::details::Details;
use super::error::Error;
use super::head::{Head, HeadScan};
use super::late::LATE_MARK;
use super::people::People;
use super::relist::{LookBack, Relist};
use super::reread::{self, Reread};
use super::resting::Resting;
use super::scheduler::Command;
use super::settle::Settle;
use super::{upkeep, walk};
use crate::config::{Config, History};
use crate::freshness::Coverage;
use crate::intercom::{Intercom, Priority};

/// A connection that lasted as long has worked: what ends it then is a failure of its own.
const STEADY: Duration = Duration::from_secs(60);
/// How long after the last work memory is given back: it is of use to whoever comes before that.
const CALM: Duration = Duration::from_secs(60);
/// How long deleted text may stay in the files, and how often it is taken out of them where there is ever more of it.
const PURGE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(20 * 60));
/// Nothing is so urgent that it is looked for sooner again.
const SOON: Duration = Duration::from_millis(10);
/// The mark under which it is kept what is still to be listed again because somebody asked.
pub(super) const RELISTS_MARK: &str = "passes";

/// How a session ended.
pub(super) enum Ended {
    /// The daemon stops.
    Shutdown,
    /// A command that needs the session to be over.
    Command(Command),
    /// Nothing can be done for now.
    Blocked {
        /// Why.
        failure: SyncFailure,
        /// When to try again, where Intercom said so.
        wait: Option<Duration>,
        /// The connection had worked before.
        worked: bool,
    },
}

/// What a task of the session came to.
pub(super) enum Outcome {
    /// A head scan.
    Head(HeadScan, Result<walk::Ended, Error>),
    /// A scan of a span below the head, for the first time or again.
    Window(Window, Result<walk::Ended, Error>),
    /// Intercom's clock was heard.
    Time,
    /// The fetching pool ended.
    Details(Error),
    /// Some stored conversations were read again.
    Reread(Result<reread::Read, Error>),
    /// Deletions were looked for; when to look again.
    Deletions(Duration),
}

/// A span that is being listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) range: Interval,
    /// It is listed again, as this number's part.
    pub(super) relist: Option<u64>,
    /// Nobody asked for that.
    pub(super) has_time: bool,
}

/// The session's state.
pub(super) struct Session {
    pub(super) context: Arc<Context>,
    pub(super) intercom: Intercom,
    api_url: String,
    pub(super) sync_interval: Duration,
    pub(super) history: History,
    pub(super) settle: Settle,
    pub(super) coverage: Coverage,
    pub(super) tasks: JoinSet<Outcome>,
    pub(super) head: Head,
    pub(super) windows: Vec<Window>,
    /// How many seconds the next span to scan should have.
    pub(super) span: i64,
    pub(super) resting: Resting,
    /// Scans of spans that failed in a row, and when the next one may be tried.
    pub(super) window_failures: u32,
    pub(super) windows_after: Instant,
    pub(super) relists: Vec<(u64, Relist)>,
    pub(super) next_relist: u64,
    pub(super) look_back: LookBack,
    /// What the last look at all of the history came to.
    pub(super) count_check: Option<CountCheck>,
    pub(super) reread: Reread,
    /// The latest request of which it was taken up what it wants to be listed again.
    pub(super) taken_up: SyncTicket,
    pub(super) pending: u64,
    pub(super) failures: u32,
    next_deletions: Option<Instant>,
    /// What reads names was started.
    reads_names: bool,
    calm_at: Option<Instant>,
    /// When deleted text is taken out of the files, if there is any, and when not yet again.
    purge_at: Option<Instant>,
    purge_after: Instant,
    opened: Option<Instant>,
}

impl Session {
    /// Returns a session that has done nothing yet.
    pub(super) fn new(context: Arc<Context>, intercom: Intercom, config: &Config) -> Self {
        let now = Instant::now();
        let settle_floor = i64::try_from(config.settle.as_secs()).unwrap_or(i64::MAX);
        Self {
            context,
            intercom,
            api_url: config.api_url.to_string(),
            sync_interval: config.sync_interval,
            history: config.history,
            settle: Settle::new(settle_floor, Vec::new()),
            coverage: Coverage::default(),
            tasks: JoinSet::new(),
            head: Head::new(now),
            windows: Vec::new(),
            span: 86_400,
            resting: Resting::default(),
            window_failures: 0,
            windows_after: now,
            relists: Vec::new(),
            next_relist: 0,
            look_back: LookBack::default(),
            count_check: None,
            reread: Reread::default(),
            taken_up: SyncTicket(0),
            pending: 0,
            failures: 0,
            next_deletions: Some(now),
            reads_names: false,
            calm_at: Some(now + CALM),
            purge_at: None,
            purge_after: now,
            opened: None,
        }
    }

    /// Works until something ends it. Dropping the future stops all of its tasks; a commit in hand is finished by the
    /// store.
    pub(super) async fn run(mut self, inbox: &mut mpsc::Receiver<Command>) -> Ended {
        let ended = tokio::select! {
            biased;
            opened = self.open() => opened.err().map(|error| self.blocked(&error)),
            command = next_but_rings(inbox) => Some(command.map_or(Ended::Shutdown, Ended::Command)),
        };
        let ended = match ended {
            Some(ended) => ended,
            None => self.work(inbox).await,
        };
        // Whatever comes next, such as a reset, must find nobody who still commits.
        self.tasks.shutdown().await;
        ended
    }

    async fn work(&mut self, inbox: &mut mpsc::Receiver<Command>) -> Ended {
        let details = Details::new(Arc::clone(&self.context), self.intercom.clone());
        self.tasks.spawn(async move { Outcome::Details(details.run().await) });
        self.context.contacts.ask();
        let store = self.context.store.clone();
        loop {
            if let Err(error) = self.take_up_late().await {
                return self.blocked(&error);
            }
            if let Err(error) = self.publish().await {
                return self.blocked(&error);
            }
            self.start_due();
            let wake = sleep_until(self.next_wake());
            // What is done comes before what is asked for: rings may come without end.
            tokio::select! {
                biased;
                Some(outcome) = self.tasks.join_next() => match outcome {
                    Ok(outcome) => if let Err(error) = self.finished(outcome).await {
                        return self.blocked(&error);
                    },
                    Err(panic) => return self.blocked(&Error::Lost(format!("a task failed: {panic}"))),
                },
                command = inbox.recv() => match command {
                    None => return Ended::Shutdown,
                    Some(Command::Ring) => self.hasten_head(),
                    Some(command) => return Ended::Command(command),
                },
                error = store.until_damaged() => return self.blocked(&error.into()),
                () = self.context.stored.notified() => {}
                () = wake => {}
            }
        }
    }

    /// Learns whose workspace this is, and what the store has of it.
    async fn open(&mut self) -> Result<(), Error> {
        let workspace = self.intercom.me(Priority::Listing).await?;
        self.context.store.bind_workspace(workspace, self.api_url.clone()).await?;
        let marks = [LATE_MARK, RELISTS_MARK, LOOK_BACK_MARKS[0], LOOK_BACK_MARKS[1], reread::MARK];
        let (coverage, [late, relists, recent, all, reread]) = self
            .context
            .store
            .read(move |snapshot| {
                let mut found = [const { None }; 5];
                for (mark, name) in found.iter_mut().zip(marks) {
                    *mark = snapshot.mark(name)?;
                }
                Ok((snapshot.coverage()?, found))
            })
            .await?;
        self.coverage = coverage;
        let instant = |mark: Option<String>| mark?.parse().ok().map(Timestamp);
        self.look_back = LookBack { recent: instant(recent), all: instant(all) };
        self.reread.resume(reread.as_deref(), Instant::now());
        if let Some(late) = late {
            self.settle = Settle::parse(self.settle.floor(), &late);
        }
        for relist in relists.iter().flat_map(|text| text.split(';')).filter_map(Relist::parse) {
            self.add_relist(relist);
        }
        self.opened = Some(Instant::now());
        // Whether syncing works again shows when the head is read.
        self.context.board.update(|state| state.bound = true);
        Ok(())
    }

    fn blocked(&self, error: &Error) -> Ended {
        let lasted = self.opened.is_some_and(|opened| opened.elapsed() > STEADY);
        let worked = lasted && !error.is_refusal();
        Ended::Blocked { failure: error.to_failure(), wait: error.wait(), worked }
    }

    async fn finished(&mut self, outcome: Outcome) -> Result<(), Error> {
        let at = |wait: Duration| Some(Instant::now() + wait);
        match outcome {
            Outcome::Time => self.time_heard(),
            Outcome::Head(scan, result) => self.head_finished(scan, result).await?,
            Outcome::Window(window, result) => self.window_finished(window, result).await?,
            Outcome::Reread(result) => self.reread(result)?,
            Outcome::Details(error) => return Err(error),
            Outcome::Deletions(wait) => self.next_deletions = at(wait),
        }
        Ok(())
    }

    /// Starts whatever is due.
    fn start_due(&mut self) {
        let now = Instant::now();
        if self.is_head_due(now) {
            self.start_head(now);
        }
        self.start_windows(now);
        self.start_reread(now);

        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        // Where Intercom refuses everything, the look for changes is told so first, and that is enough.
        let may_ask = self.head.has_ended;
        if may_ask && !self.reads_names {
            self.reads_names = true;
            let people = People::new(Arc::clone(&context), intercom.clone());
            self.tasks.spawn(async move { match people.run().await {} });
        }
        if self.next_deletions.is_some_and(|due| may_ask && due <= now) {
            self.next_deletions = None;
            self.tasks.spawn(async move { Outcome::Deletions(upkeep::deletions(&context, &intercom).await) });
        } else if self.purge_at.is_some_and(|due| due <= now) {
            (self.purge_at, self.purge_after) = (None, now + PURGE.1);
            let store = self.context.store.clone();
            tokio::spawn(async move {
                if let Err(error) = store.purge().await {
                    tracing::warn!(%error, "taking deleted text out of the database");
                }
            });
        } else if self.calm_at.is_some_and(|due| due <= now) && self.is_calm() {
            self.calm_at = None;
            let store = self.context.store.clone();
            tokio::spawn(async move {
                if let Err(error) = store.idle().await {
                    tracing::warn!(%error, "tidying the database");
                }
            });
        }
    }

    /// Says whether nothing is being listed or fetched but for the look for changes.
    pub(super) fn is_calm(&self) -> bool {
        let quiet = self.windows.iter().all(|window| window.has_time)
            && !self.relists.iter().any(|(_, relist)| relist.is_asked());
        quiet && self.pending == 0 && !self.coverage.proven().is_empty()
    }

    /// Notes that there was work: names may be missing, and memory was used.
    pub(super) fn note_work(&mut self) {
        self.calm_at = Some(Instant::now() + CALM);
        self.context.contacts.ask();
    }

    /// Makes the store be purged, whether or not anything else happens.
    pub(super) fn purge_later(&mut self) {
        self.purge_at.get_or_insert_with(|| (Instant::now() + PURGE.0).max(self.purge_after));
    }

    /// Makes the next head scan come soon. Questions alone cost few of them.
    pub(super) fn hasten_head(&mut self) {
        let earliest = self.head.began.map_or_else(Instant::now, |began| began + self.sync_interval / 2);
        self.head.next = self.head.next.min(earliest.max(self.head.not_before));
    }

    fn next_wake(&self) -> Instant {
        // What was due just now has been started, or cannot be yet.
        let now = Instant::now();
        self.next_due().min(now + BEAT).max(now + SOON)
    }

    fn next_due(&self) -> Instant {
        let look = Instant::now() + Duration::from_secs(1);
        let head = self.next_head(Instant::now());
        let resting = self.resting.next_due(Instant::now());
        let reread = self.reread.next_due().filter(|_| self.head.looked_at.is_some());
        let deletions = self.next_deletions.filter(|_| self.head.has_ended);
        let due = [head, resting, reread, self.purge_at, deletions].into_iter().flatten().min();
        if self.pending > 0
            || !self.windows.is_empty()
            || !self.context.board.read(|state| state.requests.is_empty())
        {
            return due.map_or(look, |due| due.min(look));
        }
        let quiet = [due, self.calm_at];
        let quiet = if self.is_calm() { quiet.into_iter().flatten().min() } else { due };
        quiet.unwrap_or_else(|| Instant::now() + self.sync_interval)
    }
}

/// Waits for a command that is more than a ring.
async fn next_but_rings(inbox: &mut mpsc::Receiver<Command>) -> Option<Command> {
    loop {
        match inbox.recv().await {
            Some(Command::Ring) => {}
            other => return other,
        }
    }
}
