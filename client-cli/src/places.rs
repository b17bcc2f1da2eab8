//! Where things are for this shell, and for a program that has the home folder alone.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use proto::locate;

use crate::settings::Settings;

/// Where everything of one user is.
pub(crate) struct Places {
    bare: bool,
    home: PathBuf,
}

impl Places {
    pub(crate) fn here() -> Result<Self> {
        Ok(Self { bare: false, ..Self::bare()? })
    }

    pub(crate) fn bare() -> Result<Self> {
        let home = env::var_os("HOME").map(PathBuf::from).ok_or(locate::LocateError::NoHome)?;
        Ok(Self { bare: true, home })
    }

    pub(crate) fn config_home(&self) -> PathBuf {
        self.home.join(".config")
    }

    pub(crate) fn config_dir(&self) -> PathBuf {
        self.config_home().join("syncd")
    }

    pub(crate) fn default_data_dir(&self) -> PathBuf {
        if self.bare { self.home.join(".local/share/syncd") } else { locate::data_dir().unwrap_or_default() }
    }

    pub(crate) fn data_dir(&self) -> Result<PathBuf> {
        let named = env::var_os("SYNCD_DATA_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
        let named = named.or_else(|| Settings::read().ok()?.path_of("data_dir"));
        Ok(named.unwrap_or_else(|| self.default_data_dir()))
    }

    pub(crate) fn default_socket(&self) -> PathBuf {
        locate::default_socket().unwrap_or_default()
    }

    pub(crate) fn socket(&self) -> Result<PathBuf> {
        Ok(locate::socket(None::<&Path>)?)
    }
}
