//! One connection's work: every cause of it stands in one `select!`, and what is due is decided in one place.
//!
//! All of the state here can be lost without harm: the store has the coverage and the ledger of what is pending.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use proto::types::{SyncFailure, SyncTicket};
use proto::{Interval, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::Context;
use super::board::BEAT;
use super::details::Details;
use super::error::Error;
use super::head::{Head, HeadScan};
use super::late::LATE_MARK;
use super::pass::Pass;
use super::recount::{self, Counted, Recount};
use super::scheduler::Command;
use super::settle::Settle;
use super::tail::{self, Tail};
use super::upkeep::{self, Next};
use super::verify::{self, Verify};
use super::walk;
use crate::config::{Config, History};
use crate::freshness::Coverage;
use crate::intercom::{Intercom, Priority};

/// A connection that lasted as long has worked: what ends it then is a failure of its own.
const STEADY: Duration = Duration::from_secs(60);
/// How long after the last work memory is given back.
const CALM: Duration = Duration::from_secs(3);
/// How long deleted text may stay in the files where nothing else is to be tidied up.
const PURGE: Duration = Duration::from_secs(30);
/// The least time between two head scans that were asked for.
const HEAD_PAUSE: Duration = Duration::from_secs(1);
/// The mark under which unfinished repeated listings are kept.
pub(super) const PASS_MARK: &str = "passes";

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
    /// A scan of a span below the head, or a repeated listing of it.
    Window(Window, Result<walk::Ended, Error>),
    /// The fetching pool ended.
    Details(Error),
    /// A stretch below the head was listed again.
    Tail(tail::Listing, Result<walk::Ended, Error>),
    /// A few stored conversations were read again.
    Verified(Result<verify::Read, Error>),
    /// Conversations were counted.
    Counted(Result<Counted, Error>),
    /// Deletions were looked for; when to look again.
    Deletions(Duration),
    /// Names of teammates were read; when to read again.
    Names(Duration),
    /// Names of contacts were read; when to read again.
    Contacts(Next),
}

