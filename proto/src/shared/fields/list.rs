//! Every field: its name, what it is in a few words, a condition as an example, other words for it. PURE.

use super::{Field, FieldInfo, Kind};

/// What an attribute's name stands after, with a dot between.
pub(super) const ATTRIBUTE: &str = "attr";
/// What the name of something that a contact has stands after, with a dot between.
pub(super) const CONTACT: &str = "contact";
/// What the name of a figure of Intercom's stands after, with a dot between.
pub(super) const STATISTIC: &str = "statistics";

/// Every field. A custom attribute stands for all of them.
pub const FIELDS: &[FieldInfo] =
    &[
        field(Kind::Text, Field::Customer, "customer")
            .is("the customer: an address, @domain, or a name", "from:ada@example.com")
            .or(&["from", "email", "customers", "user", "lead", "requester"]),
        field(Kind::Choice, Field::State, "state")
            .is("open, closed or snoozed", "state:open")
            .or(&["status", "states"])
            .one_of(&["open", "closed", "snoozed"]),
        field(Kind::Text, Field::Tag, "tag")
            .is("a tag on the conversation", "tag:billing")
            .or(&["tags", "tagged", "label", "labels"]),
        field(Kind::Text, Field::Assignee, "assignee")
            .is("the teammate or team that it is assigned to, or none", "assignee:\"Kim Ode\"")
            .or(&["assigned", "assigned_to", "assignees", "owner"]),
        field(Kind::Text, Field::Team, "team")
            .is("the team that it is assigned to, or none", "team:Billing")
            .or(&["teams", "inbox", "group"]),
        field(Kind::Text, Field::Responder, "responder")
            .is("the teammate who answered", "responder:\"Kim Ode\"")
            .or(&["responders", "answered_by", "replied_by", "teammate", "admin", "agent"]),
        field(Kind::Text, Field::Domain, "domain")
            .is("the domain of the customer's address", "domain:example.com")
            .or(&["domains"]),
        field(Kind::Text, Field::Company, "company").is("the customer's company", "company:Acme").or(&[
            "companies",
            "account",
            "organization",
            "organisation",
        ]),
        field(Kind::Choice, Field::Channel, "channel")
            .is("how it came in: email, chat, whatsapp and so on", "channel:email")
            .or(&["channels", "source", "via"]),
        field(Kind::Choice, Field::Priority, "priority")
            .is("none, low, medium, high or urgent; yes: any but none", "priority:urgent")
            .or(&["priorities"])
            .one_of(&["none", "low", "medium", "high", "urgent", "yes", "no"]),
        field(Kind::Number, Field::Rating, "rating")
            .is("the customer's rating, 1 to 5", "rating:1..2")
            .or(&["ratings", "csat"])
            .said(&["angry", "annoyed", "dissatisfied", "frustrated", "unhappy", "upset"]),
        field(Kind::Choice, Field::Sla, "sla")
            .is("the service level agreement: missed, hit, active or cancelled", "sla:missed")
            .or(&["slas"])
            .one_of(&["missed", "hit", "active", "cancelled"]),
        field(Kind::Choice, Field::Ai, "ai")
            .is("what became of the AI agent's part: resolved, escalated and so on", "ai:resolved")
            .or(&["fin", "ai_agent"]),
        field(Kind::Flag, Field::Waiting, "waiting")
            .is("open, and the customer spoke last", "is:waiting")
            .said(&["pending", "unreplied", "unresolved"]),
        field(Kind::Flag, Field::Unanswered, "unanswered")
            .is("open, and never answered", "is:unanswered")
            .said(&["ignored", "unreplied"]),
        field(Kind::Flag, Field::Attachment, "attachment")
            .is("a message with a file", "has:attachment")
            .or(&["attachments", "file", "files"]),
        field(Kind::Text, Field::Id, "id")
            .is("Intercom's id of the conversation", "id:215468123")
            .or(&["conversation", "conversation_id"]),
        field(Kind::Choice, Field::Delivered, "delivered")
            .is(
                "how the opening message was sent: customer_initiated, admin_initiated and so on",
                "delivered:admin_initiated",
            )
            .or(&["delivered_as"]),
        field(Kind::Text, Field::Remark, "remark")
            .is("what the customer wrote beside the rating", "remark:slow")
            .or(&["remarks"]),
        field(Kind::Text, Field::Rated, "rated")
            .is("the teammate who was rated", "rated:\"Kim Ode\"")
            .or(&["rated_teammate"]),
        field(Kind::Text, Field::SlaName, "sla_name")
            .is("the name of the service level agreement", "sla_name:Gold"),
        field(Kind::Number, Field::AiRating, "ai_rating")
            .is("the customer's rating of the AI agent, 1 to 5", "ai_rating:1..2"),
        field(Kind::Text, Field::AiRemark, "ai_remark")
            .is("what the customer wrote beside the AI agent's rating", "ai_remark:useless"),
        field(Kind::Text, Field::AiSource, "ai_source")
            .is("the workflow or profile that the AI agent answered for", "ai_source:\"First answers\""),
        field(Kind::Text, Field::AiContent, "ai_content")
            .is("titles of what the AI agent answered from", "ai_content:\"How refunds work\""),
        field(Kind::Text, Field::AiTopic, "ai_topic")
            .is("what Intercom's AI takes it to be about", "ai_topic:Refunds")
            .or(&["ai_topics"]),
        field(Kind::Text, Field::Ticket, "ticket")
            .is("the type of the ticket that it is", "ticket:Bug")
            .or(&["ticket_type", "tickets"]),
        field(Kind::Choice, Field::TicketState, "ticket_state")
            .is("submitted, in_progress, waiting_on_customer or resolved", "ticket_state:in_progress")
            .one_of(&["submitted", "in_progress", "waiting_on_customer", "resolved"]),
        field(Kind::Choice, Field::TicketCategory, "ticket_category")
            .is("the ticket's category", "ticket_category:Customer"),
        field(Kind::Text, Field::TicketTitle, "ticket_title")
            .is("the ticket's title", "ticket_title:\"Figures are wrong\""),
        field(Kind::Text, Field::TicketDescription, "ticket_description")
            .is("the ticket's description", "ticket_description:crash"),
        field(Kind::Text, Field::Participant, "participant")
            .is("a teammate who takes part", "participant:\"Kim Ode\"")
            .or(&["participants", "teammates"]),
        field(Kind::Text, Field::Linked, "linked")
            .is("the id of a ticket or conversation that is linked to it", "linked:215468123"),
        field(Kind::Flag, Field::Read, "read").is("read by a teammate", "is:read"),
        field(Kind::Date, Field::WaitingSince, "waiting_since")
            .is("since when the customer waits, as Intercom says", "waiting_since:2026-10-01..2026-10-15"),
        field(Kind::Date, Field::SnoozedUntil, "snoozed_until")
            .is("until when it is snoozed", "snoozed_until:2026-10-01..2026-10-15"),
        field(Kind::Flag, Field::Bot, "bot").is("answered by a bot", "is:bot").or(&["answered_by_bot"]),
        field(Kind::Flag, Field::Reopened, "reopened").is("opened again after a close", "is:reopened"),
        field(Kind::Number, Field::Statistic(String::new()), STATISTIC)
            .is("a figure that Intercom keeps of it", "statistics.count_reopens:1..9")
            .or(&["statistic"]),
        field(Kind::Custom, Field::Attribute(String::new()), ATTRIBUTE)
            .is("a custom attribute of the workspace", "attr.Plan:Pro")
            .or(&["attribute", "attributes", "custom"]),
        field(Kind::Custom, Field::Contact(String::new()), CONTACT)
            .is(
                "what the customer has: role, country, phone, or a custom attribute of theirs",
                "contact.role:lead",
            )
            .or(&["contacts"]),
    ];

const fn field(kind: Kind, field: Field, name: &'static str) -> FieldInfo {
    FieldInfo { field, name, aliases: &[], kind, values: &[], help: "", example: "", said: &[] }
}

impl FieldInfo {
    const fn is(mut self, help: &'static str, example: &'static str) -> Self {
        (self.help, self.example) = (help, example);
        self
    }

    const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn said(mut self, said: &'static [&'static str]) -> Self {
        self.said = said;
        self
    }

    const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }
}
