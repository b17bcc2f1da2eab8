//! The user's service manager, as far as this shell cannot tell where it looks.

use std::path::PathBuf;

use anyhow::Result;
use proto::local::{Places, Workspace, systemd};

/// What the manager says of itself.
pub(super) struct Manager {
    /// Where it looks for configuration, its units' and the service's.
    config_home: PathBuf,
}

impl Manager {
    /// Asks it: this shell's XDG_CONFIG_HOME may not be its own.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) async fn ask() -> Result<Self> {
        let paths = systemd::ask(&["show", "--property", "UnitPath", "--value"]).await?;
        let session = Places::here()?.default_socket();
        let named = paths.split_whitespace().filter_map(|path| path.strip_suffix("/systemd/user.control"));
        // The other one of these is gone after the session.
        let named = named.map(PathBuf::from).find(|path| path.is_absolute() && !session.starts_with(path));
        named.map_or_else(Self::usual, |config_home| Ok(Self { config_home }))
    }

    /// Returns what holds where there is none.
    ///
    /// # Errors
    /// When there is no home folder.
    pub(super) fn usual() -> Result<Self> {
        Ok(Self { config_home: Places::bare()?.config_home() })
    }

    /// Returns where it looks for the user's own units.
    pub(super) fn units(&self) -> PathBuf {
        self.config_home.join("systemd/user")
    }

    /// Returns where the service looks for its configuration.
    pub(super) fn configuration(&self) -> PathBuf {
        self.config_home.join(Workspace::chosen().to_string())
    }
}
