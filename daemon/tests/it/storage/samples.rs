//! Conversations of invented people, for tests that write to the store themselves.

use proto::{Interval, Timestamp};
use syncd::model::{Author, Contact, Conversation, ConversationId, Fetched, Listed, Part, Tag};
use syncd::store::{Claim, Listing};

/// 2024-12-20 14:30 UTC.
pub(crate) const NOON: i64 = 1_734_705_000;

pub(crate) fn id(name: i64) -> ConversationId {
    ConversationId(name.to_string())
}

/// A conversation that was last changed at `at` and says `text`, read a minute later.
pub(crate) fn fetched(name: i64, at: i64, text: &str) -> Fetched {
    let at = Timestamp(at);
    let author = Author { kind: "user".to_owned(), id: Some(format!("c{name}")), ..Author::default() };
    let part = |id: &str, kind: &str| Part {
        id: id.to_owned(),
        kind: kind.to_owned(),
        created_at: at,
        author: author.clone(),
        text: format!("{text} {id}"),
        ..Part::default()
    };
    let conversation = Conversation {
        title: Some(format!("About {text}")),
        state: "open".to_owned(),
        created_at: at.minus(60),
        updated_at: at,
        contacts: vec![Contact {
            id: Some(format!("c{name}")),
            name: Some(format!("Wanderer {text}")),
            email: Some(format!("{text}@example.com")),
        }],
        admin_assignee: None,
        team_assignee: None,
        tags: vec![Tag { id: "1".to_owned(), name: "billing".to_owned() }],
        parts: vec![part("source", "source"), part("reply", "comment")],
        truncated: false,
        fields: Vec::new(),
        raw: format!(
            r#"{{"type":"conversation","id":"{name}","source":{{"body":"{text}"}},"state":"open"}}"#
        )
        .into(),
        id: id(name),
    };
    Fetched { conversation, asked_at: at.plus(60) }
}

pub(crate) fn listed(name: i64, at: i64) -> Listed {
    Listed { id: id(name), created_at: Some(Timestamp(at - 60)), updated_at: Timestamp(at), read_after: None }
}

/// A page of a scan.
pub(crate) fn page(listed: impl IntoIterator<Item = Listed>, claim: Option<Claim>) -> Listing {
    Listing {
        listed: listed.into_iter().collect(),
        refetch_before: None,
        claims: claim.into_iter().collect(),
    }
}

/// The claim of a head scan.
pub(crate) fn head(start: i64, end: i64) -> Option<Claim> {
    Some(Claim::Head(Interval::new(start, end)))
}
