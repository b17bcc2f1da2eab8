//! The Unix socket: inherited from systemd, or bound here, private to its owner; a live one is never taken over.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use proto::private::{self, NotPrivate};
use thiserror::Error;

/// Why there is no socket to listen on.
#[derive(Debug, Error)]
pub enum SocketError {
    /// Another daemon answers there.
    #[error("something listens on {0} already: give this daemon another socket")]
    InUse(PathBuf),
    /// The operating system refused.
    #[error("{doing} {path}: {source}")]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A socket to listen on, removed at the end if it was bound here.
#[derive(Debug)]
pub struct Listener {
    listener: Option<UnixListener>,
    path: PathBuf,
    /// The file that was made here, by device and inode; none where systemd made it.
    bound: Option<(u64, u64)>,
}

impl Listener {
    /// Takes the socket that systemd opened, if it did.
    ///
    /// # Errors
    /// When what systemd passed on is not a Unix socket.
    pub fn inherited() -> Result<Option<Self>, SocketError> {
        let inherit = |source| SocketError::Io {
            doing: "taking over from systemd the socket",
            path: PathBuf::from("LISTEN_FDS"),
            source,
        };
        let listener = listenfd::ListenFd::from_env().take_unix_listener(0).map_err(inherit)?;
        let Some(listener) = listener else { return Ok(None) };
        let address = listener.local_addr().map_err(inherit)?;
        let path = address.as_pathname().map(Path::to_owned).unwrap_or_default();
        Ok(Some(Self { listener: Some(listener), path, bound: None }))
    }

    /// Binds the socket `path`, replacing what a dead daemon left behind.
    ///
    /// # Errors
    /// When another daemon answers there, or the path cannot be used.
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        let io = |doing| move |source| SocketError::Io { doing, path: path.to_owned(), source };
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            match private::folder(dir) {
                Ok(()) => {}
                Err(NotPrivate::Io { source, .. }) => return Err(io("creating the folder of")(source)),
                // The socket itself is private, and both sides of a connection look who the other is.
                Err(error) => {
                    tracing::warn!(%error, "the socket can be replaced by others, clients will notice");
                }
            }
        }
        match UnixStream::connect(path) {
            Ok(_) => return Err(SocketError::InUse(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // So is the answer of a file that is no socket at all, and somebody's.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && is_socket(path) => {
                fs::remove_file(path).map_err(io("removing the old socket"))?;
            }
            Err(error) => return Err(io("checking for another daemon on")(error)),
        }
        let listener = UnixListener::bind(path).map_err(io("binding the socket"))?;
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(io("making the socket private:"))?;
        let bound = identity(path).map_err(io("looking at the socket"))?;
        Ok(Self { listener: Some(listener), path: path.to_owned(), bound: Some(bound) })
    }

    /// Says whether nobody can connect any more: the file that was made here is gone, as the folder of a session is when
    /// its user logs out.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let is_gone =
            |path| fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        self.bound.is_some() && is_gone(&self.path)
    }

    /// Returns where clients connect.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the listener for the runtime.
    ///
    /// # Errors
    /// When it cannot be registered there.
    pub fn listen(&mut self) -> io::Result<tokio::net::UnixListener> {
        let listener =
            self.listener.take().ok_or_else(|| io::Error::other("the socket is listened on already"))?;
        listener.set_nonblocking(true)?;
        tokio::net::UnixListener::from_std(listener)
    }
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// Returns what tells a file from another one of the same name.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Whoever takes over has put a socket of its own there.
        if self.bound.is_some_and(|bound| identity(&self.path).is_ok_and(|found| found == bound)) {
            // Nothing can be done about a failure, and the next daemon replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/syncd.sock");
        let first = Listener::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(matches!(Listener::bind(&path), Err(SocketError::InUse(_))));
        drop(first);
        assert!(!path.exists());
        drop(UnixListener::bind(&path).unwrap());
        assert!(Listener::bind(&path).is_ok());
    }

    #[test]
    fn the_socket_of_whoever_took_over_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("syncd.sock");
        let first = Listener::bind(&path).unwrap();
        // As systemd does.
        fs::remove_file(&path).unwrap();
        let _second = UnixListener::bind(&path).unwrap();
        drop(first);
        assert!(path.exists());
    }

    #[test]
    fn a_file_in_the_sockets_place_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("syncd.sock");
        fs::write(&path, "not a socket").unwrap();
        assert!(Listener::bind(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a socket");
    }
}
