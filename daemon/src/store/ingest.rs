//! Writes conversations: rows, parts, index, labels and totals in one transaction.

use std::collections::HashMap;

use proto::Timestamp;
use proto::fields::Field;
use proto::types::{News, Value};
use rusqlite::{Connection, OptionalExtension, params};

use super::blob::{self, Packer};
use super::counters::{self, Counter};
use super::docid::{self, Allocator};
use super::error::{Attempt, Error};
use super::fields::Fields;
use super::labels::Kind;
use super::ledger::{self, Settled};
use super::measure::{self, Measure, StateCode};
use super::people;
use super::prepare::{self, Content, Prepared};
use super::writer::Batch;
use super::{coverage, directory, key, removal, silent, text};
use crate::model::{Contact, ConversationId};
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

/// What the store has of a conversation.
#[derive(Debug)]
pub(super) struct Stored {
    /// Its document in the index.
    pub(super) docid: i64,
    /// Its activity time.
    pub(super) updated_at: Timestamp,
    /// When that state was asked for.
    pub(super) asked_at: Timestamp,
    /// Its labels.
    pub(super) labels: Vec<i64>,
    /// How many messages it has.
    pub(super) messages: i64,
    /// Whether Intercom no longer returns every part.
    pub(super) truncated: bool,
    words: i64,
    words_hash: i64,
    people_hash: i64,
}

impl Stored {
    /// Says whether these words, put in the place of the indexed ones, leave any of those out.
    fn forgets(&self, words: &str, people: &str) -> bool {
        let kept = usize::try_from(self.words).ok().and_then(|length| words.as_bytes().get(..length));
        kept.is_none_or(|kept| text::hash(kept) != self.words_hash)
            || text::hash(people.as_bytes()) != self.people_hash
    }
}

/// Returns what is stored of a conversation.
pub(super) fn stored(connection: &Connection, key: i64) -> Result<Option<Stored>, Error> {
    let action = "cannot read a conversation";
    let mut statement = connection
        .prepare_cached(
            "SELECT docid, updated_at, asked_at, labels, messages, truncated, words, words_hash, people_hash
             FROM conversation WHERE key = ?1",
        )
        .attempt(action)?;
    statement
        .query_row([key], |row| {
            let labels = blob::decode("labels", key, row.get_ref(3)?.as_blob()?);
            let stored = Stored {
                docid: row.get(0)?,
                updated_at: Timestamp(row.get(1)?),
                asked_at: Timestamp(row.get(2)?),
                labels: Vec::new(),
                messages: row.get(4)?,
                truncated: row.get(5)?,
                words: row.get(6)?,
                words_hash: row.get(7)?,
                people_hash: row.get(8)?,
            };
            Ok(labels.map(|labels| Stored { labels, ..stored }))
        })
        .optional()
        .attempt(action)?
        .transpose()
}

/// A conversation on its way into the tables.
struct Item {
    key: i64,
    docid: i64,
    new: Prepared,
    old: Option<Stored>,
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
        let old = stored(&batch.transaction, key)?;
        let before = old.as_ref().map(|old| old.updated_at);
        let listed = ledger::pending(&batch.transaction, key)?.and_then(|row| row.told());
        let heard = before.max(listed);
        if heard < Some(updated_at) && coverage::load(&batch.transaction)?.covers(updated_at) {
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
            items.push(Item { key, docid: 0, new, old });
        }
    }
    outcome.stored = items.len() as u64;
    write(batch, items)?;
    Ok(outcome)
}

fn write(batch: &mut Batch<'_>, mut items: Vec<Item>) -> Result<(), Error> {
    for old in items.iter().filter_map(|item| item.old.as_ref()) {
        give_way();
        unindex(batch, old)?;
    }
    items.sort_by_key(|item| (item.new.conversation.updated_at, item.key));
    let spill = counters::get(&batch.transaction, Counter::Spill)?;
    let mut allocator = Allocator::default();
    for item in &mut items {
        let updated_at = item.new.conversation.updated_at;
        item.docid = match &item.old {
            Some(old) if old.updated_at == updated_at => old.docid,
            _ => allocator.next(&batch.transaction, updated_at)?,
        };
    }
    let furthest = items.iter().map(|item| docid::spill(item.docid, item.new.conversation.updated_at)).max();
    batch.counters.add(Counter::Spill, (furthest.unwrap_or(0) - spill).max(0));

    let mut learned = Vec::new();
    for item in items {
        give_way();
        learned.extend(write_one(batch, item)?);
    }
    directory::relabel(batch, &learned)
}

