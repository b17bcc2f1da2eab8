//! What both client programs use: connect, ask, wait for a stale window's sync while telling of its progress, ask again.
//!
//! Holds no state besides the connection, and prints nothing.

mod error;
mod fresh;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tarpc::client;
use tarpc::context::{self, Context};
use tokio::net::UnixStream;
use tokio::time::sleep;

pub use self::error::ClientError;
use crate::local::{LocateError, Places};
use crate::transport;
use crate::types::{
    CheckReply, CheckRequest, Diagnosis, FieldsReply, FieldsRequest, ListReply, ListRequest, NewsReply,
    NewsRequest, ReadReply, ReadRequest, SearchReply, SearchRequest, ShowReply, ShowRequest, SqlReply,
    SqlRequest, SqlSchema, StatsReply, StatsRequest, Status, SuggestRequest, Suggestion, SyncReport,
    SyncRequest, SyncTicket, WatchRequest,
};
use crate::wire::service::SyncdClient;

/// How long a call that never waits for Intercom may take before it is given up.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a call may take that does wait for Intercom, or holds its answer back until there is news.
const SLOW_CALL_TIMEOUT: Duration = Duration::from_secs(90);

/// How long to wait before connecting once more where a daemon ended, or was replaced, before it greeted. Only a few times:
/// each may have systemd start a service that fails.
const AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// A connection to the daemon.
#[derive(Clone, Debug)]
pub struct Client {
    rpc: SyncdClient,
    socket: PathBuf,
}

