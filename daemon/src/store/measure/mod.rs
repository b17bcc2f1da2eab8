//! What is counted and measured of a conversation, and the table of it: narrow rows, so that questions about all of them are
//! answered by reading all of them. `parts` does the measuring.

mod parts;

use proto::fields::Field;
use proto::types::Value;
use rusqlite::{Connection, Row, params};

pub(super) use self::parts::measure;
use super::error::{Attempt, Error};
use super::labels::{Changes, Kind};
use super::stored;
use crate::hours::Open;

/// A conversation's state, as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum StateCode {
    /// A word that is newer than this program.
    #[default]
    Other = 0,
    /// Open.
    Open = 1,
    /// Snoozed.
    Snoozed = 2,
    /// Closed.
    Closed = 3,
}

impl StateCode {
    /// Returns the number of a word.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "open" => Self::Open,
            "snoozed" => Self::Snoozed,
            "closed" => Self::Closed,
            _ => Self::Other,
        }
    }

    fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Open,
            2 => Self::Snoozed,
            3 => Self::Closed,
            _ => Self::Other,
        }
    }
}

/// Whether a contact was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Answered {
    /// No contact wrote, or it cannot be told.
    #[default]
    Unknown = 0,
    /// A teammate answered.
    Yes = 1,
    /// Nobody has.
    No = 2,
    /// A bot did, and no teammate.
    ByBot = 3,
}

/// A teammate's answer to what a contact wrote and no teammate had answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer<By> {
    /// Who gave it.
    pub(super) by: By,
    /// Seconds from the conversation's creation to what was answered.
    pub(super) asked: i64,
    /// Seconds from there to the answer.
    pub(super) after: i64,
}

/// What the parts of a conversation come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// Whether a contact was answered.
    pub(super) answered: Answered,
    /// A bot answered.
    pub(super) bot: bool,
    /// The answers of teammates, by the ids of these, oldest first.
    pub(super) answers: Vec<Answer<Option<String>>>,
    /// Seconds from creation to the first close.
    pub(super) first_close: Option<i64>,
    /// Seconds from creation to the last close, where it is closed.
    pub(super) closed: Option<i64>,
    /// How often it was opened again after a close.
    pub(super) reopened: i64,
    /// When the contact wrote what nobody has answered since, where it is open.
    pub(super) waiting: Option<i64>,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    /// The document.
    pub(super) docid: i64,
    /// The conversation.
    pub(super) key: i64,
    /// When it was created.
    pub(super) created_at: i64,
    /// When it last changed.
    pub(super) updated_at: i64,
    /// Its state.
    pub(super) state: StateCode,
    /// How many messages it has.
    pub(super) messages: i64,
    /// Whether a contact was answered.
    pub(super) answered: Answered,
    /// A bot answered.
    pub(super) bot: bool,
    /// The answers of teammates, by the labels of these, oldest first.
    pub(super) answers: Vec<Answer<i64>>,
    /// Seconds from creation to the first close.
    pub(super) first_close: Option<i64>,
    /// Seconds from creation to the last close, where it is closed.
    pub(super) closed: Option<i64>,
    /// How often it was opened again after a close.
    pub(super) reopened: i64,
    /// When the contact wrote what nobody has answered since, where it is open.
    pub(super) waiting: Option<i64>,
    /// The label of its first contact.
    pub(super) contact: Option<i64>,
}

impl Measure {
    /// The columns that [`Measure::read`] wants, in order.
    pub(super) const COLUMNS: &str = "docid, key, created_at, updated_at, state, messages, answered, bot, answers, \
        first_close, closed, reopened, waiting, contact";

