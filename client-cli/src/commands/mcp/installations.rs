//! Where the files of agents' programs are on this machine: a program may be installed in several ways, and have profiles.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proto::local::Places;
use serde_json::Value;

use super::clients::Client;

/// A file in which a program looks for its servers.
#[derive(Debug)]
pub(super) struct ConfigFile {
    /// The file.
    pub(super) file: PathBuf,
    /// What is there where the program has been used.
    pub(super) sign: PathBuf,
    /// Which installation or profile of the program it is, if not the usual one.
    pub(super) installation: Option<String>,
    /// The program sees no programs of this machine, and has to ask for them to be started outside.
    pub(super) sandboxed: bool,
    /// Permission bits of the file where it is made here.
    pub(super) mode: u32,
}

/// Files of the user's: they hold other servers' secrets, too.
const PRIVATE: u32 = 0o600;
/// Files that are for all who work on a project.
const SHARED: u32 = 0o644;

impl ConfigFile {
    /// Returns the usual file of a program, which makes the file's folder when it is first used.
    pub(super) fn at(file: PathBuf) -> Self {
        let sign = file.parent().unwrap_or(&file).to_owned();
        Self { file, sign, installation: None, sandboxed: false, mode: PRIVATE }
    }

    fn is_used(&self) -> bool {
        self.file.is_file() || self.sign.exists()
    }
}

/// One program's file that is to be read or changed.
#[derive(Debug)]
pub(crate) struct Installation {
    pub(crate) client: &'static Client,
    pub(super) config: ConfigFile,
}

impl Installation {
    /// Returns its name for people.
    pub(crate) fn title(&self) -> String {
        match &self.config.installation {
            Some(installation) => format!("{} ({installation})", self.client.title),
            None => self.client.title.to_owned(),
        }
    }

    /// Returns the file.
    pub(crate) fn file(&self) -> &Path {
        &self.config.file
    }
}

/// Returns the installations of these programs, of each at least the usual one; of all that are on this machine if none is
/// named.
///
/// # Errors
/// When there is no home folder.
pub(crate) fn installed(clients: &[&'static Client]) -> Result<Vec<Installation>> {
    let home = Home::find()?;
    let used = |client: &'static Client| {
        let files = (client.files)(&home).into_iter().filter(ConfigFile::is_used);
        files.map(|config| Installation { client, config }).collect::<Vec<_>>()
    };
    if clients.is_empty() {
        return Ok(Client::all().flat_map(used).collect());
    }
    let named = |client: &'static Client| match used(client) {
        found if found.is_empty() => {
            let usual = (client.files)(&home).into_iter().take(1);
            usual.map(|config| Installation { client, config }).collect()
        }
        found => found,
    };
    Ok(clients.iter().copied().flat_map(named).collect())
}

/// Returns the files of these programs in a project; of those that it uses if none is named.
///
/// # Errors
/// When there is no such folder, or a program that was named reads no file there.
pub(super) fn in_project(folder: &Path, clients: &[&'static Client]) -> Result<Vec<Installation>> {
    let folder =
        fs::canonicalize(folder).with_context(|| format!("cannot look into {}", folder.display()))?;
    let of_project = |client: &'static Client| {
        let project = client.project.with_context(|| format!("{} has no files in projects", client.title))?;
        let (file, sign) = (folder.join(project.file), folder.join(project.sign));
        anyhow::Ok(Installation {
            client,
            config: ConfigFile { file, sign, installation: None, sandboxed: false, mode: SHARED },
        })
    };
    let mut found = if clients.is_empty() {
        let all = Client::all().filter_map(|client| of_project(client).ok());
        all.filter(|installation| installation.config.is_used()).collect()
    } else {
        clients.iter().copied().map(of_project).collect::<Result<Vec<_>>>()?
    };
    // Several programs read the same one.
    let mut files = Vec::new();
    found.retain(|installation: &Installation| {
        let is_new = !files.contains(&installation.config.file);
        files.push(installation.config.file.clone());
        is_new
    });
    Ok(found)
}

