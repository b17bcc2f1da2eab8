//! What this shell's environment says and other programs do not see: the service, agents' programs and cron are started
//! without it, and would go another way to Intercom, or to another copy. So it is kept in the configuration, and said.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context as _, Result};
use proto::local::{self, Places};
use proto::setup::{CA_DIR, CA_FILE, NO_PROXY, PROXY};
use serde::Serialize;

use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::render::{Buffer, style};
use crate::settings::Settings;

/// A key of the configuration whose value is taken from the first of these variables that is set.
struct Source {
    key: &'static str,
    variables: &'static [&'static str],
    /// Returns the value as it holds in any folder.
    whole: fn(&str) -> io::Result<String>,
}

const SOURCES: [Source; 6] = [
    Source { key: "proxy", variables: PROXY, whole: as_it_is },
    Source { key: "no_proxy", variables: NO_PROXY, whole: as_it_is },
    Source { key: "ca_file", variables: CA_FILE, whole: path },
    Source { key: "ca_dir", variables: CA_DIR, whole: paths },
    Source { key: "api_url", variables: &["SYNCD_API_URL"], whole: as_it_is },
    Source { key: "token_file", variables: &["SYNCD_TOKEN_FILE"], whole: path },
];

/// Variables that say where things are.
const PLACES: [&str; 2] = ["SYNCD_DATA_DIR", "SYNCD_SOCKET"];

/// A setting that was taken from the environment into the configuration.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Kept {
    pub(crate) key: &'static str,
    /// Without the password that an address can have.
    value: String,
    variable: &'static str,
}

/// Takes into the settings what this shell says and other programs would not see.
///
/// # Errors
/// When there is no home folder, or a variable says what no configuration can.
pub(crate) fn keep(settings: &mut Settings) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    for Source { key, variables, whole } in SOURCES {
        let Some((variable, value)) = variables.iter().find_map(|name| Some((*name, set(name)?))) else {
            continue;
        };
        // Without a proxy it says nothing.
        if key == "no_proxy" && settings.get("proxy").is_none() {
            continue;
        }
        let failed = || format!("cannot keep what {variable} says");
        let value = value.to_str().with_context(failed)?;
        note(&mut kept, settings, key, variable, &whole(value).with_context(failed)?);
    }
    let (here, bare) = (Places::here()?, Places::bare()?);
    let usual = settings.path_of("data_dir").unwrap_or_else(|| bare.default_data_dir());
    let data = here.data_dir()?;
    if data != usual {
        let variable = if set("SYNCD_DATA_DIR").is_some() { "SYNCD_DATA_DIR" } else { "XDG_DATA_HOME" };
        note(&mut kept, settings, "data_dir", variable, named(&data)?);
    }
    let socket = here.socket()?;
    let usual = settings.path_of("socket").unwrap_or_else(|| bare.default_socket());
    if set("SYNCD_SOCKET").is_some() && socket != usual {
        note(&mut kept, settings, "socket", "SYNCD_SOCKET", named(&socket)?);
    }
    Ok(kept)
}

fn note(
    kept: &mut Vec<Kept>,
    settings: &mut Settings,
    key: &'static str,
    variable: &'static str,
    value: &str,
) {
    if settings.set(key, value) {
        kept.push(Kept { key, value: shown(key, value), variable });
    }
}

/// Says what was kept, one line each.
pub(crate) fn tell(kept: &[Kept], context: &Context) {
    let mut buffer = Buffer::new(&context.err);
    for Kept { key, value, variable } in kept {
        let said =
            format!("kept in config.toml, since other programs do not see {variable}: {key} = {value}");
        buffer.put(style::NOTE, "note: ").put(style::PLAIN, &said).end();
    }
    context.note(&buffer);
}

/// Returns the variables of ours that are set here, and that the configuration does not make up for.
pub(crate) fn unseen() -> Vec<String> {
    let kept =
        |name: &str| PLACES.contains(&name) || SOURCES.iter().any(|source| source.variables.contains(&name));
    let all = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours = all.filter(|name| {
        (name.starts_with("SYNCD_") && name != local::WORKSPACE) || name == "INTERCOM_ACCESS_TOKEN"
    });
    ours.filter(|name| !kept(name)).collect()
}

/// Returns what this shell says of the way to Intercom in another way than the configuration: the variable, and what it says.
pub(crate) fn differing(settings: &Settings, key: &str) -> Option<(&'static str, String)> {
    let source = SOURCES.iter().find(|source| source.key == key)?;
    let (variable, value) = source.variables.iter().find_map(|name| Some((*name, set(name)?)))?;
    let value = (source.whole)(value.to_str()?).ok()?;
    (settings.get(key) != Some(&value)).then(|| (variable, shown(key, &value)))
}

