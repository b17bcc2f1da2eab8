//! The text of the units: those in `systemd/`, fitted to where things are. Pure.

use std::path::Path;

use anyhow::Result;
use proto::local::Workspace;
use proto::local::systemd::service as service_name;

use crate::exit::{Exit, Failure};

const SERVICE: &str = include_str!("../../../../systemd/syncd.service");
const SOCKET: &str = include_str!("../../../../systemd/syncd.socket");
/// What the service's credential is read from where the token is in the keyring.
const TOKEN_SOCKET: &str = include_str!("../../../../systemd/syncd-token.socket");
const TOKEN_SERVICE: &str = include_str!("../../../../systemd/syncd-token@.service");
/// Where the shipped unit expects the program that reaches the keyring.
const SECRET_TOOL: &str = "ExecStart=/usr/bin/secret-tool ";
/// For machines where unprivileged user namespaces are forbidden.
pub(super) const WITHOUT_NAMESPACES: &str = include_str!("../../../../systemd/without-user-namespaces.conf");

/// Stands first in what is written, so that everybody sees where changes belong.
pub(super) const HEAD: &str =
    "# Written by `syncctl service install`; changes belong into `systemctl --user edit`.\n";
/// Where the shipped unit expects the program.
const PROGRAM: &str = "%h/.local/bin/syncd";
/// Where the shipped unit listens.
const LISTEN: &str = "ListenStream=%t/%N/syncd.sock";

/// Returns the service, running the program at this path.
///
/// # Errors
/// When the path has characters that a unit cannot carry.
pub(super) fn service(program: &Path, home: &Path) -> Result<String> {
    if program == home.join(".local/bin/syncd") {
        return Ok(format!("{HEAD}{SERVICE}"));
    }
    let program = escaped(program)?;
    let text = SERVICE
        .replace(&format!("ExecStart={PROGRAM} "), &format!("ExecStart=\"{program}\" "))
        // Together with the other folders of that line, it is what the sandbox lets through.
        .replace(&format!("BindReadOnlyPaths={PROGRAM} "), &format!("BindReadOnlyPaths=\"{program}\" "));
    Ok(format!("{HEAD}{text}"))
}

/// Returns the socket, listening at this path or at the usual one.
///
/// # Errors
/// When the path has characters that a unit cannot carry.
pub(super) fn socket(path: Option<&Path>) -> Result<String> {
    match path {
        Some(path) => {
            let listen = format!("ListenStream={}", escaped(path)?);
            Ok(format!("{HEAD}{}", SOCKET.replace(LISTEN, &listen)))
        }
        None => Ok(format!("{HEAD}{SOCKET}")),
    }
}

/// Returns what hands the token over that is in the keyring: a socket, what answers on it, and a drop-in that has the service
/// read it.
///
/// # Errors
/// When the path has characters that a unit cannot carry.
pub(super) fn keyring(program: &Path) -> Result<[String; 3]> {
    let program = format!("ExecStart=\"{}\" ", escaped(program)?);
    let drop_in = "[Unit]\nRequires=syncd-token.socket\nAfter=syncd-token.socket\n[Service]\n\
                   LoadCredential=intercom-token:%t/syncd-token.sock\n";
    let texts = [TOKEN_SOCKET, &TOKEN_SERVICE.replace(SECRET_TOOL, &program), drop_in];
    Ok(texts.map(|text| format!("{HEAD}{}", of_workspace(text))))
}

/// Returns the name of a unit, or a text, about the workspace's units instead of those of the one without a name.
pub(super) fn of_workspace(text: &str) -> String {
    let workspace = Workspace::chosen();
    let Some(name) = workspace.name() else { return text.to_owned() };
    ["syncd-token", "syncd-files"]
        .iter()
        .fold(text.to_owned(), |text, unit| text.replace(unit, &format!("{unit}-{name}")))
        .replace("syncd.service", &service_name())
        .replace("lookup service syncd ", &format!("lookup service {workspace} "))
}

/// Returns a path as it stands between quotes in a unit.
pub(super) fn escaped(path: &Path) -> Result<String> {
    let carried = |c: char| !c.is_control() && !matches!(c, '"' | '\'' | '\\' | '$' | ':');
    match path.to_str() {
        Some(text) if path.is_absolute() && text.chars().all(carried) => Ok(text.replace('%', "%%")),
        _ => {
            let message = format!("a systemd unit cannot name the path {}", path.display());
            let hint =
                "use an absolute path without quotes, colons, backslashes, dollar and control characters";
            Err(Failure::new(Exit::Error, message).hint(hint).into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_usual_place_leaves_the_shipped_units_as_they_are() {
        let home = Path::new("/home/uma");
        let text = service(&home.join(".local/bin/syncd"), home).unwrap();
        assert_eq!(text.strip_prefix(HEAD), Some(SERVICE));
        assert_eq!(socket(None).unwrap().strip_prefix(HEAD), Some(SOCKET));
    }

    #[test]
    fn another_place_is_run_from_and_seen_by_the_sandbox() {
        let text = service(Path::new("/opt/100% mine/syncd"), Path::new("/home/uma")).unwrap();
        assert!(text.contains("\nExecStart=\"/opt/100%% mine/syncd\" --workspace=%i\n"), "{text}");
        assert!(
            text.contains("\nBindReadOnlyPaths=\"/opt/100%% mine/syncd\" %E/%N %t/systemd/notify\n"),
            "{text}"
        );
        assert!(!text.contains(PROGRAM), "{text}");
        let listening = socket(Some(Path::new("/run/x y.sock"))).unwrap();
        assert!(listening.contains("\nListenStream=/run/x y.sock\nSocketMode=0600\n"), "{listening}");
    }

    #[test]
    fn the_keyring_is_read_by_the_program_that_is_there() {
        let [socket, service, drop_in] = keyring(Path::new("/opt/x y/secret-tool")).unwrap();
        assert!(socket.contains("\nListenStream=%t/syncd-token.sock\n"), "{socket}");
        let line =
            "\nExecStart=\"/opt/x y/secret-tool\" lookup service syncd account intercom-access-token\n";
        assert!(service.contains(line), "{service}");
        assert!(drop_in.ends_with("\nLoadCredential=intercom-token:%t/syncd-token.sock\n"), "{drop_in}");
    }

    #[test]
    fn a_path_that_could_change_the_unit_is_refused() {
        for path in ["relative", "/a\nExecStart=/bin/sh", "/a\"b", "/a:b", "/a$HOME", "/a\\x20b", "/a'b"] {
            assert!(service(Path::new(path), Path::new("/home/uma")).is_err(), "{path:?}");
            assert!(socket(Some(Path::new(path))).is_err(), "{path:?}");
        }
    }
}
