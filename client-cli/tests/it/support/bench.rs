//! The program where it is installed: beside a `syncd` that does what the test wants.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Ended;

/// A home in a temporary folder, with the program in `bin`.
pub(crate) struct Bench {
    folder: TempDir,
}

impl Bench {
    /// Makes one whose other programs are these shell scripts.
    pub(crate) fn with(programs: &[(&str, &str)]) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(bench.path("bin")).unwrap();
        for (name, script) in programs {
            let script = format!("#!/bin/sh\n{script}\n");
            // By processes of their own: a test beside this one that starts a program would carry our open file over to it
            // for a moment, and a file that is open for writing cannot be run.
            let mut child = Command::new("sh")
                .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
                .arg(bench.path("bin").join(name))
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
            assert!(child.wait().unwrap().success());
        }
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_syncctl")).arg(bench.path("bin")).status();
        assert!(copied.unwrap().success());
        bench
    }

    /// Returns a path below the home.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file that only its owner can read, and its folders.
    pub(crate) fn write(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Reads a file below the home.
    pub(crate) fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    /// Runs the program with this on its standard input; `PATH` has nothing of ours in it.
    pub(crate) fn run(&self, args: &[&str], typed: &str) -> Ended {
        self.run_with(args, typed, |_| ())
    }

    /// Runs it with something changed, such as a variable.
    pub(crate) fn run_with(&self, args: &[&str], typed: &str, change: impl FnOnce(&mut Command)) -> Ended {
        let mut command = Command::new(self.path("bin/syncctl"));
        command.env_clear().env("HOME", self.folder.path()).env("TZ", "UTC0").env("PATH", "/usr/bin:/bin");
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Returns the permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}