/// Returns a value as it may be shown: the address of a proxy without the name and the password in it.
pub(crate) fn shown(key: &str, value: &str) -> String {
    if key != "proxy" {
        return value.to_owned();
    }
    match (value.split_once("://"), value.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        (_, None) => value.to_owned(),
    }
}

/// Returns where other programs look for the configuration and there is none: what is to lead to the one that this shell
/// uses.
///
/// # Errors
/// When another configuration is there, since nobody else can say which one counts.
pub(crate) fn missing_links(settings: &Settings, others: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let ours = settings.folder();
    let mut missing = Vec::new();
    for other in others {
        if other == ours || missing.contains(&other) || same(&other, ours) {
            continue;
        }
        if fs::symlink_metadata(&other).is_ok() {
            let (other, ours) = (other.display(), ours.display());
            let message = format!(
                "there are two configurations: {ours}, which this shell's XDG_CONFIG_HOME names, and {other}, which the \
                 service and agents' programs read"
            );
            let hint =
                format!("keep one: mv {other} {other}.old; ln -s {ours} {other}; or: unset XDG_CONFIG_HOME");
            return Err(Failure::new(Exit::Error, message).hint(hint).into());
        }
        missing.push(other);
    }
    Ok(missing)
}

/// Makes these links, and says so.
///
/// # Errors
/// When one cannot be made.
pub(crate) fn link(links: &[PathBuf], settings: &Settings, context: &Context) -> Result<()> {
    let ours = settings.folder();
    let mut buffer = Buffer::new(&context.err);
    for link in links {
        let failed = || format!("cannot make {} lead to {}", link.display(), ours.display());
        files::private_folder(ours)?;
        fs::create_dir_all(link.parent().unwrap_or(link)).with_context(failed)?;
        symlink(ours, link).with_context(failed)?;
        let (link, ours) = (link.display(), ours.display());
        let said = format!("{link} leads to {ours} now, since other programs do not see XDG_CONFIG_HOME");
        buffer.put(style::NOTE, "note: ").put(style::PLAIN, &said).end();
    }
    context.note(&buffer);
    Ok(())
}

/// Keeps all of it, and says so: before a daemon is begun that other programs are to find. Returns what was kept, and whether
/// that changed the configuration file.
///
/// # Errors
/// As [`keep`] and [`missing_links`], or when nothing can be written.
pub(crate) fn settle(
    settings: &mut Settings,
    others: Vec<PathBuf>,
    context: &Context,
) -> Result<(Vec<Kept>, bool)> {
    let kept = keep(settings)?;
    link(&missing_links(settings, others)?, settings, context)?;
    let changed = settings.save()?;
    tell(&kept, context);
    Ok((kept, changed))
}

/// Does that where nothing is configured yet: a daemon that is started now is the one that others are to find.
///
/// # Errors
/// As [`settle`].
pub(crate) fn settle_first(context: &Context) -> Result<()> {
    let mut settings = Settings::read()?;
    if !settings.path().exists() {
        settle(&mut settings, vec![Places::bare()?.config_dir()], context)?;
    }
    Ok(())
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path| fs::canonicalize(path).ok();
    real(one).is_some_and(|path| Some(path) == real(other))
}

/// Returns what a variable is set to, if that is something.
fn set(name: &str) -> Option<OsString> {
    local::setting(name)
}

fn named(path: &Path) -> Result<&str> {
    path.to_str()
        .with_context(|| format!("{} cannot be named in config.toml: it is not UTF-8", path.display()))
}

#[allow(clippy::unnecessary_wraps)]
fn as_it_is(value: &str) -> io::Result<String> {
    Ok(value.to_owned())
}

fn path(value: &str) -> io::Result<String> {
    Ok(std::path::absolute(value)?.to_string_lossy().into_owned())
}

fn paths(value: &str) -> io::Result<String> {
    let whole = value.split(':').filter(|folder| !folder.is_empty()).map(path);
    Ok(whole.collect::<io::Result<Vec<_>>>()?.join(":"))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (written, wanted) in [
            ("http://uma:hunter2@proxy.example.com:3128", "http://proxy.example.com:3128"),
            ("uma:hunter2@proxy.example.com", "proxy.example.com"),
            ("http://uma:hunt@er2@proxy.example.com", "http://proxy.example.com"),
            ("http://proxy.example.com", "http://proxy.example.com"),
        ] {
            assert_eq!(shown("proxy", written), wanted);
        }
        assert_eq!(shown("ca_file", "/home/uma@example/x.pem"), "/home/uma@example/x.pem");
    }
}
