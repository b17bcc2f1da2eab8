//! Reading what has names of its own, since no conversation tells that they changed: tags, teammates, and the people who
//! write in.
//!
//! None of it holds up a sync, and its failures are noted, not raised: answers that rest on it say how old it is.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use proto::Timestamp;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::Context;
use super::error::Error;
use super::upkeep::note;
use crate::intercom::{Intercom, Priority};
use crate::model::{Contact, FoundContact, Register, TeammateKind};

/// How soon what failed is tried again.
const AGAIN: Duration = Duration::from_secs(60);
/// How often everything is read again: so that answers can be fresh, at a third of the tolerance, within these bounds.
const EVERY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(600));
/// How soon to look again whether conversations are listed.
const LOOK: Duration = Duration::from_secs(1);
/// Contacts asked for in one call.
const CONTACTS: usize = 50;
/// So often the changes that came while others were read are read in turn, until they fit into one page.
const ROUNDS: usize = 5;
/// With so many conversations to fetch, those come first.
const BUSY: u64 = 100;

/// What is wanted of contacts: the names of those that conversations do not tell.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    asked: AtomicU64,
    answered: AtomicU64,
    /// Asking for them failed, and is left alone for now.
    resting: AtomicBool,
    rung: Notify,
}

impl Wanted {
    /// Says that there may be contacts now whose names are not known.
    pub(super) fn ask(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.rung.notify_one();
    }

    /// Says whether names are as well known as they can be.
    pub(super) fn is_answered(&self) -> bool {
        self.resting.load(Ordering::Relaxed) || !self.is_asked()
    }

    fn is_asked(&self) -> bool {
        self.answered.load(Ordering::Relaxed) < self.asked.load(Ordering::Relaxed)
    }

    /// Waits for a wish, but no longer than that.
    async fn rest(&self, rest: Duration) {
        let _ = timeout(rest, self.rung.notified()).await;
    }
}

/// Reads names for as long as a session lasts.
pub(super) struct People {
    context: Arc<Context>,
    intercom: Intercom,
}

impl People {
    pub(super) fn new(context: Arc<Context>, intercom: Intercom) -> Self {
        Self { context, intercom }
    }

    /// Reads until it is stopped.
    pub(super) async fn run(self) -> Infallible {
        // An earlier session may have been stopped while it rested.
        self.context.contacts.resting.store(false, Ordering::Relaxed);
        let lists = [Register::Tags, Register::Admins, Register::Teams].map(|list| self.keep_list(list));
        tokio::join!(futures::future::join_all(lists), self.keep_contacts()).1
    }

    fn every(&self) -> Duration {
        let tolerance = self.context.board.read(|state| state.tolerance);
        Duration::from_secs(tolerance.unsigned_abs() / 3).clamp(EVERY.0, EVERY.1)
    }

    fn failed(&self, doing: &str, error: &Error) -> Duration {
        note(&self.context, doing, error, AGAIN)
    }

    async fn keep_list(&self, list: Register) -> Infallible {
        loop {
            let wait = match self.read_list(list).await {
                Ok(()) => self.every(),
                Err(error) => self.failed(&format!("reading the names of {}", list.as_str()), &error),
            };
            sleep(wait).await;
        }
    }

    async fn read_list(&self, list: Register) -> Result<(), Error> {
        let (intercom, store) = (&self.intercom, &self.context.store);
        let as_of = intercom.clock().earliest().unwrap_or_default();
        match list {
            Register::Tags => store.commit_tags(intercom.tags().await?, as_of).await?,
            Register::Admins => {
                store.commit_teammates(TeammateKind::Admin, intercom.admins().await?, as_of).await?;
            }
            Register::Teams => {
                store.commit_teammates(TeammateKind::Team, intercom.teams().await?, as_of).await?;
            }
            Register::Contacts => {}
        }
        Ok(())
    }

    async fn keep_contacts(&self) -> Infallible {
        let wanted = &self.context.contacts;
        if let Err(error) = self.begin_contacts().await {
            sleep(self.failed("looking up contacts", &error)).await;
        }
        // What changed up to then was read, though it cannot be claimed.
        let mut through = None;
        let mut changes_due = Instant::now();
        loop {
            let (is_begun, is_listed) = self.context.board.read(|state| {
                let is_begun = state.last_sync.is_some();
                (is_begun, is_begun && state.windows.is_empty() && state.pending < BUSY)
            });
            let asked = wanted.asked.load(Ordering::Relaxed);
            let names = wanted.is_asked() && is_listed;
            let changes = is_begun && changes_due <= Instant::now();
            if !names && !changes {
                let rest =
                    if is_begun { changes_due.saturating_duration_since(Instant::now()) } else { LOOK };
                wanted.rest(if wanted.is_asked() { rest.min(LOOK) } else { rest }).await;
                continue;
            }
            let mut result = if names { self.look_up_nameless().await } else { Ok(()) };
            if names && result.is_ok() {
                wanted.answered.fetch_max(asked, Ordering::Relaxed);
                self.context.stored.notify_one();
            }
            if changes && result.is_ok() {
                result = self.take_in_changes(&mut through).await;
                changes_due = Instant::now() + self.every();
            }
            if result.is_ok() {
                result = self.look_up_others().await;
            }
            if let Err(error) = result {
                wanted.resting.store(true, Ordering::Relaxed);
                self.context.stored.notify_one();
                let wait = self.failed("reading contacts", &error);
                sleep(wait).await;
                wanted.resting.store(false, Ordering::Relaxed);
                changes_due = Instant::now();
            }
        }
    }

