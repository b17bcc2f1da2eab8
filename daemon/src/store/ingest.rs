//! Writes conversations: rows, parts, index, labels and totals in one transaction.

use std::collections::HashMap;

use proto::Timestamp;
use proto::fields::Field;
use proto::types::{News, Value};
use rusqlite::params;

use super::counters::Counter;
use super::docid::Allocator;
use super::documents::Document;
use super::error::{Attempt, Error};
use super::fields::Fields;
use super::labels::Kind;
use super::ledger::{self, Settled};
use super::measure::{self, Measure, StateCode};
use super::prepare::{self, Content, Prepared};
use super::rows::{self, Contents, Stored};
use super::stored::{self, Packer};
use super::writer::Batch;
use super::{coverage, directory, key, pending, people, removal, silent, tags};
use crate::model::ConversationId;
use crate::offload::give_way;

/// What came of storing details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DetailsOutcome {
    /// Conversations whose row was written.
    pub stored: u64,
    /// Conversations that stay pending: the state read is older than the listed one, or so young that it may change
    /// within the same second.
    pub unsettled: Vec<ConversationId>,
    /// Conversations that came back older than they were listed once too often, and how often they were tried.
    pub behind: Vec<(ConversationId, u32)>,
    /// Changes that no listing had told of, at an activity time which is covered.
    pub late: Vec<(ConversationId, Timestamp)>,
    /// Conversations that are new or have changed.
    pub(super) news: Vec<News>,
}

/// A conversation on its way into the tables.
struct Item {
    key: i64,
    docid: i64,
    new: Prepared,
    old: Option<(Stored, Contents)>,
}

/// Writes conversations. An older state never replaces a newer one; what Intercom says it deleted stays deleted.
pub(super) fn commit_details(
    batch: &mut Batch<'_>,
    prepared: Vec<Prepared>,
) -> Result<DetailsOutcome, Error> {
    let mut newest: HashMap<i64, Prepared> = HashMap::new();
    for new in prepared {
        let key = key::assign(&batch.transaction, &new.conversation.id)?;
        let age = |prepared: &Prepared| (prepared.conversation.updated_at, prepared.asked_at);
        if newest.get(&key).is_none_or(|other| age(other) <= age(&new)) {
            newest.insert(key, new);
        }
    }
    let mut outcome = DetailsOutcome::default();
    let mut items = Vec::new();
    for (key, new) in newest {
        if !removal::may_exist(batch, key)? {
            continue;
        }
        let updated_at = new.conversation.updated_at;
        let old = rows::stored(&batch.transaction, key)?;
        let before = old.as_ref().map(|old| old.updated_at);
        let listed = pending::find(&batch.transaction, key)?.and_then(|row| row.active_at());
        let known = before.max(listed);
        if known < Some(updated_at) && coverage::load(&batch.transaction)?.covers(updated_at) {
            outcome.late.push((new.conversation.id.clone(), updated_at));
        }
        match ledger::settle(batch, key, updated_at, new.asked_at)? {
            Settled::Yes => {}
            Settled::No => outcome.unsettled.push(new.conversation.id.clone()),
            Settled::Behind { attempts } => outcome.behind.push((new.conversation.id.clone(), attempts)),
        }
        let is_newer = |old: &Stored| (old.updated_at, old.asked_at) < (updated_at, new.asked_at);
        if old.as_ref().is_none_or(is_newer) {
            if before.is_none_or(|before| before < updated_at) {
                let id = new.conversation.id.0.clone();
                outcome.news.push(News { id, updated_at, new: before.is_none() });
            }
            let contents = |_: &Stored| rows::contents(&batch.transaction, batch.unpacker, key);
            let contents = old.as_ref().map(contents).transpose()?;
            items.push(Item { key, docid: 0, new, old: old.zip(contents) });
        }
    }
    outcome.stored = items.len() as u64;
    write(batch, items)?;
    Ok(outcome)
}

