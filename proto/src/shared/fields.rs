//! What a conversation has that can be asked for: the one list from which conditions, their help and their messages are
//! made. PURE.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod list;

pub use list::FIELDS;
use list::{ATTRIBUTE, CONTACT, STATISTIC};

/// Something that a conversation has; in JSON by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Field {
    /// A contact in it: by e-mail address, or by words of the name; case does not matter.
    Customer,
    /// `open`, `closed` or `snoozed`.
    State,
    /// Name of a tag on it; case does not matter.
    Tag,
    /// Name or id of the admin or team it is assigned to; case does not matter; `none`: unassigned.
    Assignee,
    /// Name or id of the team it is assigned to; case does not matter; `none`: of no team.
    Team,
    /// Name or id of the admin who answered; case does not matter.
    Responder,
    /// The domain of a contact's e-mail address.
    Domain,
    /// Name or id of a contact's company; case does not matter.
    Company,
    /// How it came in: `email`, `chat`, `whatsapp` and so on.
    Channel,
    /// `none`, `low`, `medium`, `high` or `urgent`.
    Priority,
    /// The customer's rating, 1 to 5.
    Rating,
    /// How its service level agreement stands: `missed`, `hit`, `active` or `cancelled`.
    Sla,
    /// What became of the AI agent's part in it: `resolved`, `escalated` and so on.
    Ai,
    /// It is open, and the customer spoke last.
    Waiting,
    /// It is open, and no teammate has answered yet.
    Unanswered,
    /// A file is attached to one of its messages.
    Attachment,
    /// Intercom's id of it.
    Id,
    /// How the opening message was sent: `customer_initiated`, `admin_initiated` and so on.
    Delivered,
    /// What the customer wrote beside the rating.
    Remark,
    /// Name or id of the teammate who was rated.
    Rated,
    /// Name of the service level agreement.
    SlaName,
    /// The customer's rating of the AI agent, 1 to 5.
    AiRating,
    /// What the customer wrote beside that rating.
    AiRemark,
    /// The workflow or profile that the AI agent answered for.
    AiSource,
    /// Titles of what the AI agent answered from.
    AiContent,
    /// What Intercom's AI takes it to be about.
    AiTopic,
    /// The type of the ticket that it is.
    Ticket,
    /// The ticket's state.
    TicketState,
    /// The ticket's category.
    TicketCategory,
    /// The ticket's title.
    TicketTitle,
    /// The ticket's description.
    TicketDescription,
    /// Name or id of a teammate who takes part.
    Participant,
    /// Ids of tickets and conversations that are linked to it.
    Linked,
    /// Whether a teammate has read it.
    Read,
    /// Since when the customer waits, as Intercom says.
    WaitingSince,
    /// Until when it is snoozed.
    SnoozedUntil,
    /// A bot answered it.
    Bot,
    /// It was opened again after a close.
    Reopened,
    /// One of the figures that Intercom keeps of it, by its name there.
    Statistic(String),
    /// A custom attribute of the workspace, or of the ticket that it is, by its name.
    Attribute(String),
    /// What a contact in it has besides name and address: role, country, a custom attribute and so on, by its name.
    Contact(String),
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of a few words.
    Choice,
    /// A name, an address or a text.
    Text,
    /// A number; a condition can give a range.
    Number,
    /// A time; a condition can give a range.
    Date,
    /// There or not.
    Flag,
    /// Whatever the workspace says that it is.
    Custom,
}

/// What is known of a field before any conversation is looked at.
#[derive(Clone, Debug)]
pub struct FieldInfo {
    /// Which one.
    pub field: Field,
    /// The word for it in searches, JSON and messages.
    pub name: &'static str,
    /// Other words that mean the same in a search.
    pub aliases: &'static [&'static str],
    /// What its values are.
    pub kind: Kind,
    /// The words that a value can be, where these are few and known; of others the copy decides.
    pub values: &'static [&'static str],
    /// What it is, in a few words for people.
    pub help: &'static str,
    /// A condition as it is written in a search.
    pub example: &'static str,
    /// Words that people say where they mean the example.
    pub said: &'static [&'static str],
}

