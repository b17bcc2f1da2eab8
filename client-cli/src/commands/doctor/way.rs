//! How Intercom is reached: through which proxy, and by whose certificates it is known; as the configuration has it, which
//! every program sees, and not as this shell alone does.

use std::fs::{self, File};
use std::path::Path;

use proto::types::Diagnosis;

use super::{failed, ok, warning};
use crate::environment;
use crate::settings::Settings;

/// Returns a line for each part of the way that is not the usual one.
pub(super) fn examine() -> Vec<Diagnosis> {
    // A file that cannot be read has its own line.
    let Ok(settings) = Settings::read() else { return Vec::new() };
    [("proxy", "proxy"), ("certificates", "ca_file"), ("certificates", "ca_dir")]
        .into_iter()
        .filter_map(|(subject, key)| line(&settings, subject, key))
        .collect()
}

fn line(settings: &Settings, subject: &str, key: &str) -> Option<Diagnosis> {
    if let Some((variable, value)) = environment::differing(settings, key) {
        let said = settings
            .get(key)
            .map_or_else(|| format!("no {key}"), |kept| format!("{key} = {}", environment::shown(key, kept)));
        let finding =
            format!("this shell's {variable} is {value}, which the service and agents do not see: {said}");
        return Some(warning(subject, finding, "to keep it in config.toml: syncctl service install"));
    }
    let value = settings.get(key)?;
    let shown = environment::shown(key, value);
    let missing = match key {
        "ca_file" => readable(Path::new(value)),
        "ca_dir" => value.split(':').find_map(|folder| fs::read_dir(folder).err()),
        _ => None,
    };
    Some(match missing {
        Some(error) => failed(
            subject,
            format!("cannot read {shown} ({key}): {error}"),
            format!("put the certificates there, or take {key} out of config.toml"),
        ),
        None => ok(subject, format!("{shown} ({key})")),
    })
}

fn readable(path: &Path) -> Option<std::io::Error> {
    File::open(path).err()
}
