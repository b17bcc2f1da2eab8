//! `intercom-sim demo`: the whole system on a simulated workspace, as the commands that a user would type. The programs run in
//! a temporary home, and nothing of the user's is touched.

use std::fs::{self, File};
use std::io::{IsTerminal as _, stdout};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, anyhow, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use rustix::process::{Pid, Signal, kill_process};
use sim::{Options, Sim};
use tempfile::TempDir;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

/// How long the daemon may take to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long between two looks at whether it is ready.
const LOOK: Duration = Duration::from_millis(20);
/// How long the daemon stays away while the workspace moves on.
const ABSENCE: Duration = Duration::from_secs(4);
/// Longest temporary folder below which a socket's path still fits into what the kernel takes.
const LONGEST_FOLDER: usize = 64;
/// Where the programs look for the user's folders, and what stands there instead.
const FOLDERS: [(&str, &str); 5] = [
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_RUNTIME_DIR", "run"),
];
/// Variables besides `SYNCD_*` by which the user's own daemon would reach into the demo.
const FOREIGN: [&str; 8] = [
    "INTERCOM_ACCESS_TOKEN",
    "CREDENTIALS_DIRECTORY",
    "STATE_DIRECTORY",
    "NOTIFY_SOCKET",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LISTEN_FDS",
    "LISTEN_PID",
];
/// `syncctl` ends with it where an answer had to be fresh and is not.
const NOT_FRESH: i32 = 6;
const NEXT_STEPS: &str = "That was all simulated. For your own workspace:
  # install the programs
  client-cli/install.sh
  # give it a token, from Intercom's Developer Hub
  syncctl init
  # keep it running, now and at each login
  syncctl service install
  # a first question
  syncctl search refund --timeframe \"last 7 days\"
  # give it to your agents
  syncctl mcp install
  # whatever does not work
  syncctl doctor";

/// Runs the demo in a workspace made by these options; `stopped` ends it early and says why. However it ends,
/// the daemon ends and the temporary home is removed.
///
/// # Errors
/// When a program is missing, a command does not end as expected, or it was stopped.
pub(crate) async fn run(options: Options, stopped: impl Future<Output = &'static str>) -> Result<()> {
    let mut demo = Demo::new(options).await?;
    let shown = tokio::select! {
        shown = demo.show() => shown,
        reason = stopped => Err(anyhow!(reason)),
    };
    // A daemon that does not stop is killed when it is dropped.
    let _ = demo.stop_daemon().await;
    shown
}

struct Demo {
    sim: Sim,
    /// The folder of this program and the others.
    programs: PathBuf,
    daemon: Option<Child>,
    /// Declared last: removed when the daemon has been killed.
    home: TempDir,
}

impl Demo {
    async fn new(options: Options) -> Result<Self> {
        let own = std::env::current_exe().context("cannot tell where this program is")?;
        let programs = own.parent().unwrap_or(Path::new(".")).to_owned();
        for name in ["syncd", "syncctl"] {
            if !programs.join(name).is_file() {
                let folder = programs.display();
                bail!("the demo needs the program {name} in {folder}: build it with cargo build --release");
            }
        }
        let usual = std::env::temp_dir();
        let folder = if usual.as_os_str().len() > LONGEST_FOLDER { Path::new("/tmp") } else { &usual };
        let failed = || format!("cannot make a folder in {}", folder.display());
        let home = tempfile::Builder::new().prefix("syncd-demo-").tempdir_in(folder).with_context(failed)?;
        for (_, name) in FOLDERS {
            fs::create_dir(home.path().join(name)).with_context(failed)?;
        }
        let sim = Sim::start(options).await.context("starting the workspace")?;
        Ok(Self { sim, programs, daemon: None, home })
    }

