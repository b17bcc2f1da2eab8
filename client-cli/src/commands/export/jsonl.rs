//! JSON Lines: each conversation as `show --json` prints it, on a line of its own.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use proto::types::Conversation;
use proto::view;

use super::format::Shape;
use crate::render::clean_json;
use crate::target::Target;

/// An export into JSON Lines.
pub(super) struct JsonLines {
    target: Target,
    terminal: bool,
}

impl JsonLines {
    /// Begins an export.
    pub(super) const fn new(target: Target, shape: Shape) -> Self {
        Self { target, terminal: shape.terminal }
    }

    /// Adds a conversation.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        let mut line = serde_json::to_string(&view::Conversation::from(conversation))?;
        if self.terminal {
            line = clean_json(line);
        }
        line.push('\n');
        self.target.write_all(line.as_bytes()).with_context(|| self.target.failed())
    }

    /// Returns the target.
    pub(super) fn finish(self) -> Target {
        self.target
    }
}
