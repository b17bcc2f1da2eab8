#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use proto::Timestamp;

use super::values::{self, History, Sources};
use super::{file, keys, token};

#[test]
fn an_unknown_key_is_an_error_that_names_the_file_the_key_and_what_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, "histroy = \"90d\"\n").unwrap();
    let error = file::read(&path, true).unwrap_err().to_string();
    for expected in ["config.toml", "histroy", "history", "sync_interval"] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_file_that_was_asked_for_must_exist_and_the_default_one_need_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    assert!(file::read(&path, true).unwrap_err().to_string().contains("config.toml"));
    assert!(file::read(&path, false).unwrap().history.is_none());
}

#[test]
fn the_environment_overrides_the_file_and_an_error_names_which_was_wrong() {
    let path = Path::new("/etc/config.toml");
    let sources = Sources { path, environment: |name| (name == "SYNCD_SETTLE").then(|| "soon".to_owned()) };
    let from_environment =
        sources.setting(&keys::SETTLE, Some("5s"), values::duration).unwrap_err().to_string();
    assert_eq!(
        from_environment,
        "the environment variable SYNCD_SETTLE: `settle` is \"soon\": a duration is needed, such as \"15s\", \"5m\" or \"2h\""
    );
    let sources = Sources { path, environment: |_| None };
    let from_file = sources.setting(&keys::SETTLE, Some("5s"), values::duration).unwrap();
    assert_eq!(from_file, Some(Duration::from_secs(5)));
    let wrong_file = sources.setting(&keys::SETTLE, Some("x"), values::duration).unwrap_err().to_string();
    assert!(wrong_file.starts_with("/etc/config.toml: `settle` is \"x\""), "{wrong_file}");
    let neither = sources.required(&keys::SETTLE, None, values::duration).unwrap();
    assert_eq!(neither, Duration::from_secs(60));
}

