//! What was printed already. Pure.

use std::collections::HashMap;

use proto::Timestamp;
use proto::types::Conversation;

/// How much older than the latest news a message may be that is printed still, in seconds: after an outage of Intercom's, what is
/// newest may come in first.
const LATEST: i64 = 7 * 86_400;

/// The messages and events that were printed since some instant; what is older is never printed.
pub(super) struct Seen {
    floor: Timestamp,
    /// When each was made, by the id of the conversation and that of the part, which is not unique by itself where it is
    /// `source`.
    parts: HashMap<(String, String), Timestamp>,
}

impl Seen {
    /// Begins at an instant.
    pub(super) fn since(floor: Timestamp) -> Self {
        Self { floor, parts: HashMap::new() }
    }

    /// Returns the instant.
    pub(super) const fn floor(&self) -> Timestamp {
        self.floor
    }

    /// Takes out of a conversation what is old or was printed, and remembers the rest.
    pub(super) fn keep_new(&mut self, conversation: &mut Conversation) {
        let Self { floor, parts } = self;
        let id = &conversation.summary.id;
        let mut is_new = |at: Timestamp, part: &str| {
            at >= *floor && parts.insert((id.clone(), part.to_owned()), at).is_none()
        };
        conversation.messages.retain(|message| is_new(message.created_at, &message.id));
        conversation.events.retain(|event| is_new(event.created_at, &event.id));
    }

    /// Forgets what is a week older than the latest news: from now on, that is old.
    pub(super) fn forget_before(&mut self, latest: Timestamp) {
        self.floor = self.floor.max(latest.minus(LATEST));
        self.parts.retain(|_, at| *at >= self.floor);
    }
}

#[cfg(test)]
mod tests {
    use proto::types::{Event, Message, Summary};

    use super::*;

    fn conversation(id: &str, messages: &[(&str, i64)], events: &[(&str, i64)]) -> Conversation {
        let message = |(id, at): &(&str, i64)| Message {
            id: (*id).to_owned(),
            created_at: Timestamp(*at),
            ..Message::default()
        };
        let event = |(id, at): &(&str, i64)| Event {
            id: (*id).to_owned(),
            created_at: Timestamp(*at),
            ..Event::default()
        };
        Conversation {
            summary: Summary { id: id.to_owned(), ..Summary::default() },
            messages: messages.iter().map(message).collect(),
            events: events.iter().map(event).collect(),
            offset: 0,
            next_offset: None,
            fetched_at: Timestamp::EPOCH,
            outdated: false,
            fields: Vec::new(),
        }
    }

    fn kept(seen: &mut Seen, mut conversation: Conversation) -> Vec<String> {
        seen.keep_new(&mut conversation);
        let messages = conversation.messages.into_iter().map(|message| message.id);
        messages.chain(conversation.events.into_iter().map(|event| event.id)).collect()
    }

    #[test]
    fn what_is_old_or_was_printed_is_not_printed_again() {
        let mut seen = Seen::since(Timestamp(100));
        let first = conversation("7", &[("source", 99), ("1", 100)], &[("2", 101)]);
        assert_eq!(kept(&mut seen, first), ["1", "2"]);
        let later = conversation("7", &[("source", 99), ("1", 100), ("3", 100)], &[("2", 101)]);
        assert_eq!(kept(&mut seen, later.clone()), ["3"]);
        assert!(kept(&mut seen, later).is_empty());
    }

    #[test]
    fn what_is_a_week_old_is_forgotten_and_not_printed_again() {
        let mut seen = Seen::since(Timestamp(100));
        let all = conversation("7", &[("1", 100), ("2", 500)], &[]);
        assert_eq!(kept(&mut seen, all.clone()), ["1", "2"]);
        seen.forget_before(Timestamp(300 + LATEST));
        assert_eq!((seen.parts.len(), seen.floor()), (1, Timestamp(300)));
        assert!(kept(&mut seen, all).is_empty());
    }

    #[test]
    fn parts_of_two_conversations_may_have_the_same_id() {
        let mut seen = Seen::since(Timestamp(100));
        for id in ["7", "8"] {
            assert_eq!(kept(&mut seen, conversation(id, &[("source", 100)], &[])), ["source"]);
        }
    }
}
