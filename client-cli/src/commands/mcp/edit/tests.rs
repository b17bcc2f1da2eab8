#![allow(clippy::unwrap_used)]

use super::*;
use crate::commands::mcp::clients::Client;
use crate::commands::mcp::server::SOCKET;

const COMMAND: &str = "/home/u/bin/syncd-mcp";
const TOKEN: &str = "dG9rOm1hZGUtdXA";

fn client(word: &str) -> &'static Client {
    Client::all().find(|client| client.word() == word).unwrap()
}

fn program(socket: Option<&str>) -> Server {
    Server::Program { command: COMMAND.to_owned(), args: Vec::new(), socket: socket.map(str::to_owned) }
}

fn http() -> Server {
    Server::Http { url: "http://127.0.0.1:8808/mcp".to_owned(), token: TOKEN.to_owned() }
}

/// Returns the text of an edit that changed something.
fn text(edited: Edited) -> String {
    match edited {
        Edited::Added(text) | Edited::Updated(text) | Edited::Renamed(text) | Edited::Removed(text) => text,
        Edited::Unchanged => panic!("nothing changed"),
    }
}

fn added(before: &str, word: &str, server: &Server) -> String {
    match add(before, client(word), None, server).unwrap() {
        Edited::Added(text) => text,
        other => panic!("{word}: {other:?}"),
    }
}

/// Returns what the text says of a server.
fn entry(text: &str, word: &str, name: &str) -> Value {
    let client = client(word);
    let value = value(text, client).unwrap();
    client.keys.iter().fold(&value, |value, key| &value[*key])[name].clone()
}

#[test]
fn an_empty_file_and_one_without_servers_get_the_key() {
    let alone = format!(
        "{{\n  \"mcpServers\": {{\n    \"syncd\": {{\n      \"command\": \"{COMMAND}\",\n      \"args\": []\n    }}\n  }}\n}}"
    );
    for before in ["", "\n", "{}", "{}\n"] {
        assert_eq!(added(before, "claude-desktop", &program(None)).trim_end(), alone, "{before:?}");
    }
}

/// Files as their programs or their users leave them, with comments, odd spaces and other servers.
const FILES: [(&str, &str); 15] = [
    ("claude-desktop", include_str!("samples/claude_desktop_config.json")),
    ("claude-code", include_str!("samples/claude.json")),
    ("cursor", include_str!("samples/cursor.json")),
    ("vscode", include_str!("samples/vscode.json")),
    ("vscode-insiders", include_str!("samples/vscode.json")),
    ("vscodium", include_str!("samples/vscode.json")),
    ("windsurf", include_str!("samples/windsurf.json")),
    ("devin", include_str!("samples/windsurf.json")),
    ("zed", include_str!("samples/zed.json")),
    ("codex", include_str!("samples/codex.toml")),
    ("gemini-cli", include_str!("samples/gemini.json")),
    ("copilot-cli", include_str!("samples/copilot.json")),
    ("goose", include_str!("samples/goose.yaml")),
    ("lm-studio", include_str!("samples/cursor.json")),
    ("opencode", include_str!("samples/opencode.jsonc")),
];

#[test]
fn every_program_has_a_sample() {
    let words: Vec<_> = Client::all().map(Client::word).collect();
    assert_eq!(words, FILES.map(|(word, _)| word));
}

