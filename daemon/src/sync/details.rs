//! Fetching the conversations that were listed: newest first, as many at once as Intercom's limits let through, stored
//! in batches.
//!
//! The ledger of what is pending is in the store alone; this holds no more of it than what is being fetched.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{Instant as TokioInstant, sleep_until};

use super::Context;
use super::error::Error;
use crate::intercom::{self, Advice, Intercom, Priority, Refusal};
use crate::model::{ConversationId, Fetched};
use crate::store::{Clocks, Failure, Pending};

/// Fetches that may wait for the limiter at once: more than it ever lets through together.
const AT_ONCE: usize = 288;
/// Conversations read from the ledger at a time.
const REFILL: usize = 512;
/// A transaction's size.
const BATCH: usize = 150;
/// How long a fetched conversation may wait for others before it is stored.
const LINGER: Duration = Duration::from_millis(700);

/// Conversations that may be refused one after the other before the token is taken to open none.
const REFUSALS: u32 = 5;

type Attempt = (Pending, Result<Fetched, intercom::Error>);

/// The fetches of one connection to Intercom.
pub(crate) struct Details {
    context: Arc<Context>,
    intercom: Intercom,
    queue: VecDeque<Pending>,
    flight: JoinSet<Attempt>,
    in_flight: HashSet<ConversationId>,
    /// How many conversations were pending at the last look.
    pending: u64,
    /// The last look took all that was due: the next one waits for a ring or for time to pass.
    dry: bool,
    fetched: Vec<Fetched>,
    oldest_fetched: Option<Instant>,
    /// Fetches in a row that failed in a way that need not be the conversation's fault.
    failures_in_a_row: u32,
    /// Refusals in a row that concern one conversation each.
    refusals_in_a_row: u32,
    pause_until: Option<Instant>,
}

