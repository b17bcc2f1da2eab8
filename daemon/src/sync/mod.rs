//! The sync engine: decides what to fetch, fetches it, and publishes how far it is. The only caller of the store's
//! commits. It answers no queries, and no query waits for it.
//!
//! [`SyncHandle`] is what the rest of the daemon holds. Behind it one task, the scheduler, owns every cause of work and
//! runs: one head scan at a time, a few scans of older spans, one pool that fetches what they list, and the upkeep.

mod backfill;
mod blame;
mod board;
mod details;
mod detour;
mod error;
mod handle;
mod head;
mod late;
mod people;
mod phase;
mod publish;
mod rate;
mod relist;
mod requests;
mod reread;
mod resting;
mod room;
mod scheduler;
mod seen;
mod session;
mod settle;
mod upkeep;
mod walk;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::{Notify, RwLock};
use tokio::time::Instant;

pub use handle::SyncHandle;
pub(crate) use handle::{Activity, FetchError, Summary};

use crate::clock::WallClock;
use crate::store::Store;
use board::Board;
use detour::OddPages;

/// What every part of the engine needs.
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) board: Arc<Board>,
    /// This machine's clock.
    pub(crate) wall: WallClock,
    /// Rung when something was listed that has to be fetched.
    pub(crate) details_due: Notify,
    /// Rung when little is left to fetch.
    pub(crate) pending_low: Notify,
    /// Rung when something was stored.
    pub(crate) stored: Notify,
    /// Held for reading by whoever stores what was fetched, and for writing by a reset: none may come after it.
    pub(crate) storing: Arc<RwLock<()>>,
    /// What is wanted of contacts.
    pub(crate) contacts: people::Wanted,
    /// Deletions that Intercom counts and does not list.
    pub(crate) uncounted_deletions: AtomicU64,
    /// Pages that cannot be right and may still be gone around.
    pub(crate) odd_pages: OddPages,
}

/// How many listed conversations may wait before the listing of older ones pauses.
const PENDING_HIGH: u64 = 2_000;

impl Context {
    /// Returns what the parts of an engine over this store share.
    pub(crate) fn new(store: Store, board: Arc<Board>, wall: WallClock) -> Self {
        Self {
            store,
            board,
            wall,
            details_due: Notify::new(),
            pending_low: Notify::new(),
            stored: Notify::new(),
            storing: Arc::default(),
            contacts: people::Wanted::default(),
            uncounted_deletions: AtomicU64::new(0),
            odd_pages: OddPages::new(Instant::now()),
        }
    }

    /// Waits while more is listed than can be fetched in a while: listing ahead gains nothing and costs every answer.
    pub(crate) async fn until_pending_is_low(&self) {
        loop {
            let low = self.pending_low.notified();
            let pending = self.store.read(|snapshot| Ok(snapshot.counts()?.pending)).await;
            if pending.is_ok_and(|pending| pending < PENDING_HIGH) {
                return;
            }
            // Rung by the fetching pool; the time limit covers a ring between the look and the wait.
            let _ = tokio::time::timeout(Duration::from_millis(500), low).await;
        }
    }

    /// Counts conversations that need not be fetched any more.
    pub(crate) fn count_fetched(&self, count: u64) {
        self.board.update(|state| {
            state.fetched = state.fetched.saturating_add(count);
            state.rate.add(count, Instant::now());
        });
        self.stored.notify_one();
    }
}
