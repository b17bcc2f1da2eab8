//! Dialogues from a JSON Lines file, in place of generated text.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

/// One dialogue of the file.
#[derive(Debug, Deserialize)]
pub(crate) struct Dialogue {
    #[serde(default)]
    pub(crate) topics: Vec<String>,
    pub(crate) turns: Vec<Turn>,
}

/// What one side said.
#[derive(Debug, Deserialize)]
pub(crate) struct Turn {
    pub(crate) author: Side,
    pub(crate) text: String,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    User,
    Admin,
}

/// Reads a corpus. Blank lines and dialogues without turns are left out.
///
/// # Errors
///
/// When the file cannot be read, a line is no dialogue, or there is none at all; the message names file and line.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Dialogue>> {
    let name = path.display();
    let file =
        File::open(path).map_err(|error| io::Error::new(error.kind(), format!("reading {name}: {error}")))?;
    let mut dialogues = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let dialogue: Dialogue = serde_json::from_str(&line).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{name}:{}: {error}", number + 1))
        })?;
        if !dialogue.turns.is_empty() {
            dialogues.push(dialogue);
        }
    }
    if dialogues.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{name}: no dialogue in it")));
    }
    Ok(dialogues)
}