    /// Reads one from a row of these columns.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let answered = match row.get(6)? {
            1 => Answered::Yes,
            2 => Answered::No,
            3 => Answered::ByBot,
            _ => Answered::Unknown,
        };
        let key = row.get(1)?;
        // Damaged bytes are told by whatever reads the conversation itself.
        let answers = match row.get_ref(8)?.as_blob()? {
            [] => Vec::new(),
            bytes => stored::decode("answers", key, bytes).unwrap_or_default(),
        };
        Ok(Self {
            docid: row.get(0)?,
            key,
            created_at: row.get(2)?,
            updated_at: row.get(3)?,
            state: StateCode::from_number(row.get(4)?),
            messages: row.get(5)?,
            answered,
            bot: row.get(7)?,
            answers,
            first_close: row.get(9)?,
            closed: row.get(10)?,
            reopened: row.get(11)?,
            waiting: row.get(12)?,
            contact: row.get(13)?,
        })
    }

    /// Writes it in the place of what the document had.
    pub(super) fn put(&self, connection: &Connection) -> Result<(), Error> {
        let answers = if self.answers.is_empty() { Vec::new() } else { stored::encode(&self.answers)? };
        connection
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO measure({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                Self::COLUMNS
            ))
            .and_then(|mut statement| {
                statement.execute(params![
                    self.docid,
                    self.key,
                    self.created_at,
                    self.updated_at,
                    self.state as i64,
                    self.messages,
                    self.answered as i64,
                    self.bot,
                    answers,
                    self.first_close,
                    self.closed,
                    self.reopened,
                    self.waiting,
                    self.contact
                ])
            })
            .map(drop)
            .attempt("cannot store what is measured of a conversation")
    }

    /// Returns when the last thing happened that is measured.
    pub(super) fn end(&self) -> i64 {
        let answers = self.answers.iter().map(|answer| answer.asked.saturating_add(answer.after));
        let last = answers.chain(self.first_close).chain(self.closed).max();
        self.created_at.saturating_add(last.unwrap_or(0))
    }

    /// Measures only the time in which a business was open.
    pub(super) fn within(&mut self, open: &Open) {
        let since = |from: i64, seconds: i64| open.seconds(from, from.saturating_add(seconds));
        for answer in &mut self.answers {
            answer.after = since(self.created_at.saturating_add(answer.asked), answer.after);
        }
        for span in [&mut self.first_close, &mut self.closed].into_iter().flatten() {
            *span = since(self.created_at, *span);
        }
    }
}

impl Measured {
    /// Returns the answers by the labels of those who gave them.
    pub(super) fn answers(
        &self,
        connection: &Connection,
        labels: &mut Changes,
    ) -> Result<Vec<Answer<i64>>, Error> {
        let mut answers = Vec::with_capacity(self.answers.len());
        for Answer { by, asked, after } in &self.answers {
            let label = by.as_deref().map(|id| (Kind::of(&Field::Responder), id));
            // Nobody knows who it was: no label has this number.
            let by = labels.ids(connection, label.as_slice())?.pop().unwrap_or(0);
            answers.push(Answer { by, asked: *asked, after: *after });
        }
        Ok(answers)
    }

    /// Returns the labels that this gives its conversation.
    pub(super) fn labels(&self) -> Vec<(Kind, String)> {
        let flags = [
            (Field::Waiting, self.waiting.is_some()),
            (Field::Unanswered, self.answered == Answered::No && self.waiting.is_some()),
            (Field::Bot, self.bot),
            (Field::Reopened, self.reopened > 0),
        ];
        let flags = flags.into_iter().filter(|(_, holds)| *holds);
        let flags = flags.map(|(field, _)| (Kind::of(&field), Value::Flag(true).to_string()));
        let responders = self.answers.iter().filter_map(|answer| answer.by.clone());
        flags.chain(responders.map(|id| (Kind::of(&Field::Responder), id))).collect()
    }
}

/// Removes what is measured of a document.
pub(super) fn drop_of(connection: &Connection, docid: i64) -> Result<(), Error> {
    connection
        .prepare_cached("DELETE FROM measure WHERE docid = ?1")
        .and_then(|mut statement| statement.execute([docid]))
        .map(drop)
        .attempt("cannot remove what is measured of a conversation")
}
