//! `service install` and `service uninstall`: the unit files, and what systemd is told about them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use proto::keyring;
use proto::local::Places;
use proto::local::start;
use proto::local::systemd::{self, Units};
use serde::Serialize;
use serde_json::json;

use super::background::{self, Daemon};
use super::manager::Manager;
use super::shown::Shown;
use super::units::{self, WITHOUT_NAMESPACES};
use crate::context::Context;
use crate::environment::{self, Kept};
use crate::exit::{Exit, Failure};
use crate::files::{self, Draft};
use crate::programs;
use crate::render::{Buffer, style};
use crate::settings::Settings;

/// Drop-in that shows the service what lies elsewhere in the home folder.
const PATHS: &str = "syncctl-paths.conf";
/// Drop-in that has the service read the token that is in the keyring.
const KEYRING: &str = "syncctl-keyring.conf";
/// The socket that it is read from.
const TOKEN_SOCKET: &str = "syncd-token.socket";
/// What answers on it.
const TOKEN_SERVICE: &str = "syncd-token@.service";
/// What watches the files elsewhere that the service is shown.
const FILES_PATH: &str = "syncd-files.path";
/// What restarts the service when one of them was replaced.
const FILES_SERVICE: &str = "syncd-files.service";
/// Drop-in for where user namespaces are forbidden.
const NAMESPACES: &str = "without-user-namespaces.conf";
/// What the service ends with where it cannot have a namespace of its own: of users, and of mounts.
const NO_NAMESPACE: [&str; 2] = ["217", "226"];
/// Mode of a unit file.
const UNIT_MODE: u32 = 0o644;

/// What `service install` did, for `--json`.
#[derive(Debug, Serialize)]
pub(crate) struct Installed {
    /// `systemd`, or `none` where a program in the background had to do.
    manager: &'static str,
    /// The files that were written or changed.
    files: Vec<PathBuf>,
    /// What was taken from this shell's environment into the configuration.
    kept: Vec<Kept>,
    /// It is started at each boot, not only while the user is logged in.
    lingers: bool,
}

/// Installs the units, starts them now and at each login, and says so. What is as it should be is left alone.
///
/// # Errors
/// When a file cannot be written, or the service does not start.
pub(crate) async fn install(context: &Context) -> Result<Installed> {
    let program = programs::find("syncd")?;
    if let Some(complaint) = programs::judge_configuration().await {
        let failure = Failure::new(Exit::Error, complaint);
        return Err(failure.hint("nothing was changed: fix that, and try again").into());
    }
    let manager = if systemd::is_there().await { Some(Manager::ask().await?) } else { None };
    let mut settings = Settings::read()?;
    let mut others = vec![Places::bare()?.config_dir()];
    others.extend(manager.as_ref().map(|manager| manager.configuration()));
    let (kept, configured) = environment::settle(&mut settings, others, context)?;
    let Some(manager) = manager else { return without_systemd(kept, context).await };
    let folder = manager.units();
    let drop_ins = drop_ins(&folder);
    let mut changed = Changed::default();
    fs::create_dir_all(&drop_ins).with_context(|| format!("cannot create {}", drop_ins.display()))?;
    changed.write(&folder.join(systemd::service()), &units::service(&program, Places::here()?.home())?)?;
    changed.write(&folder.join(systemd::socket()), &units::socket(settings.path_of("socket").as_deref())?)?;
    let shown = Shown::of(&settings, &manager)?;
    changed.write_or_remove(&[drop_ins.join(PATHS)], shown.drop_in()?.map(|text| [text]))?;
    let watching = shown.watch()?;
    let watches = watching.is_some();
    if !watches && folder.join(units::of_workspace(FILES_PATH)).exists() {
        systemd::tell(&["stop", &units::of_workspace(FILES_PATH)]).await?;
    }
    changed.write_or_remove(
        &[FILES_PATH, FILES_SERVICE].map(|unit| folder.join(units::of_workspace(unit))),
        watching,
    )?;
    let keyring = if settings.path_of("token_file").is_none() { keyring_program() } else { None };
    let [socket_of_token, service_of_token] =
        [TOKEN_SOCKET, TOKEN_SERVICE].map(|unit| folder.join(units::of_workspace(unit)));
    let places = [socket_of_token, service_of_token, drop_ins.join(KEYRING)];
    changed.write_or_remove(&places, keyring.map(|program| units::keyring(&program)).transpose()?)?;
    // Empty where nothing had to go into it.
    let _ = fs::remove_dir(&drop_ins);

    systemd::tell(&["daemon-reload"]).await?;
    systemd::forget_failures().await;
    let before = Units::look().await?;
    if !before.service.is_active() && !before.socket.is_active() {
        // It would keep the database, and the socket's place, from the service.
        if let Some(pid) = background::stop(context).await? {
            note(context, &format!("stopped syncd (process {pid}), which ran outside of systemd"));
        }
    }
    enable(&drop_ins, &mut changed, context).await?;
    if before.service.is_active() && !changed.files.is_empty() {
        systemd::tell(&["restart", &systemd::socket(), &systemd::service()]).await?;
    } else if before.service.is_active() && configured {
        systemd::tell(&["reload", &systemd::service()]).await?;
    }
    if watches {
        systemd::tell(&["restart", &units::of_workspace(FILES_PATH)]).await?;
    }
    if !Units::look().await?.service.is_active() {
        let failure = Failure::new(Exit::Error, "the service is installed but not running");
        return Err(failure.hint("see why: journalctl --user -u syncd").into());
    }
    let installed = Installed { manager: "systemd", files: changed.files, kept, lingers: lingers() };
    tell(&installed, context)?;
    Ok(installed)
}

