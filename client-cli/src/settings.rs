//! The configuration file as setting up reads and changes it: everything that is in it stays, comments and order included.
//! The daemon judges the values; here only those matter that say where things are.

use std::path::{Path, PathBuf};

use anyhow::Result;
use proto::local::{Named, Places};
use toml_edit::{DocumentMut, Item, Value};

use crate::exit::{Exit, Failure};
use crate::files::{self, Draft};

/// The configuration file.
#[derive(Debug)]
pub(crate) struct Settings {
    path: PathBuf,
    before: Option<String>,
    document: DocumentMut,
}

impl Settings {
    /// Reads the file that holds without `--config`; one that does not exist is empty.
    ///
    /// # Errors
    /// When it cannot be read, or is not TOML.
    pub(crate) fn read() -> Result<Self> {
        Self::read_from(Places::here()?.config_file())
    }

    fn read_from(path: PathBuf) -> Result<Self> {
        // The shared reader's errors repeat nothing of the file, which may have the token in it.
        Named::in_file(&path)?;
        let before = files::read_text(&path)?;
        let document = before.as_deref().unwrap_or_default().parse().map_err(|_| {
            let message = format!("cannot read {}: it is not TOML", path.display());
            Failure::new(Exit::Error, message).hint("fix the file: running `syncd` shows where it is wrong")
        })?;
        Ok(Self { path, before, document })
    }

    /// Returns where the file is, or will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of the file: the token's, too, unless the file says otherwise.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Returns what the file says for a key, if that is text.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.document.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// Returns what the file says for a key, as a path.
    pub(crate) fn path_of(&self, key: &str) -> Option<PathBuf> {
        self.get(key).map(PathBuf::from)
    }

    /// Returns the file that the token is in, if the configuration names one by its whole path. What else may stand there is
    /// the token itself, which is never shown.
    pub(crate) fn token_file(&self) -> Option<PathBuf> {
        self.path_of("token_file").filter(|path| path.is_absolute())
    }

    /// Changes a key, and says whether that changed anything. What stands around the value stays.
    pub(crate) fn set(&mut self, key: &str, text: &str) -> bool {
        if self.document.get(key).and_then(Item::as_str) == Some(text) {
            return false;
        }
        let mut new = Value::from(text);
        match self.document.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
            None => {
                self.document.insert(key, Item::Value(new));
            }
        }
        true
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, key: &str) {
        self.document.remove(key);
    }

    /// Writes the file as it is now, and says whether that changed it.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(crate) fn save(&self) -> Result<bool> {
        if self.document.to_string() == self.before.as_deref().unwrap_or_default() {
            return Ok(false);
        }
        files::private_folder(self.folder())?;
        self.draft()?.map_or(Ok(false), |draft| draft.commit().map(|()| true))
    }

    /// Writes the file as it is now, ready to take its place; `None` where that changes nothing.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(crate) fn draft(&self) -> Result<Option<Draft>> {
        let after = self.document.to_string();
        if self.before.as_deref() == Some(after.as_str()) {
            return Ok(None);
        }
        Draft::private(&self.path, after.as_bytes()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_change_keeps_comments_order_and_other_keys() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        let table =
            "\n[business_hours]\ntimezone = \"Europe/Berlin\"\nmonday = \"09:00-17:00\"\n\n# the end\n";
        let before = format!("# mine\nregion = 'us'  # for now\nhistory = \"90d\"\n{table}");
        std::fs::write(&path, &before).unwrap();
        let mut settings = Settings::read_from(path.clone()).unwrap();
        assert!(settings.draft().unwrap().is_none());
        assert!(settings.set("region", "eu") && !settings.set("history", "90d"));
        assert!(settings.set("token_file", "/home/x/\"token\""));
        settings.draft().unwrap().unwrap().commit().unwrap();
        let after = std::fs::read_to_string(&path).unwrap();
        assert!(
            after.starts_with("# mine\nregion = \"eu\"  # for now\nhistory = \"90d\"\ntoken_file = "),
            "{after}"
        );
        assert!(after.ends_with(table), "{after}");
        let again = Settings::read_from(path).unwrap();
        assert_eq!(again.path_of("token_file"), Some(PathBuf::from("/home/x/\"token\"")));
    }

    #[test]
    fn a_broken_file_is_told_of_without_repeating_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        std::fs::write(&path, "region = dG9rOnNlY3JldA==").unwrap();
        let error = Settings::read_from(path).unwrap_err().to_string();
        assert!(error.contains("config.toml: line 1") && !error.contains("dG9r"), "{error}");
    }
}
