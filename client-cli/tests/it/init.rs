//! `syncctl init`, beside a `syncd` that answers for Intercom. The real one is tried in `daemon/tests/it/service`.

use serde_json::json;

use crate::support::bench::{Bench, mode};

const TOKEN: &str = "dG9rOm1hZGUtdXAtdG9rZW4=";
const CONFIG: &str = ".config/syncd/config.toml";
const TOKEN_FILE: &str = ".config/syncd/token";

/// Knows `eu-…` tokens in Europe and `us-…` ones in the United States, each of a workspace of its own; remembers what it
/// was started with.
const SYNCD: &str = r#"
token=$(cat)
{ echo "$@"; env; } >>"$HOME/seen"
echo "${SYNCD_API_URL:-$SYNCD_REGION}" >>"$HOME/asked"
region=${token%%-*}
if [ "$region" = broken ]; then echo 'error: no route' >&2; exit 1; fi
if [ "$region" = "$SYNCD_REGION" ] || [ -n "$SYNCD_API_URL" ]; then
    echo '{"outcome":"accepted","id":"'"${token#*-}"'","name":"Café \u001b[2J","region":"'"$region"'"}'
else
    echo '{"outcome":"refused","message":"Intercom answered 401","unknown":true}'
fi"#;

fn bench() -> Bench {
    Bench::with(&[("syncd", SYNCD)])
}

fn asked(bench: &Bench) -> Vec<String> {
    bench.read("asked").lines().map(str::to_owned).collect()
}

#[test]
fn a_token_that_is_accepted_is_kept_where_only_its_owner_can_read_it() {
    let bench = bench();
    let ended = bench.run(&["init"], &format!("us-{TOKEN}\n"));
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains(&format!("Café ␛[2J ({TOKEN}), region us")), "{ended:?}");
    assert!(ended.stdout.contains("syncctl mcp install"), "{ended:?}");
    assert_eq!(bench.read(TOKEN_FILE), format!("us-{TOKEN}"));
    let modes = [CONFIG, TOKEN_FILE, ".config/syncd"].map(|path| mode(&bench.path(path)));
    assert_eq!(modes, [0o600, 0o600, 0o700]);
    let token_file = bench.path(TOKEN_FILE);
    assert_eq!(bench.read(CONFIG), format!("token_file = {:?}\n", token_file.to_str().unwrap()));
}

#[test]
fn the_token_is_in_no_argument_no_variable_and_nothing_that_is_printed() {
    let bench = bench();
    for token in [format!("us-{TOKEN}"), format!("au-{TOKEN}")] {
        let secret = token.replace("us-", "xx-");
        let ended = bench.run_with(&["init", "--yes", "--region", "us"], &token, |command| {
            command.env("INTERCOM_ACCESS_TOKEN", &secret);
        });
        let seen = bench.read("seen") + &ended.stderr;
        assert!(!seen.contains(TOKEN) && seen.contains("--check-token"), "{seen}");
    }
}

#[test]
fn what_intercom_refuses_changes_nothing_and_has_an_exit_code_of_its_own() {
    let bench = bench();
    let ended = bench.run(&["init"], "xx-unknown");
    assert_eq!((ended.code, ended.stdout.as_str()), (5, ""), "{ended:?}");
    assert!(ended.stderr.contains("Intercom answered 401") && ended.stderr.contains("hint: "), "{ended:?}");
    assert!(!bench.path(".config").exists());
    assert_eq!(asked(&bench), ["us", "eu", "au"]);
    let ended = bench.run(&["init"], "broken-1");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.starts_with("error: no route\n"), "{ended:?}");
    assert!(!bench.path(".config").exists());
}

#[test]
fn a_workspace_of_another_region_is_found_and_its_region_written() {
    let bench = bench();
    bench.write(CONFIG, "# mine\nregion = \"au\" # wrong\nhistory = \"90d\"\n");
    let ended = bench.run(&["init", "--json"], "eu-w1");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.json()["region"], json!("eu"));
    assert_eq!(ended.json()["workspace"]["id"], json!("w1"));
    assert_eq!(asked(&bench), ["au", "us", "eu"]);
    let config = bench.read(CONFIG);
    assert!(
        config.starts_with("# mine\nregion = \"eu\" # wrong\nhistory = \"90d\"\ntoken_file = "),
        "{config}"
    );
}

#[test]
fn a_region_that_is_named_is_the_only_one_that_is_asked() {
    let bench = bench();
    assert_eq!(bench.run(&["init", "--region", "us"], "eu-w1").code, 5);
    assert_eq!(asked(&bench), ["us"]);
    assert_eq!(bench.run(&["init", "--region", "eu"], "eu-w1").code, 0);
    assert!(bench.read(CONFIG).contains("region = \"eu\""));
}

