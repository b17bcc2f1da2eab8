//! What the engine publishes and everybody may read at once: a short lock, never held across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proto::types::{Calibration, SyncFailure, SyncReport, SyncTicket};
use proto::{Interval, Timestamp};
use reqwest::Url;
use tokio::sync::watch;
use tokio::time::Instant;

use super::rate::Rate;
use super::requests::Requests;
use crate::clock::WallClock;
use crate::config::{Config, History};
use crate::freshness::Policy;
use crate::hours::BusinessHours;
use crate::intercom::Intercom;
use crate::model::ConversationId;
use crate::store::Remembered;

/// The longest that the scheduler rests while it works with Intercom, however little there is to do: whoever asks for how
/// long it has been silent can tell a rest from a hang by it.
pub(crate) const BEAT: Duration = Duration::from_secs(30);

/// The engine's public state.
#[derive(Debug)]
pub(crate) struct Board {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// What stands on the board.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) requests: Requests,
    /// When the last look for changes began.
    pub(crate) looked: Option<Instant>,
    /// How many conversations were fetched since then.
    pub(crate) fetched: u64,
    pub(crate) rate: Rate,
    /// The connection to Intercom, while there is a token.
    pub(crate) intercom: Option<Intercom>,
    /// That connection has shown itself to be to the workspace that the store is of.
    pub(crate) bound: bool,
    /// Why syncing does not work at present, and when that was found out last.
    pub(crate) trouble: Option<(SyncFailure, Instant)>,
    /// The last thing that went wrong, and when on this machine's clock.
    pub(crate) last_error: Option<(String, Timestamp)>,
    /// The head scan that is running, with the rows it has listed, where there is more than a page of it.
    pub(crate) head: Option<(Interval, u64)>,
    /// The spans that are being scanned below the head.
    pub(crate) windows: Vec<Interval>,
    /// The history that is not listed yet is being listed.
    pub(crate) backfilling: bool,
    /// How many conversations are not listed yet, where that was found out.
    pub(crate) unlisted: Option<u64>,
    /// How many conversations are stored, once that was looked at.
    pub(crate) stored: Option<u64>,
    /// Conversations that wait for their details and may be fetched now.
    pub(crate) pending: u64,
    /// The settle margin in seconds.
    pub(crate) settle: i64,
    /// Changes that reads brought to light at an activity time that was covered: that time, and when they were read.
    pub(crate) late: Vec<(Timestamp, Timestamp)>,
    /// What the engine found out about how far its claims can be trusted.
    pub(crate) calibration: Calibration,
    /// This machine's clock.
    pub(crate) wall: WallClock,
    /// Intercom's clock minus this machine's, in seconds, as of the last answer that was looked at.
    pub(crate) clock_offset: Option<i64>,
    /// The same as the daemon before this one knew it, where this machine's clock was behind; else 0.
    pub(crate) remembered_offset: i64,
    /// The end of the head, below which "now" can't be.
    pub(crate) last_sync: Option<Timestamp>,
    pub(crate) history: History,
    pub(crate) tolerance: i64,
    pub(crate) access: Access,
    /// When the user's business is open.
    pub(crate) business_hours: Option<Arc<BusinessHours>>,
    /// When the scheduler last moved, and how long it may rest from then.
    pub(crate) heartbeat: (Instant, Duration),
}

/// How Intercom is reached, for people.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Where.
    pub(crate) api_url: Url,
    /// Where the token came from.
    pub(crate) token_origin: String,
}

impl Access {
    /// Returns what the configuration says.
    pub(crate) fn of(config: &Config) -> Self {
        Self { api_url: config.api_url.clone(), token_origin: config.token.origin.clone() }
    }
}

impl State {
    /// Returns a board for a daemon that has not spoken to Intercom yet.
    pub(crate) fn new(config: &Config, wall: WallClock) -> Self {
        Self {
            requests: Requests::default(),
            looked: None,
            fetched: 0,
            rate: Rate::default(),
            intercom: None,
            bound: false,
            trouble: None,
            last_error: None,
            head: None,
            windows: Vec::new(),
            backfilling: false,
            unlisted: None,
            stored: None,
            pending: 0,
            settle: seconds(config.settle),
            late: Vec::new(),
            calibration: Calibration::default(),
            wall,
            clock_offset: None,
            remembered_offset: 0,
            last_sync: None,
            history: config.history,
            tolerance: seconds(config.freshness),
            access: Access::of(config),
            business_hours: config.business_hours.clone(),
            heartbeat: (Instant::now(), Duration::ZERO),
        }
    }

