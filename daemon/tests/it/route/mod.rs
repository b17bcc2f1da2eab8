//! How Intercom is reached from a network with a proxy and an authority of its own, and what is said where that fails.

mod tunnel;

use std::process::{Command, Stdio};

use crate::secrets::home::{Home, TOKEN, run, sim};

pub(crate) use self::tunnel::{HOST, Network, PASSWORD};

/// Where Intercom is, as far as the daemon knows.
fn api() -> String {
    format!("https://{HOST}/")
}

/// Returns a home whose configuration says this.
fn configured(text: &str) -> Home {
    let home = Home::new();
    home.write(".config/syncd/config.toml", text);
    home
}

/// Syncs once, and says whether that worked.
fn syncs(home: &Home, change: impl FnOnce(&mut Command)) -> bool {
    let mut command = home.command(&api(), "true", "--once");
    command.env("INTERCOM_ACCESS_TOKEN", TOKEN);
    change(&mut command);
    run(command).success()
}

/// Asks whose token it is, as `syncctl init` does, and returns everything that is said.
fn asked(home: &Home, change: impl FnOnce(&mut Command)) -> String {
    let token = home.write("typed", TOKEN);
    let mut command = Command::new(env!("CARGO_BIN_EXE_syncd"));
    command.arg("--check-token").env_clear().env("HOME", home.path("")).env("SYNCD_API_URL", api());
    command.stdin(std::fs::File::open(token).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    change(&mut command);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8(said).unwrap()
}

fn printed(home: &Home) -> String {
    std::fs::read_to_string(home.printed()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_configuration_says_of_proxy_and_certificates_is_how_intercom_is_reached() {
    let sim = sim().await;
    let network = Network::start(&sim.url()).await;
    let home = configured("");
    let authority = home.write("company.pem", network.authority());
    home.write(
        ".config/syncd/config.toml",
        &format!("proxy = {:?}\nca_file = {authority:?}\n", network.proxy()),
    );
    assert!(syncs(&home, |_| ()), "{}", printed(&home));
    assert!(network.asked()[0].starts_with(&format!("CONNECT {HOST}:443 ")), "{:?}", network.asked());
    assert!(network.asked().iter().all(|head| !head.contains(TOKEN)));
    assert!(!printed(&home).contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_goes_before_the_configuration_in_both_writings() {
    let sim = sim().await;
    let network = Network::start(&sim.url()).await;
    let home = configured("proxy = \"http://127.0.0.1:9\"\nca_file = \"/nowhere/company.pem\"\n");
    home.write("certificates/company.pem", network.authority());
    let authority = home.path("certificates/company.pem");
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let said = asked(&home, |command| {
            command.env(variable, network.proxy()).env("SSL_CERT_FILE", &authority);
        });
        assert!(said.contains("\"accepted\""), "{variable}: {said}");
    }
    // A folder of certificates, and an address without its scheme.
    let said = asked(&configured(""), |command| {
        let proxy = network.proxy();
        command.env("HTTPS_PROXY", proxy.trim_start_matches("http://"));
        command.env("SSL_CERT_DIR", authority.parent().unwrap());
    });
    assert!(said.contains("\"accepted\""), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_on_the_way_names_proxy_and_certificates_and_what_to_do_and_no_password() {
    let sim = sim().await;
    let network = Network::start(&sim.url()).await;
    let home = Home::new();
    let authority = home.write("company.pem", network.authority());
    let empty = home.write("empty.pem", "");
    let (proxy, stranger) = (format!("proxy = {:?}", network.proxy()), network.stranger());
    let shown = format!("through the proxy {stranger} (`proxy` in ");
    let cases = [
        // Nothing of the network is known.
        (String::new(), vec!["intercom.invalid cannot be reached (no proxy is configured): "]),
        (proxy.clone(), vec![&shown, "certificate", "set ca_file in the configuration"]),
        (
            format!("{proxy}\nca_file = {empty:?}"),
            vec!["empty.pem (`ca_file` in ", "there is none in PEM form"],
        ),
        (
            format!("{proxy}\nca_file = \"/nowhere/x.pem\""),
            vec!["/nowhere/x.pem (`ca_file` in ", "No such file"],
        ),
        (
            format!("proxy = {stranger:?}\nca_file = {authority:?}"),
            vec![&shown, "authorization required", "put name and password into `proxy` in ", "config.toml"],
        ),
        (
            "proxy = \"http://uma:hunter2@127.0.0.1:9\"".to_owned(),
            vec!["through the proxy http://127.0.0.1:9 (", "refused", "check `proxy` in "],
        ),
        (
            "proxy = \"http://uma:hunter2\"".to_owned(),
            vec!["config.toml: `proxy` is \"(not shown)\"", "3128"],
        ),
        (format!("{proxy}\nno_proxy = \"example.com,.invalid\""), vec!["(no proxy is configured)"]),
    ];
    for (text, wanted) in cases {
        home.write(".config/syncd/config.toml", &format!("{text}\n"));
        let said = asked(&home, |_| ());
        for words in wanted {
            assert!(said.contains(words), "{text}: {words}: {said}");
        }
        assert!(!said.contains(PASSWORD) && !said.contains("uma"), "{text}: {said}");
    }
    // The one that is trusted is not the one that is shown.
    let other = home.write("other.pem", Network::start(&sim.url()).await.authority());
    let said = asked(&configured(""), |command| {
        command.env("HTTPS_PROXY", network.proxy()).env("SSL_CERT_FILE", &other);
    });
    assert!(said.contains("other.pem (SSL_CERT_FILE)"), "{said}");
}
