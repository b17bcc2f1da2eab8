//! JSON Lines: each conversation as `show --json` prints it, on a line of its own.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use proto::types::Conversation;

use crate::render::clean_json;
use crate::target::Target;

/// An export into JSON Lines.
pub(super) struct JsonLines {
    target: Target,
}

impl JsonLines {
    /// Begins an export.
    pub(super) const fn new(target: Target) -> Self {
        Self { target }
    }

    /// Adds a conversation.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        // Wherever it is looked at, on a terminal sooner or later.
        let mut line = clean_json(serde_json::to_string(conversation)?);
        line.push('\n');
        self.target.write_all(line.as_bytes()).with_context(|| self.target.failed())
    }

    /// Returns the target.
    pub(super) fn finish(self) -> Target {
        self.target
    }
}
