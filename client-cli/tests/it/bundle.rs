//! `syncctl mcp bundle`, read back as a host does, and what the registry is told.

use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use serde_json::{Value, json};

use crate::support::bench::{Bench, mode};

/// Answers with a tool; what it is asked is kept.
const SERVER: &str = r#"
read -r greeting; echo "$greeting" >>"$HOME/heard"
echo '{"jsonrpc":"2.0","id":1,"result":{}}'
read -r notice; read -r question; echo "$question" >>"$HOME/heard"
echo '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"search","title":"S","description":"Finds","inputSchema":{}}]}}'
read -r end"#;

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Returns content and mode of each file of a zip archive, by its directory.
fn unzip(bytes: &[u8]) -> BTreeMap<String, (Vec<u8>, u32)> {
    let end = bytes.len() - 22;
    assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
    let mut at = number(bytes, end + 16, 4);
    let mut files = BTreeMap::new();
    for _ in 0..number(bytes, end + 10, 2) {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (packed, size, name) =
            (number(bytes, at + 20, 4), number(bytes, at + 24, 4), number(bytes, at + 28, 2));
        let (mode, local) = (number(bytes, at + 38, 4) >> 16, number(bytes, at + 42, 4));
        assert_eq!(&bytes[local..local + 4], b"PK\x03\x04");
        // Both descriptions of a file say the same of it.
        assert_eq!(bytes[local + 4..local + 30], bytes[at + 6..at + 32]);
        let start = local + 30 + name;
        let mut content = Vec::new();
        DeflateDecoder::new(&bytes[start..start + packed]).read_to_end(&mut content).unwrap();
        let mut crc = Crc::new();
        crc.update(&content);
        assert_eq!((content.len(), crc.sum() as usize), (size, number(bytes, at + 16, 4)));
        let named = String::from_utf8(bytes[at + 46..at + 46 + name].to_vec()).unwrap();
        files.insert(named, (content, u32::try_from(mode).unwrap()));
        at += 46 + name;
    }
    assert_eq!(at, end);
    files
}

#[test]
fn a_bundle_has_programs_that_can_be_run_and_a_manifest_that_lists_what_they_offer() {
    let bench = Bench::with(&[("syncd-mcp", SERVER), ("syncd", "exit 0")]);
    let output = bench.path("x.mcpb");
    let line = ["mcp", "bundle", "--json", "-o", output.to_str().unwrap()];
    let ended = bench.run(&line, "");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.json()["tools"], json!(["search"]));
    assert!(bench.read("heard").contains("tools/list"));
    assert_eq!(mode(&output), 0o644);
    let bytes = std::fs::read(&output).unwrap();
    let files = unzip(&bytes);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["manifest.json", "server/syncd", "server/syncd-mcp"]);
    assert_eq!(files["server/syncd-mcp"], (bench.read("bin/syncd-mcp").into_bytes(), 0o100_755));
    let manifest: Value = serde_json::from_slice(&files["manifest.json"].0).unwrap();
    assert_eq!(manifest["manifest_version"], json!("0.3"));
    assert_eq!(manifest["version"], json!(env!("CARGO_PKG_VERSION")));
    assert_eq!(manifest["tools"], json!([{ "name": "search", "description": "Finds" }]));
    let config = &manifest["server"]["mcp_config"];
    assert_eq!(config["command"], json!("${__dirname}/server/syncd-mcp"));
    assert_eq!(manifest["user_config"]["access_token"]["sensitive"], json!(true));
    // A setting without a default would reach the program as the text that stands for it.
    for (variable, value) in config["env"].as_object().unwrap() {
        let setting = value.as_str().unwrap().trim_start_matches("${user_config.").trim_end_matches('}');
        assert_eq!(manifest["user_config"][setting]["default"], json!(""), "{variable}");
    }

    // The same programs make the same bundle.
    assert_eq!(bench.run(&line, "").code, 0);
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
}

#[test]
fn a_server_that_does_not_say_what_it_offers_is_not_bundled() {
    let bench = Bench::with(&[("syncd-mcp", "exit 0"), ("syncd", "exit 0")]);
    let output = bench.path("x.mcpb");
    let ended = bench.run(&["mcp", "bundle", "-o", output.to_str().unwrap()], "");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("cannot ask") && ended.stderr.contains("syncd-mcp"), "{ended:?}");
    assert!(!output.exists());
}

#[test]
fn the_registry_is_told_of_this_version() {
    let server: Value = serde_json::from_str(include_str!("../../../mcp-shim/server.json")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(server["version"], json!(version));
    for package in server["packages"].as_array().unwrap() {
        assert_eq!(package["version"], json!(version));
        let identifier = package["identifier"].as_str().unwrap();
        assert!(identifier.contains(&format!("/v{version}/syncd-{version}-")), "{identifier}");
    }
    // What the registry does not take.
    assert!(server["description"].as_str().unwrap().chars().count() <= 100);
}