/// Writes conversations whose index, labels and measures were taken away.
pub(super) fn write_derived(batch: &mut Batch<'_>, derived: Vec<(i64, Prepared)>) -> Result<(), Error> {
    let item = |(key, new)| Item { key, docid: 0, new, old: None };
    write(batch, derived.into_iter().map(item).collect())
}

fn write(batch: &mut Batch<'_>, mut items: Vec<Item>) -> Result<(), Error> {
    items.sort_by_key(|item| (item.new.conversation.updated_at, item.key));
    let mut allocator = Allocator::default();
    for item in &mut items {
        let updated_at = item.new.conversation.updated_at;
        item.docid = match &item.old {
            Some((old, _)) if old.updated_at == updated_at => old.docid,
            _ => allocator.next(&batch.transaction, updated_at)?,
        };
    }
    let mut changed = Vec::new();
    for item in items {
        give_way();
        changed.extend(write_one(batch, item)?);
    }
    directory::relabel(batch, &changed)
}

/// Writes one conversation; returns the contacts whose name or address was another one before.
fn write_one(batch: &mut Batch<'_>, mut item: Item) -> Result<Vec<String>, Error> {
    if item.new.conversation.truncated {
        restore_older_parts(batch, &mut item)?;
    }
    let (contacts, asked_at) = (&item.new.conversation.contacts, item.new.asked_at);
    let people = people::resolve(&batch.transaction, contacts, asked_at)?;
    tags::resolve(&batch.transaction, &mut item.new.conversation.tags, asked_at)?;
    let mut derived = derived_labels(&item.new.content);
    derived.extend(people.labels.iter().cloned());
    let mut names = label_names(&item);
    names.extend(derived.iter().map(|(kind, name)| (*kind, name.as_str())));
    let labels = batch.labels.ids(&batch.transaction, &names)?;
    let answers = item.new.content.measured.answers(&batch.transaction, &mut batch.labels)?;
    let first = people.contacts.first().and_then(|contact| contact.id.as_deref());
    let first = first.map(|id| (Kind::Contact, id));
    let contact = batch.labels.ids(&batch.transaction, first.as_slice())?.pop();
    let Item { key, docid, new: Prepared { conversation, content, json, .. }, old } = item;
    let contact_blob = stored::encode(&people.contacts)?;
    let (tags, label_blob) = (stored::encode(&conversation.tags)?, stored::encode(&labels)?);
    batch
        .transaction
        .prepare_cached(
            "INSERT INTO conversation(key, docid, created_at, updated_at, asked_at, state, title, admin_assignee,
                 team_assignee, contacts, tags, labels, messages, truncated, activity)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (key) DO UPDATE SET docid = excluded.docid, created_at = excluded.created_at,
                 updated_at = excluded.updated_at, asked_at = excluded.asked_at, state = excluded.state,
                 title = excluded.title, admin_assignee = excluded.admin_assignee,
                 team_assignee = excluded.team_assignee, contacts = excluded.contacts, tags = excluded.tags,
                 labels = excluded.labels, messages = excluded.messages, truncated = excluded.truncated,
                 activity = excluded.activity",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                key,
                docid,
                conversation.created_at.0,
                conversation.updated_at.0,
                asked_at.0,
                conversation.state,
                conversation.title,
                conversation.admin_assignee,
                conversation.team_assignee,
                contact_blob,
                tags,
                label_blob,
                content.messages,
                conversation.truncated,
                content.activity,
            ])
        })
        .attempt("cannot store a conversation")?;
    batch
        .transaction
        .prepare_cached("INSERT OR REPLACE INTO body(key, texts, parts) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![key, content.texts, content.rest]))
        .attempt("cannot store a conversation's parts")?;
    batch
        .transaction
        .prepare_cached("INSERT OR REPLACE INTO raw(key, json) VALUES (?1, ?2)")
        .and_then(|mut statement| statement.execute(params![key, json]))
        .attempt("cannot store a conversation's JSON")?;
    if let Some((old, _)) = old.as_ref().filter(|(old, _)| old.updated_at == conversation.updated_at) {
        let mut before = Fields::get(&batch.transaction, key)?.list;
        before.extend(old.header.iter().cloned());
        let mut after = rows::header(
            &conversation.state,
            conversation.admin_assignee.as_deref(),
            conversation.team_assignee.as_deref(),
            &conversation.tags,
        );
        after.extend(content.fields.list.iter().cloned());
        let read = |fields, asked_at| silent::Read { fields, updated_at: conversation.updated_at, asked_at };
        silent::note(&batch.transaction, read(&before, old.asked_at), read(&after, asked_at))?;
    }
    content.fields.put(&batch.transaction, key)?;
    let measured = content.measured;
    let measure = Measure {
        docid,
        key,
        created_at: conversation.created_at.0,
        updated_at: conversation.updated_at.0,
        state: StateCode::of(&conversation.state),
        messages: content.messages,
        answered: measured.answered,
        bot: measured.bot,
        answers,
        first_close: measured.first_close,
        closed: measured.closed,
        reopened: measured.reopened,
        waiting: measured.waiting,
        contact,
    };
    let (messages, truncated) = old.as_ref().map_or((0, false), |(old, _)| (old.messages, old.truncated));
    batch.counters.add(Counter::Conversations, i64::from(old.is_none()));
    batch.counters.add(Counter::Messages, content.messages - messages);
    batch.counters.add(Counter::Truncated, i64::from(conversation.truncated) - i64::from(truncated));
    if let Some((old, contents)) = old {
        let removes_text = !contents.said.is_subset(&content.said);
        batch.counters.add(Counter::Unpurged, i64::from(removes_text));
        if old.docid == docid {
            batch.labels.replace(&batch.transaction, &old.labels, &labels, docid)?;
        } else {
            batch.labels.detach(&batch.transaction, &old.labels, old.docid)?;
            batch.labels.attach(&batch.transaction, &labels, docid)?;
            measure::drop_of(&batch.transaction, old.docid)?;
        }
        batch.documents.take_out(old.docid, contents.document);
        directory::read_again_of_replaced(batch, key, &contents.contacts, &people.contacts)?;
    } else {
        batch.labels.attach(&batch.transaction, &labels, docid)?;
    }
    measure.put(&batch.transaction)?;
    batch.documents.put(docid, Document { people: people.words, ..content.words }, content.spoken);
    Ok(people.changed)
}

