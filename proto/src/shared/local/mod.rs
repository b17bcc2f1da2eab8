//! What the programs of one user share on this machine: where things are, which daemon runs, how one is started and
//! stopped. So all of them find the same daemon, whatever the environment that they were started in lacks.

mod environment;
mod file;
mod places;
mod running;
pub mod start;
pub mod systemd;
mod workspace;

use std::env;
use std::path::PathBuf;

pub use environment::Environment;
pub use file::{Named, explain};
pub use places::{LocateError, Places};
pub use running::{Manager, Running, stop};
pub use workspace::{NoWorkspace, WORKSPACE, Workspace, setting};

/// Returns where a program is that is installed with this one: beside it, else in the search path. A relative folder there
/// does not count: what it holds depends on where this program was started, and is not to be handed the access token.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(PathBuf::from));
    let path = env::var_os("PATH").unwrap_or_default();
    beside
        .into_iter()
        .chain(env::split_paths(&path).filter(|folder| folder.is_absolute()))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
