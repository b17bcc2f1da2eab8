//! Where the other programs are: beside this one, as they are installed together.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Result;
use proto::local::{self, Workspace};
use proto::setup::CHECK_CONFIG;
use tokio::process::Command;

use crate::exit::{Exit, Failure};

/// What a program ends with that does not know its flags: one of another version.
const USAGE: i32 = 2;

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

/// Has the daemon's program judge the configuration, and returns what is wrong with it; nothing as well where there is no
/// program of this version.
pub(crate) async fn judge_configuration() -> Option<String> {
    let output = Command::new(find("syncd").ok()?)
        .arg(CHECK_CONFIG)
        .args(Workspace::chosen().flag())
        // It would keep the token file from being looked at.
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0 | USAGE) | None => None,
        Some(_) => Some(said.trim().trim_start_matches("error: ").to_owned()),
    }
}