/// The folders that programs' files are in.
pub(super) struct Home {
    /// The home folder.
    pub(super) folder: PathBuf,
    /// `$XDG_CONFIG_HOME`.
    pub(super) configuration: PathBuf,
}

impl Home {
    fn find() -> Result<Self> {
        let places = Places::here()?;
        Ok(Self { folder: places.home().to_owned(), configuration: places.config_home() })
    }

    /// Returns the folder that a Flatpak sees as its own.
    pub(super) fn flatpak(&self, id: &str) -> PathBuf {
        self.folder.join(".var/app").join(id)
    }

    /// Returns the first of these files that is there, or the last one.
    pub(super) fn first_of(&self, folder: &Path, names: &[&str]) -> ConfigFile {
        let mut files = names.iter().map(|name| folder.join(name)).collect::<Vec<_>>();
        let usual = files.pop().unwrap_or_else(|| folder.to_owned());
        ConfigFile::at(files.into_iter().find(|file| file.is_file()).unwrap_or(usual))
    }

    /// Returns the files of an editor that is VS Code or made of it: one for each profile, of the program and of its Flatpak.
    pub(super) fn of_vscode(&self, name: &str, flatpak: &str) -> Vec<ConfigFile> {
        let flatpak = self.flatpak(flatpak).join("config");
        let installations = [(&self.configuration, None, false), (&flatpak, Some("Flatpak"), true)];
        let mut files = Vec::new();
        for (folder, installation, sandboxed) in installations {
            let sign = folder.join(name);
            let user = sign.join("User");
            let label = |profile: Option<String>| {
                let parts = installation.map(str::to_owned).into_iter().chain(profile).collect::<Vec<_>>();
                Some(parts.join(", ")).filter(|label| !label.is_empty())
            };
            let file = user.join("mcp.json");
            files.push(ConfigFile { file, sign, installation: label(None), sandboxed, mode: PRIVATE });
            files.extend(profiles(&user).into_iter().map(|(name, folder)| ConfigFile {
                file: folder.join("mcp.json"),
                sign: folder,
                installation: label(Some(format!("profile {name}"))),
                sandboxed,
                mode: PRIVATE,
            }));
        }
        files
    }

    /// Returns the folder of LM Studio, which can be moved: a file in the home folder says where it is.
    pub(super) fn of_lm_studio(&self) -> PathBuf {
        let pointer = fs::read_to_string(self.folder.join(".lmstudio-home-pointer")).unwrap_or_default();
        let pointed = pointer.lines().next().map(|line| PathBuf::from(line.trim()));
        let older = self.folder.join(".cache/lm-studio");
        pointed
            .filter(|folder| folder.is_absolute() && folder.is_dir())
            .or_else(|| Some(older).filter(|folder| folder.join("mcp.json").is_file()))
            .unwrap_or_else(|| self.folder.join(".lmstudio"))
    }
}

/// Returns the named profiles that have servers of their own, with their folders. VS Code keeps them in a file of its state
/// (`userDataProfile.ts` of microsoft/vscode); what cannot be read there is left out.
fn profiles(user: &Path) -> Vec<(String, PathBuf)> {
    let Ok(text) = fs::read(user.join("globalStorage/storage.json")) else { return Vec::new() };
    let state = serde_json::from_slice::<Value>(&text).unwrap_or_default();
    let listed = state["userDataProfiles"].as_array().cloned().unwrap_or_default();
    let own = listed
        .into_iter()
        .filter(|profile| profile["isSystem"] != true && profile["useDefaultFlags"]["mcp"] != true);
    own.filter_map(|profile| {
        // A name in the folder of profiles, by older versions a whole address.
        let location = &profile["location"];
        let path = Path::new(location.as_str().or_else(|| location["path"].as_str())?);
        let folder = user.join("profiles").join(path.file_name()?);
        Some((profile["name"].as_str()?.to_owned(), folder))
    })
    .filter(|(_, folder)| folder.is_dir())
    .collect()
}

/// Returns the folder that a variable names.
pub(super) fn folder_in(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
