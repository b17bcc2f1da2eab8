//! What the rest of the daemon holds of the sync engine.

use std::sync::Arc;
use std::time::Duration;

use proto::types::{
    ApiBudget, Calibration, Phase, Progress, SyncFailure, SyncReport, SyncRequest, SyncTicket, Window,
};
use proto::{ApiError, Interval, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Context;
use super::board::{Access, Board, State};
use super::requests::Wish;
use super::scheduler::{Command, Scheduler};
use crate::clock::WallClock;
use crate::config::Config;
use crate::freshness::Policy;
use crate::hours::BusinessHours;
use crate::intercom::{Error, Intercom, Priority};
use crate::model::{ConversationId, Fetched};
use crate::store::Store;

/// The longest that a watcher's answer is held back.
const WATCH: Duration = Duration::from_secs(20);
/// An attempt that failed so lately is not repeated at once.
const JUST_NOW: Duration = Duration::from_secs(1);

/// A cheap handle on the sync engine.
#[derive(Clone)]
pub struct SyncHandle {
    board: Arc<Board>,
    commands: mpsc::Sender<Command>,
    storing: Arc<RwLock<()>>,
}

/// Why the daemon cannot sync now, and whether it is at it.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    /// A sync is running.
    pub(crate) in_progress: bool,
    /// Why syncing does not work.
    pub(crate) error: Option<String>,
}

impl SyncHandle {
    /// Starts the engine on `background`; it runs until the token is cancelled. The task ends after its last commit.
    #[must_use]
    pub fn start(
        config: Config,
        store: Store,
        wall: WallClock,
        shutdown: CancellationToken,
        background: &Handle,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let mut state = State::new(&config, wall.clone());
        state.remember(store.remembered());
        if let Some(notice) = store.notice() {
            state.note_error(notice);
        }
        let board = Arc::new(Board::new(state));
        let (commands, inbox) = mpsc::channel(64);
        let context = Context::new(store, Arc::clone(&board), wall);
        let storing = Arc::clone(&context.storing);
        let scheduler = Scheduler::new(config, Arc::new(context), inbox, shutdown);
        (Self { board, commands, storing }, background.spawn(scheduler.run()))
    }

    /// Looks for changes now, as somebody asks who waits for it.
    pub fn nudge(&self) {
        self.request(&SyncRequest::default());
    }

    /// Says that there may be something to do.
    pub(crate) fn ring(&self) {
        // A full inbox holds a ring already.
        let _ = self.commands.try_send(Command::Ring);
    }

    /// Goes on with another configuration; the database and the socket stay.
    pub async fn reconfigure(&self, config: Config) {
        let _ = self.commands.send(Command::Reconfigure(Box::new(config))).await;
    }

    /// Stops all syncing, empties the store, and begins anew.
    ///
    /// # Errors
    /// When the store cannot be emptied.
    pub(crate) async fn reset(&self) -> Result<(), ApiError> {
        let (done, answer) = oneshot::channel();
        let gone = || ApiError::Unavailable("syncd is stopping".to_owned());
        self.commands.send(Command::Reset(done)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map_err(|error| ApiError::Unavailable(error.to_string()))
    }

    /// Returns how much longer than it said the scheduler has not moved.
    pub(crate) fn overdue(&self) -> Duration {
        let (moved, rest) = self.board.read(|state| state.heartbeat);
        moved.elapsed().saturating_sub(rest)
    }

    /// Returns what changes whenever anything here does.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.board.changes()
    }

    /// Returns how things are, in short.
    pub(crate) fn summary(&self) -> Summary {
        self.board.read(|state| Summary {
            now: state.wall.now(),
            last_sync: state.last_sync,
            stored: state.stored,
            pending: state.pending,
            unlisted: state.unlisted,
            backfilling: state.backfilling,
            error: trouble(state),
        })
    }

