//! The access token's entry in the keyring of the user's desktop, by `secret-tool`, the program of libsecret. So no library of
//! the desktop's is linked, and where there is none, nothing is missed.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::local::Workspace;

/// The account of the entry; its service is the workspace's.
const ACCOUNT: &str = "intercom-access-token";
/// What the keyring's own program shows.
const LABEL: &str = "Intercom access token of syncd";
/// How long the keyring may take; one that is locked asks its owner first.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long between two looks at whether it has answered.
const LOOK: Duration = Duration::from_millis(5);

/// Returns the program that reaches the keyring; `None` where there is no session whose keyring it could be.
#[must_use]
pub fn program() -> Option<PathBuf> {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let session = is_set("DBUS_SESSION_BUS_ADDRESS")
        || env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists());
    let path = env::var_os("PATH").filter(|_| session)?;
    let folders = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect::<Vec<_>>();
    folders.into_iter().map(|folder| folder.join("secret-tool")).find(|file| file.is_file())
}

/// Returns what the entry is found by.
fn attributes() -> [String; 4] {
    ["service", &Workspace::chosen().to_string(), "account", ACCOUNT].map(str::to_owned)
}

/// Returns the command that keeps the token that it reads on its standard input.
#[must_use]
pub fn store() -> Option<Command> {
    let mut command = Command::new(program()?);
    command.args(["store", "--label", LABEL]).args(attributes());
    Some(command)
}

/// Returns what the token can be read from, if there is one: a pipe, so that whoever reads it chooses the memory.
///
/// # Errors
/// When the keyring cannot be asked, or gives no answer in time.
pub fn lookup() -> io::Result<Option<ChildStdout>> {
    let Some(program) = program() else { return Ok(None) };
    let mut child = Command::new(program)
        .arg("lookup")
        .args(attributes())
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let until = Instant::now() + PATIENCE;
    // The pipe holds far more than a token, so the program ends without being read from.
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(child.stdout.take()),
            Some(_) => return Ok(None),
            None if Instant::now() > until => {
                child.kill()?;
                child.wait()?;
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer; it may be locked"));
            }
            None => thread::sleep(LOOK),
        }
    }
}
