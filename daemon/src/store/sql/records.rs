//! What the views show that no table has in a readable form, read over a connection of its own at the query's moment.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::Local;
use proto::fields::Field;
use proto::types::{FieldAge, TimeField, Unknown};
use proto::{Interval, query};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::SqlQuestion;
use super::header::{self, HEADER};
use super::plain::LONGEST;
use crate::model::{ConversationId, Part};
use crate::store::error::{Attempt, Error};
use crate::store::fields::Fields;
use crate::store::query::{Question, Snapshot};
use crate::store::readers::Deadline;
use crate::store::stored::Unpacker;
use crate::store::{key, migrate, rows, text};

/// Conversations that are kept as they were decoded: a query looks at several columns of each, and a join at few at a time.
const KEPT: usize = 8;
/// Bytes of a message that are shown, below what a text may have.
const BODY: usize = LONGEST - (16 << 10);
/// How many steps of SQLite's machine pass between two looks at the clock.
const STEPS: i32 = 400;

/// What a part of a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It says something.
    Message,
    /// It says nothing.
    Event,
}

/// A conversation's messages or events, each with its number among all of them.
type Numbered = Vec<(i64, Part)>;

/// The parts of a conversation that lie in the window.
struct Parts {
    messages: Numbered,
    events: Numbered,
}

/// The records of one query.
pub(super) struct Records {
    connection: Connection,
    unpacker: Unpacker,
    deadline: Deadline,
    path: PathBuf,
    /// In which conversations are active.
    window: Interval,
    /// In which messages and events lie.
    made: (i64, i64),
    parts: VecDeque<(i64, Arc<Parts>)>,
    fields: VecDeque<(i64, Arc<Fields>)>,
    attributes: VecDeque<(i64, Arc<Map<String, Json>>)>,
    /// Fields that searches within the statement rest on.
    asked: Vec<Field>,
    found: HashMap<String, Arc<HashSet<i64>>>,
    unknown: Vec<Unknown>,
    failed: Option<Error>,
}

impl Records {
    /// Opens the connection; its moment is that of the first read after [`Records::begin`].
    pub(super) fn open(path: &Path, question: &SqlQuestion, deadline: &Deadline) -> Result<Self, Error> {
        let mut connection = migrate::open_reader(path)?;
        let handler = deadline.clone();
        connection
            .progress_handler(STEPS, Some(move || handler.has_passed()))
            .attempt("cannot begin reading")?;
        let made = (question.asked.start, question.asked.end);
        Ok(Self {
            connection,
            unpacker: Unpacker::new()?,
            deadline: deadline.clone(),
            path: path.to_owned(),
            window: question.window,
            made: (made.0.map_or(i64::MIN, |at| at.0), made.1.map_or(i64::MAX, |at| at.0)),
            parts: VecDeque::new(),
            fields: VecDeque::new(),
            attributes: VecDeque::new(),
            asked: Vec::new(),
            found: HashMap::new(),
            unknown: Vec::new(),
            failed: None,
        })
    }

    /// Begins to see one moment, and no other until [`Records::end`].
    pub(super) fn begin(&self) -> Result<(), Error> {
        let look = "BEGIN; SELECT count(*) FROM (SELECT 1 FROM counter LIMIT 1)";
        self.connection.execute_batch(look).attempt("cannot begin reading")
    }

    /// Ends that.
    pub(super) fn end(&self) -> Result<(), Error> {
        self.connection.execute_batch("ROLLBACK").attempt("cannot end reading")
    }

    /// Asks something else of the same moment.
    pub(super) fn read<T>(
        &mut self,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        question(&Snapshot::new(&self.connection, &mut self.unpacker, &self.deadline, &self.path))
    }

    /// Returns the window in which conversations are active.
    pub(super) fn window(&self) -> Interval {
        self.window
    }

    /// Keeps why a function failed, and returns what SQLite is told of it.
    pub(super) fn fail(&mut self, error: Error) -> rusqlite::Error {
        let text = error.to_string();
        self.failed.get_or_insert(error);
        rusqlite::Error::UserFunctionError(text.into())
    }

    /// Takes why a function failed.
    pub(super) fn failure(&mut self) -> Option<Error> {
        self.failed.take()
    }

    /// Takes the conditions that nothing fulfils.
    pub(super) fn unknown(&mut self) -> Vec<Unknown> {
        std::mem::take(&mut self.unknown)
    }

    /// Returns how new those of these fields are that change without any activity, and of those that searches within the
    /// statement rest on. It comes last: what was cut short is judged as well.
    pub(super) fn ages(
        &mut self,
        mut fields: Vec<Field>,
        question: &SqlQuestion,
    ) -> Result<Vec<FieldAge>, Error> {
        self.connection
            .progress_handler(0, None::<fn() -> bool>)
            .attempt("cannot read how new the answer is")?;
        fields.append(&mut self.asked);
        fields.sort();
        fields.dedup();
        self.read(|snapshot| snapshot.ages(&fields, question.window, question.now))
    }

    /// Says whether a search for these words finds a conversation.
    pub(super) fn matches(&mut self, id: &str, words: &str) -> Result<bool, Error> {
        let found = match self.found.get(words) {
            Some(found) => Arc::clone(found),
            None => {
                let found = Arc::new(self.search(words)?);
                self.found.insert(words.to_owned(), Arc::clone(&found));
                found
            }
        };
        let key = key::find(&self.connection, &ConversationId(id.to_owned()))?;
        Ok(key.is_some_and(|key| found.contains(&key)))
    }

