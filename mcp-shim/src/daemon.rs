//! The connection to `syncd`: made when first needed, kept, made anew when the daemon was restarted.
//!
//! It knows no questions. Where no daemon answers, it has one started, and never stops that: it serves other clients as well.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use proto::client::{Client, ClientError};
use proto::local::start;
use proto::{ApiError, PROTOCOL};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::info;

use crate::error::Error;

/// How long a question waits for a daemon that brings its database up to date. A client may give up after a minute.
const STARTING: Duration = Duration::from_secs(10);

/// The daemon, connected or not.
pub(crate) struct Daemon {
    socket: Option<PathBuf>,
    /// Held while connecting, so that calls made at the same time wait for one attempt instead of each making its own.
    line: Mutex<Line>,
    /// An older daemon was replaced already: if it is older still, what is installed is.
    replaced: AtomicBool,
}

#[derive(Default)]
struct Line {
    client: Option<Client>,
    /// Counts the connections made, to tell whether someone else already replaced a broken one.
    number: u64,
}

impl Daemon {
    /// Returns the daemon on this socket, or on the one that the environment and the configuration name.
    pub(crate) fn new(socket: Option<PathBuf>) -> Self {
        Self { socket, line: Mutex::default(), replaced: AtomicBool::new(false) }
    }

    /// Asks the daemon; where the connection turns out to be broken, connects anew and asks once more.
    ///
    /// # Errors
    /// When there is no daemon and none can be started, or its answer is an error.
    pub(crate) async fn ask<T, Answer>(&self, question: impl Fn(Client) -> Answer) -> Result<T, Error>
    where
        Answer: Future<Output = Result<T, ClientError>>,
    {
        let patience = Instant::now() + STARTING;
        let (mut client, number) = self.client(0).await?;
        let mut again = false;
        loop {
            match question(client.clone()).await {
                Err(error) if error.is_disconnected() && !again => {
                    info!("{error}; connecting anew");
                    (client, _) = self.client(number).await?;
                    again = true;
                }
                // The daemon holds its answer back for a moment each time.
                Err(ClientError::Api(ApiError::Starting(_))) if Instant::now() < patience => {}
                answer => return Ok(answer?),
            }
        }
    }

    /// Connects to the daemon if one runs, anew: what waits for news all day must not bring a daemon
    /// back that the user has stopped, nor hold up those who ask.
    ///
    /// # Errors
    /// When none runs, or it cannot be talked to.
    pub(crate) async fn join(&self) -> Result<Client, Error> {
        Ok(Client::find(self.socket.as_deref()).await?)
    }

    /// Returns a connection newer than number `broken`, and its own number.
    async fn client(&self, broken: u64) -> Result<(Client, u64), Error> {
        let mut line = self.line.lock().await;
        if let Some(client) = line.client.as_ref().filter(|_| line.number > broken) {
            return Ok((client.clone(), line.number));
        }
        line.client = None;
        let client = self.connect().await?;
        line.number += 1;
        line.client = Some(client.clone());
        Ok((client, line.number))
    }

    async fn connect(&self) -> Result<Client, Error> {
        let socket = self.socket.as_deref();
        match Client::find(socket).await {
            Err(error) if error.is_absent() => {
                start::start(socket).await?;
            }
            // After an upgrade this program is the new one, and nothing has replaced the daemon yet.
            Err(ClientError::VersionMismatch(peer))
                if peer.protocol < PROTOCOL && !self.replaced.swap(true, Ordering::Relaxed) =>
            {
                info!("replacing syncd {}, which is older than this program", peer.version);
                let replaced = start::replace(socket).await;
                return match Client::find(socket).await {
                    Err(error) if error.is_absent() => {
                        Err(replaced.map_or_else(Error::from, |()| error.into()))
                    }
                    connected => Ok(connected?),
                };
            }
            connected => return Ok(connected?),
        }
        Ok(Client::find(socket).await?)
    }
}