#[test]
fn an_address_of_ones_own_is_written_and_a_region_beside_it_is_a_contradiction() {
    let bench = bench();
    let ended = bench.run(&["init", "--api-url", "http://127.0.0.1:9"], "eu-w1");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(asked(&bench), ["http://127.0.0.1:9"]);
    let config = bench.read(CONFIG);
    assert!(
        config.contains("api_url = \"http://127.0.0.1:9\"") && config.contains("region = \"eu\""),
        "{config}"
    );
    let ended = bench.run(&["init", "--region", "eu"], "eu-w1");
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("api_url"), "{ended:?}");
}

#[test]
fn the_token_of_another_workspace_is_not_replaced_unasked() {
    let bench = bench();
    assert_eq!(bench.run(&["init"], "us-w1").code, 0);
    let before = bench.read(CONFIG);
    let ended = bench.run(&["init"], "us-w2");
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{ended:?}");
    assert!(ended.stderr.contains("(w1)") && ended.stderr.contains("--yes"), "{ended:?}");
    assert_eq!((bench.read(TOKEN_FILE).as_str(), bench.read(CONFIG)), ("us-w1", before.clone()));
    assert_eq!(bench.run(&["init", "--yes"], "us-w2").code, 0);
    assert_eq!((bench.read(TOKEN_FILE).as_str(), bench.read(CONFIG)), ("us-w2", before));
}

#[test]
fn a_token_that_opens_nothing_any_more_is_not_replaced_unasked_either() {
    let bench = bench();
    bench.write(TOKEN_FILE, "xx-revoked");
    assert_eq!(bench.run(&["init"], "us-w1").code, 2);
    assert_eq!(bench.read(TOKEN_FILE), "xx-revoked");
}

#[test]
fn a_token_file_of_ones_own_choice_is_kept_and_written_to() {
    let bench = bench();
    let own = bench.path("secrets/intercom");
    bench.write("secrets/intercom", "us-w1\n");
    bench.write(CONFIG, &format!("token_file = {own:?}\n"));
    let ended = bench.run(&["init"], "us-w1");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(bench.read("secrets/intercom"), "us-w1");
    assert!(!bench.path(TOKEN_FILE).exists());
}

#[test]
fn a_configuration_that_cannot_be_read_stays_as_it_is() {
    let bench = bench();
    bench.write(CONFIG, "region = [");
    let ended = bench.run(&["init"], "us-w1");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("config.toml: line 1"), "{ended:?}");
    assert_eq!(bench.read(CONFIG), "region = [");
    assert!(!bench.path(TOKEN_FILE).exists());
}

#[test]
fn what_is_no_token_is_a_wrong_usage_and_goes_nowhere() {
    let bench = bench();
    for typed in ["", "\n", "Bearer dG9rOnNlY3JldA=="] {
        let ended = bench.run(&["init"], typed);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{ended:?}");
        assert!(!ended.stderr.contains("dG9r"), "{ended:?}");
    }
    assert!(!bench.path("asked").exists() && !bench.path(".config").exists());
}

#[test]
fn what_only_this_shell_knows_is_kept_for_the_programs_that_do_not_see_it_and_said() {
    let bench = bench();
    bench.write("company/ca.pem", "");
    let shell = |command: &mut std::process::Command| {
        command.env("HTTPS_PROXY", "").env("all_proxy", "http://uma:hunter2@proxy.example.com:3128");
        command.env("NO_PROXY", "localhost,.example.com").env("SSL_CERT_FILE", "company/ca.pem");
        command.env("SYNCD_DATA_DIR", bench.path("big")).env("SYNCD_SOCKET", "/run/mine.sock");
        command.env("SYNCD_HISTORY", "90d").current_dir(bench.path(""));
    };
    let ended = bench.run_with(&["init", "--json"], "us-w1", shell);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
    let ca = bench.path("company/ca.pem");
    let lines = [
        "do not see all_proxy: proxy = http://proxy.example.com:3128\n".to_owned(),
        "do not see NO_PROXY: no_proxy = localhost,.example.com\n".to_owned(),
        format!("do not see SSL_CERT_FILE: ca_file = {}\n", ca.display()),
        format!("do not see SYNCD_DATA_DIR: data_dir = {}\n", bench.path("big").display()),
        "do not see SYNCD_SOCKET: socket = /run/mine.sock\n".to_owned(),
    ];
    for line in lines {
        assert!(ended.stderr.contains(&line), "{line}{}", ended.stderr);
    }
    let config = bench.read(CONFIG);
    for line in [
        "proxy = \"http://uma:hunter2@proxy.example.com:3128\"\n".to_owned(),
        format!("ca_file = {ca:?}\n"),
        "socket = \"/run/mine.sock\"\n".to_owned(),
    ] {
        assert!(config.contains(&line), "{line}{config}");
    }
    assert!(!config.contains("90d"), "{config}");
    assert_eq!(mode(&bench.path(CONFIG)), 0o600);
    // Once more there is nothing to keep, and nothing to say.
    let ended = bench.run_with(&["init", "--json"], "us-w1", shell);
    assert_eq!(ended.json()["kept"], json!([]));
    assert!(!ended.stderr.contains("kept in"), "{ended:?}");
    // Without all of it, what was kept stays.
    assert_eq!(bench.run(&["init"], "us-w1").code, 0);
    assert_eq!(bench.read(CONFIG), config);
}