    fn search(&mut self, words: &str) -> Result<HashSet<i64>, Error> {
        let unclear = |note: &query::Note| Error::BadQuery(format!("in matches(id, …): {note}"));
        let asked = query::parse(words, &Local::now()).map_err(|note| unclear(&note))?;
        // Whoever writes SQL can write a search that is meant in one way only.
        if let Some(note) = asked.notes.first() {
            return Err(unclear(note));
        }
        let window = Interval {
            start: asked.window.start.map_or(self.window.start, |start| start.max(self.window.start)),
            end: asked.window.end.map_or(self.window.end, |end| end.min(self.window.end)),
        };
        if window.end < window.start {
            return Ok(HashSet::new());
        }
        self.asked.extend(asked.query.fields());
        let question = Question { query: asked.query, window, by: TimeField::default() };
        let (keys, unknown) = self.read(|snapshot| snapshot.matching_keys(&question))?;
        self.unknown.extend(unknown);
        Ok(keys.into_iter().collect())
    }

    /// Counts the messages or events of a conversation that lie in the window.
    pub(super) fn part_count(&mut self, key: i64, kind: Kind) -> Result<i64, Error> {
        Ok(i64::try_from(self.parts(key)?.of(kind).len()).unwrap_or(i64::MAX))
    }

    /// Returns a field of one of them, counted from 1.
    pub(super) fn part(&mut self, key: i64, kind: Kind, number: i64, field: i64) -> Result<Value, Error> {
        let parts = self.parts(key)?;
        let index = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
        let Some((number, part)) = parts.of(kind).get(index) else { return Ok(Value::Null) };
        let text = |text: &str| Value::Text(text.to_owned());
        Ok(match field {
            0 => text(&part.id),
            1 => text(&part.kind),
            2 => text(&part.created_at.to_rfc3339()),
            3 => text(&part.author.kind),
            4 => part.author.id.clone().into(),
            5 => part.author.name.clone().into(),
            6 => part.author.email.clone().into(),
            7 => text(text::beginning(&part.text, BODY)),
            8 => length(part.text.len()),
            9 => length(part.attachments.len()),
            10 => {
                let names = part.attachments.iter().map(|file| file.name.as_deref().unwrap_or_default());
                text(text::beginning(&serde_json::json!(names.collect::<Vec<_>>()).to_string(), BODY))
            }
            11 => Value::Integer(part.redacted.into()),
            _ => Value::Integer(*number),
        })
    }

    /// Returns a field that a conversation's row does not have, by its place in the list.
    pub(super) fn header(&mut self, key: i64, field: i64) -> Result<Value, Error> {
        let Some(field) = usize::try_from(field).ok().and_then(|field| HEADER.get(field)) else {
            return Ok(Value::Null);
        };
        let fields = match self.fields.iter().find(|(known, _)| *known == key) {
            Some((_, fields)) => Arc::clone(fields),
            None => {
                let fields = Arc::new(Fields::get(&self.connection, key)?);
                keep(&mut self.fields, key, &fields);
                fields
            }
        };
        Ok(field.of(&fields))
    }

    /// Counts a conversation's attributes.
    pub(super) fn attribute_count(&mut self, key: i64) -> Result<i64, Error> {
        Ok(i64::try_from(self.attributes(key)?.len()).unwrap_or(i64::MAX))
    }

    /// Returns a field of one of them, counted from 1.
    pub(super) fn attribute(&mut self, key: i64, number: i64, field: i64) -> Result<Value, Error> {
        let attributes = self.attributes(key)?;
        let index = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
        let Some((name, value)) = attributes.iter().nth(index) else { return Ok(Value::Null) };
        Ok(match field {
            0 => Value::Text(name.clone()),
            1 => header::plain_json(value),
            _ => Value::Text(header::kind(value).to_owned()),
        })
    }

    fn parts(&mut self, key: i64) -> Result<Arc<Parts>, Error> {
        if let Some((_, parts)) = self.parts.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(parts));
        }
        let mut parts = Parts { messages: Vec::new(), events: Vec::new() };
        if let Some((texts, rest)) = rows::body(&self.connection, key)? {
            let (first, last) = self.made;
            let [mut messages, mut events] = [0; 2];
            for part in self.unpacker.parts(key, &texts, &rest)? {
                let (number, list) = if part.is_message() {
                    (&mut messages, &mut parts.messages)
                } else {
                    (&mut events, &mut parts.events)
                };
                *number += 1;
                if (first..=last).contains(&part.created_at.0) {
                    list.push((*number, part));
                }
            }
        }
        let parts = Arc::new(parts);
        keep(&mut self.parts, key, &parts);
        Ok(parts)
    }

    /// Returns a conversation's attributes, of which only its JSON tells the types.
    fn attributes(&mut self, key: i64) -> Result<Arc<Map<String, Json>>, Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Header {
            custom_attributes: Map<String, Json>,
        }
        if let Some((_, attributes)) = self.attributes.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(attributes));
        }
        let id = key::name(&self.connection, key)?;
        let json = self.read(|snapshot| snapshot.json(&id))?;
        // What is not as it should be there is told by nothing: the conversation itself was read from it.
        let header: Header = json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let attributes = Arc::new(header.custom_attributes);
        keep(&mut self.attributes, key, &attributes);
        Ok(attributes)
    }
}

impl Parts {
    fn of(&self, kind: Kind) -> &Numbered {
        match kind {
            Kind::Message => &self.messages,
            Kind::Event => &self.events,
        }
    }
}

/// Keeps what was decoded last.
fn keep<T>(kept: &mut VecDeque<(i64, Arc<T>)>, key: i64, value: &Arc<T>) {
    kept.truncate(KEPT - 1);
    kept.push_front((key, Arc::clone(value)));
}

fn length(length: usize) -> Value {
    Value::Integer(i64::try_from(length).unwrap_or(i64::MAX))
}
