//! Questions to the person at the terminal. The text of a question goes to standard error, as standard output is the
//! answer.

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::render::{Buffer, style};

/// Says whether there is somebody who can be asked.
pub(crate) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks, and takes everything but a yes for a no.
///
/// # Errors
/// When the answer cannot be read.
pub(crate) fn confirm(question: &str, context: &Context) -> Result<bool> {
    let mut buffer = Buffer::new(&context.err);
    buffer.put(style::STRONG, &format!("{question} [y/N] "));
    context.say(&buffer);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
