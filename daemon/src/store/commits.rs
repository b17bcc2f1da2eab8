//! What is stored, one method each: every one is a transaction of its own on the connection that writes.

use proto::{Interval, Timestamp};

use super::writer::Batch;
use super::{
    DetailsOutcome, Error, Failure, ListedOutcome, Listing, Store, coverage, directory, ingest, ledger,
    prepare, registers, removal, tags, workspace,
};
use crate::model::{ConversationId, Deletion, Fetched, FoundContact, Tag, Teammate, TeammateKind, Workspace};
use crate::offload::offload;

impl Store {
    /// Stores which workspace the copy is of, or its new name and address.
    ///
    /// # Errors
    /// [`Error::OtherWorkspace`] when the copy is of another one.
    pub async fn bind_workspace(&self, workspace: Workspace, api_url: String) -> Result<(), Error> {
        self.write(move |batch| workspace::bind(&batch.transaction, &workspace, &api_url)).await
    }

    /// Stores a page of a scan and, on the last one, what the scan proves.
    ///
    /// # Errors
    /// When it cannot be stored; then nothing of it is.
    pub async fn commit_listing(&self, listing: Listing) -> Result<ListedOutcome, Error> {
        self.write(move |batch| ledger::commit_listing(batch, &listing)).await
    }

    /// Takes back every claim that was made by a clock that was ahead of this instant.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn retract(&self, instant: Timestamp) -> Result<(), Error> {
        self.write(move |batch| {
            let mut coverage = coverage::load(&batch.transaction)?;
            coverage.retract(instant);
            registers::retract(&batch.transaction, instant)?;
            coverage::save(&batch.transaction, &coverage)
        })
        .await
    }

    /// Ends what is claimed at an instant: what is read beyond it has turned out to be too young to be sure of.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn narrow(&self, instant: Timestamp) -> Result<(), Error> {
        self.write(move |batch| {
            let coverage = coverage::load(&batch.transaction)?;
            coverage::save(&batch.transaction, &coverage.up_to(instant))
        })
        .await
    }

    /// Stores conversations. An older state never replaces a newer one; of a truncated conversation, stored parts that
    /// Intercom no longer returns are kept. One that cannot be made ready for storing counts as failed, and stops no other.
    ///
    /// # Errors
    /// When they cannot be stored; then none is.
    pub async fn commit_details(&self, fetched: Vec<Fetched>) -> Result<DetailsOutcome, Error> {
        let prepared =
            offload(move || prepare::prepare_all(fetched)).await.map_err(|_| Error::Panicked)??;
        let (prepared, failures) = prepared;
        let work = move |batch: &mut Batch<'_>| {
            let outcome = ingest::commit_details(batch, prepared)?;
            ledger::commit_failures(batch, &failures)?;
            Ok(outcome)
        };
        let mut outcome = self.write(work).await?;
        self.0.feed.add(std::mem::take(&mut outcome.news));
        Ok(outcome)
    }

    /// Stores that details could not be fetched or read; who is not pending is left out.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_failures(&self, failures: Vec<Failure>) -> Result<(), Error> {
        self.write(move |batch| ledger::commit_failures(batch, &failures)).await
    }

    /// Removes what is stored of a conversation of which one read found nothing; it is to be read again at `retry_at`, on
    /// the daemon's clock, before it counts as deleted.
    ///
    /// # Errors
    /// When it cannot be removed; then nothing is.
    pub async fn commit_missing(&self, id: ConversationId, retry_at: Timestamp) -> Result<(), Error> {
        self.write(move |batch| removal::commit_missing(batch, &id, retry_at)).await
    }

    /// Removes conversations of which reads found nothing.
    ///
    /// # Errors
    /// When they cannot be removed; then none is.
    pub async fn commit_gone(&self, ids: Vec<ConversationId>) -> Result<(), Error> {
        self.write(move |batch| removal::commit_gone(batch, &ids)).await
    }

    /// Removes conversations that Intercom lists as deleted, and stores up to when deletions are known; returns how
    /// many were not known to be deleted.
    ///
    /// # Errors
    /// When they cannot be removed; then none is.
    pub async fn commit_deletions(
        &self,
        deletions: Vec<Deletion>,
        as_of: Option<Timestamp>,
    ) -> Result<u64, Error> {
        self.write(move |batch| removal::commit_deletions(batch, &deletions, as_of)).await
    }

    /// Has what is stored of a span read again where it was read before an instant and a walk did not meet it; returns how
    /// many those are.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_unlisted(
        &self,
        span: Interval,
        read_before: Timestamp,
        met: Vec<ConversationId>,
    ) -> Result<u64, Error> {
        self.write(move |batch| ledger::commit_unlisted(batch, span, read_before, &met)).await
    }

    /// Has stored conversations read again.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_again(&self, ids: Vec<ConversationId>) -> Result<(), Error> {
        self.write(move |batch| ledger::commit_again(batch, &ids)).await
    }

    /// Stores that conversations were read and are as they are stored, and a small fact about that.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_same(
        &self,
        read: Vec<(ConversationId, Timestamp)>,
        (mark, value): (&'static str, String),
    ) -> Result<(), Error> {
        self.write(move |batch| {
            ledger::commit_same(batch, &read)?;
            ledger::set_mark(&batch.transaction, mark, &value)
        })
        .await
    }

    /// Stores the admins or the teams as Intercom listed them at an instant; those that are no longer listed stay.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub async fn commit_teammates(
        &self,
        kind: TeammateKind,
        teammates: Vec<Teammate>,
        as_of: Timestamp,
    ) -> Result<(), Error> {
        self.write(move |batch| directory::commit_teammates(batch, kind, &teammates, as_of)).await
    }

    /// Stores the tags as Intercom listed them at an instant.
    ///
    /// # Errors
    /// When they cannot be stored.
    pub async fn commit_tags(&self, tags: Vec<Tag>, as_of: Timestamp) -> Result<(), Error> {
        self.write(move |batch| tags::commit(batch, &tags, as_of)).await
    }

    /// Begins to look for changes of contacts at an instant.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn begin_contacts(&self, as_of: Timestamp) -> Result<(), Error> {
        self.write(move |batch| directory::begin_contacts(batch, as_of)).await
    }

    /// Stores what searches told of contacts at an instant, an absent name or address included; with `changes_as_of` all that
    /// changed up to then was among it.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn commit_contacts(
        &self,
        contacts: Vec<FoundContact>,
        as_of: Timestamp,
        changes_as_of: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.write(move |batch| directory::commit_contacts(batch, &contacts, as_of, changes_as_of)).await
    }

    /// Stores a small fact under a name; names that start with `store.` are the store's own.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn set_mark(&self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |batch| ledger::set_mark(&batch.transaction, &name, &value)).await
    }
}
