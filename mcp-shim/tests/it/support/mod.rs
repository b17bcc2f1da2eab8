//! What the tests share: a made-up daemon, the program as a client sees it, invented conversations.

// What the program itself goes by.
#[allow(dead_code)]
#[path = "../../../src/budget/estimate.rs"]
pub(crate) mod estimate;
mod fake;
mod http;
mod program;
mod samples;
mod schema;
pub(crate) mod scripts;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use fake::Fake;
pub(crate) use http::{Http, Response};
pub(crate) use program::{Era, Program, TOKEN};
pub(crate) use samples::{conversation, group, message, report, stats, topics, waiting};
pub(crate) use schema::check;

/// A home of its own for one test.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        for dir in ["bin", "run/syncd", "config", "state"] {
            std::fs::create_dir_all(home.path(dir)).unwrap();
        }
        home
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// The socket that is used where nothing else is said.
    pub(crate) fn socket(&self) -> PathBuf {
        self.path("run/syncd/syncd.sock")
    }

    /// The file of the token that clients over HTTP show.
    pub(crate) fn token(&self) -> PathBuf {
        self.path("state/syncd/syncd.mcp-token")
    }

    /// Puts a program into the search path.
    pub(crate) fn install(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.path("bin").join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Waits for what must come soon; a test that waits longer than this has failed.
pub(crate) async fn soon<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    let Ok(done) = tokio::time::timeout(Duration::from_secs(30), awaited).await else {
        panic!("{what} did not happen within 30 seconds")
    };
    done
}

/// Waits until a file is there and returns what is in it.
pub(crate) async fn content(file: &Path) -> String {
    soon("writing a file", async {
        loop {
            match std::fs::read_to_string(file) {
                Ok(text) if text.ends_with('\n') => return text,
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    })
    .await
}