    async fn show(&mut self) -> Result<()> {
        heading("1. A first sync");
        println!("A simulated workspace is up, and syncd keeps its last 30 days.");
        self.start_daemon().await?;
        self.syncctl(&["sync"], 0).await?;

        heading("2. A fresh answer");
        println!("The local copy is complete for the timeframe: no warning.");
        let week = "last 7 days";
        self.syncctl(&["search", "refund", "--timeframe", week, "--limit", "3"], 0).await?;
        self.syncctl(&["check", "--timeframe", week, "--require-fresh"], 0).await?;

        heading("3. A partial answer, completed by a sync");
        println!(
            "The question reaches further back than the copy. The answer comes at once and says what it lacks;\n\
             --require-fresh turns that into exit code 6."
        );
        let quarter = "last 90 days";
        let asked = ["search", "refund", "--timeframe", quarter, "--limit", "1", "--require-fresh"];
        self.syncctl(&asked, NOT_FRESH).await?;
        self.syncctl(&["sync", "--timeframe", quarter], 0).await?;
        self.syncctl(&asked, 0).await?;

        heading("4. A stale answer, brought up to date while you wait");
        println!("syncd stops, as on a laptop that sleeps, and the workspace moves on without it.");
        self.stop_daemon().await?;
        tokio::time::sleep(ABSENCE).await;
        self.start_daemon().await?;
        // The settle margin keeps what is known at least two seconds behind the present, so nothing is known of the time
        // from now on, however fast the daemon catches up.
        let since = DateTime::<Utc>::from(SystemTime::now()).to_rfc3339_opts(SecondsFormat::Secs, true);
        let asked = ["search", "--since", since.as_str(), "--limit", "3", "--require-fresh"];
        println!("It is back, and knows nothing yet of the time since then. An answer without waiting:");
        self.syncctl(&[&asked[..], &["--wait", "0"]].concat(), NOT_FRESH).await?;
        println!("That question made the daemon sync what was asked for. An answer that waits for it:");
        self.syncctl(&asked, 0).await?;
        self.syncctl(&["status"], 0).await?;
        println!("{NEXT_STEPS}");
        Ok(())
    }

    /// Starts the daemon and waits until it listens.
    async fn start_daemon(&mut self) -> Result<()> {
        let log = self.home.path().join("syncd.log");
        let log = File::options().create(true).append(true).open(&log).context("cannot write the log")?;
        let daemon = self
            .program("syncd")
            .env("SYNCD_API_URL", self.sim.url())
            .env("INTERCOM_ACCESS_TOKEN", self.sim.token())
            .env("SYNCD_DATA_DIR", self.home.path().join("data/syncd"))
            .envs([("SYNCD_HISTORY", "30d"), ("SYNCD_SETTLE", "2s"), ("SYNCD_SYNC_INTERVAL", "2s")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start syncd")?;
        let daemon = self.daemon.insert(daemon);
        let until = Instant::now() + PATIENCE;
        while let Err(error) = UnixStream::connect(socket(&self.home)).await {
            if let Some(status) = daemon.try_wait()? {
                bail!("syncd ended with {status}: {}", last_line(&self.home));
            }
            if Instant::now() > until {
                return Err(error).with_context(|| format!("syncd is not ready: {}", last_line(&self.home)));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Stops the daemon as systemd would.
    async fn stop_daemon(&mut self) -> Result<()> {
        let Some(daemon) = &mut self.daemon else { return Ok(()) };
        if let Some(id) = daemon.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            kill_process(id, Signal::TERM).context("cannot stop syncd")?;
        }
        tokio::time::timeout(PATIENCE, daemon.wait()).await.context("syncd does not stop in time")??;
        self.daemon = None;
        Ok(())
    }

    /// Shows a command and runs it.
    async fn syncctl(&self, args: &[&str], expected: i32) -> Result<()> {
        let typed: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
        let typed = format!("syncctl {}", typed.join(" "));
        println!("\n{}", styled("36", &format!("$ {typed}")));
        let status = self.program("syncctl").args(args).status().await.context("cannot start syncctl")?;
        println!();
        if status.code() == Some(expected) {
            return Ok(());
        }
        let log = last_line(&self.home);
        bail!(
            "`{typed}` ended with {status} where exit code {expected} was expected; syncd's log ends with: {log}"
        )
    }

    /// Returns a command that runs one of the programs in the temporary home. It is killed if it outlives the demo.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SYNCD_") {
                command.env_remove(name);
            }
        }
        for name in FOREIGN {
            command.env_remove(name);
        }
        let home = self.home.path();
        command.env("HOME", home).env("SYNCD_SOCKET", socket(&self.home)).kill_on_drop(true);
        command.envs(FOLDERS.map(|(variable, name)| (variable, home.join(name))));
        command
    }
}

fn socket(home: &TempDir) -> PathBuf {
    home.path().join("run/syncd/syncd.sock")
}

/// Returns the last line that the daemon logged.
fn last_line(home: &TempDir) -> String {
    let log = fs::read_to_string(home.path().join("syncd.log")).unwrap_or_default();
    log.lines().last().unwrap_or("nothing").to_owned()
}

fn heading(text: &str) {
    println!("\n{}", styled("1", text));
}

/// Returns text in a style of the terminal's, where there is one that takes it.
fn styled(style: &str, text: &str) -> String {
    let plain =
        !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain { text.to_owned() } else { format!("\x1b[{style}m{text}\x1b[0m") }
}

/// Returns an argument as a shell wants it typed.
fn quoted(arg: &str) -> String {
    if arg.contains(' ') { format!("\"{arg}\"") } else { arg.to_owned() }
}
