//! Where the configuration, the data and the socket are, by an environment and by the configuration file.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::environment::Environment;
use super::file::Named;
use super::running::Running;

/// Why a place could not be told.
#[derive(Debug, Error)]
pub enum LocateError {
    /// The user has no home folder.
    #[error("cannot tell the home folder: set HOME")]
    NoHome,
    /// The configuration file exists and cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration file is not TOML, or a place in it is not text.
    #[error("cannot read {path}: {message}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where in it, and what was expected.
        message: String,
    },
}

/// Where everything of one workspace of a user's is: in folders that have the workspace's name, `syncd` or `syncd@NAME`.
#[derive(Clone, Debug)]
pub struct Places {
    environment: Environment,
    home: PathBuf,
}

impl Places {
    /// Returns the places that this process's environment leads to.
    ///
    /// # Errors
    /// When there is no home folder.
    pub fn here() -> Result<Self, LocateError> {
        Self::of(Environment::of_process())
    }

    /// Returns the places that an agent's program sees, whose environment has the home folder alone.
    ///
    /// # Errors
    /// When there is no home folder.
    pub fn bare() -> Result<Self, LocateError> {
        Self::of(Environment::bare())
    }

    fn of(environment: Environment) -> Result<Self, LocateError> {
        let home = environment.home().ok_or(LocateError::NoHome)?;
        Ok(Self { environment, home })
    }

    /// Returns the home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the folder of the configuration, whether or not it exists: `$XDG_CONFIG_HOME/syncd`.
    #[must_use]
    pub fn config_dir(&self) -> PathBuf {
        self.folder("XDG_CONFIG_HOME", ".config")
    }

    /// Returns where programs keep their configuration: `$XDG_CONFIG_HOME`.
    #[must_use]
    pub fn config_home(&self) -> PathBuf {
        self.environment.base("XDG_CONFIG_HOME").unwrap_or_else(|| self.home.join(".config"))
    }

