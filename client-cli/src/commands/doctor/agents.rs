//! What agents' programs will see. They start `syncd-mcp` with little more than HOME, as cron and `su` do: what only this
//! shell says does not reach them.

use std::path::{Path, PathBuf};

use proto::client::{Client, ClientError};
use proto::local::{LocateError, Places};
use proto::types::Diagnosis;

use super::{failed, ok, warning};
use crate::context::Context;

const SUBJECT: &str = "agents' view";
const KEEP: &str = "save this shell's settings where every program finds them: syncctl service install";

/// Returns whether they find the daemon that this shell finds, and whether there is a second copy.
pub(super) async fn examine(here: Option<&Client>, context: &Context) -> Vec<Diagnosis> {
    // Whoever names a socket asks about that daemon alone.
    if context.socket.is_some() {
        return Vec::new();
    }
    let places = || Ok::<_, LocateError>((Places::here()?, Places::bare()?));
    let (shell, bare) = match places() {
        Ok(places) => places,
        Err(error) => return vec![failed(SUBJECT, error.to_string(), "set HOME")],
    };
    let mut checks = vec![view(here, &shell, &bare).await];
    checks.extend(copies(&shell, &bare));
    checks
}

async fn view(here: Option<&Client>, shell: &Places, bare: &Places) -> Diagnosis {
    let there = Client::find_by(bare).await;
    match (here, there) {
        (Some(here), Ok(there)) => match (process(here).await, process(&there).await) {
            (Ok(shells), Ok(theirs)) if shells != theirs => {
                let finding =
                    format!("programs started outside this shell reach another syncd (process {theirs})");
                failed(SUBJECT, finding, KEEP)
            }
            (Ok(_), Ok(_)) => {
                ok(SUBJECT, "programs started outside this shell find the same syncd".to_owned())
            }
            (Err(error), _) | (_, Err(error)) => {
                warning(SUBJECT, error.to_string(), "syncctl doctor, in a minute")
            }
        },
        (Some(_), Err(error)) => {
            let finding = format!("programs started outside this shell do not find this syncd: {error}");
            failed(SUBJECT, finding, KEEP)
        }
        (None, Ok(_)) => {
            let finding =
                "programs started outside this shell find a syncd that this shell does not".to_owned();
            failed(SUBJECT, finding, "unset SYNCD_SOCKET, or have it name the right socket")
        }
        (None, Err(_)) => same_places(shell, bare),
    }
}

async fn process(client: &Client) -> Result<u32, ClientError> {
    Ok(client.status().await?.daemon.pid)
}

/// Compares where a daemon would keep its copy.
fn same_places(shell: &Places, bare: &Places) -> Diagnosis {
    match (shell.data_dir(), bare.data_dir()) {
        (Ok(here), Ok(there)) if !is_same(&here, &there) => {
            let (here, there) = (here.display(), there.display());
            let finding =
                format!("this shell keeps the copy in {here}, programs without its variables in {there}");
            failed(SUBJECT, finding, KEEP)
        }
        (Ok(here), Ok(_)) => ok(SUBJECT, format!("every program keeps the copy in {}", here.display())),
        (Err(error), _) | (_, Err(error)) => failed(SUBJECT, error.to_string(), "correct the configuration"),
    }
}

/// Says that there is more than one copy, where the user's programs could have made one.
fn copies(shell: &Places, bare: &Places) -> Option<Diagnosis> {
    let named = [shell.data_dir().ok(), bare.data_dir().ok()].into_iter().flatten();
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in named.chain([shell.default_data_dir(), bare.default_data_dir()]) {
        if folder.join("syncd.db").is_file() && !found.iter().any(|known| is_same(known, &folder)) {
            found.push(folder);
        }
    }
    let [used, others @ ..] = found.as_slice() else { return None };
    if others.is_empty() {
        return None;
    }
    let others: Vec<_> = others.iter().map(|folder| folder.display().to_string()).collect();
    let finding = format!("besides {} there is a copy in {}", used.display(), others.join(" and "));
    let remedy = "if both are of one workspace, stop the daemon of the other one and delete its folder";
    Some(warning("copies", finding, remedy))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}