/// Enables and starts both units; where the service cannot have namespaces, once more without.
async fn enable(drop_ins: &Path, changed: &mut Changed, context: &Context) -> Result<()> {
    let Err(error) =
        systemd::tell(&["enable", "--quiet", "--now", &systemd::socket(), &systemd::service()]).await
    else {
        return Ok(());
    };
    let unit = Units::look().await?.service;
    if !NO_NAMESPACE.contains(&unit.get("ExecMainStatus")) || drop_ins.join(NAMESPACES).exists() {
        return Err(error.into());
    }
    note(
        context,
        "this machine does not allow user services namespaces of their own: the service runs without them",
    );
    fs::create_dir_all(drop_ins).with_context(|| format!("cannot create {}", drop_ins.display()))?;
    changed.write(&drop_ins.join(NAMESPACES), WITHOUT_NAMESPACES)?;
    systemd::tell(&["daemon-reload"]).await?;
    systemd::tell(&["reset-failed", &systemd::socket(), &systemd::service()]).await?;
    Ok(systemd::tell(&["enable", "--quiet", "--now", &systemd::socket(), &systemd::service()]).await?)
}

async fn without_systemd(kept: Vec<Kept>, context: &Context) -> Result<Installed> {
    note(context, "there is no systemd --user here, so nothing is installed that starts syncd at login");
    if matches!(background::look(context).await?, Daemon::Absent) {
        start::in_background(context.socket.as_deref()).await?;
    }
    let mut buffer = Buffer::new(if context.json { &context.err } else { &context.out });
    buffer.put(style::PLAIN, "syncd runs in the background until you stop it: syncctl service stop").end();
    buffer.put(style::FAINT, "to start it yourself: syncctl service start").end();
    print(&buffer, context)?;
    Ok(Installed { manager: "none", files: Vec::new(), kept, lingers: false })
}

/// Has an installed service take up a token that came into the keyring, or is no more read from there, and what it has to be
/// `shown` from now on. A new token in a file it takes up by itself.
///
/// # Errors
/// As [`install`].
pub(crate) async fn keep_up(in_keyring: bool, shown: bool, context: &Context) -> Result<()> {
    if !systemd::is_there().await || !Units::look().await?.service.is_loaded() {
        return Ok(());
    }
    let folder = Manager::ask().await?.units();
    let keyring = in_keyring || drop_ins(&folder).join(KEYRING).exists();
    if !keyring && !shown {
        return Ok(());
    }
    let changed = install(context).await?.files;
    if keyring && changed.is_empty() {
        systemd::tell(&["restart", &systemd::service()]).await?;
    }
    Ok(())
}

/// Returns the program that reads the keyring, if the token is in that.
fn keyring_program() -> Option<PathBuf> {
    keyring::lookup().is_ok_and(|entry| entry.is_some()).then(keyring::program).flatten()
}

