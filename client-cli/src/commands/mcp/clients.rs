//! The agents' programs that are known here. Each is one row: what it is called, where its files are, how it writes its
//! servers down. Where that is from stands in the row.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::entry::{self, Entry};
use super::installations::{ConfigFile, Home, folder_in};
use super::server::Server;

/// A program that uses MCP servers.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its name on the command line.
    word: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// What its file is written in.
    pub(super) format: Format,
    /// The keys that lead to its servers.
    pub(super) keys: &'static [&'static str],
    /// How it writes a server down that has this name; `None` where it cannot use this kind of server.
    pub(super) entry: fn(&Server, &str) -> Option<Entry>,
    /// Where its files may be, the usual place first.
    pub(super) files: fn(&Home) -> Vec<ConfigFile>,
    /// Its file in a project's folder.
    pub(super) project: Option<Project>,
}

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON as it is defined: the program refuses a file with comments or trailing commas.
    Json,
    /// JSON with comments and trailing commas.
    JsonWithComments,
    Toml,
    Yaml,
}

/// A program's file in the folder of a project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Project {
    /// The file, below the folder.
    pub(super) file: &'static str,
    /// What is in a project that uses the program, below the folder.
    pub(super) sign: &'static str,
}

const fn project(file: &'static str, sign: &'static str) -> Option<Project> {
    Some(Project { file, sign })
}

