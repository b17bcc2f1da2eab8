//! The storage matrix: what happens to the files under the daemon, and that nothing is claimed or lost by it.

mod commits;
mod damage;
mod disk;
mod kills;
mod locks;
pub(crate) mod process;
mod reset;
mod room;
mod samples;
mod strangers;
mod traces;

pub(crate) use traces::files_with;
