//! Where the other programs are: beside this one, as they are installed together.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::exit::{Exit, Failure};

/// Returns where a program is that is installed with this one.
///
/// # Errors
/// When it is neither beside this one nor in the search path.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    let found = beside
        .iter()
        .cloned()
        .chain(env::split_paths(&path).filter(|folder| folder.is_absolute()))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.ok_or_else(|| {
        let place = beside.unwrap_or_default();
        let message = format!("there is no program {name} in {} or in PATH", place.display());
        Failure::new(Exit::Error, message).hint("install all of them: client-cli/install.sh").into()
    })
}