    /// Takes up what the daemon before this one knew of the time. That this machine's clock was ahead is not believed: it
    /// may have been set right since, and then it would be later than that.
    pub(crate) fn remember(&mut self, remembered: Remembered) {
        self.last_sync = remembered.last_sync;
        self.remembered_offset = remembered.clock_offset.max(0);
    }

    /// Takes up another configuration.
    pub(crate) fn reconfigure(&mut self, config: &Config) {
        self.history = config.history;
        self.tolerance = seconds(config.freshness);
        self.access = Access::of(config);
        self.business_hours.clone_from(&config.business_hours);
        self.trouble = None;
    }

    /// Says whether there is work in hand that a user would call a sync, not just a look for changes.
    pub(crate) fn is_syncing(&self) -> bool {
        self.head.is_some() || self.backfilling || self.pending > 0 || !self.requests.is_empty()
    }

    /// Returns Intercom's clock for judging answers: the latest that it can be.
    ///
    /// Judging needs the opposite bound from claiming. The monotonic clock stands still while a laptop sleeps, so this
    /// machine's wall clock with the offset last measured is taken as well, and the end of the head, and the latest
    /// of these wins.
    pub(crate) fn latest_now(&self) -> Timestamp {
        let wall = self.wall.now().plus(self.clock_offset.unwrap_or(self.remembered_offset));
        let answered = self.intercom.as_ref().and_then(|intercom| intercom.clock().latest());
        [answered, self.last_sync].into_iter().flatten().fold(wall, Timestamp::max)
    }

    /// Returns what a verdict is judged by.
    pub(crate) fn policy(&self) -> Policy {
        let now = self.latest_now();
        let is_known = self.clock_offset.is_some();
        Policy { now, is_known, tolerance: self.tolerance, horizon: self.history.horizon(now) }
    }

    /// Returns when to read once more what was not found, on this machine's clock: when the index has settled.
    pub(crate) fn confirm_deletion_at(&self) -> Timestamp {
        self.wall.now().plus(self.settle.max(1))
    }

    /// Records changes that a read brought to light at activity times that were covered.
    pub(crate) fn note_late(&mut self, late: &[(ConversationId, Timestamp)], seen_at: Timestamp) {
        self.late.extend(late.iter().map(|(_, updated_at)| (*updated_at, seen_at)));
    }

    /// Records what went wrong.
    pub(crate) fn note_error(&mut self, text: String) {
        self.last_error = Some((text, self.wall.now()));
    }

    /// Forgets what was known of the copy, for it begins anew; those who wait for a sync of the old one are told.
    pub(crate) fn begin_anew(&mut self, told: &SyncFailure) {
        self.requests.fail_all(told, Instant::now());
        self.trouble = None;
        self.last_sync = None;
        self.stored = None;
        self.pending = 0;
        self.unlisted = None;
        self.fetched = 0;
        self.late.clear();
        self.calibration = Calibration::default();
    }

    /// Says that an attempt failed which began then: syncing does not work at present.
    pub(crate) fn attempt_failed(&mut self, failure: SyncFailure, began: Instant) {
        let now = Instant::now();
        self.note_error(failure.message.clone());
        self.requests.attempt_failed(&failure, began, now);
        self.trouble = Some((failure, now));
    }
}

impl Board {
    /// Puts up a board.
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), changed: watch::Sender::new(0) }
    }

    /// Reads the board.
    pub(crate) fn read<T>(&self, question: impl FnOnce(&State) -> T) -> T {
        question(&self.lock())
    }

    /// Changes the board, and wakes whoever watches it.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.send_modify(|sequence| *sequence = sequence.wrapping_add(1));
        result
    }

    /// Returns what changes whenever the board does.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Waits until a request's report has moved past `seen`; `None` if the request is not known.
    pub(crate) async fn watch(&self, request: SyncTicket, seen: u64) -> Option<SyncReport> {
        let mut changes = self.changed.subscribe();
        loop {
            let report = self.read(|state| state.requests.report(request).cloned())?;
            if report.sequence > seen || report.phase.is_final() {
                return Some(report);
            }
            if changes.changed().await.is_err() {
                return Some(report);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole before the lock is let go, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}
