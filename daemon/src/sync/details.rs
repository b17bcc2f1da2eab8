//! Fetching the conversations that were listed: newest first, as many at once as Intercom's limits let through, stored
//! in batches.
//!
//! The ledger of what is pending is in the store alone; this holds no more of it than what is being fetched.

use std::collections::{HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::Context;
use super::blame::Blame;
use super::board::State;
use super::error::Error;
use super::room::Room;
use crate::intercom::{self, Advice, Intercom, Priority, Refusal};
use crate::model::{ConversationId, Fetched};
use crate::store::{self, Clocks, DetailsOutcome, Failure, NOT_FOUND, Pending};

/// Fetches that may wait for the limiter at once: more than it ever lets through together.
const AT_ONCE: usize = 160;
/// Conversations read from the ledger at a time.
const REFILL: usize = 512;
/// A transaction's size.
const BATCH: usize = 150;
/// So many are worth a transaction when the store has nothing else to write: what is not stored is fetched again after a
/// kill, and a larger one saves little.
const ENOUGH: usize = 16;
/// How long a fetched conversation may wait for others before it is stored.
const LINGER: Duration = Duration::from_millis(700);

/// Reads of a conversation that found nothing, with growing pauses between them, after which it counts as deleted though
/// the list of deletions does not name it.
const MISSES: u32 = 5;
/// Batches that are being stored at once: one is made ready while the other is written.
const COMMITS: usize = 2;

/// A fetch that came to its end.
struct Attempt {
    row: Pending,
    began: Instant,
    /// `None` where it panicked.
    result: Option<Result<Fetched, intercom::Error>>,
}

/// Conversations whose commit came to its end, and how many bytes they have.
type Stored = (Vec<ConversationId>, usize, Result<DetailsOutcome, store::Error>);

/// The fetches of one connection to Intercom.
pub(crate) struct Details {
    context: Arc<Context>,
    intercom: Intercom,
    queue: VecDeque<Pending>,
    flight: JoinSet<Attempt>,
    commits: JoinSet<Stored>,
    /// What is being fetched.
    in_flight: HashSet<ConversationId>,
    /// What was fetched and is not stored yet.
    in_hand: HashSet<ConversationId>,
    /// How many conversations were pending at the last look.
    pending: u64,
    /// The last look took all that was due: the next one waits for a ring or for time to pass.
    dry: bool,
    fetched: Vec<Fetched>,
    oldest_fetched: Option<Instant>,
    room: Room,
    blame: Blame,
    /// What failed since another one was fetched last, and nobody is blamed for yet.
    suspects: Vec<(Pending, intercom::Error)>,
    pause_until: Option<Instant>,
}

impl Details {
    pub(crate) fn new(context: Arc<Context>, intercom: Intercom) -> Self {
        Self {
            context,
            intercom,
            queue: VecDeque::new(),
            flight: JoinSet::new(),
            commits: JoinSet::new(),
            in_flight: HashSet::new(),
            in_hand: HashSet::new(),
            pending: 0,
            dry: false,
            fetched: Vec::new(),
            oldest_fetched: None,
            room: Room::default(),
            blame: Blame::default(),
            suspects: Vec::new(),
            pause_until: None,
        }
    }

    /// Fetches until Intercom refuses or the store fails; dropping the future stops it and loses nothing but what was in
    /// flight.
    ///
    /// # Errors
    /// With what ended it.
    pub(crate) async fn run(mut self) -> Error {
        loop {
            if let Err(error) = self.step().await {
                return error;
            }
        }
    }

    async fn step(&mut self) -> Result<(), Error> {
        if self.flight.is_empty() && !self.suspects.is_empty() {
            // None of those that went together came through.
            self.judge().await?;
        }
        self.refill().await?;
        self.launch();
        let room = self.commits.len() < COMMITS;
        let worth = if self.commits.is_empty() { ENOUGH } else { BATCH };
        if room && (self.fetched.len() >= worth || (self.flight.is_empty() && !self.fetched.is_empty())) {
            self.store_fetched();
        }
        let linger = self.oldest_fetched.filter(|_| room).map(|since| since + LINGER);
        let wake = self.next_wake();
        tokio::select! {
            biased;
            Some(stored) = self.commits.join_next() => self.stored(stored).await,
            Some(attempt) = self.flight.join_next(), if self.fetched.len() < 2 * BATCH => match attempt {
                Ok(attempt) => self.finished(attempt).await,
                Err(error) => Err(Error::Lost(format!("a fetch was lost: {error}"))),
            },
            () = until(linger) => {
                self.store_fetched();
                Ok(())
            }
            () = self.context.details_due.notified() => {
                // What was listed just now may be newer than what is queued.
                self.queue.clear();
                self.dry = false;
                Ok(())
            }
            () = until(wake) => {
                self.dry = false;
                self.pause_until = None;
                Ok(())
            }
        }
    }

    /// Reads more of the ledger when what was read is used up.
    async fn refill(&mut self) -> Result<(), Error> {
        let crowded = self.flight.len() >= AT_ONCE || self.fetched.len() >= BATCH;
        if self.dry || !self.queue.is_empty() || crowded || self.pause_until.is_some() {
            return Ok(());
        }
        let Some(server) = self.intercom.clock().earliest() else { return Ok(()) };
        let clocks = Clocks { intercom: server, daemon: self.context.wall.now() };
        let (due, pending) = self
            .context
            .store
            .read(move |snapshot| {
                Ok((snapshot.pending(REFILL + AT_ONCE, clocks)?, snapshot.counts()?.pending))
            })
            .await?;
        self.pending = pending;
        let waiting = due.len();
        let free = |row: &Pending| !self.in_flight.contains(&row.id) && !self.in_hand.contains(&row.id);
        self.queue.extend(due.into_iter().filter(free).take(REFILL));
        self.dry = self.queue.len() < REFILL;
        self.queue.rotate_left(self.blame.first(self.queue.len()));
        if waiting == 0 || pending < REFILL as u64 {
            self.context.pending_low.notify_waiters();
        }
        Ok(())
    }

    fn launch(&mut self) {
        if self.pause_until.is_some() {
            return;
        }
        let (at_once, room) = (self.blame.at_once(AT_ONCE), self.room.at_once(AT_ONCE));
        // What waits to be stored counts as well: fetching more of it sooner only means to fetch it again after a kill.
        while self.flight.len() + self.fetched.len() < at_once
            && self.flight.len() < room
            && let Some(row) = self.queue.pop_front()
        {
            if !self.in_flight.insert(row.id.clone()) {
                continue;
            }
            let intercom = self.intercom.clone();
            self.flight.spawn(async move {
                let began = Instant::now();
                let fetch = AssertUnwindSafe(intercom.conversation(&row.id, Priority::Sync));
                let result = fetch.catch_unwind().await.ok();
                Attempt { row, began, result }
            });
        }
    }

    async fn finished(&mut self, Attempt { row, began, result }: Attempt) -> Result<(), Error> {
        self.in_flight.remove(&row.id);
        match result {
            Some(Ok(fetched)) => {
                self.suspects.clear();
                self.take_in(began, fetched);
                Ok(())
            }
            Some(Err(error)) => self.failed(row, began, error).await,
            None => {
                let error = "reading it failed in a way that is a bug of syncd's".to_owned();
                self.quarantine(row.id, row.attempts, error).await
            }
        }
    }

    /// Takes in a conversation that was fetched.
    fn take_in(&mut self, began: Instant, fetched: Fetched) {
        self.dry &= !self.blame.succeeded(began);
        self.room.fetched(fetched.conversation.raw.len());
        self.in_hand.insert(fetched.conversation.id.clone());
        self.oldest_fetched.get_or_insert_with(Instant::now);
        self.fetched.push(fetched);
    }

    /// Deals with a conversation that could not be fetched.
    async fn failed(&mut self, row: Pending, began: Instant, error: intercom::Error) -> Result<(), Error> {
        match error.advice() {
            Advice::GiveUp(Refusal::Token) => Err(error.into()),
            Advice::WaitUntil(wait) => {
                self.pause(wait, &error);
                Ok(())
            }
            _ if self.blame.is_due(began, self.pending, self.intercom.last_success()) => {
                self.fault(row, error).await
            }
            _ => {
                self.blame.suspect();
                self.suspects.push((row, error));
                Ok(())
            }
        }
    }

    /// Finds out whose fault it is that nothing could be fetched, by a conversation that could be before.
    async fn judge(&mut self) -> Result<(), Error> {
        let suspects = std::mem::take(&mut self.suspects);
        let names: Vec<ConversationId> = suspects.iter().map(|(row, _)| row.id.clone()).collect();
        let control = self.context.store.read(move |snapshot| snapshot.stored_but(&names)).await?;
        let is_first_copy = control.is_none();
        let began = Instant::now();
        let verdict = match control {
            Some(id) => Some(self.intercom.conversation(&id, Priority::Sync).await),
            None => None,
        };
        match verdict {
            Some(Ok(fetched)) => {
                self.take_in(began, fetched);
                for (row, error) in suspects {
                    self.fault(row, error).await?;
                }
                return Ok(());
            }
            Some(Err(error)) if matches!(error.advice(), Advice::GiveUp(_)) => return Err(error.into()),
            Some(Err(_)) | None => {}
        }
        let Some((_, error)) = suspects.into_iter().next_back() else { return Ok(()) };
        if is_first_copy && self.blame.refuses_all() && matches!(error.advice(), Advice::GiveUp(_)) {
            return Err(error.into());
        }
        let wait = self.blame.pause(Instant::now());
        self.pause(wait, &error);
        Ok(())
    }

    /// Deals with a conversation that cannot be fetched by its own fault.
    async fn fault(&mut self, row: Pending, error: intercom::Error) -> Result<(), Error> {
        if error.advice() == Advice::Gone {
            self.missed(&row).await
        } else {
            self.quarantine(row.id, row.attempts, error.to_string()).await
        }
    }

    /// Deals with a conversation that Intercom lists and does not find. The list of deletions knows of those that
    /// were deleted; what it does not name may be out of reach for a while only.
    async fn missed(&mut self, row: &Pending) -> Result<(), Error> {
        let again = row.error.as_deref() == Some(NOT_FOUND);
        let listed = self.context.store.read(|snapshot| Ok(snapshot.deletions_as_of()?.is_some())).await?;
        if !again {
            tracing::info!(conversation = %row.id, "not found in Intercom, to be asked for once more");
            let at = self.context.board.read(State::confirm_deletion_at);
            self.context.store.commit_missing(row.id.clone(), at).await?;
            return Ok(());
        }
        if listed && row.attempts < MISSES {
            return self.quarantine(row.id.clone(), row.attempts, NOT_FOUND.to_owned()).await;
        }
        tracing::info!(conversation = %row.id, "deleted in Intercom");
        self.context.store.commit_gone(vec![row.id.clone()]).await?;
        self.context.count_fetched(1);
        Ok(())
    }

    /// Puts a conversation aside with its error: it counts against every window it was active in, is tried again with
    /// growing pauses, and stops nothing else.
    async fn quarantine(&mut self, id: ConversationId, attempts: u32, error: String) -> Result<(), Error> {
        tracing::warn!(conversation = %id, error, "quarantined");
        let wait = i64::try_from(backoff(attempts).as_secs()).unwrap_or(i64::MAX);
        let retry_at = self.context.wall.now().plus(wait);
        let failure = Failure { id, error: error.clone(), retry_at };
        self.context.store.commit_failures(vec![failure]).await?;
        self.context.board.update(|state| state.note_error(error));
        self.context.stored.notify_one();
        Ok(())
    }

    /// Stops fetching for a while.
    fn pause(&mut self, wait: Duration, error: &intercom::Error) {
        tracing::warn!(%error, "fetching pauses for {} s", wait.as_secs());
        self.context.board.update(|state| state.note_error(error.to_string()));
        self.queue.clear();
        self.dry = false;
        self.pause_until = Some(Instant::now() + wait);
    }

    /// Begins to store what was fetched.
    fn store_fetched(&mut self) {
        let batch = std::mem::take(&mut self.fetched);
        self.oldest_fetched = None;
        let store = self.context.store.clone();
        let storing = Arc::clone(&self.context.storing);
        self.commits.spawn(async move {
            let _storing = storing.read().await;
            let ids = batch.iter().map(|fetched| fetched.conversation.id.clone()).collect();
            let bytes = batch.iter().map(|fetched| fetched.conversation.raw.len()).sum();
            (ids, bytes, store.commit_details(batch).await)
        });
    }

    async fn stored(&mut self, stored: Result<Stored, JoinError>) -> Result<(), Error> {
        let (ids, bytes, result) =
            stored.map_err(|error| Error::Lost(format!("a commit was lost: {error}")))?;
        self.room.stored(bytes);
        for id in &ids {
            self.in_hand.remove(id);
        }
        let DetailsOutcome { late, behind, .. } = result?;
        for (id, attempts) in behind {
            let error = format!("reading conversation {id}: it comes back older than it is listed");
            self.quarantine(id, attempts, error).await?;
        }
        if let (false, Some(now)) = (late.is_empty(), self.intercom.clock().earliest()) {
            self.context.board.update(|state| state.note_late(&late, now));
        }
        self.dry = false;
        self.context.count_fetched(u64::try_from(ids.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Returns when to look into the ledger without being rung for.
    fn next_wake(&self) -> Option<Instant> {
        if self.pause_until.is_some() {
            return self.pause_until;
        }
        // What changed within the last two seconds falls due by the clock alone, and so does what failed.
        let look = if self.pending > 0 { Duration::from_millis(500) } else { Duration::from_secs(15) };
        Some(Instant::now() + look)
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Returns how long a quarantined conversation rests: half a minute, doubling up to an hour.
fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(30 << attempts.min(7)).min(Duration::from_secs(3_600))
}
