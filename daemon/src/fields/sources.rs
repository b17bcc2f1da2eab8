//! The place of every field, its number in the database, and what may be claimed of it.

use proto::fields::{Field, Kind};

use super::{Class, Names, Place, Source};
use crate::model::Register;

/// Ways to a value: the keys from the outermost object to it.
type Paths = &'static [&'static [&'static str]];

const ADMINS: Class = Class::Named(&[Register::Admins]);
const CONTACTS: Class = Class::Named(&[Register::Contacts]);

/// What the keys of a ticket's own title and description are.
const TITLE: &str = "_default_title_";
const DESCRIPTION: &str = "_default_description_";

/// Every field, each with a number of its own. Those below 8 are the store's own kinds of labels.
pub static SOURCES: &[Source] = &[
    derived(Field::State, 0, Class::Activity),
    derived(Field::Id, 7, Class::Activity),
    derived(Field::Customer, 2, CONTACTS),
    derived(Field::Tag, 3, Class::Named(&[Register::Tags])),
    derived(Field::Assignee, 4, Class::Named(&[Register::Admins, Register::Teams])),
    derived(Field::Team, 5, Class::Named(&[Register::Teams])),
    derived(Field::Domain, 8, CONTACTS),
    derived(Field::Responder, 9, ADMINS),
    derived(Field::Waiting, 10, Class::Activity),
    derived(Field::Unanswered, 11, Class::Activity),
    derived(Field::Attachment, 12, Class::Activity),
    derived(Field::Bot, 13, Class::Activity),
    derived(Field::Reopened, 14, Class::Activity),
    at(Field::Channel, 16, &[&["channel", "initial"], &["source", "type"]]),
    at(Field::Delivered, 17, &[&["source", "delivered_as"]]),
    at(Field::Priority, 18, &[&["priority"]]),
    at(Field::Rating, 19, &[&["conversation_rating", "rating"], &["conversation_rating", "score"]]),
    at(Field::Remark, 20, &[&["conversation_rating", "remark"]]).searched(),
    at(Field::Rated, 21, &[&["conversation_rating", "teammate", "id"]]).admin(),
    at(Field::Sla, 22, &[&["sla_applied", "sla_status"]]),
    at(Field::SlaName, 23, &[&["sla_applied", "sla_name"]]),
    at(Field::Ai, 24, &[&["ai_agent", "resolution_state"]]),
    at(Field::AiRating, 25, &[&["ai_agent", "rating"]]),
    at(Field::AiRemark, 26, &[&["ai_agent", "rating_remark"]]).searched(),
    at(Field::AiSource, 27, &[&["ai_agent", "source_title"], &["ai_agent", "source_type"]]),
    at(Field::AiContent, 28, &[&["ai_agent", "content_sources", "content_sources", "title"]]),
    at(Field::AiTopic, 29, &[&["topics", "topics", "name"], &["topics", "data", "name"]]),
    // What a conversation says of it is as old as the read of that; what contacts say of theirs, as theirs.
    at(Field::Company, 30, &[&["company", "name"], &["companies", "companies", "name"]]).silent(),
    at(
        Field::Ticket,
        31,
        &[&["ticket", "ticket_type", "name"], &["ticket", "ticket_type"], &["ticket", "type_name"]],
    ),
    at(
        Field::TicketState,
        32,
        &[&["ticket", "ticket_state", "category"], &["ticket", "ticket_state"], &["ticket", "state"]],
    ),
    at(Field::TicketCategory, 33, &[&["ticket", "category"], &["ticket", "ticket_type", "category"]]),
    at(Field::TicketTitle, 34, &[&["ticket", "ticket_attributes", TITLE], &["ticket", "title"]]).searched(),
    at(
        Field::TicketDescription,
        35,
        &[&["ticket", "ticket_attributes", DESCRIPTION], &["ticket", "description"]],
    )
    .searched(),
    at(Field::Participant, 36, &[&["teammates", "admins", "id"], &["teammates", "teammates", "id"]]).admin(),
    at(Field::Linked, 37, &[&["linked_objects", "data", "id"]]),
    at(Field::Read, 38, &[&["read"]]).silent(),
    at(Field::WaitingSince, 39, &[&["waiting_since"]]),
    at(Field::SnoozedUntil, 40, &[&["snoozed_until"]]),
    each(Field::Statistic(String::new()), 41, &[&["statistics"]], &["type"]),
    each(
        Field::Attribute(String::new()),
        42,
        &[&["custom_attributes"], &["ticket", "ticket_attributes"], &["ticket", "custom_attributes"]],
        &[TITLE, DESCRIPTION],
    )
    .searched(),
    derived(Field::Contact(String::new()), 43, CONTACTS),
];

/// What a contact has besides name and address, and where it is in Intercom's JSON of it.
pub(super) const CONTACT: &[(&str, Kind, &[&str])] = &[
    ("role", Kind::Choice, &["role"]),
    ("external_id", Kind::Text, &["external_id"]),
    ("phone", Kind::Text, &["phone"]),
    ("country", Kind::Text, &["location", "country"]),
    ("region", Kind::Text, &["location", "region"]),
    ("city", Kind::Text, &["location", "city"]),
    ("created_at", Kind::Date, &["created_at"]),
    ("signed_up_at", Kind::Date, &["signed_up_at"]),
    ("last_seen_at", Kind::Date, &["last_seen_at"]),
    ("last_replied_at", Kind::Date, &["last_replied_at"]),
    ("last_contacted_at", Kind::Date, &["last_contacted_at"]),
];

const fn source(field: Field, number: u8, place: Place, class: Class) -> Source {
    Source { field, number, place, class, names: Names::Itself, searched: false }
}

const fn derived(field: Field, number: u8, class: Class) -> Source {
    source(field, number, Place::Derived, class)
}

const fn at(field: Field, number: u8, places: Paths) -> Source {
    source(field, number, Place::At(places), Class::Activity)
}

const fn each(field: Field, number: u8, places: Paths, but: &'static [&'static str]) -> Source {
    source(field, number, Place::Each(places, but), Class::Activity)
}

impl Source {
    const fn searched(mut self) -> Self {
        self.searched = true;
        self
    }

    const fn silent(mut self) -> Self {
        self.class = Class::Silent;
        self
    }

    const fn admin(mut self) -> Self {
        (self.class, self.names) = (ADMINS, Names::Admin);
        self
    }
}
