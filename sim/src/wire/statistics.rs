//! The statistics that Intercom keeps of a conversation, worked out from its parts.

use serde::Serialize;

use crate::generate::people::admin_id;
use crate::wire::{Digits, Maybe, maybe};
use crate::world::thread::{Thread, Writer, is_internal};

/// `statistics` of a conversation.
#[derive(Debug, Serialize)]
pub(crate) struct Statistics {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_assignment: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_admin_reply: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_first_close: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_last_close: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_time_to_reply: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_contact_reply_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_assignment_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_admin_reply_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_close_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_assignment_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_assignment_admin_reply_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_contact_reply_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_admin_reply_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_close_at: Maybe<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_closed_by_id: Maybe<Digits>,
    count_reopens: usize,
    count_assignments: usize,
    count_conversation_parts: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_team_first_response_time: Maybe<[i64; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_team_first_response_time_in_office_hours: Maybe<[i64; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handling_time: Maybe<i64>,
    adjusted_handling_time: Option<i64>,
}

/// First and last instant at which something happened, and how often it did.
#[derive(Default)]
struct Span {
    first: Option<i64>,
    last: Option<i64>,
    count: usize,
}

impl Span {
    fn add(&mut self, at: i64) {
        self.first.get_or_insert(at);
        self.last = Some(at);
        self.count += 1;
    }
}

impl Statistics {
    pub(crate) fn of(thread: &Thread, oddities: bool) -> Self {
        let (mut contact, mut admin, mut assigned, mut closed, mut reopened) =
            (Span::default(), Span::default(), Span::default(), Span::default(), Span::default());
        let mut closer = None;
        if matches!(thread.source.author, Writer::Contact(_)) {
            contact.add(thread.created_at);
        }
        for part in &thread.parts {
            match part.author {
                Writer::Contact(_) if part.says => contact.add(part.created_at),
                Writer::Admin(_) if part.says && !is_internal(part.kind) => admin.add(part.created_at),
                _ => {}
            }
            if part.assigned_to.is_some() {
                assigned.add(part.created_at);
            }
            match (part.kind, part.author) {
                ("close", author) => {
                    closed.add(part.created_at);
                    if let Writer::Admin(number) = author {
                        closer = Some(Digits(admin_id(number)));
                    }
                }
                ("open", _) => reopened.add(part.created_at),
                _ => {}
            }
        }
        let since = |at: Option<i64>| maybe(at.map(|at| at - thread.created_at), oddities);
        let at = |at: Option<i64>| maybe(at, oddities);
        Self {
            r#type: "conversation_statistics",
            time_to_assignment: since(assigned.first),
            time_to_admin_reply: since(admin.first),
            time_to_first_close: since(closed.first),
            time_to_last_close: since(closed.last),
            median_time_to_reply: since(admin.first),
            first_contact_reply_at: at(contact.first),
            first_assignment_at: at(assigned.first),
            first_admin_reply_at: at(admin.first),
            first_close_at: at(closed.first),
            last_assignment_at: at(assigned.last),
            last_assignment_admin_reply_at: at(admin.last.filter(|_| assigned.count > 0)),
            last_contact_reply_at: at(contact.last),
            last_admin_reply_at: at(admin.last),
            last_close_at: at(closed.last),
            last_closed_by_id: maybe(closer, oddities),
            count_reopens: reopened.count,
            count_assignments: assigned.count,
            count_conversation_parts: thread.parts.len() + 1,
            assigned_team_first_response_time: if oddities { Some(None) } else { Some(Some([])) },
            assigned_team_first_response_time_in_office_hours: if oddities {
                Some(None)
            } else {
                Some(Some([]))
            },
            handling_time: since(closed.first),
            adjusted_handling_time: None,
        }
    }
}