    /// Returns the configuration file, whether or not it exists.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config_dir().join("config.toml")
    }

    /// Returns the folder of log and pid files: `$XDG_STATE_HOME/syncd`.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.folder("XDG_STATE_HOME", ".local/state")
    }

    /// Returns the file with the token of clients over HTTP, whether or not it exists.
    #[must_use]
    pub fn http_token(&self) -> PathBuf {
        self.state_dir().join("syncd.mcp-token")
    }

    /// Returns the folder of the database unless something names another one: `$XDG_DATA_HOME/syncd`.
    #[must_use]
    pub fn default_data_dir(&self) -> PathBuf {
        self.folder("XDG_DATA_HOME", ".local/share")
    }

    /// Returns the folder of the database: `SYNCD_DATA_DIR`, else the configuration file's `data_dir`, else the usual one.
    ///
    /// # Errors
    /// When the configuration file cannot be read.
    pub fn data_dir(&self) -> Result<PathBuf, LocateError> {
        match self.environment.setting("SYNCD_DATA_DIR") {
            Some(dir) => Ok(dir),
            None => Ok(self.named()?.data_dir.unwrap_or_else(|| self.default_data_dir())),
        }
    }

    /// Returns the socket unless something names another one: in the folder of the user's session, or in the state folder
    /// where there is no session.
    #[must_use]
    pub fn default_socket(&self) -> PathBuf {
        match self.environment.runtime_dir() {
            Some(dir) => dir.join(self.name()).join("syncd.sock"),
            None => self.state_dir().join("syncd.sock"),
        }
    }

    /// Returns where a daemon listens that is started in this environment: `SYNCD_SOCKET`, else the configuration file's
    /// `socket`, else the usual one.
    ///
    /// # Errors
    /// When the configuration file cannot be read.
    pub fn socket(&self) -> Result<PathBuf, LocateError> {
        match self.environment.setting("SYNCD_SOCKET") {
            Some(path) => Ok(path),
            None => Ok(self.named()?.socket.unwrap_or_else(|| self.default_socket())),
        }
    }

    /// Returns the daemon that holds the database, if one does.
    ///
    /// # Errors
    /// When the configuration file cannot be read.
    pub fn running(&self) -> Result<Option<Running>, LocateError> {
        Ok(Running::read(&self.data_dir()?))
    }

    /// Returns the sockets at which the daemon can be, the likeliest first: where `SYNCD_SOCKET` says, where the daemon
    /// that holds the database says that it listens, where one would listen that is started here.
    ///
    /// # Errors
    /// When the configuration file cannot be read.
    pub fn sockets(&self) -> Result<Vec<PathBuf>, LocateError> {
        let named = self.environment.setting("SYNCD_SOCKET");
        let told = self.running()?.map(|running| running.socket);
        let mut sockets: Vec<_> = named.into_iter().chain(told).collect();
        sockets.push(self.socket()?);
        sockets.dedup();
        Ok(sockets)
    }

    /// Returns what the folders are called.
    fn name(&self) -> String {
        self.environment.workspace().to_string()
    }

    /// Returns our folder in one that the XDG specification names; the one in the usual place where only that is there, so
    /// that a shell which names another place finds what a program without its variables has begun.
    fn folder(&self, variable: &str, usual: &str) -> PathBuf {
        let name = self.name();
        let usual = self.home.join(usual).join(&name);
        let named = self.environment.base(variable).map_or_else(|| usual.clone(), |base| base.join(&name));
        if !named.exists() && usual.exists() { usual } else { named }
    }

    fn named(&self) -> Result<Named, LocateError> {
        Named::in_file(&self.config_file())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_usual_configuration_is_used_where_the_named_one_is_not_there() {
        let home = tempfile::tempdir().unwrap();
        let places = |named: &Path| {
            let variables = [("HOME", home.path()), ("XDG_CONFIG_HOME", named)];
            Places::of(Environment::with(&variables)).unwrap()
        };
        let named = home.path().join("conf");
        assert_eq!(places(&named).config_dir(), named.join("syncd"));
        std::fs::create_dir_all(home.path().join(".config/syncd")).unwrap();
        assert_eq!(places(&named).config_dir(), home.path().join(".config/syncd"));
        std::fs::create_dir_all(named.join("syncd")).unwrap();
        assert_eq!(places(&named).config_dir(), named.join("syncd"));
    }

    #[test]
    fn workspaces_share_no_folder_and_no_socket() {
        let home = tempfile::tempdir().unwrap();
        let variables = [("HOME", home.path()), ("XDG_RUNTIME_DIR", home.path())];
        let places =
            |name: &str| Places::of(Environment::with(&variables).about(name.parse().unwrap())).unwrap();
        let all = |places: &Places| {
            [places.config_file(), places.data_dir().unwrap(), places.state_dir(), places.socket().unwrap()]
        };
        let at = |paths: [&str; 4]| paths.map(|path| home.path().join(path));
        let usual =
            [".config/syncd/config.toml", ".local/share/syncd", ".local/state/syncd", "syncd/syncd.sock"];
        assert_eq!(all(&places("")), at(usual));
        let named = [
            ".config/syncd@eu/config.toml",
            ".local/share/syncd@eu",
            ".local/state/syncd@eu",
            "syncd@eu/syncd.sock",
        ];
        assert_eq!(all(&places("eu")), at(named));
    }

    #[test]
    fn the_file_names_places_that_the_environment_does_not() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".config/syncd/config.toml");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "data_dir = '/data'\nsocket = '/run/x.sock'\n").unwrap();
        let bare = Places::of(Environment::with(&[("HOME", home.path())])).unwrap();
        assert_eq!(bare.data_dir().unwrap(), Path::new("/data"));
        assert_eq!(bare.sockets().unwrap(), [Path::new("/run/x.sock")]);
        let variables = [
            ("HOME", home.path()),
            ("SYNCD_DATA_DIR", Path::new("/other")),
            ("SYNCD_SOCKET", Path::new("/y")),
        ];
        let shell = Places::of(Environment::with(&variables)).unwrap();
        assert_eq!(shell.data_dir().unwrap(), Path::new("/other"));
        assert_eq!(shell.sockets().unwrap(), [Path::new("/y")]);
    }
}
