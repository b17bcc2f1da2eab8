//! Conditions besides text and time, as flags; and whether a conversation fulfils them, for those who have it already.

use clap::{Args, ValueEnum};
use proto::types::{Condition, Conversation, Field, Question};

use crate::suggest;

/// The word for unassigned conversations.
const NOBODY: &str = "none";

/// Conditions.
#[derive(Args, Debug, Default)]
pub(crate) struct FilterArgs {
    /// Require a contact with this e-mail address
    #[arg(long, value_name = "EMAIL", add = suggest::customers())]
    customer: Option<String>,
    /// Require this state
    #[arg(long)]
    state: Option<StateArg>,
    /// Require a tag; of several, each
    #[arg(long, value_name = "NAME", add = suggest::tags())]
    tag: Vec<String>,
    /// Require an assigned admin or team; none: unassigned
    #[arg(long, value_name = "NAME_OR_ID", add = suggest::assignees())]
    assignee: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StateArg {
    Open,
    Closed,
    Snoozed,
}

impl StateArg {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
        }
    }
}

impl FilterArgs {
    /// Returns the conditions.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        let mut question = Question::default()
            .with(Field::Customer, self.customer.clone())
            .with(Field::State, self.state.map(|state| state.as_str().to_owned()));
        for tag in &self.tag {
            question = question.with(Field::Tag, Some(tag.clone()));
        }
        question.with(Field::Assignee, self.assignee.clone()).filters
    }
}

/// Says whether a conversation fulfils a condition. The daemon knows more than the conversation tells: a teammate's
/// address, a contact that has not written.
pub(crate) fn holds(condition: &Condition, conversation: &Conversation) -> bool {
    let Condition { field, value, negated } = condition;
    let is = |text: &str| same(text, value);
    let found = match field {
        Field::State => is(&conversation.summary.state),
        Field::Tag => conversation.summary.tags.iter().any(|tag| is(tag)),
        Field::Customer => addresses(conversation).any(is),
        Field::Assignee => match &conversation.summary.assignee {
            None => is(NOBODY),
            Some(assignee) => is(&assignee.id) || assignee.name.as_deref().is_some_and(is),
        },
    };
    found != *negated
}

/// Returns the addresses of the contacts in a conversation, as far as it names them.
fn addresses(conversation: &Conversation) -> impl Iterator<Item = &str> {
    let first = conversation.summary.customer.iter().filter_map(|customer| customer.email.as_deref());
    let contacts = conversation.messages.iter().map(|message| &message.author);
    let contacts = contacts.filter(|author| matches!(author.kind.as_str(), "user" | "lead" | "contact"));
    first.chain(contacts.filter_map(|author| author.email.as_deref()))
}

/// Says whether two texts are the same, whatever the case.
fn same(one: &str, other: &str) -> bool {
    let lower = |text: &str| text.trim().to_lowercase();
    lower(one) == lower(other)
}

#[cfg(test)]
mod tests {
    use proto::Timestamp;
    use proto::types::{Assignee, Author, Customer, Message, Summary};

    use super::*;

    fn conversation(assignee: Option<Assignee>) -> Conversation {
        let author = |kind: &str, email: &str| Author {
            kind: kind.to_owned(),
            email: Some(email.to_owned()),
            ..Author::default()
        };
        let message = |author| Message { author, ..Message::default() };
        Conversation {
            summary: Summary {
                state: "open".to_owned(),
                tags: vec!["VIP".to_owned()],
                customer: Some(Customer { email: Some("Ada@example.com".to_owned()), ..Customer::default() }),
                assignee,
                ..Summary::default()
            },
            messages: vec![
                message(author("lead", "bo@example.com")),
                message(author("admin", "grace@example.com")),
            ],
            events: Vec::new(),
            offset: 0,
            next_offset: None,
            fetched_at: Timestamp::EPOCH,
            outdated: false,
        }
    }

    #[test]
    fn a_condition_holds_for_what_the_conversation_has() {
        let grace =
            Assignee { id: "a1".to_owned(), kind: "admin".to_owned(), name: Some("Grace".to_owned()) };
        let (assigned, unassigned) = (conversation(Some(grace)), conversation(None));
        let cases = [
            (Field::State, "open", true, true),
            (Field::State, "closed", false, false),
            (Field::Tag, "vip", true, true),
            (Field::Tag, "vi", false, false),
            (Field::Customer, "ada@EXAMPLE.com", true, true),
            (Field::Customer, "bo@example.com", true, true),
            (Field::Customer, "grace@example.com", false, false),
            (Field::Assignee, "grace", true, false),
            (Field::Assignee, "a1", true, false),
            (Field::Assignee, "none", false, true),
        ];
        for (field, value, first, second) in cases {
            let condition = Condition::is(field, value);
            assert_eq!(holds(&condition, &assigned), first, "{condition:?}");
            assert_eq!(holds(&condition, &unassigned), second, "{condition:?}");
            let not = Condition { negated: true, ..condition };
            assert_eq!(holds(&not, &assigned), !first, "{not:?}");
        }
    }
}
