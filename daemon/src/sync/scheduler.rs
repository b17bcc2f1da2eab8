//! The outer loop: connects to Intercom, lets a [`Session`] work until something ends it, and decides what then.

use std::sync::Arc;
use std::time::Duration;

use proto::types::SyncFailure;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Context;
use super::error::Error;
use super::session::{Ended, Session};
use crate::config::Config;
use crate::intercom::{Intercom, Settings};
use crate::store;

/// The longest that the first call to Intercom can take, with all of its tries, timeouts and waits for the rate limit.
const OPENING: Duration = Duration::from_secs(600);
/// The longest that emptying the store may take.
const RESETTING: Duration = Duration::from_secs(600);
/// How long an attempt is not repeated for nothing but a question that would like newer data.
const UNASKED: Duration = Duration::from_secs(20);
/// How long it is not repeated for somebody who waits for it.
const ASKED: Duration = Duration::from_secs(1);

/// What the engine is told.
pub(crate) enum Command {
    /// There may be something to do.
    Ring,
    /// Go on with another configuration.
    Reconfigure(Box<Config>),
    /// Empty the store and begin anew.
    Reset(oneshot::Sender<Result<(), store::Error>>),
}

/// The engine's task.
pub(crate) struct Scheduler {
    config: Config,
    context: Arc<Context>,
    inbox: mpsc::Receiver<Command>,
    shutdown: CancellationToken,
    /// The connection, for as long as the configuration stays: what it has learnt of limit and clock holds on.
    intercom: Option<Intercom>,
    failures: u32,
}

impl Scheduler {
    pub(crate) fn new(
        config: Config,
        context: Arc<Context>,
        inbox: mpsc::Receiver<Command>,
        shutdown: CancellationToken,
    ) -> Self {
        Self { config, context, inbox, shutdown, intercom: None, failures: 0 }
    }

    /// Runs until shutdown.
    pub(crate) async fn run(mut self) {
        loop {
            self.rests_for(RESETTING);
            let began = Instant::now();
            let repaired = self.repair().await;
            let is_repaired = repaired.is_ok();
            let ended = match repaired.and_then(|()| self.connect()) {
                Ok(intercom) => {
                    self.rests_for(OPENING);
                    let session = Session::new(Arc::clone(&self.context), intercom, &self.config);
                    tokio::select! {
                        biased;
                        () = self.shutdown.cancelled() => Ended::Shutdown,
                        ended = session.run(&mut self.inbox) => ended,
                    }
                }
                Err(failure) => Ended::Blocked { failure, wait: None, worked: false },
            };
            match ended {
                Ended::Shutdown => return,
                Ended::Command(command) => self.obey(command).await,
                Ended::Blocked { failure, wait, worked } => {
                    self.failures = if worked { 0 } else { self.failures.saturating_add(1) };
                    let wait = match wait {
                        Some(wait) => wait.max(ASKED),
                        // A token can be put back, and an outage ends at any time: then it goes on as soon as usual.
                        None if failure.refused => self.config.sync_interval.max(ASKED),
                        None => self
                            .config
                            .sync_interval
                            .max(ASKED)
                            .min(Duration::from_secs(1 << self.failures.min(6))),
                    };
                    tracing::warn!(error = failure.message, "syncing stops for {} s", wait.as_secs());
                    self.context.board.update(|state| {
                        state.attempt_failed(failure, began);
                        state.heartbeat = (tokio::time::Instant::now(), wait);
                        state.head = None;
                        state.windows.clear();
                        state.backfilling = false;
                    });
                    // A database that was just found to be damaged is seen to at once, what cannot be repaired later.
                    let is_to_repair = is_repaired && self.context.store.is_damaged();
                    if !is_to_repair && !self.rest(wait, began).await {
                        return;
                    }
                }
            }
        }
    }

    /// Waits after an attempt that began then, or until there is a reason to try sooner; returns whether to go on.
    async fn rest(&mut self, wait: Duration, attempted: Instant) -> bool {
        let store = self.context.store.clone();
        let is_damaged = store.is_damaged();
        let began = Instant::now();
        let mut until = began + wait;
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return false,
                () = sleep_until(until) => return true,
                _ = store.until_damaged(), if !is_damaged => return true,
                command = self.inbox.recv() => match command {
                    None => return false,
                    Some(command) => {
                        let is_ring = matches!(command, Command::Ring);
                        self.obey(command).await;
                        let now = Instant::now();
                        let is_asked =
                            self.context.board.read(|state| state.requests.is_waited_for_since(attempted, now));
                        // Many may ask at once while nothing works: few attempts are enough for all of them.
                        let sooner = if !is_ring || is_asked { began + ASKED } else { began + UNASKED };
                        until = until.min(sooner.max(now));
                    }
                },
            }
        }
    }

    /// Says for how long nothing may be heard of the scheduler from now on.
    fn rests_for(&self, rest: Duration) {
        self.context.board.update(|state| state.heartbeat = (tokio::time::Instant::now(), rest));
    }

    /// Begins a new copy where the database turned out to be damaged. No session runs, so nobody claims anything about the
    /// new one that was found out for the old one.
    async fn repair(&mut self) -> Result<(), SyncFailure> {
        let _nobody_else = self.context.storing.write().await;
        match self.context.store.replace_damaged().await {
            Ok(None) => Ok(()),
            Ok(Some(notice)) => {
                self.failures = 0;
                self.context.board.update(|state| {
                    state.begin_anew(&SyncFailure { message: notice.clone(), refused: false });
                    state.note_error(notice);
                });
                Ok(())
            }
            Err(error) => Err(Error::from(error).to_failure()),
        }
    }

    fn connect(&mut self) -> Result<Intercom, SyncFailure> {
        self.context.board.update(|state| {
            state.intercom = self.intercom.clone();
            state.bound = false;
        });
        if let Some(intercom) = &self.intercom {
            return Ok(intercom.clone());
        }
        let Some(token) = self.config.token.secret.clone() else {
            return Err(SyncFailure {
                message: "there is no access token: set INTERCOM_ACCESS_TOKEN, or token_file in the configuration, and \
                          reload syncd"
                    .to_owned(),
                refused: true,
            });
        };
        let settings = Settings {
            base_url: self.config.api_url.clone(),
            route: self.config.route.clone(),
            token,
            requests_per_minute: self.config.requests_per_minute,
            wall: self.context.wall.clone(),
        };
        let intercom = Intercom::new(settings).map_err(|error| Error::from(error).to_failure())?;
        self.context.board.update(|state| state.intercom = Some(intercom.clone()));
        self.intercom = Some(intercom.clone());
        Ok(intercom)
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Ring => {}
            Command::Reconfigure(config) => {
                self.context.board.update(|state| state.reconfigure(&config));
                self.failures = 0;
                self.intercom = None;
                self.config = *config;
            }
            Command::Reset(done) => {
                self.rests_for(RESETTING);
                if let Err(failure) = self.repair().await {
                    tracing::warn!(error = failure.message, "a damaged database is in the way of a reset");
                }
                let _nobody_else = self.context.storing.write().await;
                let result = self.context.store.reset().await;
                self.context.board.update(|state| {
                    let failure = SyncFailure {
                        message: "the local copy was deleted by a reset".to_owned(),
                        refused: false,
                    };
                    state.begin_anew(&failure);
                });
                let _ = done.send(result);
            }
        }
    }
}
