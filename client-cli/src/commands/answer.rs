//! How a command ends that counts: with what is said beside the answer, then the answer.

use anyhow::Result;
use serde::Serialize;

use crate::args::FreshArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::question::{Notes, WaitArgs, add_notes};
use crate::render::Buffer;

/// What an answer says about itself, and what was asked of it.
pub(super) struct Answer<'a> {
    /// What has to be said beside it.
    pub(super) said: Notes<'a>,
    /// How long it was waited for.
    pub(super) wait: &'a WaitArgs,
    /// How fresh it has to be.
    pub(super) fresh: &'a FreshArgs,
}

impl Answer<'_> {
    /// Prints it: as JSON, or as it is drawn for people.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(super) async fn print(
        self,
        view: &impl Serialize,
        draw: impl FnOnce(&mut Buffer<'_>),
        context: &Context,
    ) -> Result<Exit> {
        let mut notes = Buffer::new(&context.err);
        add_notes(&mut notes, &self.said, self.wait);
        context.note(&notes);
        if context.json {
            context.print_json(view)?;
        } else {
            let mut buffer = Buffer::new(&context.out);
            draw(&mut buffer);
            context.page(&buffer).await?;
        }
        Ok(self.fresh.exit(self.said.info))
    }
}
