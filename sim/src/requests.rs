//! What the server counts of the requests that reach it, for tests that ask how a client behaved.

use std::collections::HashMap;

use tokio::time::Instant;

use crate::server::Route;

/// Counts since the start or the last [`Sim::reset_requests`](crate::Sim::reset_requests).
#[derive(Debug, Clone, Default)]
pub struct Requests {
    /// All requests, whatever became of them.
    pub total: u64,
    /// `GET /me`.
    pub me: u64,
    /// `POST /conversations/search`.
    pub search: u64,
    /// `GET /conversations/{id}`.
    pub details: u64,
    /// `GET /conversations/deleted`.
    pub deleted: u64,
    /// `POST /contacts/search`.
    pub contacts: u64,
    /// `GET /admins`.
    pub admins: u64,
    /// `GET /teams`.
    pub teams: u64,
    /// `GET /tags`.
    pub tags: u64,
    /// Requests to anything else.
    pub unknown: u64,
    /// Requests for details by conversation id.
    pub details_by_id: HashMap<String, u64>,
    /// Answers 429, whether from the rate limit or from a fault.
    pub rate_limited: u64,
    /// Requests that a fault was applied to.
    pub faulted: u64,
    /// Requests being answered at this moment.
    pub in_flight: u64,
    /// Most requests that were being answered at once.
    pub max_in_flight: u64,
    /// Most requests in one rate-limit window, refused ones included.
    pub max_in_window: u32,
    /// When the first request came in.
    pub first: Option<Instant>,
    /// When the last request came in.
    pub last: Option<Instant>,
}

impl Requests {
    pub(crate) fn begin(&mut self, route: &Route<'_>) {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.total += 1;
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
        match route {
            Route::Me => self.me += 1,
            Route::Search => self.search += 1,
            Route::Details(id) => {
                self.details += 1;
                match self.details_by_id.get_mut(*id) {
                    Some(count) => *count += 1,
                    None => {
                        self.details_by_id.insert((*id).to_owned(), 1);
                    }
                }
            }
            Route::Deleted => self.deleted += 1,
            Route::ContactSearch => self.contacts += 1,
            Route::Admins => self.admins += 1,
            Route::Teams => self.teams += 1,
            Route::Tags => self.tags += 1,
            Route::Unknown => self.unknown += 1,
        }
    }

    pub(crate) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Forgets everything but the requests that are still being answered.
    pub(crate) fn reset(&mut self) {
        *self = Self { in_flight: self.in_flight, ..Self::default() };
    }
}