/// Says whether answers of this user's processes are believed: of one's own, and of root's, which could do anything.
fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// Says whether the other side ended the connection, as opposed to greeting in another way.
fn is_cut_off(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

/// Returns what a call is given: its deadline.
fn deadline(timeout: Duration) -> Context {
    let mut context = context::current();
    context.deadline = std::time::Instant::now() + timeout;
    context
}

impl Client {
    /// Connects to this user's daemon: at the socket that is given, else wherever it can be.
    ///
    /// # Errors
    /// When none runs, or it is not a syncd of this protocol number.
    pub async fn find(socket: Option<&Path>) -> Result<Self, ClientError> {
        match socket {
            Some(socket) => Self::connect(socket).await,
            None => Self::find_by(&Places::here()?).await,
        }
    }

    /// Connects to the daemon that a program finds which knows these places.
    ///
    /// # Errors
    /// As [`Client::find`].
    pub async fn find_by(places: &Places) -> Result<Self, ClientError> {
        let mut found = Err(LocateError::NoHome.into());
        for socket in &places.sockets()? {
            found = Self::connect(socket).await;
            if !matches!(&found, Err(error) if error.is_absent()) {
                break;
            }
        }
        found
    }

    /// Connects to the daemon that listens on the socket `path`.
    ///
    /// # Errors
    /// When nobody listens there, or it is not a syncd of this protocol number.
    pub async fn connect(path: &Path) -> Result<Self, ClientError> {
        for pause in AGAIN {
            match Self::connect_once(path).await {
                Err(ClientError::NotSyncd { source, .. }) if is_cut_off(&source) => sleep(pause).await,
                connected => return connected,
            }
        }
        Self::connect_once(path).await
    }

    async fn connect_once(path: &Path) -> Result<Self, ClientError> {
        let mut stream = UnixStream::connect(path)
            .await
            .map_err(|source| ClientError::NoDaemon { path: path.to_owned(), source })?;
        // In a folder that others can write, whoever comes first binds the path.
        let listener =
            stream.peer_cred().map_err(|source| ClientError::NotSyncd { path: path.to_owned(), source })?;
        if !is_trusted(listener.uid()) {
            let source = io::Error::new(io::ErrorKind::PermissionDenied, "it runs as another user");
            return Err(ClientError::NotSyncd { path: path.to_owned(), source });
        }
        let mut peer = transport::greet(&mut stream)
            .await
            .map_err(|source| ClientError::NotSyncd { path: path.to_owned(), source })?;
        peer.pid = listener.pid().and_then(|pid| u32::try_from(pid).ok());
        if !peer.is_compatible() {
            return Err(ClientError::VersionMismatch(peer));
        }
        let rpc = SyncdClient::new(client::Config::default(), transport::client(stream)).spawn();
        Ok(Self { rpc, socket: path.to_owned() })
    }

    /// Returns where the daemon was found.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Searches once, without waiting for anything.
    ///
    /// # Errors
    /// When the daemon is gone, or refuses the request.
    pub async fn search(&self, request: &SearchRequest) -> Result<SearchReply, ClientError> {
        Ok(self.rpc.search(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Counts and measures once, without waiting for anything.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn stats(&self, request: &StatsRequest) -> Result<StatsReply, ClientError> {
        Ok(self.rpc.stats(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Names everything that matches, a page at a time, without waiting for anything.
    ///
    /// # Errors
    /// As [`Client::search`].
    pub async fn list(&self, request: &ListRequest) -> Result<ListReply, ClientError> {
        Ok(self.rpc.list(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Returns whole conversations, as many as fit into a reply.
    ///
    /// # Errors
    /// When the daemon is gone, or refuses the request.
    pub async fn read(&self, request: &ReadRequest) -> Result<ReadReply, ClientError> {
        Ok(self.rpc.read(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Waits for something new, at most 20 seconds.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn news(&self, request: NewsRequest) -> Result<NewsReply, ClientError> {
        Ok(self.rpc.news(deadline(SLOW_CALL_TIMEOUT), request).await??)
    }

    /// Returns what a condition can be.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn suggest(&self, request: &SuggestRequest) -> Result<Vec<Suggestion>, ClientError> {
        Ok(self.rpc.suggest(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Answers a question in SQL, without waiting for anything.
    ///
    /// # Errors
    /// When the daemon is gone, or refuses the query.
    pub async fn sql(&self, request: &SqlRequest) -> Result<SqlReply, ClientError> {
        Ok(self.rpc.sql(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Returns what can be asked in SQL.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn sql_schema(&self) -> Result<SqlSchema, ClientError> {
        Ok(self.rpc.sql_schema(deadline(CALL_TIMEOUT)).await??)
    }

    /// Returns which fields stored conversations have.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn fields(&self, request: &FieldsRequest) -> Result<FieldsReply, ClientError> {
        Ok(self.rpc.fields(deadline(CALL_TIMEOUT), request.clone()).await??)
    }

    /// Waits for news of a sync, at most 20 seconds.
    ///
    /// # Errors
    /// When the daemon is gone or does not know the ticket.
    pub async fn watch(&self, request: WatchRequest) -> Result<SyncReport, ClientError> {
        Ok(self.rpc.watch(deadline(SLOW_CALL_TIMEOUT), request).await??)
    }

    /// Returns one conversation.
    ///
    /// # Errors
    /// When there is none of this id, or Intercom could not be asked though a refresh was wanted.
    pub async fn show(&self, request: &ShowRequest) -> Result<ShowReply, ClientError> {
        let timeout = if request.refresh { SLOW_CALL_TIMEOUT } else { CALL_TIMEOUT };
        Ok(self.rpc.show(deadline(timeout), request.clone()).await??)
    }

    /// Returns one conversation with all of its messages.
    ///
    /// # Errors
    /// As [`Client::show`].
    pub async fn show_whole(&self, id: &str, refresh: bool) -> Result<ShowReply, ClientError> {
        let mut request = ShowRequest { id: id.to_owned(), offset: 0, limit: u32::MAX, refresh };
        let mut whole = self.show(&request).await?;
        request.refresh = false;
        while let Some(offset) = whole.conversation.next_offset {
            request.offset = offset;
            let page = self.show(&request).await?.conversation;
            whole.conversation.messages.extend(page.messages);
            whole.conversation.events.extend(page.events);
            whole.conversation.next_offset = page.next_offset.filter(|next| *next > offset);
        }
        Ok(whole)
    }

    /// Returns the daemon's status.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn status(&self) -> Result<Status, ClientError> {
        Ok(self.rpc.status(deadline(CALL_TIMEOUT)).await??)
    }

    /// Returns the verdict on a window.
    ///
    /// # Errors
    /// When the daemon is gone, or the window ends before it starts.
    pub async fn check(&self, request: CheckRequest) -> Result<CheckReply, ClientError> {
        Ok(self.rpc.check(deadline(CALL_TIMEOUT), request).await??)
    }

    /// Asks for a sync.
    ///
    /// # Errors
    /// When the daemon is gone, or the window ends before it starts.
    pub async fn sync(&self, request: SyncRequest) -> Result<SyncTicket, ClientError> {
        Ok(self.rpc.sync(deadline(CALL_TIMEOUT), request).await??)
    }

    /// Returns what the daemon found in checking itself.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub async fn diagnose(&self) -> Result<Vec<Diagnosis>, ClientError> {
        Ok(self.rpc.diagnose(deadline(SLOW_CALL_TIMEOUT)).await??)
    }

    /// Deletes the local copy.
    ///
    /// # Errors
    /// When the daemon is gone, or cannot write its database.
    pub async fn reset(&self) -> Result<(), ClientError> {
        Ok(self.rpc.reset(deadline(SLOW_CALL_TIMEOUT)).await??)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_this_user_and_root_are_believed() {
        let own = rustix::process::geteuid().as_raw();
        assert!(is_trusted(own) && is_trusted(0) && !is_trusted(own + 1));
    }

    #[tokio::test]
    async fn a_daemon_that_ends_before_it_greets_is_connected_to_once_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let daemon = async {
            drop(listener.accept().await.unwrap());
            let (mut stream, _) = listener.accept().await.unwrap();
            transport::greet(&mut stream).await.unwrap();
        };
        let (client, ()) = tokio::join!(Client::connect(&path), daemon);
        assert_eq!(client.unwrap().socket(), path);
    }
}