    /// Waits until nothing is left to do but to look for changes, or syncing does not work; says why not.
    ///
    /// # Errors
    /// With the reason, when syncing does not work.
    pub async fn until_idle(&self) -> Result<(), String> {
        let request = self.request(&SyncRequest::default());
        loop {
            let report = self.watch(request, 0).await.map_err(|error| error.to_string())?;
            if let Some(failure) = report.failure {
                return Err(failure.message);
            }
            if matches!(report.phase, Phase::Done | Phase::Settling) {
                return Ok(());
            }
            let _ = self.watch(request, report.sequence).await;
        }
    }

    /// Asks for a sync; joins one that has the same goal and can still satisfy it.
    pub(crate) fn request(&self, request: &SyncRequest) -> SyncTicket {
        self.ask(Wish { window: request.window, mode: request.mode, heals: false })
    }

    /// Asks for the sync that heals a stale window.
    pub(crate) fn heal(&self, window: Window) -> SyncTicket {
        self.ask(Wish { window, mode: proto::types::SyncMode::New, heals: true })
    }

    fn ask(&self, wish: Wish) -> SyncTicket {
        let request = self.board.update(|state| {
            let (looked, fetched) = (state.looked, state.fetched);
            state.requests.ask(wish, looked, fetched, Instant::now())
        });
        self.ring();
        request
    }

    /// Says whether an attempt to sync has failed so lately that another one would not fare better.
    pub(crate) fn has_just_failed(&self) -> bool {
        let at = self.board.read(|state| state.trouble.as_ref().map(|(_, at)| *at));
        at.is_some_and(|at| at.elapsed() < JUST_NOW)
    }

    /// Waits for news of a sync, at most 20 seconds.
    pub(crate) async fn watch(&self, request: SyncTicket, seen: u64) -> Result<SyncReport, ApiError> {
        self.board.update(|state| state.requests.watch(request, Instant::now()));
        self.ring();
        let now = || self.board.read(|state| state.requests.report(request).cloned());
        match tokio::time::timeout(WATCH, self.board.watch(request, seen)).await {
            Ok(report) => report,
            Err(_) => now(),
        }
        .ok_or(ApiError::UnknownTicket)
    }

    /// Fetches one conversation now, ahead of everything else.
    pub(crate) async fn fetch(&self, id: &ConversationId) -> Result<Fetched, FetchError> {
        let bound = |state: &State| state.intercom.clone().filter(|_| state.bound);
        let Some(intercom) = self.board.read(bound) else {
            let trouble = self.board.read(|state| state.trouble.clone());
            return Err(FetchError::Offline(trouble.map_or_else(
                || SyncFailure { message: "syncd has not reached Intercom yet".to_owned(), refused: false },
                |(failure, _)| failure,
            )));
        };
        intercom.conversation(id, Priority::Waiting).await.map_err(FetchError::Intercom)
    }

    /// Keeps a reset waiting for as long as what this returns is held: whoever fetches and stores takes it before.
    pub(crate) async fn storing(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.storing).read_owned().await
    }

    /// Takes note of changes that a read brought to light at activity times that were covered.
    pub(crate) fn note_late(&self, late: &[(ConversationId, Timestamp)], seen_at: Timestamp) {
        if !late.is_empty() {
            self.board.update(|state| state.note_late(late, seen_at));
            self.ring();
        }
    }

    /// Returns when to read once more what was not found, on this machine's clock.
    pub(crate) fn confirm_deletion_at(&self) -> Timestamp {
        self.board.read(State::confirm_deletion_at)
    }

    /// Returns how Intercom is reached, for people.
    pub(crate) fn access(&self) -> Access {
        self.board.read(|state| state.access.clone())
    }

    /// Returns the connection to Intercom, while there is a token.
    pub(crate) fn intercom(&self) -> Option<Intercom> {
        self.board.read(|state| state.intercom.clone())
    }

    /// Returns what a verdict is judged by now.
    pub(crate) fn policy(&self) -> Policy {
        self.board.read(State::policy)
    }

    /// Returns when the user's business is open, where that is configured.
    pub(crate) fn business_hours(&self) -> Option<Arc<BusinessHours>> {
        self.board.read(|state| state.business_hours.clone())
    }

    /// Returns whether a sync runs, and why it could not.
    pub(crate) fn activity(&self) -> Activity {
        self.board.read(|state| Activity {
            in_progress: state.is_syncing() && state.trouble.is_none(),
            error: trouble(state),
        })
    }

    /// Returns what the status says about syncing.
    pub(crate) fn report(&self) -> EngineReport {
        self.board.read(|state| EngineReport {
            policy: state.policy(),
            in_progress: state.is_syncing() && state.trouble.is_none(),
            error: trouble(state),
            last_error: state.last_error.clone(),
            clock_offset: state.clock_offset,
            settle: state.settle,
            calibration: state.calibration.clone(),
            api: state.intercom.as_ref().map(Intercom::budget).unwrap_or_default(),
            progress: progress(state),
        })
    }
}