/// Puts what is stored of a truncated conversation's older parts before those that Intercom returned.
fn restore_older_parts(batch: &mut Batch<'_>, item: &mut Item) -> Result<(), Error> {
    let returned = std::mem::take(&mut item.new.conversation.parts);
    let Some((texts, rest)) = rows::body(&batch.transaction, item.key)? else { return Ok(()) };
    let stored = batch.unpacker.parts(item.key, &texts, &rest)?;
    let parts = prepare::merge(returned, stored);
    match prepare::content(&item.new.conversation, &parts, &mut Packer::new()?) {
        Ok(content) => item.new.content = content,
        // All of them together are more than can be read back: what Intercom returned stands for itself.
        Err(error @ Error::Encode { .. }) => {
            tracing::warn!(conversation = %item.new.conversation.id, "older parts are left out: {}", error.to_line());
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn label_names(item: &Item) -> Vec<(Kind, &str)> {
    let conversation = &item.new.conversation;
    let mut names = vec![(Kind::State, conversation.state.as_str())];
    names.extend(conversation.tags.iter().map(|tag| (Kind::Tag, tag.name.as_str())));
    names.extend(conversation.admin_assignee.iter().map(|id| (Kind::Admin, id.as_str())));
    names.extend(conversation.team_assignee.iter().map(|id| (Kind::Team, id.as_str())));
    if conversation.admin_assignee.is_none() && conversation.team_assignee.is_none() {
        names.push((Kind::Unassigned, ""));
    }
    names
}

/// Returns the labels that come from what a conversation has besides people, tags and state.
fn derived_labels(content: &Content) -> Vec<(Kind, String)> {
    let mut labels = content.fields.labels();
    labels.extend(content.measured.labels());
    if content.attachments {
        labels.push((Kind::of(&Field::Attachment), Value::Flag(true).to_string()));
    }
    labels
}
