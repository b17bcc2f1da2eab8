//! The statistics that Intercom keeps of a conversation, worked out from its parts.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::generate::people::admin_id;
use crate::wire::Digits;
use crate::world::thread::{Thread, Writer, is_internal};

/// `statistics` of a conversation.
#[derive(Debug)]
pub(crate) struct Statistics {
    numbers: [(&'static str, Option<i64>); 19],
    closer: Option<u64>,
    /// Whether what is missing is null, as in real answers, rather than left out, as in the schema.
    oddities: bool,
}

/// First and last instant at which something happened, and how often it did.
#[derive(Default)]
struct Span {
    first: Option<i64>,
    last: Option<i64>,
    count: i64,
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
                        closer = Some(admin_id(number));
                    }
                }
                ("open", _) => reopened.add(part.created_at),
                _ => {}
            }
        }
        let since = |at: Option<i64>| at.map(|at| at - thread.created_at);
        let parts = i64::try_from(thread.parts.len()).unwrap_or(i64::MAX);
        let numbers = [
            ("time_to_assignment", since(assigned.first)),
            ("time_to_admin_reply", since(admin.first)),
            ("time_to_first_close", since(closed.first)),
            ("time_to_last_close", since(closed.last)),
            ("median_time_to_reply", since(admin.first)),
            ("first_contact_reply_at", contact.first),
            ("first_assignment_at", assigned.first),
            ("first_admin_reply_at", admin.first),
            ("first_close_at", closed.first),
            ("last_assignment_at", assigned.last),
            ("last_assignment_admin_reply_at", admin.last.filter(|_| assigned.count > 0)),
            ("last_contact_reply_at", contact.last),
            ("last_admin_reply_at", admin.last),
            ("last_close_at", closed.last),
            ("count_reopens", Some(reopened.count)),
            ("count_assignments", Some(assigned.count)),
            ("count_conversation_parts", Some(parts + 1)),
            ("handling_time", since(closed.first)),
            ("adjusted_handling_time", None),
        ];
        Self { numbers, closer, oddities }
    }
}

impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "conversation_statistics")?;
        for (name, number) in self.numbers {
            if number.is_some() || self.oddities {
                map.serialize_entry(name, &number)?;
            }
        }
        if self.closer.is_some() || self.oddities {
            map.serialize_entry("last_closed_by_id", &self.closer.map(Digits))?;
        }
        for name in ["assigned_team_first_response_time", "assigned_team_first_response_time_in_office_hours"]
        {
            map.serialize_entry(name, &(!self.oddities).then_some([0; 0]))?;
        }
        map.end()
    }
}
