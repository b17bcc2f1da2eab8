//! What is counted and measured of a conversation. The rows are narrow, so that questions about all of them are
//! answered by reading all of them.

use rusqlite::{Connection, Row, params};

use super::error::{Attempt, Error};
use crate::model::Part;

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
}

/// What the parts of a conversation come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// Whether a contact was answered.
    pub(super) answered: Answered,
    /// Seconds from a contact's first message to a teammate's first answer.
    pub(super) response: Option<i64>,
    /// Seconds from creation to the last close, where it is closed.
    pub(super) closed: Option<i64>,
    /// When the contact wrote what nobody has answered since, where it is open.
    pub(super) waiting: Option<i64>,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
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
    /// The label of its first contact.
    pub(super) contact: Option<i64>,
    /// What its parts come to.
    pub(super) measured: Measured,
}

impl Measure {
    /// The columns that [`Measure::read`] wants, in order.
    pub(super) const COLUMNS: &str =
        "docid, key, created_at, updated_at, state, messages, answered, response, closed, waiting, contact";

    /// Reads one from a row of these columns.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let answered = match row.get(6)? {
            1 => Answered::Yes,
            2 => Answered::No,
            _ => Answered::Unknown,
        };
        let measured =
            Measured { answered, response: row.get(7)?, closed: row.get(8)?, waiting: row.get(9)? };
        Ok(Self {
            docid: row.get(0)?,
            key: row.get(1)?,
            created_at: row.get(2)?,
            updated_at: row.get(3)?,
            state: StateCode::from_number(row.get(4)?),
            messages: row.get(5)?,
            contact: row.get(10)?,
            measured,
        })
    }

    /// Writes it in the place of what the document had.
    pub(super) fn put(&self, connection: &Connection) -> Result<(), Error> {
        let Measured { answered, response, closed, waiting } = self.measured;
        connection
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO measure({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
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
                    answered as i64,
                    response,
                    closed,
                    waiting,
                    self.contact
                ])
            })
            .map(drop)
            .attempt("cannot store what is measured of a conversation")
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

/// Measures a conversation. What bots say and what teammates note for each other is neither a question nor an answer.
pub(super) fn measure(created_at: i64, state: StateCode, truncated: bool, parts: &[Part]) -> Measured {
    let (mut asked, mut first_answer, mut waiting, mut last_close) = (None, None, None, None);
    for part in parts {
        let at = part.created_at.0;
        if part.kind == "close" {
            last_close = Some(at);
        }
        if !part.is_message() || part.kind.starts_with("note") {
            continue;
        }
        if part.author.is_contact() {
            asked = asked.or(Some(at));
            waiting = waiting.or(Some(at));
        } else if part.author.kind == "admin" {
            if asked.is_some() {
                first_answer = first_answer.or(Some(at));
            }
            waiting = None;
        }
    }
    let since = |from: i64, to: i64| to.saturating_sub(from).max(0);
    let (answered, response) = match (asked, first_answer) {
        // What is missing may have been the question, or the answer to it.
        _ if truncated => (Answered::Unknown, None),
        (Some(asked), Some(answer)) => (Answered::Yes, Some(since(asked, answer))),
        (Some(_), None) => (Answered::No, None),
        (None, _) => (Answered::Unknown, None),
    };
    Measured {
        answered,
        response,
        closed: last_close.filter(|_| state == StateCode::Closed).map(|at| since(created_at, at)),
        waiting: waiting.filter(|_| state == StateCode::Open),
    }
}

#[cfg(test)]
mod tests {
    use proto::Timestamp;

    use super::*;
    use crate::model::Author;

    fn said(at: i64, who: &str, kind: &str) -> Part {
        Part {
            kind: kind.to_owned(),
            created_at: Timestamp(at),
            author: Author { kind: who.to_owned(), ..Author::default() },
            text: "words".to_owned(),
            ..Part::default()
        }
    }

    fn happened(at: i64, kind: &str) -> Part {
        Part { text: String::new(), ..said(at, "admin", kind) }
    }

    #[test]
    fn a_response_is_from_the_first_question_to_the_first_answer_by_a_person() {
        let parts = [
            said(100, "user", "source"),
            said(110, "bot", "comment"),
            said(120, "admin", "note"),
            said(130, "user", "comment"),
            said(160, "admin", "assignment"),
            said(900, "admin", "comment"),
        ];
        let measured = measure(100, StateCode::Open, false, &parts);
        assert_eq!(measured.response, Some(60));
        assert_eq!((measured.answered, measured.waiting), (Answered::Yes, None));
        let cut = measure(100, StateCode::Open, true, &parts);
        assert_eq!((cut.answered, cut.response), (Answered::Unknown, None));
    }

    #[test]
    fn an_outbound_message_is_answered_for_only_once_the_contact_wrote() {
        let outbound = [said(100, "admin", "source")];
        assert_eq!(measure(100, StateCode::Open, false, &outbound), Measured::default());
        let replied = [said(100, "admin", "source"), said(500, "lead", "comment")];
        let measured = measure(100, StateCode::Open, false, &replied);
        assert_eq!((measured.answered, measured.waiting), (Answered::No, Some(500)));
    }

    #[test]
    fn only_a_closed_conversation_has_a_time_to_close_and_only_an_open_one_waits() {
        let parts = [
            said(100, "user", "source"),
            happened(200, "close"),
            said(300, "user", "open"),
            said(310, "user", "comment"),
        ];
        let open = measure(100, StateCode::Open, false, &parts);
        assert_eq!((open.closed, open.waiting), (None, Some(100)));
        let closed = measure(100, StateCode::Closed, false, &parts);
        assert_eq!((closed.closed, closed.waiting), (Some(100), None));
        assert_eq!(measure(100, StateCode::Snoozed, false, &parts).waiting, None);
    }
}
