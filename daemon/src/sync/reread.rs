//! Reading stored conversations again, because not every change in Intercom moves the activity time: the one read longest
//! ago first, open ones before closed ones, with calls that nobody else needs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use proto::Timestamp;
use proto::types::Verification;
use tokio::time::Instant;

use super::Context;
use super::error::Error;
use super::session::{Outcome, Session};
use crate::intercom::{Advice, Intercom, Priority, Refusal};
use crate::model::{ConversationId, Fetched};
use crate::store::Compared;

/// The mark under which it is kept what was found.
pub(super) const MARK: &str = "reread";
/// How often some are read.
const EVERY: Duration = Duration::from_secs(10);
/// How long ago an open conversation, and any other, was read when its turn has come, in seconds.
const OPEN: i64 = 1_800;
const OTHERS: i64 = 2_700;
/// Of so many calls that Intercom allows one is taken: where others need calls, or for conversations that are not open, and
/// where nobody does.
const SHARE: (u64, u64) = (100, 25);
/// So many are read each time where Intercom says nothing of a limit.
const UNLIMITED: u64 = 5;
/// Reads under way together.
const AT_ONCE: usize = 4;
/// More that wait to be fetched than this need the calls.
const BUSY: u64 = 100;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    verified: u64,
    differences: u64,
    last_difference: Option<Timestamp>,
}

/// Where reading again is.
#[derive(Debug, Default)]
pub(super) struct Reread {
    found: Found,
    /// When the conversation that was read longest ago was.
    read_since: Option<Timestamp>,
    running: bool,
    next: Option<Instant>,
    /// What could not be read has its turn again when others had theirs.
    failed: HashSet<ConversationId>,
    /// What counts as deleted because reads found nothing of it, and was met when its time was listed again.
    pub(super) missing: HashSet<ConversationId>,
}

/// What some reads came to.
pub(super) struct Read {
    found: Found,
    failed: Vec<ConversationId>,
    read_since: Option<Timestamp>,
    /// There was less to read than might have been.
    is_done: bool,
}

impl Found {
    fn to_text(self) -> String {
        let last = self.last_difference.map_or_else(|| "-".to_owned(), |at| at.0.to_string());
        format!("{} {} {last}", self.verified, self.differences)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (verified, differences) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let last_difference = words.next()?.parse().ok().map(Timestamp);
        Some(Self { verified, differences, last_difference })
    }
}

impl Reread {
    /// Takes up what an earlier daemon found.
    pub(super) fn resume(&mut self, mark: Option<&str>, now: Instant) {
        self.found = mark.and_then(Found::parse).unwrap_or_default();
        // Whatever made the daemon start has work for it.
        self.next = Some(now + EVERY);
    }

    /// Returns what the status says of it.
    pub(super) fn report(&self) -> Verification {
        let Found { verified, differences, last_difference } = self.found;
        Verification {
            read_since: self.read_since,
            verified,
            differences,
            last_difference_at: last_difference,
        }
    }

    /// Returns when some are to be read next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.next.filter(|_| !self.running)
    }
}

impl Session {
    /// Starts to read some, where it is time to.
    pub(super) fn start_reread(&mut self, now: Instant) {
        let Some(server) = self.intercom.clock().earliest().filter(|_| self.head.looked_at.is_some()) else {
            return;
        };
        if self.reread.running || self.reread.next.is_some_and(|next| next > now) {
            return;
        }
        self.reread.next = Some(now + EVERY);
        self.reread.running = true;
        let share = if self.pending > BUSY { SHARE.0 } else { SHARE.1 };
        let limit = self.intercom.budget().limit;
        let of = |share: u64| limit.map_or(UNLIMITED, |limit| (limit / share).max(1));
        let counts = [of(share), of(SHARE.0)].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let (found, failed) = (self.reread.found, self.reread.failed.clone());
        let missing: Vec<_> = self.reread.missing.iter().take(counts[0]).cloned().collect();
        missing.iter().for_each(|id| _ = self.reread.missing.remove(id));
        let (context, intercom) = (Arc::clone(&self.context), self.intercom.clone());
        self.tasks.spawn(async move {
            Outcome::Reread(read_some(found, &failed, missing, server, counts, &context, &intercom).await)
        });
    }

