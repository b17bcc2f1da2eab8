//! What the service is shown of folders that it does not see: what the configuration names there.

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use proto::local::Places;
use proto::private;

use super::manager::Manager;
use super::units::{HEAD, escaped, of_workspace};
use crate::settings::Settings;

/// What restarts the service where a file that it is shown was replaced.
const FILES_SERVICE: &str = include_str!("../../../../systemd/syncd-files.service");
/// Folders of which the service sees nothing but what it is shown.
const HIDDEN: [&str; 5] = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];

/// What of the home folder the service is to see besides what the unit shows it.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// To read, and to be read again where another one takes its place.
    pub(super) files: Vec<PathBuf>,
    /// To read.
    pub(super) read: Vec<PathBuf>,
    /// To write.
    pub(super) write: Vec<PathBuf>,
}

impl Shown {
    /// Returns what the configuration puts where the unit does not show it.
    ///
    /// # Errors
    /// When the folder of the data cannot be made.
    pub(super) fn of(settings: &Settings, manager: &Manager) -> Result<Self> {
        let mut shown = Self::default();
        let seen = manager.configuration();
        let hidden =
            |path: &PathBuf| HIDDEN.iter().any(|folder| path.starts_with(folder)) && !path.starts_with(&seen);
        let configuration = settings.folder();
        let files = [settings.token_file(), settings.path_of("ca_file")].into_iter().flatten().filter(hidden);
        let (own, others): (Vec<_>, Vec<_>) = files.partition(|path| path.starts_with(configuration));
        shown.files = others;
        // What the service sees is where a link leads to, not that place itself.
        if !own.is_empty() {
            shown.read.push(configuration.to_owned());
        }
        let folders = settings.get("ca_dir").unwrap_or_default();
        shown.read.extend(env::split_paths(folders).filter(hidden));
        let usual = Places::bare()?.default_data_dir();
        if let Some(data) = settings.path_of("data_dir").filter(|data| *data != usual) {
            private::folder(&data)?;
            shown.write.push(data);
        }
        Ok(shown)
    }

    /// Returns a drop-in that shows it; `None` where there is nothing to show.
    ///
    /// # Errors
    /// When a path has characters that a unit cannot carry.
    pub(super) fn drop_in(&self) -> Result<Option<String>> {
        if self.files.is_empty() && self.read.is_empty() && self.write.is_empty() {
            return Ok(None);
        }
        let wants = if self.files.is_empty() { "" } else { "[Unit]\nWants=syncd-files.path\n" };
        let mut text = format!("{HEAD}{}[Service]\n", of_workspace(wants));
        // The daemon says better than systemd which file is missing.
        let read = self.files.iter().chain(&self.read).map(|path| ("BindReadOnlyPaths", "-", path));
        for (setting, prefix, path) in read.chain(self.write.iter().map(|path| ("BindPaths", "", path))) {
            text.push_str(&format!("{setting}=\"{prefix}{}\"\n", escaped(path)?));
        }
        Ok(Some(text))
    }

    /// Returns what restarts the service where a file was replaced, since a bind holds on to the one that was there: what
    /// watches, and what restarts. `None` where no file is shown.
    ///
    /// # Errors
    /// When a path has characters that a unit cannot carry.
    pub(super) fn watch(&self) -> Result<Option<[String; 2]>> {
        if self.files.is_empty() {
            return Ok(None);
        }
        let mut text = "[Unit]\nDescription=Files elsewhere that syncd.service is shown\n[Path]\n".to_owned();
        for path in &self.files {
            text.push_str(&format!("PathChanged={}\n", escaped(path)?));
        }
        Ok(Some([text.as_str(), FILES_SERVICE].map(|text| format!("{HEAD}{}", of_workspace(text)))))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_lies_elsewhere_is_shown_by_a_drop_in() {
        assert_eq!(Shown::default().drop_in().unwrap(), None);
        let shown = Shown {
            files: vec!["/home/uma/100% token".into()],
            read: vec!["/home/uma/conf/syncd".into()],
            write: vec!["/data/a b".into()],
        };
        let lines = "[Unit]\nWants=syncd-files.path\n[Service]\nBindReadOnlyPaths=\"-/home/uma/100%% token\"\n\
                     BindReadOnlyPaths=\"-/home/uma/conf/syncd\"\nBindPaths=\"/data/a b\"\n";
        assert_eq!(shown.drop_in().unwrap().unwrap().strip_prefix(HEAD), Some(lines));
        let [path, service] = shown.watch().unwrap().unwrap();
        assert!(path.ends_with("[Path]\nPathChanged=/home/uma/100%% token\n"), "{path}");
        assert!(service.contains("try-restart syncd.service"), "{service}");
        let data = Shown { write: vec!["/data".into()], ..Shown::default() };
        assert_eq!(data.watch().unwrap(), None);
        assert_eq!(
            data.drop_in().unwrap().unwrap().strip_prefix(HEAD),
            Some("[Service]\nBindPaths=\"/data\"\n")
        );
    }
}
