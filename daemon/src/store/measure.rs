//! What is counted and measured of a conversation. The rows are narrow, so that questions about all of them are
//! answered by reading all of them.

use proto::fields::Field;
use proto::types::Value;
use rusqlite::{Connection, Row, params};

use super::error::{Attempt, Error};
use super::labels::{Changes, Kind};
use super::stored;
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

/// Measures a conversation. What teammates note for each other is neither a question nor an answer.
///
/// A close ends what came before: a question that nobody answered until then is none any more, and whatever a contact
/// writes later is a new one. A bot's answer ends the wait; how long a teammate took is measured from the question all
/// the same.
pub(super) fn measure(created_at: i64, state: StateCode, truncated: bool, parts: &[Part]) -> Measured {
    let since = |from: i64, to: i64| to.saturating_sub(from).max(0);
    let mut measured = Measured::default();
    // What no teammate has answered, and what nobody has.
    let (mut asked, mut waiting): (Option<i64>, Option<i64>) = (None, None);
    let (mut ever_asked, mut closed, mut last_close) = (false, false, None);
    for part in parts {
        let at = part.created_at.0;
        if part.is_message() && !part.kind.starts_with("note") {
            if part.author.is_contact() {
                ever_asked = true;
                waiting.get_or_insert(at);
                // What is missing of a truncated conversation may have answered its opening.
                if !(truncated && part.kind == "source") {
                    asked.get_or_insert(at);
                }
            } else if part.author.kind == "admin" {
                waiting = None;
                if let Some(asked) = asked.take() {
                    let (by, after) = (part.author.id.clone(), since(asked, at));
                    measured.answers.push(Answer { by, asked: since(created_at, asked), after });
                }
            } else if part.author.kind == "bot" && !is_automatic(&part.kind) {
                measured.bot |= waiting.take().is_some();
            }
        }
        if part.kind == "close" {
            (asked, waiting, closed, last_close) = (None, None, true, Some(since(created_at, at)));
            measured.first_close = measured.first_close.or(last_close);
        } else if closed && is_reopening(part) {
            closed = false;
            measured.reopened += 1;
        }
    }
    measured.answered = match measured.answers.first() {
        // What is missing may have been the question, or the answer to it.
        _ if truncated => Answered::Unknown,
        Some(_) => Answered::Yes,
        None if measured.bot => Answered::ByBot,
        None if ever_asked => Answered::No,
        None => Answered::Unknown,
    };
    measured.closed = last_close.filter(|_| state == StateCode::Closed);
    measured.waiting = waiting.filter(|_| state == StateCode::Open);
    measured
}

/// Says whether a bot's words of this kind answer nothing.
fn is_automatic(kind: &str) -> bool {
    matches!(kind, "channel_and_reply_time_expectation" | "language_detection_details")
}

/// Says whether a part opens a closed conversation again.
fn is_reopening(part: &Part) -> bool {
    part.kind == "open" || part.kind.ends_with("reopen") || (part.author.is_contact() && part.is_message())
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

    fn by(mut part: Part, id: &str) -> Part {
        part.author.id = Some(id.to_owned());
        part
    }

    fn answers(measured: &Measured) -> Vec<(i64, i64)> {
        measured.answers.iter().map(|answer| (answer.asked, answer.after)).collect()
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
        assert_eq!(answers(&measured), [(0, 60)]);
        assert_eq!((measured.answered, measured.waiting, measured.bot), (Answered::Yes, None, true));
        let cut = measure(100, StateCode::Open, true, &parts);
        assert_eq!((cut.answered, answers(&cut)), (Answered::Unknown, vec![(30, 30)]));
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
    fn each_answer_is_of_the_teammate_who_gave_it() {
        let parts = [
            said(100, "user", "source"),
            by(said(150, "admin", "comment"), "7"),
            by(said(160, "admin", "comment"), "8"),
            said(200, "user", "comment"),
            by(said(900, "admin", "comment"), "8"),
        ];
        let given: Vec<_> = measure(100, StateCode::Open, false, &parts)
            .answers
            .into_iter()
            .map(|answer| (answer.by, answer.after))
            .collect();
        assert_eq!(given, [(Some("7".to_owned()), 50), (Some("8".to_owned()), 700)]);
    }

    #[test]
    fn what_a_bot_answered_waits_no_longer_and_is_no_teammates_answer() {
        let parts = [said(100, "user", "source"), said(110, "bot", "comment")];
        let measured = measure(100, StateCode::Open, false, &parts);
        assert_eq!((measured.answered, measured.bot, measured.waiting), (Answered::ByBot, true, None));
        let again = [parts[0].clone(), parts[1].clone(), said(300, "user", "comment")];
        assert_eq!(measure(100, StateCode::Open, false, &again).waiting, Some(300));
        let automatic = [parts[0].clone(), said(110, "bot", "channel_and_reply_time_expectation")];
        let measured = measure(100, StateCode::Open, false, &automatic);
        assert_eq!((measured.answered, measured.waiting), (Answered::No, Some(100)));
    }

    #[test]
    fn a_question_after_a_close_begins_anew_whoever_closed_and_with_words_or_without() {
        const DAY: i64 = 86_400;
        for close in [happened(200, "close"), said(200, "bot", "close"), said(200, "user", "close")] {
            let parts = [
                said(100, "user", "source"),
                close,
                said(14 * DAY, "user", "open"),
                said(14 * DAY + 600, "admin", "comment"),
            ];
            let measured = measure(100, StateCode::Open, false, &parts);
            assert_eq!(answers(&measured), [(14 * DAY - 100, 600)]);
            assert_eq!((measured.reopened, measured.first_close), (1, Some(100)));
            assert_eq!(measure(100, StateCode::Open, false, &parts[..3]).waiting, Some(14 * DAY));
        }
    }

    #[test]
    fn only_a_closed_conversation_has_a_time_to_close_and_only_an_open_one_waits() {
        let parts = [
            said(100, "user", "source"),
            happened(200, "close"),
            happened(250, "open"),
            happened(260, "close"),
            said(310, "user", "comment"),
        ];
        let open = measure(100, StateCode::Open, false, &parts);
        assert_eq!(
            (open.closed, open.waiting, open.first_close, open.reopened),
            (None, Some(310), Some(100), 2)
        );
        let closed = measure(100, StateCode::Closed, false, &parts);
        assert_eq!((closed.closed, closed.waiting), (Some(160), None));
        assert_eq!(measure(100, StateCode::Snoozed, false, &parts).waiting, None);
    }
}