    /// Takes in what some reads came to.
    pub(super) fn reread(&mut self, result: Result<Read, Error>) -> Result<(), Error> {
        self.reread.running = false;
        match result {
            Ok(read) => {
                self.reread.found = read.found;
                self.reread.read_since = read.read_since;
                if read.is_done {
                    self.reread.failed.clear();
                }
                self.reread.failed.extend(read.failed);
                Ok(())
            }
            Err(error) if error.is_refusal() => Err(error),
            Err(error) => {
                tracing::warn!(%error, "reading stored conversations again failed");
                self.context.board.update(|state| state.note_error(error.to_string()));
                Ok(())
            }
        }
    }
}

/// Reads some, compares them with what is stored, and stores what differs.
async fn read_some(
    mut found: Found,
    passed_over: &HashSet<ConversationId>,
    missing: Vec<ConversationId>,
    now: Timestamp,
    counts: [usize; 2],
    context: &Context,
    intercom: &Intercom,
) -> Result<Read, Error> {
    let before = (now.minus(OPEN), now.minus(OTHERS));
    let limits = counts.map(|count| count + passed_over.len());
    let (ids, read_since) = context
        .store
        .read(move |snapshot| Ok((snapshot.read_before(before, limits)?, snapshot.all_read_since()?)))
        .await?;
    let is_done = ids.len() < limits[0];
    let due = ids.into_iter().filter(|id| !passed_over.contains(id));
    let due = missing.into_iter().chain(due).take(counts[0]);
    let mut reads = futures::stream::iter(due.map(|id| async move {
        let result = intercom.conversation(&id, Priority::Spare).await;
        (id, result)
    }))
    .buffer_unordered(AT_ONCE);
    let (mut same, mut failed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    let before = found;
    while let Some((id, result)) = reads.next().await {
        match result {
            Ok(fetched) => {
                found.verified += 1;
                let conversation = fetched.conversation.clone();
                match context.store.read(move |snapshot| snapshot.compare(&conversation)).await? {
                    Compared::Same => same.push((id, fetched.asked_at)),
                    Compared::Older => failed.push(id),
                    Compared::Newer => store(fetched, context).await?,
                    Compared::Silent => {
                        tracing::warn!(conversation = %id, "it had changed without a new activity time");
                        found.differences += 1;
                        found.last_difference = Some(fetched.asked_at);
                        store(fetched, context).await?;
                    }
                }
            }
            Err(error) if error.advice() == Advice::Gone => {
                // Whether it is deleted, or none can be read, is found out where all are fetched.
                gone.push(id);
            }
            Err(error) if matches!(error.advice(), Advice::GiveUp(Refusal::Token)) => {
                return Err(error.into());
            }
            Err(error) => {
                tracing::warn!(%error, "a stored conversation could not be read again");
                failed.push(id);
            }
        }
    }
    drop(reads);
    if !gone.is_empty() {
        context.store.commit_again(gone).await?;
        context.details_due.notify_one();
    }
    if found != before {
        context.store.commit_same(same, (MARK, found.to_text())).await?;
    }
    Ok(Read { found, failed, read_since, is_done })
}

async fn store(fetched: Fetched, context: &Context) -> Result<(), Error> {
    let _storing = context.storing.read().await;
    let read_at = fetched.asked_at;
    let outcome = context.store.commit_details(vec![fetched]).await?;
    context.board.update(|state| state.note_late(&outcome.late, read_at));
    context.stored.notify_one();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_survives_as_text() {
        for last_difference in [None, Some(Timestamp(7))] {
            let found = Found { verified: 3, differences: 1, last_difference };
            assert_eq!(Found::parse(&found.to_text()), Some(found));
        }
        assert_eq!(Found::parse("rubbish"), None);
    }
}
