//! Closes this process to other programs of the same user: no core dumps, nothing of it readable through `/proc`, and
//! files that are private from the moment they are made.
//!
//! What debugging loses by it: a debugger, `strace` or a profiler can be attached by root only.

use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask};

/// Seals this process and those forked from it. Must come before the access token is read.
///
/// Returns what did not work, for the log that does not exist yet: running without the seal is better than not at all.
pub(crate) fn seal() -> Vec<String> {
    umask(Mode::RWXG | Mode::RWXO);
    let no_cores = Rlimit { current: Some(0), maximum: Some(0) };
    let steps = [
        ("forbidding core dumps", setrlimit(Resource::Core, no_cores)),
        ("closing this process to others", set_dumpable_behavior(DumpableBehavior::NotDumpable)),
    ];
    steps.into_iter().filter_map(|(step, done)| done.err().map(|error| format!("{step}: {error}"))).collect()
}
