//! The connection to `syncd`: made when first needed, kept, made anew when the daemon was restarted.
//!
//! It knows no questions; [`launch`] starts a daemon where none answers.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proto::client::{Client, ClientError};
use proto::locate;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::info;

use crate::error::Error;
use crate::launch::{self, LaunchError, Started};

/// How long a daemon that was just started may take until its socket answers.
const START_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_millis(20);
/// How long to go on trying after the daemon started here has exited: another program may have started one as well,
/// and then ours was the second and left.
const AFTER_EXIT: Duration = Duration::from_secs(1);

/// The daemon, connected or not.
pub(crate) struct Daemon {
    socket: Option<PathBuf>,
    /// Held while connecting, so that calls made at the same time wait for one attempt instead of each making its own.
    line: Mutex<Line>,
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
        Self { socket, line: Mutex::default() }
    }

    /// Asks the daemon; where the connection turns out to be broken, connects anew and asks once more.
    ///
    /// # Errors
    /// When there is no daemon and none can be started, or its answer is an error.
    pub(crate) async fn ask<T, Answer>(&self, question: impl Fn(Client) -> Answer) -> Result<T, Error>
    where
        Answer: Future<Output = Result<T, ClientError>>,
    {
        let (client, number) = self.client(0).await?;
        match question(client).await {
            Err(error) if error.is_disconnected() => {
                info!("{error}; connecting anew");
                let (client, _) = self.client(number).await?;
                Ok(question(client).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// Connects to the daemon if one runs, anew: what waits for news all day must not bring a daemon
    /// back that the user has stopped, nor hold up those who ask.
    ///
    /// # Errors
    /// When none runs, or it cannot be talked to.
    pub(crate) async fn join(&self) -> Result<Client, Error> {
        Ok(Client::connect(&locate::socket(self.socket.as_deref())?).await?)
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
        let socket = locate::socket(self.socket.as_deref())?;
        match Client::connect(&socket).await {
            Err(error) if is_absent(&error) => {
                let failed = |source| Error::Launch { socket: socket.display().to_string(), source };
                let started = launch::start(&socket).await.map_err(failed)?;
                await_socket(&socket, started).await?.map_err(failed)
            }
            connected => Ok(connected?),
        }
    }
}

/// Returns the connection as soon as the socket answers, or why the daemon that was started does not come up.
async fn await_socket(socket: &Path, mut started: Started) -> Result<Result<Client, LaunchError>, Error> {
    let mut until = Instant::now() + START_TIMEOUT;
    let mut exited = false;
    loop {
        match Client::connect(socket).await {
            Err(error) if is_absent(&error) => {}
            connected => return Ok(Ok(connected?)),
        }
        if !exited && started.has_exited() {
            exited = true;
            until = until.min(Instant::now() + AFTER_EXIT);
        }
        if Instant::now() >= until {
            return Ok(Err(started.explain()));
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Says whether no daemon runs, as opposed to one that cannot be talked to.
fn is_absent(error: &ClientError) -> bool {
    match error {
        ClientError::NoDaemon { source, .. } => {
            matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
        }
        _ => false,
    }
}
