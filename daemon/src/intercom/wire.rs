//! Intercom's JSON as sent, as far as it is used. Every field may be absent or of another type than documented;
//! what it means then is decided in `parse`.

use serde::Deserialize;

use super::lenient::{Flag, Int, List, Object, Present, Text};

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Conversation<'a> {
    pub(super) id: Text<'a>,
    pub(super) title: Text<'a>,
    pub(super) state: Text<'a>,
    pub(super) open: Flag,
    pub(super) snoozed_until: Int,
    pub(super) created_at: Int,
    pub(super) updated_at: Int,
    pub(super) admin_assignee_id: Text<'a>,
    pub(super) team_assignee_id: Text<'a>,
    pub(super) tags: Object<Tags<'a>>,
    pub(super) source: Object<Source<'a>>,
    pub(super) contacts: Object<Contacts<'a>>,
    pub(super) conversation_parts: Object<Parts<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Tags<'a> {
    pub(super) tags: List<Object<Named<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Contacts<'a> {
    pub(super) contacts: List<Object<Named<'a>>>,
}

/// Anything with an id: a tag, a contact, an admin, a team.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Named<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) email: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Source<'a> {
    pub(super) id: Text<'a>,
    pub(super) subject: Text<'a>,
    pub(super) body: Text<'a>,
    pub(super) author: Object<Author<'a>>,
    pub(super) attachments: List<Object<Attachment<'a>>>,
    pub(super) redacted: Flag,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Parts<'a> {
    pub(super) conversation_parts: List<Object<Part<'a>>>,
    pub(super) total_count: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Part<'a> {
    pub(super) id: Text<'a>,
    pub(super) part_type: Text<'a>,
    pub(super) body: Text<'a>,
    pub(super) created_at: Int,
    pub(super) author: Object<Author<'a>>,
    pub(super) attachments: List<Object<Attachment<'a>>>,
    pub(super) redacted: Flag,
    pub(super) assigned_to: Object<Reference<'a>>,
    pub(super) tags: List<Object<Named<'a>>>,
    pub(super) event_details: serde_json::Value,
}

/// Whom a part assigned to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Reference<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Text<'a>,
    pub(super) id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Author<'a> {
    #[serde(rename = "type")]
    pub(super) kind: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) email: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Attachment<'a> {
    pub(super) name: Text<'a>,
    pub(super) url: Text<'a>,
    pub(super) content_type: Text<'a>,
    pub(super) filesize: Int,
}

/// A page of search results or of deletions.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Rows<'a> {
    /// `None` tells a page from any other JSON that a proxy may have put in its place.
    ///
    /// Strict, unlike what rows hold: an envelope that is misread as the end of a list would let a scan claim what it
    /// has not seen.
    pub(super) conversations: Option<Vec<Object<Row<'a>>>>,
    pub(super) total_count: Int,
    pub(super) pages: Option<Pages<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Row<'a> {
    pub(super) id: Text<'a>,
    pub(super) created_at: Int,
    pub(super) updated_at: Int,
    pub(super) deleted_at: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Pages<'a> {
    pub(super) next: Option<Next<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Next<'a> {
    pub(super) starting_after: Text<'a>,
}

/// The same page of deletions, whose `next` is an address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NumberedPages {
    pub(super) next: Present,
    pub(super) total_pages: Int,
}

/// A page of deletions.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Deletions<'a> {
    pub(super) conversations: Option<List<Object<Row<'a>>>>,
    pub(super) total_count: Int,
    pub(super) pages: Object<NumberedPages>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Me<'a> {
    pub(super) app: Object<App<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct App<'a> {
    pub(super) id_code: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) region: Text<'a>,
}

/// A page of contacts, each of which is read twice: for what is named here, and for what else it has.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ContactRows<'a> {
    pub(super) data: Option<Vec<serde_json::Value>>,
    pub(super) total_count: Int,
    pub(super) pages: Option<Pages<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Contact<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) email: Text<'a>,
    pub(super) updated_at: Int,
}

/// Admins, teams or tags, each under its own key.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct People<'a> {
    pub(super) admins: Option<List<Object<Named<'a>>>>,
    pub(super) teams: Option<List<Object<Named<'a>>>>,
    pub(super) data: Option<List<Object<Named<'a>>>>,
}

/// The body of an answer that is no success.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Errors<'a> {
    pub(super) request_id: Text<'a>,
    pub(super) errors: List<Object<Complaint<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Complaint<'a> {
    pub(super) code: Text<'a>,
    pub(super) message: Text<'a>,
}
