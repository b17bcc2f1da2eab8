//! Shows a long text in the user's pager.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

/// How `less` behaves where the user has not said: it ends at once when all fits, keeps colours, leaves the text there.
const LESS: &str = "FRX";
/// What a shell ends with when it cannot run what it was told to.
const NOT_RUN: [i32; 2] = [126, 127];

/// What shows long texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pager {
    /// Nothing: they are printed.
    None,
    /// What is there usually.
    Less,
    /// A command of the user's.
    Command(OsString),
}

impl Pager {
    /// Returns what the variable `PAGER` asks for.
    pub(crate) fn of(variable: Option<OsString>) -> Self {
        match variable {
            None => Self::Less,
            Some(command) if command.is_empty() || command == "cat" => Self::None,
            Some(command) => Self::Command(command),
        }
    }

    /// Shows a text until the user has seen enough, and says whether there was a pager to do it.
    ///
    /// # Errors
    /// When signals cannot be caught.
    pub(crate) async fn show(&self, text: &str) -> io::Result<bool> {
        // Ctrl-C is the pager's while it runs: a program that ended before it would take the terminal away from it.
        let _interrupt = signal(SignalKind::interrupt())?;
        let Some(mut child) = self.start() else { return Ok(false) };
        if let Some(mut stdin) = child.stdin.take() {
            // Whoever closes the pager has seen enough.
            let _ = stdin.write_all(text.as_bytes()).await;
        }
        let status = child.wait().await?;
        Ok(!status.code().is_some_and(|code| NOT_RUN.contains(&code)))
    }

    fn start(&self) -> Option<Child> {
        let mut command = match self {
            Self::None => return None,
            Self::Less => Command::new("less"),
            Self::Command(line) => {
                let mut shell = Command::new("sh");
                shell.args([OsStr::new("-c"), line]);
                shell
            }
        };
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        command.stdin(Stdio::piped()).spawn().ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_variable_says_which_pager() {
        let cases = [(None, Pager::Less), (Some(""), Pager::None), (Some("cat"), Pager::None)];
        for (variable, pager) in cases {
            assert_eq!(Pager::of(variable.map(OsString::from)), pager);
        }
        assert_eq!(Pager::of(Some("more -s".into())), Pager::Command("more -s".into()));
    }

    #[tokio::test]
    async fn a_text_goes_to_the_pager_and_one_that_is_not_there_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shown");
        let pager = Pager::Command(format!("cat > {}", file.display()).into());
        let text = "line\n".repeat(50_000);
        assert!(pager.show(&text).await.unwrap());
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
        assert!(Pager::Command("exit 0".into()).show(&text).await.unwrap());
        assert!(!Pager::Command("no-such-pager-anywhere 2>/dev/null".into()).show(&text).await.unwrap());
        assert!(!Pager::None.show(&text).await.unwrap());
    }
}