/// How things are, in short.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// This machine's clock.
    pub(crate) now: Timestamp,
    /// Through when the copy is complete.
    pub(crate) last_sync: Option<Timestamp>,
    /// Conversations stored, once that was looked at.
    pub(crate) stored: Option<u64>,
    /// Conversations listed and not fetched yet.
    pub(crate) pending: u64,
    /// Conversations not even listed, where that is known.
    pub(crate) unlisted: Option<u64>,
    /// Older history is being listed.
    pub(crate) backfilling: bool,
    /// Why syncing does not work.
    pub(crate) error: Option<String>,
}

/// What the status says about syncing.
pub(crate) struct EngineReport {
    pub(crate) policy: Policy,
    pub(crate) in_progress: bool,
    pub(crate) error: Option<String>,
    pub(crate) last_error: Option<(String, Timestamp)>,
    pub(crate) clock_offset: Option<i64>,
    pub(crate) settle: i64,
    pub(crate) calibration: Calibration,
    pub(crate) api: ApiBudget,
    pub(crate) progress: Vec<Progress>,
}

/// Why one conversation could not be fetched.
pub(crate) enum FetchError {
    /// There is no connection to Intercom, for this reason.
    Offline(SyncFailure),
    /// Intercom could not be asked, or refused.
    Intercom(Error),
}

fn trouble(state: &State) -> Option<String> {
    let lasting = state.trouble.as_ref().map(|(trouble, _)| trouble.message.clone());
    lasting.or_else(|| state.intercom.as_ref().and_then(Intercom::trouble))
}

fn progress(state: &State) -> Vec<Progress> {
    let millirate = state.rate.millirate(Instant::now());
    let line = |kind: &str, phase: Phase, range: Option<Interval>, done: u64, total: Option<u64>| Progress {
        kind: kind.to_owned(),
        phase,
        range,
        done,
        total,
        rate: millirate as f64 / 1000.0,
        eta_seconds: total
            .filter(|_| millirate > 0)
            .map(|total| total.saturating_sub(done).saturating_mul(1000).div_ceil(millirate)),
    };
    let mut lines = Vec::new();
    if let Some((range, rows)) = state.head {
        lines.push(line("incremental", Phase::Listing, Some(range), rows, None));
    }
    if state.backfilling {
        let range = state.windows.iter().copied().reduce(|all, window| Interval {
            start: all.start.min(window.start),
            end: all.end.max(window.end),
        });
        let total = state
            .unlisted
            .map(|unlisted| state.fetched.saturating_add(state.pending).saturating_add(unlisted));
        lines.push(line("backfill", Phase::Listing, range, state.fetched, total));
    } else if state.pending > 0 {
        let total = state.fetched.saturating_add(state.pending);
        lines.push(line("details", Phase::Fetching, None, state.fetched, Some(total)));
    }
    lines.extend(state.requests.open().map(|(_, request)| {
        let report = request.report();
        let kind = if request.wish.mode == proto::types::SyncMode::Full { "full" } else { "requested" };
        Progress {
            eta_seconds: report.eta_seconds,
            ..line(kind, report.phase, None, report.done, report.total)
        }
    }));
    lines
}