#[test]
fn what_is_in_a_file_is_kept_to_the_byte_when_a_server_comes_and_goes() {
    for (word, sample) in FILES {
        let returned = sample.replace('\n', "\r\n");
        let marked = format!("\u{feff}{sample}");
        for before in [sample, &returned, &marked] {
            let after = added(before, word, &program(None));
            for line in before.lines().filter(|_| before.lines().count() > 1) {
                let line = line.trim_end().trim_end_matches(',');
                assert!(after.contains(line), "{word}: {line:?} is gone from {after}");
            }
            assert_eq!(after.matches('\r').count() > 0, before.contains('\r'), "{word}: {after:?}");
            assert_eq!(after.starts_with('\u{feff}'), before.starts_with('\u{feff}'), "{word}");
            assert_eq!(add(&after, client(word), None, &program(None)).unwrap(), Edited::Unchanged, "{word}");
            assert_eq!(text(remove(&after, client(word), None).unwrap()), before, "{word}: {after}");
            assert_eq!(
                find(&after, client(word)).unwrap(),
                Some(Start::Program(COMMAND.to_owned())),
                "{word}"
            );
        }
    }
}

#[test]
fn a_server_is_reached_in_another_way_and_back_without_a_trace() {
    for (word, sample) in FILES {
        let started = added(sample, word, &program(Some("/run/\"x\".sock")));
        let Ok(edited) = add(&started, client(word), None, &http()) else {
            assert_eq!(word, "claude-desktop");
            continue;
        };
        let reached = text(edited);
        assert!(!reached.contains(COMMAND) && reached.contains(TOKEN), "{word}: {reached}");
        let address = Start::Address("http://127.0.0.1:8808/mcp".to_owned());
        assert_eq!(find(&reached, client(word)).unwrap(), Some(address), "{word}");
        assert_eq!(entry(&reached, word, "syncd"), entry(&added("", word, &http()), word, "syncd"), "{word}");
        let again = text(add(&reached, client(word), None, &program(None)).unwrap());
        assert_eq!(
            entry(&again, word, "syncd"),
            entry(&added("", word, &program(None)), word, "syncd"),
            "{word}"
        );
        assert_eq!(text(remove(&reached, client(word), None).unwrap()), sample, "{word}");
    }
}

