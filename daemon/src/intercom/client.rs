//! The API as the rest of the daemon sees it: one method per endpoint, one page per call.

use std::sync::Arc;

use proto::Timestamp;
use secrecy::SecretString;
use serde_json::json;
use tokio::time::Instant;

use super::call::{Call, Caller};
use super::clock::ServerClock;
use super::error::Error;
use super::gate::Gate;
use super::limits::Priority;
use super::parse;
use super::retry::Backoff;
use super::route::Route;
use super::transport::{Request, Transport};
use super::trouble::Trouble;
use crate::clock::WallClock;
use crate::model::{ConversationId, Deletion, Fetched, Listed, Tag, Teammate, TeammateKind, Workspace};

/// The most rows that a page of search results may have.
pub(super) const LARGEST_PAGE: u16 = 150;
/// The most rows that a page of deletions may have.
const DELETIONS_PER_PAGE: u16 = 60;
/// The permission to read conversations, as Intercom's Developer Hub names it.
const CONVERSATIONS: &str = "Read conversations";

/// How to reach the workspace.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API's address: `https`, or `http` to this machine only.
    pub base_url: reqwest::Url,
    /// The way there.
    pub route: Route,
    /// The access token.
    pub token: SecretString,
    /// The user's own ceiling on calls, below Intercom's limit.
    pub requests_per_minute: Option<u32>,
    /// This machine's clock, to tell how far the two are apart.
    pub wall: WallClock,
}

/// A cheap handle to the workspace; all clones share one connection pool and one rate limit.
///
/// Each method waits for the rate limit, tries again what may pass and is cancelled by dropping its future.
#[derive(Clone, Debug)]
pub struct Intercom {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    caller: Caller,
}

/// Intercom's token for the next page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Cursor(pub String);

/// Which conversations to list: by activity time, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// First second of the window.
    pub from: Timestamp,
    /// First second after it; `None` leaves it open.
    pub until: Option<Timestamp>,
    /// Where the page before it ended.
    pub after: Option<Cursor>,
    /// The rows wanted, at most 150.
    pub per_page: u16,
}

/// One page of search results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rows at or after the window's first second, in the order they came. One that has just changed may stand at its
    /// old place with its new time, which may lie after the window.
    pub listed: Vec<Listed>,
    /// When the rows without an id were active last, where they tell.
    pub unreadable: Vec<Option<Timestamp>>,
    /// The rows of all pages, by Intercom's count.
    pub total_count: Option<u64>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
    /// Intercom's clock when it answered, never earlier than the truth.
    pub answered_at: Timestamp,
    /// Rows in the answer, with those outside of the window and those without an id.
    pub raw_rows: usize,
}

/// One page of the list of deleted conversations, latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedPage {
    /// The deletions.
    pub deletions: Vec<Deletion>,
    /// The deletions of all pages, by Intercom's count.
    pub total: Option<u64>,
    /// No page follows.
    pub last: bool,
}

