//! Measures a conversation by its parts. Pure.

use super::{Answer, Answered, Measured, StateCode};
use crate::model::Part;

/// Measures a conversation. What teammates note for each other is neither a question nor an answer.
///
/// A close ends what came before: a question that nobody answered until then is none any more, and whatever a contact
/// writes later is a new one. A bot's answer ends the wait; how long a teammate took is measured from the question all
/// the same.
pub(in crate::store) fn measure(
    created_at: i64,
    state: StateCode,
    truncated: bool,
    parts: &[Part],
) -> Measured {
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