#[test]
fn the_first_start_keeps_the_places_of_this_shell_and_a_later_one_changes_nothing() {
    let bench = bench();
    let start = |data: &str| {
        let ended = bench.run_with(&["service", "start"], "", |command| {
            command.env("SYNCD_DATA_DIR", bench.path(data));
        });
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.stderr
    };
    let config = format!("data_dir = {:?}\n", bench.path("big"));
    assert!(start("big").contains("do not see SYNCD_DATA_DIR: data_dir = "));
    assert_eq!(bench.read(CONFIG), config);
    assert_eq!((start("other").as_str(), bench.read(CONFIG)), ("", config));
}

#[test]
fn hosts_without_a_proxy_are_not_kept_where_there_is_none() {
    let bench = bench();
    let ended = bench.run_with(&["init"], "us-w1", |command| {
        command.env("NO_PROXY", "localhost");
    });
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(!bench.read(CONFIG).contains("no_proxy"));
}

#[test]
fn a_configuration_elsewhere_is_led_to_from_where_every_program_looks() {
    let bench = bench();
    let elsewhere = |command: &mut std::process::Command| {
        command.env("XDG_CONFIG_HOME", bench.path("conf"));
    };
    let ended = bench.run_with(&["init"], "us-w1", elsewhere);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stderr.contains("/.config/syncd leads to "), "{ended:?}");
    assert!(bench.path(".config/syncd").is_symlink());
    assert_eq!(bench.read(CONFIG), bench.read("conf/syncd/config.toml"));
    let ended = bench.run_with(&["init"], "us-w1", elsewhere);
    assert_eq!((ended.code, ended.stderr.contains("leads to")), (0, false), "{ended:?}");
    // Two are one too many, and nothing is changed.
    std::fs::remove_file(bench.path(".config/syncd")).unwrap();
    bench.write(CONFIG, "region = \"au\"\n");
    let before = bench.read("conf/syncd/config.toml");
    let ended = bench.run_with(&["init"], "us-w2", elsewhere);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("two configurations") && ended.stderr.contains("ln -s "), "{ended:?}");
    assert_eq!(bench.read("conf/syncd/config.toml"), before);
}

/// Keeps what it is given, as a keyring would.
const SECRET_TOOL: &str = r#"
echo "$@" >>"$HOME/kept.asked"
case $1 in
store) [ ! -e "$HOME/locked" ] || { echo 'the collection is locked' >&2; exit 1; }; cat >"$HOME/kept" ;;
lookup) cat "$HOME/kept" 2>/dev/null ;;
esac"#;

fn run_with_keyring(bench: &Bench, args: &[&str], typed: &str) -> crate::support::Ended {
    bench.run_with(args, typed, |command| {
        let path = format!("{}:/usr/bin:/bin", bench.path("bin").display());
        command.env("PATH", path).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    })
}

#[test]
fn a_keyring_takes_the_token_in_the_place_of_the_file() {
    let bench = Bench::with(&[("syncd", SYNCD), ("secret-tool", SECRET_TOOL)]);
    assert_eq!(run_with_keyring(&bench, &["init"], "us-w1").code, 0);
    let ended = run_with_keyring(&bench, &["init", "--store", "keyring", "--json"], "us-w1");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!((&ended.json()["store"], &ended.json()["token_file"]), (&json!("keyring"), &json!(null)));
    assert_eq!(bench.read("kept"), "us-w1");
    assert!(!bench.read("kept.asked").contains("w1"));
    assert!(!bench.path(TOKEN_FILE).exists() && !bench.read(CONFIG).contains("token_file"));
    // What it holds is as safe from being replaced as a file.
    assert_eq!(run_with_keyring(&bench, &["init"], "us-w2").code, 2);
    let doctor = run_with_keyring(&bench, &["doctor"], "");
    assert!(doctor.stdout.contains("the token is in the keyring"), "{doctor:?}");
}

#[test]
fn a_keyring_that_is_missing_or_locked_changes_nothing() {
    let bench = Bench::with(&[("syncd", SYNCD), ("secret-tool", SECRET_TOOL)]);
    let ended = bench.run(&["init", "--store", "keyring"], "us-w1");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("libsecret-tools"), "{ended:?}");
    bench.write("locked", "");
    let ended = run_with_keyring(&bench, &["init", "--store", "keyring"], "us-w1");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("the collection is locked"), "{ended:?}");
    assert!(!bench.path(CONFIG).exists() && !bench.path("kept").exists());
}