#[test]
fn each_program_is_told_in_its_own_form() {
    let stdio = [
        ("claude-desktop", r#"{"command":C,"args":[]}"#),
        ("claude-code", r#"{"type":"stdio","command":C,"args":[]}"#),
        ("cursor", r#"{"command":C,"args":[]}"#),
        ("vscode", r#"{"type":"stdio","command":C,"args":[]}"#),
        ("windsurf", r#"{"command":C,"args":[]}"#),
        ("devin", r#"{"command":C,"args":[]}"#),
        ("zed", r#"{"source":"custom","command":C,"args":[]}"#),
        ("codex", r#"{"command":C,"args":[]}"#),
        ("gemini-cli", r#"{"command":C,"args":[]}"#),
        ("copilot-cli", r#"{"type":"local","command":C,"args":[],"tools":["*"]}"#),
        (
            "goose",
            r#"{"enabled":true,"name":"syncd","description":"Intercom conversations, from a local copy","type":"stdio","cmd":C,"args":[],"timeout":300}"#,
        ),
        ("lm-studio", r#"{"command":C,"args":[]}"#),
        ("opencode", r#"{"type":"local","command":[C],"enabled":true}"#),
    ];
    for (word, expected) in stdio {
        let expected: Value = serde_json::from_str(&expected.replace('C', &format!("{COMMAND:?}"))).unwrap();
        assert_eq!(entry(&added("", word, &program(None)), word, "syncd"), expected, "{word}");
    }
    let over_http = [
        ("claude-code", r#"{"type":"http","url":<url>,"headers":<headers>}"#),
        ("cursor", r#"{"url":<url>,"headers":<headers>}"#),
        ("vscode", r#"{"type":"http","url":<url>,"headers":<headers>}"#),
        ("windsurf", r#"{"serverUrl":<url>,"headers":<headers>}"#),
        ("devin", r#"{"url":<url>,"headers":<headers>}"#),
        ("zed", r#"{"source":"custom","url":<url>,"headers":<headers>}"#),
        ("codex", r#"{"url":<url>,"http_headers":<headers>}"#),
        ("gemini-cli", r#"{"httpUrl":<url>,"headers":<headers>}"#),
        ("copilot-cli", r#"{"type":"http","url":<url>,"headers":<headers>,"tools":["*"]}"#),
        (
            "goose",
            r#"{"enabled":true,"name":"syncd","description":"Intercom conversations, from a local copy","type":"streamable_http","uri":<url>,"headers":<headers>,"timeout":300}"#,
        ),
        ("lm-studio", r#"{"url":<url>,"headers":<headers>}"#),
        ("opencode", r#"{"type":"remote","url":<url>,"headers":<headers>,"enabled":true}"#),
    ];
    for (word, expected) in over_http {
        let expected = expected
            .replace("<url>", "\"http://127.0.0.1:8808/mcp\"")
            .replace("<headers>", &format!("{{\"Authorization\":\"Bearer {TOKEN}\"}}"));
        let expected: Value = serde_json::from_str(&expected).unwrap();
        assert_eq!(entry(&added("", word, &http()), word, "syncd"), expected, "{word}");
    }
    let error = add("", client("claude-desktop"), None, &http()).unwrap_err();
    assert_eq!(error, Unusable::NoHttp);
}

#[test]
fn what_earlier_versions_called_intercom_becomes_syncd_where_it_stands() {
    let files = [
        (
            "cursor",
            "{\"mcpServers\": {\"a\": {}, /* ours */ \"intercom\" : {\"command\": C, \"disabled\": true}, \"b\": {}}}",
        ),
        (
            "codex",
            "[mcp_servers.a]\nurl = \"x\"\n\n# ours\n[mcp_servers.intercom]\ncommand = C # it\n\n[b]\nc = 1\n",
        ),
        (
            "goose",
            "extensions:\n  intercom: # ours\n    cmd: C\n    type: stdio\n    name: intercom\n  b:\n    type: builtin\n",
        ),
    ];
    for (word, before) in files {
        let before = before.replace('C', &format!("{COMMAND:?}"));
        let Edited::Renamed(after) = add(&before, client(word), None, &program(None)).unwrap() else {
            panic!("{word}")
        };
        for part in ["ours", "\"syncd\"", "[mcp_servers.syncd]", "  syncd:"]
            .iter()
            .filter(|part| **part == "ours" || before.contains(&part.replace("syncd", "intercom")))
        {
            assert!(after.contains(part), "{word}: {after}");
        }
        assert!(!after.contains("intercom"), "{word}: {after}");
        assert_eq!(entry(&after, word, "a"), entry(&before, word, "a"), "{word}");
        assert_eq!(entry(&after, word, "b"), entry(&before, word, "b"), "{word}");
        assert_eq!(entry(&after, word, "syncd")["disabled"], entry(&before, word, "intercom")["disabled"]);
        // One that the user calls so stays.
        let named = add(&before, client(word), Some("intercom"), &program(Some("/run/x.sock"))).unwrap();
        assert!(matches!(&named, Edited::Updated(text) if text.contains("/run/x.sock")), "{word}: {named:?}");
    }
}

#[test]
fn a_server_of_intercoms_own_is_none_of_ours() {
    let theirs = "{\"mcpServers\": {\"intercom\": {\"url\": \"https://mcp.intercom.com/mcp\"}}}";
    let after = added(theirs, "cursor", &program(None));
    assert_eq!(entry(&after, "cursor", "intercom"), entry(theirs, "cursor", "intercom"));
    assert_eq!(text(remove(&after, client("cursor"), None).unwrap()), theirs);
    assert_eq!(remove(theirs, client("cursor"), None).unwrap(), Edited::Unchanged);
}

#[test]
fn another_version_of_ours_is_updated_whatever_its_name_and_keeps_what_was_added_to_it() {
    let before = "{\"mcpServers\": {\"mine\": {\"command\": \"/old/syncd-mcp\", \"args\": [\"-v\"], \"disabled\": true}}}";
    let after = text(add(before, client("cursor"), None, &program(None)).unwrap());
    assert_eq!(after, before.replace("/old/", "/home/u/bin/"));
}

#[test]
fn one_that_is_named_is_another_one_and_leaves_those_of_other_names_alone() {
    let first = added("{}", "cursor", &program(None));
    let other = add(&first, client("cursor"), Some("intercom-eu"), &program(Some("/run/eu.sock"))).unwrap();
    let Edited::Added(both) = other else { panic!("{other:?}") };
    assert_eq!(entry(&both, "cursor", "syncd").get("env"), None);
    assert_eq!(entry(&both, "cursor", "intercom-eu")["env"][SOCKET], "/run/eu.sock");
    assert_eq!(text(remove(&both, client("cursor"), Some("intercom-eu")).unwrap()), first);
    assert_eq!(remove(&first, client("cursor"), Some("intercom-eu")).unwrap(), Edited::Unchanged);
}

#[test]
fn another_socket_is_passed_on_beside_the_users_variables_and_stays_until_it_is_changed() {
    let before = "{\"mcpServers\":{\"syncd\":{\"command\":\"/home/u/bin/syncd-mcp\",\"args\":[],\"env\":{\"TZ\": \"UTC\"/*!*/}}}}";
    let after = text(add(before, client("cursor"), None, &program(Some("/run/\"x\".sock"))).unwrap());
    let env = entry(&after, "cursor", "syncd")["env"].clone();
    assert_eq!((&env["TZ"], &env[SOCKET]), (&Value::from("UTC"), &Value::from("/run/\"x\".sock")));
    assert!(after.contains("/*!*/"), "{after}");
    assert_eq!(add(&after, client("cursor"), None, &program(None)).unwrap(), Edited::Unchanged);
}

#[test]
fn a_sandboxed_program_has_it_started_outside() {
    let server = program(Some("/run/x.sock")).spawned_outside();
    let after = added("", "vscode", &server);
    let inside = entry(&after, "vscode", "syncd");
    assert_eq!(inside["command"], "flatpak-spawn");
    let words = ["--host", "--env=SYNCD_SOCKET=/run/x.sock", COMMAND];
    assert_eq!(inside["args"], Value::from(words.to_vec()));
    assert_eq!(find(&after, client("vscode")).unwrap(), Some(Start::Program(COMMAND.to_owned())));
    let outside = text(add(&after, client("vscode"), None, &program(None)).unwrap());
    assert_eq!(entry(&outside, "vscode", "syncd")["args"], Value::Array(Vec::new()));
    assert_eq!(text(add(&outside, client("vscode"), None, &server).unwrap()), after);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let cases = [
        ("claude-desktop", "{\n  \"mcpServers\": {,}\n}", 2, 18),
        ("claude-code", "{\n  // no\n}", 2, 3),
        ("claude-code", "{\"a\": 1,}", 1, 9),
        ("claude-code", "{\"a\": 1", 1, 7),
        ("vscode", "{\n  \"servers\": {,}\n}", 2, 15),
        ("cursor", "{\n  a: 1\n}", 2, 3),
        ("cursor", "{} {}", 1, 4),
        ("codex", "a = 1\nb = [1,\n", 2, 8),
        ("codex", "model = \"o\"\n[mcp_servers.a\n", 2, 15),
        ("goose", "a: 1\nextensions: [1\nb: 2\n", 4, 1),
    ];
    for (word, text, at_line, at_column) in cases {
        let error = add(text, client(word), None, &program(None)).unwrap_err();
        let Unusable::Malformed { line, column, .. } = &error else { panic!("{text:?}: {error:?}") };
        assert_eq!((*line, *column), (at_line, at_column), "{text:?}: {error}");
    }
}

#[test]
fn what_cannot_be_kept_is_left_alone() {
    for (word, text) in
        [("codex", "a = 1\r\nb = 2\n"), ("goose", "a: 1\n---\nextensions:\n  b:\n    type: builtin\n")]
    {
        let error = add(text, client(word), None, &program(None)).unwrap_err();
        assert!(matches!(error, Unusable::Fragile(_)), "{text:?}: {error}");
    }
}

#[test]
fn what_is_somebody_elses_is_left_alone() {
    let cases = [
        ("cursor", "[]", "the file"),
        ("cursor", "{\"mcpServers\": []}", "`mcpServers`"),
        ("codex", "mcp_servers = 1\n", "`mcp_servers`"),
        ("goose", "extensions: [a]\n", "`extensions`"),
        ("goose", "- a\n", "the file"),
    ];
    for (word, text, key) in cases {
        let error = add(text, client(word), None, &program(None)).unwrap_err();
        assert_eq!(error, Unusable::NoObject(key.to_owned()), "{text:?}");
    }
    let taken = "{\"mcpServers\": {\"syncd\": {\"command\": \"npx\", \"args\": [\"syncd-mcp\"]}}}";
    let error = add(taken, client("cursor"), None, &program(None)).unwrap_err();
    assert_eq!(error, Unusable::Taken("syncd".to_owned()));
    assert_eq!(remove(taken, client("cursor"), None).unwrap(), Edited::Unchanged);
    assert!(matches!(add(taken, client("cursor"), Some("mine"), &program(None)), Ok(Edited::Added(_))));
}

#[test]
fn servers_come_into_whatever_form_a_file_has_for_them() {
    let cases = [
        ("codex", "model = \"o\"\n"),
        ("codex", "mcp_servers = { a = { command = \"x\" } }\n"),
        ("codex", "mcp_servers.a.command = \"x\"\n"),
        ("codex", "[mcp_servers]\na = { command = \"x\" }\n\n# the end\n"),
        ("codex", "[mcp_servers.a]\ncommand = \"x\"\n[mcp_servers.a.env]\nB = \"c\"\n# the end\n"),
        ("goose", "# nothing but this\n"),
        ("goose", "a: 1\n"),
        ("goose", "a: 1"),
        ("goose", "extensions:\na: 1\n"),
        ("goose", "extensions: {}\na: 1\n"),
        ("goose", "extensions: {a: {type: builtin}} # all\n"),
        ("goose", "---\nextensions:\n    a: {type: builtin}\n"),
        ("goose", "GOOSE_MODE: |\n  extensions:\n    a: 1\nextensions:\n  a:\n    type: builtin\n"),
        ("opencode", "{\n  // no servers\n  \"theme\": \"x\",\n}\n"),
        ("zed", "// only a comment\n"),
    ];
    for (word, before) in cases {
        let after = added(before, word, &program(None));
        assert_eq!(find(&after, client(word)).unwrap(), Some(Start::Program(COMMAND.to_owned())), "{after}");
        for part in ["# the end", "# nothing but this", "// only a comment", "# all", "// no servers"] {
            assert_eq!(after.contains(part), before.contains(part), "{after}");
        }
        assert_eq!(add(&after, client(word), None, &program(None)).unwrap(), Edited::Unchanged, "{after}");
        let left = text(remove(&after, client(word), None).unwrap());
        assert_eq!(find(&left, client(word)).unwrap(), None, "{left}");
    }
}

#[test]
fn a_comment_above_a_table_stays_when_the_table_goes() {
    let servers = "[mcp_servers.syncd]\ncommand = \"/home/u/bin/syncd-mcp\"\nargs = []\n";
    for after in ["", "\n[b]\nc = 1\n", "\n# more\n"] {
        let before = format!("[a]\nb = 1\n# c = 2\n\n{servers}{after}");
        let left = text(remove(&before, client("codex"), None).unwrap());
        assert!(left.starts_with("[a]\nb = 1\n# c = 2\n") && left.ends_with(after), "{left:?}");
    }
}
