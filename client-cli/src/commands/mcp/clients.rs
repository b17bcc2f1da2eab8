//! The agents' programs that are known here: where each keeps its configuration, and of which shape that is.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use proto::local::Places;

/// A program that starts MCP servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// Claude Desktop
    ClaudeDesktop,
    /// Claude Code, for all your projects
    ClaudeCode,
    /// Cursor, for all your projects
    Cursor,
    /// Visual Studio Code, in your profile
    Vscode,
}

impl Client {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::ClaudeDesktop, Self::ClaudeCode, Self::Cursor, Self::Vscode];

    /// Returns its name on the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "claude-desktop",
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
            Self::Vscode => "vscode",
        }
    }

    /// Returns its name for people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::Vscode => "VS Code",
        }
    }

    /// Returns the key of its servers.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::ClaudeDesktop | Self::ClaudeCode | Self::Cursor => "mcpServers",
            Self::Vscode => "servers",
        }
    }

    /// Says whether a server's entry names its transport.
    pub(super) const fn names_transport(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Vscode)
    }

    /// Says whether it takes comments and trailing commas in JSON: the editors do.
    pub(super) const fn takes_comments(self) -> bool {
        matches!(self, Self::Cursor | Self::Vscode)
    }

    /// Returns the file that it reads.
    ///
    /// # Errors
    /// When there is no home folder.
    pub(crate) fn file(self) -> Result<PathBuf> {
        Ok(match self {
            Self::ClaudeDesktop => applications()?.join("Claude/claude_desktop_config.json"),
            Self::ClaudeCode => match env::var_os("CLAUDE_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
                Some(folder) => Path::new(&folder).join(".claude.json"),
                None => home()?.join(".claude.json"),
            },
            Self::Cursor => home()?.join(".cursor/mcp.json"),
            Self::Vscode => applications()?.join("Code/User/mcp.json"),
        })
    }

    /// Says whether it has been used on this machine.
    pub(crate) fn is_found(self) -> bool {
        let Ok(file) = self.file() else { return false };
        let folder = match self {
            Self::ClaudeCode => home().map(|home| home.join(".claude")).ok(),
            // The profile's folder is made later than that of the program.
            Self::Vscode => file.ancestors().nth(2).map(Path::to_owned),
            Self::ClaudeDesktop | Self::Cursor => file.parent().map(Path::to_owned),
        };
        file.is_file() || folder.is_some_and(|folder| folder.is_dir())
    }
}

fn home() -> Result<PathBuf> {
    env::var_os("HOME")
        .filter(|home| !home.is_empty())
        .map(PathBuf::from)
        .context("cannot tell the home folder: set HOME")
}

/// Returns where desktop programs keep their configuration.
fn applications() -> Result<PathBuf> {
    if cfg!(target_os = "macos") {
        return Ok(home()?.join("Library/Application Support"));
    }
    Ok(Places::here()?.config_home())
}