impl Field {
    /// Returns the field of a name or an alias, whatever its case; of an attribute as `attr.NAME`, of a figure of Intercom's
    /// as `statistics.NAME`, of what a contact has as `contact.NAME` or `customer.NAME`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (word, inner) = match name.split_once('.') {
            Some((word, inner)) => (word, Some(inner.trim()).filter(|inner| !inner.is_empty())),
            None => (name, None),
        };
        let is_meant = |known: &&str| known.eq_ignore_ascii_case(word);
        let info = FIELDS.iter().find(|info| is_meant(&info.name) || info.aliases.iter().any(is_meant))?;
        Some(match (&info.field, inner) {
            (Self::Attribute(_), Some(inner)) => Self::Attribute(inner.to_owned()),
            (Self::Statistic(_), Some(inner)) => Self::Statistic(inner.to_ascii_lowercase()),
            (Self::Contact(_), Some(inner)) => Self::Contact(inner.to_owned()),
            (Self::Customer, Some(inner)) if word.eq_ignore_ascii_case("customer") => {
                Self::Contact(inner.to_owned())
            }
            (Self::Attribute(_) | Self::Statistic(_), None) | (_, Some(_)) => return None,
            (_, None) if name.contains('.') => return None,
            (Self::Contact(_), None) => Self::Customer,
            (field, None) => field.clone(),
        })
    }

    /// Says whether conversations can be put together by its values: texts, times and Intercom's figures have too many.
    #[must_use]
    pub const fn can_group(&self) -> bool {
        !matches!(
            self,
            Self::Id
                | Self::Remark
                | Self::AiRemark
                | Self::TicketTitle
                | Self::TicketDescription
                | Self::WaitingSince
                | Self::SnoozedUntil
                | Self::Statistic(_)
        )
    }

    /// Returns what is known of it.
    #[must_use]
    pub fn info(&self) -> &'static FieldInfo {
        let same = |info: &&FieldInfo| std::mem::discriminant(&info.field) == std::mem::discriminant(self);
        // The list has every field: a test goes through them.
        FIELDS.iter().find(same).unwrap_or(&FIELDS[FIELDS.len() - 1])
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            Self::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// Writes the word used in JSON, messages and searches.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "{ATTRIBUTE}.{name}"),
            Self::Statistic(name) => write!(f, "{STATISTIC}.{name}"),
            Self::Contact(name) => write!(f, "{CONTACT}.{name}"),
            field => f.write_str(field.info().name),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_word_for_a_field_means_one_field() {
        let mut words = HashSet::new();
        for info in FIELDS {
            for word in info.aliases.iter().chain([&info.name]) {
                assert!(words.insert(*word), "{word} means two fields");
                let found = Field::named(&word.to_uppercase());
                match info.field {
                    Field::Attribute(_) | Field::Statistic(_) => assert_eq!(found, None, "{word}"),
                    Field::Contact(_) => assert_eq!(found, Some(Field::Customer), "{word}"),
                    ref field => assert_eq!(found.as_ref(), Some(field), "{word}"),
                }
            }
            assert_eq!(info.field.info().name, info.name);
        }
        assert_eq!(Field::named("attr.Plan name"), Some(Field::Attribute("Plan name".to_owned())));
        assert_eq!(Field::named("attr.Plan").map(|field| field.to_string()).as_deref(), Some("attr.Plan"));
        let role = Some(Field::Contact("role".to_owned()));
        assert_eq!(Field::named("email.role"), None);
        assert_eq!((Field::named("customer.role"), Field::named("Contact.role")), (role.clone(), role));
        assert_eq!((Field::named("attr."), Field::named("tag.x"), Field::named("re")), (None, None, None));
    }
}