/// All of them.
static ALL: [&Client; 15] = [
    // modelcontextprotocol.io/docs/develop/connect-local-servers. Servers over HTTP are added in its settings ("connectors") and
    // are reached from Anthropic's side; its file starts programs only.
    &Client {
        word: "claude-desktop",
        title: "Claude Desktop",
        format: Format::Json,
        keys: &["mcpServers"],
        entry: entry::program_only,
        files: |home| vec![ConfigFile::at(home.configuration.join("Claude/claude_desktop_config.json"))],
        project: None,
    },
    // code.claude.com/docs/en/mcp, and what `claude mcp add` 2.1 writes.
    &Client {
        word: "claude-code",
        title: "Claude Code",
        format: Format::Json,
        keys: &["mcpServers"],
        entry: entry::typed,
        files: |home| {
            let folder = folder_in("CLAUDE_CONFIG_DIR");
            let file = folder.as_ref().unwrap_or(&home.folder).join(".claude.json");
            let sign = folder.unwrap_or_else(|| home.folder.join(".claude"));
            vec![ConfigFile { sign, ..ConfigFile::at(file) }]
        },
        // Copilot CLI and VS Code read this one as well.
        project: project(".mcp.json", ""),
    },
    // cursor.com/docs/mcp.
    &Client {
        word: "cursor",
        title: "Cursor",
        format: Format::JsonWithComments,
        keys: &["mcpServers"],
        entry: entry::plain,
        files: |home| vec![ConfigFile::at(home.folder.join(".cursor/mcp.json"))],
        project: project(".cursor/mcp.json", ".cursor"),
    },
    // code.visualstudio.com/docs/agents/reference/mcp-configuration.
    &Client {
        word: "vscode",
        title: "VS Code",
        format: Format::JsonWithComments,
        keys: &["servers"],
        entry: entry::typed,
        files: |home| home.of_vscode("Code", "com.visualstudio.code"),
        project: project(".vscode/mcp.json", ".vscode"),
    },
    &Client {
        word: "vscode-insiders",
        title: "VS Code Insiders",
        format: Format::JsonWithComments,
        keys: &["servers"],
        entry: entry::typed,
        files: |home| home.of_vscode("Code - Insiders", "com.visualstudio.code.insiders"),
        project: project(".vscode/mcp.json", ".vscode"),
    },
    &Client {
        word: "vscodium",
        title: "VSCodium",
        format: Format::JsonWithComments,
        keys: &["servers"],
        entry: entry::typed,
        files: |home| home.of_vscode("VSCodium", "com.vscodium.codium"),
        project: project(".vscode/mcp.json", ".vscode"),
    },
    // docs.windsurf.com/windsurf/cascade/mcp. What Windsurf became in 2026, Devin Desktop, reads this file and that of `devin`.
    &Client {
        word: "windsurf",
        title: "Windsurf",
        format: Format::JsonWithComments,
        keys: &["mcpServers"],
        entry: entry::windsurf,
        files: |home| vec![ConfigFile::at(home.folder.join(".codeium/windsurf/mcp_config.json"))],
        project: None,
    },
    // docs.devin.ai/cli/extensibility/mcp/configuration: Devin Desktop and the Devin CLI.
    &Client {
        word: "devin",
        title: "Devin",
        format: Format::JsonWithComments,
        keys: &["mcpServers"],
        entry: entry::plain,
        files: |home| vec![ConfigFile::at(home.folder.join(".config/devin/mcp_config.json"))],
        project: project(".devin/mcp_config.json", ".devin"),
    },
    // zed.dev/docs/ai/mcp; crates/paths of zed-industries/zed. Its Flatpak leaves the sandbox when it starts, and keeps the
    // sandbox's configuration (crates/cli).
    &Client {
        word: "zed",
        title: "Zed",
        format: Format::JsonWithComments,
        keys: &["context_servers"],
        entry: entry::zed,
        files: |home| {
            let flatpak = home.flatpak("dev.zed.Zed").join("config/zed/settings.json");
            let usual = home.configuration.join("zed/settings.json");
            vec![
                ConfigFile::at(usual),
                ConfigFile { installation: Some("Flatpak".to_owned()), ..ConfigFile::at(flatpak) },
            ]
        },
        project: project(".zed/settings.json", ".zed"),
    },
    // learn.chatgpt.com/docs/extend/mcp; codex-rs/config/src/mcp_types.rs of openai/codex.
    &Client {
        word: "codex",
        title: "Codex",
        format: Format::Toml,
        keys: &["mcp_servers"],
        entry: entry::codex,
        files: |home| {
            let folder = folder_in("CODEX_HOME").unwrap_or_else(|| home.folder.join(".codex"));
            vec![ConfigFile::at(folder.join("config.toml"))]
        },
        project: project(".codex/config.toml", ".codex"),
    },
    // docs/tools/mcp-server.md of google-gemini/gemini-cli.
    &Client {
        word: "gemini-cli",
        title: "Gemini CLI",
        format: Format::JsonWithComments,
        keys: &["mcpServers"],
        entry: entry::gemini,
        files: |home| {
            let folder = folder_in("GEMINI_CLI_HOME").unwrap_or_else(|| home.folder.clone());
            vec![ConfigFile::at(folder.join(".gemini/settings.json"))]
        },
        project: project(".gemini/settings.json", ".gemini"),
    },
    // docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers, and what `copilot mcp add` 1.0 writes.
    &Client {
        word: "copilot-cli",
        title: "Copilot CLI",
        format: Format::JsonWithComments,
        keys: &["mcpServers"],
        entry: entry::copilot,
        files: |home| {
            let folder = folder_in("COPILOT_HOME").unwrap_or_else(|| home.folder.join(".copilot"));
            vec![ConfigFile::at(folder.join("mcp-config.json"))]
        },
        project: project(".mcp.json", ""),
    },
    // documentation/docs/guides/config-files.md and crates/goose/src/config/paths.rs of aaif-goose/goose.
    &Client {
        word: "goose",
        title: "Goose",
        format: Format::Yaml,
        keys: &["extensions"],
        entry: entry::goose,
        files: |home| {
            let root = folder_in("GOOSE_PATH_ROOT").filter(|root| root.is_absolute());
            let folder =
                root.map_or_else(|| home.configuration.join("goose"), |root: PathBuf| root.join("config"));
            vec![ConfigFile::at(folder.join("config.yaml"))]
        },
        project: None,
    },
    // lmstudio.ai/docs/app/mcp: it follows Cursor's notation.
    &Client {
        word: "lm-studio",
        title: "LM Studio",
        format: Format::JsonWithComments,
        keys: &["mcpServers"],
        entry: entry::plain,
        files: |home| vec![ConfigFile::at(home.of_lm_studio().join("mcp.json"))],
        project: None,
    },
    // opencode.ai/docs/mcp-servers, opencode.ai/docs/config.
    &Client {
        word: "opencode",
        title: "opencode",
        format: Format::JsonWithComments,
        keys: &["mcp"],
        entry: entry::opencode,
        files: |home| vec![home.first_of(&home.configuration.join("opencode"), OPENCODE)],
        project: project(OPENCODE[1], OPENCODE[1]),
    },
];

/// The files that opencode joins, that which overrides the others first; the last one is made where there is none.
const OPENCODE: &[&str] = &["opencode.jsonc", "opencode.json"];

impl Client {
    /// Returns all of them.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        ALL.into_iter()
    }

    /// Returns its name on the command line.
    pub(super) const fn word(&self) -> &'static str {
        self.word
    }
}

impl ValueEnum for &'static Client {
    fn value_variants<'a>() -> &'a [Self] {
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word).help(self.title))
    }
}
