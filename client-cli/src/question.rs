//! Which conversations are meant, how long to wait for them, and what is said beside the answer: common to the commands
//! that search, count and take out.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use proto::query::{self, Note};
use proto::types::{Compare, Expr, Question, State, SyncInfo, TimeField, Unknown, Window};
use proto::{Interval, Timestamp};

use crate::args::{WindowArgs, parse_wait};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::filter::FilterArgs;
use crate::render::{Buffer, style, unknown, warning};

/// What is said on standard error while a stale timeframe's sync is waited for.
pub(crate) const SYNCING: &str = "Data is stale - syncing latest conversations...";

/// Text, timeframe and conditions.
#[derive(Args, Debug)]
pub(crate) struct QuestionArgs {
    /// Only conversations that match this text; all when left out
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    filters: FilterArgs,
}

impl QuestionArgs {
    /// Returns the question, whose timeframe is held against the time `by`.
    ///
    /// # Errors
    /// When the text or a time cannot be read, or the timeframe is given twice; a wrong usage.
    pub(crate) fn question(&self, by: TimeField, context: &Context) -> Result<Question> {
        Ok(self.asked(by, context)?.0)
    }

    /// Does the same; returns what was noted, too, which is printed already.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn asked(&self, by: TimeField, context: &Context) -> Result<(Question, Vec<String>)> {
        let parsed = query::parse(&self.text.join(" "), &context.now).map_err(unclear)?;
        let window = both(parsed.window, self.window.window(&context.now)?)?;
        let mut buffer = Buffer::new(&context.err);
        for note in &parsed.notes {
            buffer.put(style::NOTE, "note: ").put(style::PLAIN, note.what()).end();
            for line in note.place().lines() {
                buffer.put(style::PLAIN, line).end();
            }
        }
        context.note(&buffer);
        let query = parsed.query.and(self.filters.query());
        let notes = parsed.notes.iter().map(|note| note.what().to_owned()).collect();
        Ok((Question { query, window, by }, notes))
    }
}

#[allow(clippy::needless_pass_by_value)] // the shape that map_err wants
fn unclear(error: Note) -> Failure {
    Failure::new(Exit::Usage, error.what()).below(error.place())
}

/// Returns the timeframe that is given by words in the text and by flags.
fn both(words: Window, flags: Window) -> Result<Window> {
    let one = |word: Option<Timestamp>, flag: Option<Timestamp>, end: &str| match (word, flag) {
        (Some(_), Some(_)) => {
            let message = format!("the {end} of the timeframe is given twice, in the text and by a flag");
            Err(Failure::new(Exit::Usage, message).hint("give it once"))
        }
        (one, other) => Ok(one.or(other)),
    };
    Ok(Window { start: one(words.start, flags.start, "start")?, end: one(words.end, flags.end, "end")? })
}

/// What a timeframe is compared with.
#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    /// Compare with the same length of time before (previous), with another timeframe in words, or with nothing (none)
    #[arg(long, value_name = "TIMEFRAME")]
    compare: Option<String>,
}

impl CompareArgs {
    /// Returns it, where it was said.
    ///
    /// # Errors
    /// When the timeframe cannot be read.
    pub(crate) fn compare(&self, context: &Context) -> Result<Option<Compare>> {
        let read = |words: &String| {
            Compare::parse(words, &context.now)
                .map_err(|error| Failure::new(Exit::Usage, format!("--compare: {error}")).into())
        };
        self.compare.as_ref().map(read).transpose()
    }
}

/// Reads words and conditions without a timeframe.
///
/// # Errors
/// When they cannot be read, or name a timeframe.
pub(crate) fn conditions(text: &str, context: &Context) -> Result<Expr> {
    let parsed = query::parse(text, &context.now).map_err(unclear)?;
    if parsed.window != Window::default() {
        let message = format!("--query {text}: the timeframe is that of all queries");
        return Err(Failure::new(Exit::Usage, message).hint("give it with --timeframe").into());
    }
    if let Some(note) = parsed.notes.first() {
        let mut buffer = Buffer::new(&context.err);
        buffer.put(style::NOTE, "note: ").put(style::PLAIN, note.what()).end();
        context.note(&buffer);
    }
    Ok(parsed.query)
}

/// A time of a conversation.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum By {
    /// Anything that happened in it
    Activity,
    /// Its creation
    Created,
    /// Its last change
    Updated,
}

impl From<By> for TimeField {
    fn from(by: By) -> Self {
        match by {
            By::Activity => Self::Activity,
            By::Created => Self::Created,
            By::Updated => Self::Updated,
        }
    }
}

/// How long to wait on stale data.
#[derive(Args, Debug)]
pub(crate) struct WaitArgs {
    /// Wait this long for the sync of a stale timeframe; 0 never waits
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_wait)]
    pub(crate) wait: Duration,
}

impl WaitArgs {
    /// Says whether an answer that is still stale may get better by waiting longer.
    const fn ran_out(&self, info: &SyncInfo, healing: bool) -> bool {
        matches!(info.state, State::Stale) && healing && !self.wait.is_zero()
    }
}

/// What an answer says about itself.
pub(crate) struct Notes<'a> {
    /// Its verdict.
    pub(crate) info: &'a SyncInfo,
    /// The timeframe as understood.
    pub(crate) window: Interval,
    /// What nothing fulfils.
    pub(crate) unknown: &'a [Unknown],
    /// A sync that heals it was begun.
    pub(crate) healing: bool,
}

/// Adds what has to be said beside an answer.
pub(crate) fn add_notes(notes: &mut Buffer<'_>, said: &Notes<'_>, wait: &WaitArgs) {
    warning(notes, said.info, said.window);
    if wait.ran_out(said.info, said.healing) {
        let advice = "the sync goes on; ask again, or give it longer with --wait 5m";
        notes.put(style::NOTE, "hint: ").put(style::PLAIN, advice).end();
    }
    unknown(notes, said.unknown);
}

/// Returns how much a verdict leaves open: what was put together is as good as the worst of its parts.
pub(crate) const fn severity(state: State) -> u8 {
    match state {
        State::Fresh => 0,
        State::Partial => 1,
        State::Stale => 2,
    }
}
