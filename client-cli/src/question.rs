//! Which conversations are meant, how long to wait for them, and what is said beside the answer: common to the commands
//! that search, count and take out.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use proto::Interval;
use proto::types::{Field, Question, State, SyncInfo, TimeField, Unknown};

use crate::args::{WindowArgs, parse_wait};
use crate::context::Context;
use crate::render::{Sheet, style, unknown, warning};

/// What is said on standard error while a stale timeframe's sync is waited for.
pub(crate) const SYNCING: &str = "Data is stale - syncing latest conversations...";

/// Text, timeframe and conditions.
#[derive(Args, Debug)]
pub(crate) struct QuestionArgs {
    /// Take conversations with this text; all when left out
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    #[command(flatten)]
    window: WindowArgs,
    /// Require a contact with this e-mail address
    #[arg(long, value_name = "EMAIL")]
    customer: Option<String>,
    /// Require this state
    #[arg(long)]
    state: Option<StateArg>,
    /// Require a tag; of several, each
    #[arg(long, value_name = "NAME")]
    tag: Vec<String>,
    /// Require an assigned admin or team; none: unassigned
    #[arg(long, value_name = "NAME_OR_ID")]
    assignee: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StateArg {
    Open,
    Closed,
    Snoozed,
}

impl StateArg {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
        }
    }
}

impl QuestionArgs {
    /// Returns the question, whose timeframe is held against the time `by`.
    ///
    /// # Errors
    /// When a time cannot be read; a wrong usage.
    pub(crate) fn question(&self, by: TimeField, context: &Context) -> Result<Question> {
        let mut question = Question {
            text: self.text.join(" "),
            window: self.window.window(&context.now)?,
            by,
            filters: Vec::new(),
        }
        .with(Field::Customer, self.customer.clone())
        .with(Field::State, self.state.map(|state| state.as_str().to_owned()));
        for tag in &self.tag {
            question = question.with(Field::Tag, Some(tag.clone()));
        }
        Ok(question.with(Field::Assignee, self.assignee.clone()))
    }
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
pub(crate) struct Asides<'a> {
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
pub(crate) fn asides(notes: &mut Sheet<'_>, asides: &Asides<'_>, wait: &WaitArgs) {
    warning(notes, asides.info, asides.window);
    if wait.ran_out(asides.info, asides.healing) {
        let advice = "the sync goes on; ask again, or give it longer with --wait 5m";
        notes.put(style::NOTE, "hint: ").put(style::PLAIN, advice).end();
    }
    unknown(notes, asides.unknown);
}