/// Writes one conversation; returns the contacts whose name or address was not known before.
fn write_one(batch: &mut Batch<'_>, mut item: Item) -> Result<Vec<String>, Error> {
    if item.new.conversation.truncated {
        restore_older_parts(batch, &mut item)?;
    }
    let people = people::resolve(&batch.transaction, &item.new.conversation.contacts)?;
    let derived = derived_labels(&item.new.content);
    let mut names = label_names(&item, &people.contacts);
    names.extend(derived.iter().map(|(kind, name)| (*kind, name.as_str())));
    let labels = batch.labels.ids(&batch.transaction, &names)?;
    let answers = item.new.content.measured.answers(&batch.transaction, &mut batch.labels)?;
    let first = people.contacts.first().and_then(|contact| contact.id.as_deref());
    let first = first.map(|id| (Kind::Contact, id));
    let contact = batch.labels.ids(&batch.transaction, first.as_slice())?.pop();
    let contacts = blob::encode(&people.contacts)?;
    let tags = blob::encode(&item.new.conversation.tags)?;
    let label_blob = blob::encode(&labels)?;
    let Item { key, docid, new: Prepared { conversation, asked_at, content, json }, old } = item;
    batch
        .transaction
        .prepare_cached(
            "INSERT INTO conversation(key, docid, created_at, updated_at, asked_at, state, title, admin_assignee,
                 team_assignee, contacts, tags, labels, messages, truncated, activity,
                 words, words_hash, people_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
             ON CONFLICT (key) DO UPDATE SET docid = excluded.docid, created_at = excluded.created_at,
                 updated_at = excluded.updated_at, asked_at = excluded.asked_at, state = excluded.state,
                 title = excluded.title, admin_assignee = excluded.admin_assignee,
                 team_assignee = excluded.team_assignee, contacts = excluded.contacts, tags = excluded.tags,
                 labels = excluded.labels, messages = excluded.messages, truncated = excluded.truncated,
                 activity = excluded.activity, words = excluded.words, words_hash = excluded.words_hash,
                 people_hash = excluded.people_hash",
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
                contacts,
                tags,
                label_blob,
                content.messages,
                conversation.truncated,
                content.activity,
                content.words.len() as i64,
                text::hash(content.words.as_bytes()),
                text::hash(people.words.as_bytes()),
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
        .prepare_cached("INSERT OR REPLACE INTO raw(key, dictionary, json) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![key, json.0, json.1]))
        .attempt("cannot store a conversation's JSON")?;
    batch.labels.attach(&batch.transaction, &labels, docid)?;
    if let Some(old) = old.as_ref().filter(|old| old.updated_at == conversation.updated_at) {
        let before = Fields::get(&batch.transaction, key)?;
        let read = |fields, asked_at| silent::Read { fields, updated_at: conversation.updated_at, asked_at };
        let (before, after) = (&before.list, &content.fields.list);
        silent::note(&batch.transaction, read(before, old.asked_at), read(after, asked_at))?;
    }
    content.fields.put(&batch.transaction, key)?;
    let measured = content.measured;
    Measure {
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
    }
    .put(&batch.transaction)?;

    let forgets = old.as_ref().is_some_and(|old| old.forgets(&content.words, &people.words));
    batch.counters.add(Counter::Unpurged, i64::from(forgets));
    let (messages, truncated) = old.as_ref().map_or((0, false), |old| (old.messages, old.truncated));
    batch.counters.add(Counter::Conversations, i64::from(old.is_none()));
    batch.counters.add(Counter::Messages, content.messages - messages);
    batch.counters.add(Counter::Truncated, i64::from(conversation.truncated) - i64::from(truncated));
    batch.documents.put(docid, content.words, people.words);
    Ok(people.learned)
}

/// Puts what is stored of a truncated conversation's older parts before those that Intercom returned.
fn restore_older_parts(batch: &mut Batch<'_>, item: &mut Item) -> Result<(), Error> {
    let returned = std::mem::take(&mut item.new.conversation.parts);
    let Some((texts, rest)) = body(&batch.transaction, item.key)? else { return Ok(()) };
    let stored = batch.unpacker.parts(item.key, &texts, &rest)?;
    let parts = prepare::merge(returned, stored);
    item.new.content = prepare::content(&item.new.conversation, &parts, &mut Packer::new(None)?)?;
    Ok(())
}

/// A conversation's texts and the rest of its parts, as stored.
type Body = (Vec<u8>, Vec<u8>);

/// Returns the two blobs of a conversation's parts.
pub(super) fn body(connection: &Connection, key: i64) -> Result<Option<Body>, Error> {
    connection
        .prepare_cached("SELECT texts, parts FROM body WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .attempt("cannot read a conversation's parts")
}

fn label_names<'a>(item: &'a Item, contacts: &'a [Contact]) -> Vec<(Kind, &'a str)> {
    let conversation = &item.new.conversation;
    let mut names = vec![(Kind::State, conversation.state.as_str())];
    names.extend(people::label_names(contacts));
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

/// Takes a conversation out of the index and the measures, and its labels off it.
pub(super) fn unindex(batch: &mut Batch<'_>, old: &Stored) -> Result<(), Error> {
    batch.documents.drop_stored(old.docid);
    measure::drop_of(&batch.transaction, old.docid)?;
    batch.labels.detach(&batch.transaction, &old.labels, old.docid)
}