impl Details {
    pub(crate) fn new(context: Arc<Context>, intercom: Intercom) -> Self {
        Self {
            context,
            intercom,
            queue: VecDeque::new(),
            flight: JoinSet::new(),
            in_flight: HashSet::new(),
            pending: 0,
            dry: false,
            fetched: Vec::new(),
            oldest_fetched: None,
            failures_in_a_row: 0,
            refusals_in_a_row: 0,
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
        self.refill().await?;
        self.launch();
        if self.fetched.len() >= BATCH || (self.flight.is_empty() && !self.fetched.is_empty()) {
            return self.store_fetched().await;
        }
        let linger = self.oldest_fetched.map(|since| since + LINGER);
        let wake = self.next_wake();
        tokio::select! {
            biased;
            Some(attempt) = self.flight.join_next() => {
                match attempt {
                    Ok(attempt) => self.finished(attempt).await,
                    Err(panic) => Err(Error::Listing(format!("fetching a conversation failed: {panic}"))),
                }
            }
            () = until(linger) => self.store_fetched().await,
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
        if self.dry || !self.queue.is_empty() || self.flight.len() >= AT_ONCE || self.pause_until.is_some() {
            return Ok(());
        }
        let Some(server) = self.intercom.clock().now() else { return Ok(()) };
        let clocks = Clocks { intercom: server, daemon: super::board::wall_clock() };
        let (due, pending) = self
            .context
            .store
            .read(move |snapshot| {
                Ok((snapshot.pending(REFILL + AT_ONCE, clocks)?, snapshot.counts()?.pending))
            })
            .await?;
        self.pending = pending;
        let waiting = due.len();
        self.queue.extend(due.into_iter().filter(|row| !self.in_flight.contains(&row.id)).take(REFILL));
        self.dry = self.queue.len() < REFILL;
        if waiting == 0 || pending < REFILL as u64 {
            self.context.pending_low.notify_waiters();
        }
        Ok(())
    }

    fn launch(&mut self) {
        if self.pause_until.is_some() {
            return;
        }
        while self.flight.len() < AT_ONCE
            && let Some(row) = self.queue.pop_front()
        {
            if !self.in_flight.insert(row.id.clone()) {
                continue;
            }
            let intercom = self.intercom.clone();
            self.flight.spawn(async move {
                let result = intercom.conversation(&row.id, Priority::Sync).await;
                (row, result)
            });
        }
    }

    async fn finished(&mut self, (row, result): Attempt) -> Result<(), Error> {
        match result {
            Ok(fetched) => {
                self.failures_in_a_row = 0;
                self.refusals_in_a_row = 0;
                self.oldest_fetched.get_or_insert_with(Instant::now);
                self.fetched.push(fetched);
                Ok(())
            }
            Err(error) => {
                self.in_flight.remove(&row.id);
                self.failed(&row, error).await
            }
        }
    }

    /// Deals with a conversation that could not be fetched. Whether that is its own fault or Intercom's is told by what
    /// happens to the others: as long as those fail too, nobody is blamed, and all wait.
    async fn failed(&mut self, row: &Pending, error: intercom::Error) -> Result<(), Error> {
        match error.advice() {
            Advice::Gone => {
                tracing::info!(conversation = %row.id, "deleted in Intercom");
                self.context.store.commit_gone(vec![row.id.clone()]).await?;
                self.context.count_fetched(1);
                Ok(())
            }
            Advice::GiveUp(Refusal::Token | Refusal::Setup) => Err(error.into()),
            // One conversation may be out of bounds for this token, but not one after the other.
            Advice::GiveUp(_) if self.refusals_in_a_row >= REFUSALS => Err(error.into()),
            Advice::GiveUp(_) => {
                self.refusals_in_a_row += 1;
                self.quarantine(row, &error).await
            }
            Advice::WaitUntil(wait) => {
                self.pause(wait, &error);
                Ok(())
            }
            Advice::Retry | Advice::Restart => {
                let others_work = self.intercom.trouble().is_none();
                self.failures_in_a_row += 1;
                if others_work || error.is_about_the_answer() || self.failures_in_a_row > 50 {
                    self.quarantine(row, &error).await
                } else {
                    self.pause(Duration::from_secs(1 << self.failures_in_a_row.min(5)), &error);
                    Ok(())
                }
            }
        }
    }

    /// Puts a conversation aside with its error: it counts against every window it was active in, is tried again with
    /// growing pauses, and stops nothing else.
    async fn quarantine(&mut self, row: &Pending, error: &intercom::Error) -> Result<(), Error> {
        tracing::warn!(conversation = %row.id, %error, "quarantined");
        let wait = i64::try_from(backoff(row.attempts).as_secs()).unwrap_or(i64::MAX);
        let retry_at = super::board::wall_clock().plus(wait);
        let failure = Failure { id: row.id.clone(), error: error.to_string(), retry_at };
        self.context.store.commit_failures(vec![failure]).await?;
        self.context.board.update(|state| state.note_error(error.to_string()));
        Ok(())
    }

    fn pause(&mut self, wait: Duration, error: &intercom::Error) {
        tracing::warn!(%error, "fetching pauses for {} s", wait.as_secs());
        self.context.board.update(|state| state.note_error(error.to_string()));
        self.queue.clear();
        self.pause_until = Some(Instant::now() + wait);
    }

    async fn store_fetched(&mut self) -> Result<(), Error> {
        let batch = std::mem::take(&mut self.fetched);
        self.oldest_fetched = None;
        let ids: Vec<ConversationId> = batch.iter().map(|fetched| fetched.conversation.id.clone()).collect();
        let count = batch.len();
        let result = self.context.store.commit_details(batch).await;
        for id in &ids {
            self.in_flight.remove(id);
        }
        result?;
        self.context.count_fetched(u64::try_from(count).unwrap_or(u64::MAX));
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
        Some(instant) => sleep_until(TokioInstant::from_std(instant)).await,
        None => std::future::pending().await,
    }
}

/// Returns how long a quarantined conversation rests: half a minute, doubling up to an hour.
fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(30 << attempts.min(7)).min(Duration::from_secs(3_600))
}