/// A span that is being listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) range: Interval,
    /// It belongs to the repeated listing that began at this number.
    pub(super) pass: Option<u64>,
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
    /// When spans may be scanned again after one failed.
    pub(super) windows_after: Instant,
    pub(super) passes: Vec<(u64, Pass)>,
    pub(super) next_pass: u64,
    pub(super) tail: Tail,
    pub(super) verify: Verify,
    pub(super) recount: Recount,
    /// Tickets whose repeated listing, if they want one, was taken up.
    pub(super) taken_up: HashSet<SyncTicket>,
    /// What has to be claimed before each ticket's goal is reached.
    pub(super) targets: HashMap<SyncTicket, Timestamp>,
    pub(super) pending: u64,
    pub(super) failures: u32,
    next_deletions: Option<Instant>,
    next_names: Option<Instant>,
    /// There may be contacts now whose names are not known.
    contacts_wanted: bool,
    contacts_running: bool,
    next_contacts: Instant,
    /// Asking for them failed, and is left alone until then.
    contacts_rest: Instant,
    calm_at: Option<Instant>,
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
            windows_after: now,
            passes: Vec::new(),
            next_pass: 0,
            tail: Tail::default(),
            verify: Verify::default(),
            recount: Recount::default(),
            taken_up: HashSet::new(),
            targets: HashMap::new(),
            pending: 0,
            failures: 0,
            next_deletions: Some(now),
            next_names: Some(now),
            contacts_wanted: true,
            contacts_running: false,
            next_contacts: now + upkeep::NAMES,
            contacts_rest: now,
            calm_at: Some(now + CALM),
            opened: None,
        }
    }

    /// Works until something ends it. Dropping the future stops all of its tasks; a commit in hand is finished by the
    /// store.
    pub(super) async fn run(mut self, inbox: &mut mpsc::Receiver<Command>) -> Ended {
        let ended = tokio::select! {
            biased;
            opened = self.open() => opened.err().map(|error| self.blocked(&error)),
            command = next_but_nudges(inbox) => Some(command.map_or(Ended::Shutdown, Ended::Command)),
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
            // What is done comes before what is asked for: nudges may come without end.
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
                    Some(Command::Nudge) => self.hasten_head(),
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
        let marks = [LATE_MARK, PASS_MARK, tail::MARKS[0], tail::MARKS[1], verify::MARK, recount::MARK];
        let (coverage, [late, passes, short_tail, long_tail, round, count]) = self
            .context
            .store
            .read(move |snapshot| {
                let mut found = [const { None }; 6];
                for (mark, name) in found.iter_mut().zip(marks) {
                    *mark = snapshot.mark(name)?;
                }
                Ok((snapshot.coverage()?, found))
            })
            .await?;
        self.coverage = coverage;
        self.tail.resume([short_tail, long_tail]);
        self.verify.resume(round.as_deref(), Instant::now());
        self.recount.resume(count.as_deref());
        if let Some(late) = late {
            self.settle = Settle::parse(self.settle.floor(), &late);
        }
        for pass in passes.iter().flat_map(|text| text.split(';')).filter_map(Pass::parse) {
            self.add_pass(pass);
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
            Outcome::Head(scan, result) => self.head_finished(scan, result).await?,
            Outcome::Window(window, result) => self.window_finished(window, result).await?,
            Outcome::Tail(listing, result) => self.tail_finished(listing, result).await?,
            Outcome::Verified(result) => self.verified(result)?,
            Outcome::Counted(result) => self.counted(result).await?,
            Outcome::Details(error) => return Err(error),
            Outcome::Deletions(wait) => self.next_deletions = at(wait),
            Outcome::Names(wait) => self.next_names = at(wait),
            Outcome::Contacts(next) => {
                let now = Instant::now();
                self.contacts_running = false;
                (self.next_contacts, self.contacts_rest) = match next {
                    Next::Within(wait) => (now + wait, now),
                    Next::After(wait) => (now + wait, now + wait),
                };
            }
        }
        Ok(())
    }

    /// Starts whatever is due.
    fn start_due(&mut self) {
        let now = Instant::now();
        if !self.head.running
            && (self.head.next <= now || (self.head.not_before <= now && self.is_head_asked_for()))
        {
            self.start_head(now);
        }
        self.start_windows(now);
        self.start_tail(now);
        self.start_verify(now);
        self.start_recount(now);

        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        if self.next_deletions.is_some_and(|due| due <= now) {
            self.next_deletions = None;
            self.tasks.spawn(async move { Outcome::Deletions(upkeep::deletions(&context, &intercom).await) });
        } else if self.next_names.is_some_and(|due| due <= now) {
            self.next_names = None;
            self.tasks.spawn(async move { Outcome::Names(upkeep::names(&context, &intercom).await) });
        } else if (self.contacts_wanted || self.next_contacts <= now)
            && self.contacts_rest <= now
            && !self.contacts_running
            && self.is_listed()
        {
            self.contacts_wanted = false;
            self.contacts_running = true;
            self.tasks.spawn(async move { Outcome::Contacts(upkeep::contacts(&context, &intercom).await) });
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
        self.pending == 0
            && self.windows.is_empty()
            && self.passes.is_empty()
            && !self.coverage.proven().is_empty()
    }

    /// Says whether everything is listed, and little of it is left to fetch.
    fn is_listed(&self) -> bool {
        let quiet = self.windows.is_empty() && self.passes.is_empty();
        quiet && self.pending < 100 && !self.coverage.proven().is_empty()
    }

    /// Says whether the names of contacts are as well known as they can be.
    pub(super) fn knows_contacts(&self) -> bool {
        let resting = self.contacts_rest > Instant::now();
        (!self.contacts_wanted || resting) && !self.contacts_running
    }

    /// Notes that there was work: names may be missing, and memory was used.
    pub(super) fn stir(&mut self) {
        let now = Instant::now();
        self.calm_at = Some(now + CALM);
        self.contacts_wanted = true;
    }

    /// Makes the store be purged even if nothing else happens: deletions alone are no work to calm down from.
    pub(super) fn purge_later(&mut self) {
        self.calm_at.get_or_insert_with(|| Instant::now() + PURGE);
    }

    /// Makes the next head scan come soon.
    pub(super) fn hasten_head(&mut self) {
        let earliest = self.head.began.map_or_else(Instant::now, |began| began + HEAD_PAUSE);
        self.head.next = self.head.next.min(earliest.max(self.head.not_before));
    }

    fn next_wake(&self) -> Instant {
        self.next_due().min(Instant::now() + BEAT)
    }

    fn next_due(&self) -> Instant {
        let look = Instant::now() + Duration::from_secs(1);
        let head = (!self.head.running).then_some(self.head.next);
        let due = [head, self.next_deletions, self.next_names].into_iter().flatten().min();
        if self.pending > 0
            || !self.windows.is_empty()
            || !self.context.board.read(|state| state.tickets.is_empty())
        {
            return due.map_or(look, |due| due.min(look));
        }
        let quiet = [due, self.calm_at];
        let quiet = if self.is_calm() { quiet.into_iter().flatten().min() } else { due };
        quiet.unwrap_or_else(|| Instant::now() + self.sync_interval)
    }
}

/// Waits for a command that is more than a nudge.
async fn next_but_nudges(inbox: &mut mpsc::Receiver<Command>) -> Option<Command> {
    loop {
        match inbox.recv().await {
            Some(Command::Nudge) => {}
            other => return other,
        }
    }
}