impl Intercom {
    /// Prepares to talk to the workspace; nothing is sent yet.
    ///
    /// # Errors
    /// Fails if the token cannot be sent in a header, or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::with_backoff(settings, Backoff::default())
    }

    pub(super) fn with_backoff(settings: Settings, backoff: Backoff) -> Result<Self, Error> {
        let gate = Gate::new(settings.requests_per_minute);
        let clock = ServerClock::new(settings.wall.clone());
        let transport =
            Transport::new(settings).map_err(|cause| Error::new("preparing to call Intercom", cause))?;
        let caller = Caller { transport, gate, clock, trouble: Trouble::default(), backoff };
        Ok(Self { inner: Arc::new(Inner { caller }) })
    }

    /// Returns which way Intercom is reached, for people: nothing where that is the usual one.
    #[must_use]
    pub fn way(&self) -> String {
        self.inner.caller.transport.way().to_string()
    }

    /// Returns the workspace that the token opens.
    ///
    /// # Errors
    /// See [`Error::advice`]; so for all calls.
    pub async fn me(&self, priority: Priority) -> Result<Workspace, Error> {
        let call = Call { always_there: true, ..call("asking whose token it is", "Read admins", priority) };
        self.inner.caller.call(call, &Request::me(), |body, _| parse::workspace(&body)).await
    }

    /// Returns one page of the conversations whose last activity lies in a window.
    ///
    /// # Errors
    /// [`Advice::Restart`](super::Advice::Restart) if the cursor is refused.
    pub async fn search(&self, query: &SearchQuery, priority: Priority) -> Result<Page, Error> {
        self.list(query, priority, false).await
    }

    /// Asks for a page once only, to find out whether it can be read.
    ///
    /// # Errors
    /// As [`Intercom::search`].
    pub async fn probe(&self, query: &SearchQuery, priority: Priority) -> Result<Page, Error> {
        self.list(query, priority, true).await
    }

    async fn list(&self, query: &SearchQuery, priority: Priority, probe: bool) -> Result<Page, Error> {
        let call = Call {
            attempt: "searching conversations".to_owned(),
            priority,
            permission: CONVERSATIONS,
            with_cursor: query.after.is_some(),
            always_there: true,
            probe,
        };
        let request = Request::search("conversations", window(query));
        let from = query.from;
        let read =
            move |body: bytes::Bytes, times: super::call::Times| parse::page(&body, from, times.answered_at);
        self.inner.caller.call(call, &request, read).await
    }

    /// Returns a conversation with all its parts.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if Intercom has none under this id.
    pub async fn conversation(&self, id: &ConversationId, priority: Priority) -> Result<Fetched, Error> {
        let call = call(format!("reading conversation {id}"), CONVERSATIONS, priority);
        let request = Request::get(&["conversations", id.as_str()], Vec::new());
        let read = |body, times: super::call::Times| {
            let conversation = parse::conversation(body)?;
            Ok(Fetched { conversation, asked_at: times.asked_at })
        };
        let fetched = self.inner.caller.call(call, &request, read).await?;
        if fetched.conversation.id == *id {
            return Ok(fetched);
        }
        Err(Error::new(
            format!("reading conversation {id}"),
            super::error::Cause::Odd("is about another conversation"),
        ))
    }

    /// Returns one page of the list of deleted conversations, counted from 1.
    ///
    /// # Errors
    /// [`Error::is_unsupported`] if the workspace's API version has no such list.
    pub async fn deleted(&self, page: u32) -> Result<DeletedPage, Error> {
        let query = vec![
            ("order", "desc".to_owned()),
            ("per_page", DELETIONS_PER_PAGE.to_string()),
            ("page", page.to_string()),
        ];
        let request = Request::get(&["conversations", "deleted"], query);
        let call = call("listing deleted conversations", CONVERSATIONS, Priority::Sync);
        self.inner
            .caller
            .call(call, &request, move |body, times| parse::deletions(&body, page, times.answered_at))
            .await
    }

    /// Returns the people that conversations can be assigned to.
    ///
    /// # Errors
    /// See [`Error::advice`].
    pub async fn admins(&self) -> Result<Vec<Teammate>, Error> {
        self.teammates("admins", TeammateKind::Admin).await
    }

    /// Returns the teams that conversations can be assigned to.
    ///
    /// # Errors
    /// See [`Error::advice`].
    pub async fn teams(&self) -> Result<Vec<Teammate>, Error> {
        self.teammates("teams", TeammateKind::Team).await
    }

    async fn teammates(&self, what: &str, kind: TeammateKind) -> Result<Vec<Teammate>, Error> {
        let call = call(format!("listing {what}"), "Read admins", Priority::Sync);
        let request = Request::get(&[what], Vec::new());
        self.inner.caller.call(call, &request, move |body, _| parse::teammates(&body, kind)).await
    }

    /// Returns the workspace's tags.
    ///
    /// # Errors
    /// See [`Error::advice`].
    pub async fn tags(&self) -> Result<Vec<Tag>, Error> {
        let call = call("listing tags", "Read tags", Priority::Sync);
        self.inner.caller.call(call, &Request::get(&["tags"], Vec::new()), |body, _| parse::tags(&body)).await
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.inner.caller
    }

    /// Returns what is known of Intercom's clock.
    #[must_use]
    pub fn clock(&self) -> &ServerClock {
        &self.inner.caller.clock
    }

    /// Returns how much of the rate limit is used.
    #[must_use]
    pub fn budget(&self) -> proto::types::ApiBudget {
        self.inner.caller.gate.budget()
    }

    /// Returns when a call got through last.
    #[must_use]
    pub fn last_success(&self) -> Option<Instant> {
        self.inner.caller.trouble.last_success()
    }

    /// Returns what is wrong while calls do not get through, and have not for a while.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.inner.caller.trouble.get(Instant::now())
    }
}

pub(super) fn call(attempt: impl Into<String>, permission: &'static str, priority: Priority) -> Call {
    let attempt = attempt.into();
    Call { attempt, priority, permission, with_cursor: false, always_there: false, probe: false }
}

/// Intercom's `>` may mean "or equal", so the window is asked for in a way that is right under both readings; what it
/// brings too much is dropped in `parse`.
fn window(query: &SearchQuery) -> serde_json::Value {
    let bound =
        |operator, value: Timestamp| json!({ "field": "updated_at", "operator": operator, "value": value.0 });
    let mut bounds = vec![bound(">", query.from.minus(1).max(Timestamp::EPOCH))];
    bounds.extend(query.until.map(|until| bound("<", until)));
    let mut pagination = json!({ "per_page": query.per_page.clamp(1, LARGEST_PAGE) });
    if let Some(Cursor(after)) = &query.after {
        pagination["starting_after"] = json!(after);
    }
    json!({
        "query": { "operator": "AND", "value": bounds },
        "sort": { "field": "updated_at", "order": "ascending" },
        "pagination": pagination,
    })
}