#[test]
fn plain_http_is_for_loopback_addresses_only() {
    let allowed = [
        ("https://api.intercom.io", "https://api.intercom.io/"),
        ("HTTPS://API.Intercom.IO/base", "https://api.intercom.io/base/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://127.9.9.9", "http://127.9.9.9/"),
        ("http://localhost:1", "http://localhost:1/"),
        ("HTTP://LOCALHOST", "http://localhost/"),
        ("http://[::1]:9/base", "http://[::1]:9/base/"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]/"),
        // Other ways to write 127.0.0.1.
        ("http://127.1", "http://127.0.0.1/"),
        ("http://0x7f000001", "http://127.0.0.1/"),
    ];
    for (written, read) in allowed {
        assert_eq!(values::api_url(written).unwrap().as_str(), read, "{written}");
    }
    for refused in [
        "http://api.intercom.io",
        "HTTP://api.intercom.io",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost.",
        "http://localhost@example.com",
        "http://127.0.0.1@example.com",
        "http://example.com#@127.0.0.1",
        "http://example.com\\@127.0.0.1",
        "http://example.com/127.0.0.1",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://10.0.0.1",
        "http://[::]",
        "http://[::2]",
        "http://[::ffff:10.0.0.1]",
        "http://[fe80::1]",
        "https://user@api.intercom.io",
        "https://:password@api.intercom.io",
        "http://user:password@127.0.0.1",
        "ftp://localhost",
        "file:///etc/passwd",
        "unix:/run/x.sock",
        "api.intercom.io",
        "//api.intercom.io",
        "https://",
        "",
    ] {
        assert!(values::api_url(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_proxy_may_leave_its_scheme_out_and_is_never_repeated_by_an_error() {
    let allowed = [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128/"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128/"),
        ("uma:hunter2@10.0.0.1:80", "http://uma:hunter2@10.0.0.1/"),
        ("https://proxy.example.com", "https://proxy.example.com/"),
        ("socks5h://localhost:1080", "socks5h://localhost:1080"),
    ];
    for (written, read) in allowed {
        assert_eq!(values::proxy(written).unwrap().as_str(), read, "{written}");
    }
    let environment = |name: &str| (name == "all_proxy").then(|| "ftp://uma:hunter2".to_owned());
    let sources = Sources { path: Path::new("/etc/config.toml"), environment };
    let error = sources.setting(&keys::PROXY, None, values::proxy).unwrap_err().to_string();
    assert!(
        error.starts_with("the environment variable all_proxy: `proxy` is ") && error.contains("3128"),
        "{error}"
    );
    assert!(!error.contains("hunter2") && !error.contains("uma"), "{error}");
    for refused in ["", "http://", "http://uma:hunter2", "file:///etc/passwd"] {
        assert!(values::proxy(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_setting_is_named_with_where_it_is_for_people() {
    let path = Path::new("/etc/config.toml");
    let file = Some("/a/company.pem");
    let sources = Sources { path, environment: |_: &str| None };
    let named = sources.named(&keys::CA_FILE, file, values::certificate_file).unwrap().unwrap();
    assert_eq!(named, ("`ca_file` in /etc/config.toml".to_owned(), "/a/company.pem".into()));
    let set = |name: &str| (name == "SSL_CERT_DIR").then(|| "/b:/c".to_owned());
    let sources = Sources { path, environment: set };
    let named = sources.named(&keys::CA_DIR, None, values::certificate_folders).unwrap().unwrap();
    assert_eq!(named, ("SSL_CERT_DIR".to_owned(), vec!["/b".into(), "/c".into()]));
}

#[test]
fn a_password_in_an_address_is_not_repeated_by_the_error() {
    let sources = Sources { path: Path::new("/etc/config.toml"), environment: |_: &str| None };
    let address = Some("https://user:hunter2@api.intercom.io");
    let error = sources.setting(&keys::API_URL, address, values::api_url).unwrap_err().to_string();
    assert!(
        error.contains("@api.intercom.io") && !error.contains("hunter2") && !error.contains("user:"),
        "{error}"
    );
}

#[test]
fn history_is_a_duration_a_date_or_all() {
    let now = Timestamp(1_790_000_000);
    assert_eq!(values::history("90d").unwrap().horizon(now), now.minus(90 * 86_400));
    assert_eq!(values::history("2026-01-31").unwrap(), History::Since(Timestamp(1_769_817_600)));
    assert_eq!(values::history("all").unwrap().horizon(now), Timestamp::EPOCH);
    assert_eq!(values::history("9999y").unwrap().horizon(now), Timestamp::EPOCH);
    for refused in ["", "0s", "yesterday", "-3d"] {
        assert!(values::history(refused).is_err(), "{refused}");
    }
}

#[test]
fn other_values_are_checked() {
    assert!(values::region("EU").is_ok() && values::region("uk").is_err());
    assert!(values::positive_duration("0s").is_err() && values::positive_duration("1s").is_ok());
    assert!(values::requests_per_minute("5").is_err() && values::requests_per_minute("600").is_ok());
    assert!(values::log("syncd=debug").is_ok() && values::log("syncd=loud").is_err());
}

#[test]
fn what_token_file_says_is_not_repeated_when_it_may_be_the_token() {
    let mistaken = Path::new("dG9rOm1hZGUtdXAtc2VjcmV0");
    let error = token::find(Some(mistaken)).unwrap_err().to_string();
    assert!(error.contains("token_file") && !error.contains("dG9r"), "{error}");
    let error = token::find(Some(Path::new("/nowhere/token"))).unwrap_err().to_string();
    assert!(error.contains("/nowhere/token"), "{error}");
}

#[test]
fn a_token_file_of_another_user_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "dG9rOnRlc3Q=").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    // Only root can give a file away, and only root could read it then.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
        let error = token::find(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("belongs to another user"), "{error}");
    }
}

#[test]
fn a_file_too_long_for_a_token_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "x".repeat(1 << 20)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(token::find(Some(&path)).unwrap_err().to_string().contains("too long"));
}

#[test]
fn a_token_file_that_others_may_read_is_refused_with_the_command_to_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    std::fs::write(&path, "dG9rOnRlc3Q=\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = token::find(Some(&path)).unwrap_err().to_string();
    assert!(error.contains("chmod 600"), "{error}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let token = token::find(Some(&path)).unwrap();
    assert!(token.secret.is_some());
    assert!(!format!("{token:?}").contains("dG9r"));
}

#[test]
fn the_readme_lists_every_setting_as_it_is() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let reference = keys::reference();
    assert!(readme.contains(&reference), "put this into the README:\n{reference}");
}
