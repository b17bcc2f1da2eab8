//! The voice of the demo: prints the story, shows the commands, and checks that each ends as the story says.

use anyhow::Result;
use serde::Serialize;

use super::stage::Stage;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Sheet, style};

/// What to type for a workspace that is not simulated.
const NEXT_STEPS: [(&str, &str); 6] = [
    ("install the programs", "client-cli/install.sh"),
    ("give it a token, from Intercom's Developer Hub", "syncctl init"),
    ("keep it running, now and at each login", "syncctl service install"),
    ("a first question", "syncctl search refund --timeframe \"last 7 days\""),
    ("give it to your agents", "syncctl mcp install"),
    ("whatever does not work", "syncctl doctor"),
];

/// A command of the story.
#[derive(Serialize)]
pub(super) struct Step {
    /// As a user would type it.
    command: String,
    /// What it ended with.
    exit_code: i32,
}

/// Prints the story, and remembers its commands.
pub(super) struct Teller<'a> {
    context: &'a Context,
    /// The commands so far.
    pub(super) steps: Vec<Step>,
}

impl<'a> Teller<'a> {
    /// Returns a teller who has said nothing yet.
    pub(super) const fn new(context: &'a Context) -> Self {
        Self { context, steps: Vec::new() }
    }

    /// Begins a chapter.
    pub(super) fn heading(&self, heading: &str) -> Result<()> {
        let mut sheet = Sheet::new(&self.context.out);
        sheet.end().put(style::STRONG, heading).end();
        self.say(&sheet)
    }

    /// Explains.
    pub(super) fn text(&self, text: &str) -> Result<()> {
        let mut sheet = Sheet::new(&self.context.out);
        sheet.block(style::PLAIN, 0, text);
        self.say(&sheet)
    }

    /// Shows a command and runs it.
    ///
    /// # Errors
    /// When it does not end as expected.
    pub(super) async fn command(&mut self, stage: &Stage, args: &[&str], expected: Exit) -> Result<()> {
        let typed = format!("syncctl {}", args.iter().map(|arg| quoted(arg)).collect::<Vec<_>>().join(" "));
        let mut sheet = Sheet::new(&self.context.out);
        sheet.end().put(style::NOTE, &format!("$ {typed}")).end();
        self.say(&sheet)?;
        let code = stage.run(args, self.context).await?;
        sheet = Sheet::new(&self.context.out);
        sheet.end();
        self.say(&sheet)?;
        self.steps.push(Step { command: typed.clone(), exit_code: code });
        let wanted = expected as i32;
        if code == wanted {
            return Ok(());
        }
        let log = stage.log_end();
        let message =
            format!("`{typed}` ended with exit code {code}, not {wanted}; syncd's last words: {log}");
        Err(Failure::new(Exit::Error, message).into())
    }

    /// Ends with what to type next.
    pub(super) fn next_steps(&self) -> Result<()> {
        let mut sheet = Sheet::new(&self.context.out);
        sheet.put(style::STRONG, "That was all simulated. For your own workspace:").end();
        for (what, typed) in NEXT_STEPS {
            sheet.indent(2).put(style::FAINT, &format!("# {what}")).end();
            sheet.indent(2).put(style::NOTE, typed).end();
        }
        self.say(&sheet)
    }

    /// Prints to standard output, which belongs to the document where JSON is wanted.
    fn say(&self, sheet: &Sheet<'_>) -> Result<()> {
        if self.context.json {
            self.context.note(sheet);
            return Ok(());
        }
        self.context.print(sheet)
    }
}

/// Returns an argument as a shell wants it typed.
fn quoted(arg: &str) -> String {
    if arg.contains(' ') { format!("\"{arg}\"") } else { arg.to_owned() }
}
