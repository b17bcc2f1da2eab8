//! Running detached from the terminal, for where there is no systemd.
//!
//! The daemonize crate ends the parent before the child knows whether it can start. So a pipe is laid between them first,
//! and the parent ends with what the child says.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use daemonize::{Daemonize, Outcome};
use proto::private;

const READY: &str = "ready";

/// Which process this is after the fork.
pub(crate) enum Side {
    /// The one that was started; the daemon runs.
    Parent,
    /// The daemon.
    Child(Start),
}

/// Whoever waits to hear whether the daemon starts: a parent process, or nobody.
#[derive(Default)]
pub(crate) struct Start(Option<io::PipeWriter>);

impl Start {
    /// Says that it did.
    pub(crate) fn succeeded(&mut self) {
        self.tell(READY);
    }

    /// Says why it did not, there and on stderr.
    pub(crate) fn failed(&mut self, message: &str) {
        self.tell(message);
        let _ = writeln!(io::stderr(), "{message}");
    }

    fn tell(&mut self, message: &str) {
        if let Some(mut parent) = self.0.take() {
            // A parent that was killed needs no answer.
            let _ = parent.write_all(message.as_bytes());
        }
    }
}

/// Forks into the background. Must come before the first thread, and before anything is opened that a fork would share.
///
/// # Errors
/// In the parent, with the child's reason when the daemon cannot start.
pub(crate) fn detach() -> anyhow::Result<Side> {
    if syncd::systemd::is_manager() {
        bail!("--daemonize under systemd would hide the daemon from it: leave it out");
    }
    let dir = proto::local::Places::here()?.state_dir();
    private::folder(&dir)?;
    let log = private::file(&dir.join("syncd.log"), OpenOptions::new().append(true))?;
    let pid_file: PathBuf = dir.join("syncd.pid");
    // The daemonize crate would follow a link.
    drop(private::file(&pid_file, OpenOptions::new().write(true))?);
    let (mut answer, child) = io::pipe().context("laying a pipe to the background process")?;

    let daemon = Daemonize::new().pid_file(&pid_file).working_directory(&dir).umask(0o077).stderr(log);
    match daemon.execute() {
        Outcome::Parent(result) => {
            drop(child);
            result.context("starting the background process")?;
            let mut text = String::new();
            answer.read_to_string(&mut text).context("hearing from the background process")?;
            match text.as_str() {
                READY => Ok(Side::Parent),
                "" => bail!("the background process ended at once; see {}", dir.join("syncd.log").display()),
                message => bail!("{}", message.trim_start_matches("error: ").to_owned()),
            }
        }
        Outcome::Child(result) => {
            drop(answer);
            let mut start = Start(Some(child));
            if let Err(error) = result {
                // The parent says it; what this process writes goes to the same terminal still.
                start.tell(&format!(
                    "error: cannot take the process id file {} ({error}): another syncd --daemonize may be running",
                    pid_file.display()
                ));
                std::process::exit(1);
            }
            Ok(Side::Child(start))
        }
    }
}
