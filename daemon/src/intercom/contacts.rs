//! Contacts, as Intercom's search tells of them: those of some ids, and those that changed.

use proto::Timestamp;
use serde_json::json;

use super::client::{Cursor, Intercom, LARGEST_PAGE, call};
use super::error::{Cause, Error};
use super::limits::Priority;
use super::parse;
use super::transport::Request;
use crate::model::FoundContact;

/// How many ids fit into one search is not documented; this many do.
const IDS: usize = 50;
/// Up to API version 2.16 times are compared by whole days in the workspace's zone: what is asked for begins this many seconds
/// earlier, and rows are compared here.
const DAYS: i64 = 2 * 86_400;
/// What the app must be allowed to do.
const PERMISSION: &str = "Read and list users and companies";

/// A page of the contacts that changed, last changed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPage {
    /// The contacts.
    pub contacts: Vec<FoundContact>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

impl Intercom {
    /// Returns those of the contacts that Intercom knows.
    ///
    /// # Errors
    /// See [`Error::advice`].
    pub async fn contacts(&self, ids: &[String], priority: Priority) -> Result<Vec<FoundContact>, Error> {
        let (mut rest, mut at_once) = (ids, IDS);
        let mut contacts = Vec::with_capacity(ids.len());
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(at_once.min(rest.len()));
            let query = json!({ "field": "id", "operator": "IN", "value": batch });
            let body = json!({ "query": query, "pagination": { "per_page": LARGEST_PAGE } });
            let request = Request::search("contacts", body);
            let call = call("looking up contacts", PERMISSION, priority);
            match self.caller().call(call, &request, |body, _| parse::contacts(&body)).await {
                Ok(found) => contacts.extend(found),
                // The list may be too long for it, or one of the ids be none that it takes.
                Err(error) if error.is_bad_request() && batch.len() > 1 => {
                    at_once = batch.len() / 2;
                    continue;
                }
                Err(error) if error.is_bad_request() => {
                    tracing::warn!(%error, contact = ?batch, "Intercom refuses to look up a contact");
                }
                Err(error) => return Err(error),
            }
            rest = after;
        }
        Ok(contacts)
    }

    /// Returns a page of the contacts that changed at or after an instant and, since Intercom may compare by days, of earlier
    /// ones, last changed first.
    ///
    /// # Errors
    /// See [`Error::advice`].
    pub async fn contacts_changed(
        &self,
        since: Timestamp,
        after: Option<&Cursor>,
    ) -> Result<ContactPage, Error> {
        const ATTEMPT: &str = "looking for changes of contacts";
        let since = since.minus(DAYS).max(Timestamp::EPOCH);
        let mut pagination = json!({ "per_page": LARGEST_PAGE });
        if let Some(Cursor(after)) = after {
            pagination["starting_after"] = json!(after);
        }
        let body = json!({
            "query": { "field": "updated_at", "operator": ">", "value": since.0 },
            "sort": { "field": "updated_at", "order": "descending" },
            "pagination": pagination,
        });
        let mut call = call(ATTEMPT, PERMISSION, Priority::Spare);
        call.with_cursor = after.is_some();
        let request = Request::search("contacts", body);
        let page = self.caller().call(call, &request, |body, _| parse::contact_page(&body)).await?;
        let times = page.contacts.iter().filter_map(|contact| contact.updated_at);
        let descends = times.is_sorted_by(|one, next| one >= next);
        if page.next.is_some() && (!descends || page.next.as_ref() == after || page.contacts.is_empty()) {
            return Err(Error::new(ATTEMPT, Cause::Odd("is not in the order that was asked for")));
        }
        Ok(page)
    }
}