    /// Reads the names and addresses of contacts that are in conversations and never wrote.
    async fn look_up_nameless(&self) -> Result<(), Error> {
        loop {
            let ids = self.context.store.read(|snapshot| snapshot.nameless_contacts(CONTACTS)).await?;
            if ids.is_empty() {
                return Ok(());
            }
            self.look_up(ids, Priority::Sync).await?;
        }
    }

    /// Reads what conversations never tell of the others, as long as nobody wants names.
    async fn look_up_others(&self) -> Result<(), Error> {
        while !self.context.contacts.is_asked() {
            let ids = self.context.store.read(|snapshot| snapshot.unasked_contacts(CONTACTS)).await?;
            if ids.is_empty() {
                break;
            }
            self.look_up(ids, Priority::Spare).await?;
        }
        Ok(())
    }

    async fn look_up(&self, ids: Vec<String>, priority: Priority) -> Result<(), Error> {
        let Some(as_of) = self.as_of() else { return Ok(()) };
        let found = self.intercom.contacts(&ids, priority).await?;
        self.context.store.commit_contacts(answered(ids, found), as_of, None).await?;
        Ok(())
    }

    /// Returns how new it is at least what a search shows that begins now.
    fn as_of(&self) -> Option<Timestamp> {
        let margin = self.context.board.read(|state| state.settle);
        Some(self.intercom.clock().earliest()?.minus(margin))
    }

    /// Returns since when changes of contacts are known. Where they are not, whatever changes from now on will be.
    async fn begin_contacts(&self) -> Result<Option<Timestamp>, Error> {
        let store = &self.context.store;
        let known = store.read(|snapshot| snapshot.changes_as_of(Register::Contacts)).await?;
        let as_of = self.as_of();
        if let (None, Some(as_of)) = (known, as_of) {
            store.begin_contacts(as_of).await?;
            return Ok(as_of.into());
        }
        Ok(known)
    }

    /// Reads the contacts that changed since that was done last. Those on one page are as they all were at one instant; those
    /// on further ones may have changed meanwhile, and stand before them then: so those are read until they fit on one page.
    async fn take_in_changes(&self, through: &mut Option<Timestamp>) -> Result<(), Error> {
        let Some(known) = self.begin_contacts().await? else { return Ok(()) };
        let mut since = through.unwrap_or(known).max(known);
        for _ in 0..ROUNDS {
            let Some(as_of) = self.as_of() else { return Ok(()) };
            let is_whole = self.read_changes(since, as_of).await?;
            if is_whole {
                *through = None;
                return Ok(());
            }
            since = as_of;
            *through = Some(as_of);
        }
        let words = "contacts change faster than the changes can be read".to_owned();
        tracing::warn!("{words}");
        self.context.board.update(|state| state.note_error(words));
        Ok(())
    }

    /// Reads them page by page; says whether they were on one page, so that all are known that there were at `as_of`.
    async fn read_changes(&self, since: Timestamp, as_of: Timestamp) -> Result<bool, Error> {
        let mut after = None;
        loop {
            let page = self.intercom.contacts_changed(since, after.as_ref()).await?;
            let oldest = page.contacts.iter().filter_map(|contact| contact.updated_at).min();
            let is_last = page.next.is_none() || oldest.is_some_and(|oldest| oldest < since);
            let is_whole = is_last && after.is_none();
            let claim = is_whole.then_some(as_of);
            self.context.store.commit_contacts(page.contacts, as_of, claim).await?;
            if is_last {
                return Ok(is_whole);
            }
            after = page.next;
        }
    }
}

/// Returns what was found of each contact asked for, nothing included: so it is not asked for again.
fn answered(asked: Vec<String>, mut found: Vec<FoundContact>) -> Vec<FoundContact> {
    let known: HashSet<Option<String>> = found.iter().map(|found| found.contact.id.clone()).collect();
    let silent = asked.into_iter().map(Some).filter(|id| !known.contains(id));
    let nothing =
        |id| FoundContact { contact: Contact { id, ..Contact::default() }, ..FoundContact::default() };
    found.extend(silent.map(nothing));
    found
}
