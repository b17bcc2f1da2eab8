//! The documents name tests as proof of what they promise: each must exist.

use std::fs;
use std::path::{Path, PathBuf};

/// No other word of the documents in backticks is as long and of small letters and underscores only.
const SHORTEST: usize = 24;

fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_documents_name_exists() {
    let top = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut code = String::new();
    for package in ["proto", "daemon", "client-cli", "mcp-shim", "sim"] {
        for folder in ["src", "tests"] {
            sources(&top.join(package).join(folder), &mut code);
        }
    }
    let mut named = 0;
    for document in ["CONTRIBUTING.md", "SECURITY.md"] {
        let text = fs::read_to_string(top.join(document)).unwrap();
        let is_name =
            |word: &&str| word.len() >= SHORTEST && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        for name in text.split('`').filter(is_name) {
            named += 1;
            assert!(code.contains(&format!("fn {name}(")), "{document} names {name}, which does not exist");
        }
    }
    assert!(named > 30, "{named} tests are named");
}
