//! The storage matrix: what happens to the files under the daemon, and that nothing is claimed or lost by it.

mod commits;
mod damage;
mod disk;
mod kills;
mod process;
mod room;
mod samples;
mod traces;
