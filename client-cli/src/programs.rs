//! Where the other programs are: beside this one, as they are installed together.

use std::path::PathBuf;

use anyhow::Result;
use proto::local;

use crate::exit::{Exit, Failure};

/// Returns where a program is that is installed with this one.
///
/// # Errors
/// When it is neither beside this one nor in the search path.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    local::program(name).ok_or_else(|| {
        let message = format!("there is no program {name} beside syncctl or in PATH");
        Failure::new(Exit::Error, message).hint("install all of them: client-cli/install.sh").into()
    })
}