/// Undoes [`install`]. Data and configuration stay, and so does what others put beside our files.
///
/// # Errors
/// When a file stays, or the service does not stop.
pub(super) async fn uninstall(context: &Context) -> Result<Exit> {
    let manager = systemd::is_there().await;
    let asked = if manager { Manager::ask().await? } else { Manager::usual()? };
    let folder = asked.units();
    let drop_ins = drop_ins(&folder);
    if manager {
        let Units { service, socket } = Units::look().await?;
        if service.is_loaded() || socket.is_loaded() {
            systemd::tell(&["disable", "--quiet", "--now", &systemd::service(), &systemd::socket()]).await?;
        }
    }
    let mut changed = Changed::default();
    for unit in [TOKEN_SOCKET, FILES_PATH].map(units::of_workspace) {
        if manager && folder.join(&unit).exists() {
            systemd::tell(&["stop", &unit]).await?;
        }
    }
    let beside = [TOKEN_SOCKET, TOKEN_SERVICE, FILES_PATH, FILES_SERVICE].map(units::of_workspace);
    let units =
        [systemd::service(), systemd::socket()].into_iter().chain(beside).map(|unit| folder.join(unit));
    let parts = [PATHS, KEYRING, NAMESPACES].map(|part| drop_ins.join(part));
    for file in units.chain(parts) {
        changed.remove(&file)?;
    }
    // Stays where somebody else has put something into it.
    let _ = fs::remove_dir(&drop_ins);
    if manager {
        systemd::tell(&["daemon-reload"]).await?;
        // Of units that are gone nothing is to be remembered; where nothing was, that is an error.
        let _ = systemd::tell(&["reset-failed", &systemd::service(), &systemd::socket()]).await;
    }
    let stopped = background::stop(context).await?;
    // A configuration that cannot be read keeps nobody from being rid of the service.
    let named = Settings::read().ok().and_then(|settings| settings.path_of("data_dir"));
    let data = named.map_or_else(|| Places::here().map(|places| places.default_data_dir()), Ok)?;
    let config = Places::here()?.config_file();
    let config = config.parent().unwrap_or(&config);
    if context.json {
        let document = json!({
            "removed": changed.files, "stopped": stopped, "data": data, "config": config,
        });
        context.print_json(&document)?;
        return Ok(Exit::Done);
    }
    let mut buffer = Buffer::new(&context.out);
    let said = if changed.files.is_empty() { "no service was installed" } else { "the service is removed" };
    buffer.put(style::PLAIN, said).end();
    for file in &changed.files {
        buffer.field("removed", style::PLAIN, &file.display().to_string());
    }
    buffer.field("left", style::PLAIN, &format!("{} (the local copy)", data.display()));
    buffer.field("", style::PLAIN, &format!("{} (configuration and token)", config.display()));
    context.print(&buffer)?;
    Ok(Exit::Done)
}

/// The files that were changed.
#[derive(Default)]
struct Changed {
    files: Vec<PathBuf>,
}

impl Changed {
    /// Writes a file that has another content, or none. A link is replaced: what it leads to is not ours.
    fn write(&mut self, path: &Path, text: &str) -> Result<()> {
        let link = path.is_symlink();
        if !link && fs::read_to_string(path).is_ok_and(|before| before == text) {
            return Ok(());
        }
        if link {
            files::remove(path)?;
        }
        Draft::keeping_mode(path, text.as_bytes(), UNIT_MODE)?.commit()?;
        self.files.push(path.to_owned());
        Ok(())
    }

    /// Writes files that belong together; where there are no texts for them, there are to be no files.
    fn write_or_remove<const N: usize>(
        &mut self,
        places: &[PathBuf; N],
        texts: Option<[String; N]>,
    ) -> Result<()> {
        match texts {
            Some(texts) => places.iter().zip(texts).try_for_each(|(place, text)| self.write(place, &text)),
            None => places.iter().try_for_each(|place| self.remove(place)),
        }
    }

    fn remove(&mut self, path: &Path) -> Result<()> {
        if files::remove(path)? {
            self.files.push(path.to_owned());
        }
        Ok(())
    }
}

fn drop_ins(folder: &Path) -> PathBuf {
    folder.join(format!("{}.d", systemd::service()))
}

/// Says whether the user's manager runs without the user.
pub(crate) fn lingers() -> bool {
    let user = env::var("USER").or_else(|_| env::var("LOGNAME"));
    user.is_ok_and(|user| !user.is_empty() && Path::new("/var/lib/systemd/linger").join(user).exists())
}

fn tell(installed: &Installed, context: &Context) -> Result<()> {
    let mut buffer = Buffer::new(if context.json { &context.err } else { &context.out });
    let files = &installed.files;
    let said =
        if files.is_empty() { "was installed already, and is running" } else { "is installed and running" };
    buffer.put(style::GOOD, &format!("syncd {said}: now, and whenever you log in")).end();
    for file in files {
        buffer.field("wrote", style::PLAIN, &file.display().to_string());
    }
    print(&buffer, context)?;
    if !installed.lingers {
        note(context, "it stops when you log out; to keep it running: loginctl enable-linger");
    }
    let unseen = environment::unseen();
    if !unseen.is_empty() {
        note(context, &format!("the service does not see what is set in this shell: {}", unseen.join(", ")));
    }
    Ok(())
}

fn print(buffer: &Buffer<'_>, context: &Context) -> Result<()> {
    if context.json {
        context.note(buffer);
        return Ok(());
    }
    context.print(buffer)
}

fn note(context: &Context, text: &str) {
    let mut buffer = Buffer::new(&context.err);
    buffer.put(style::NOTE, "note: ").put(style::PLAIN, text).end();
    context.note(&buffer);
}
