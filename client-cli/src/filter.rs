//! Conditions besides text and time, as flags.

use clap::{Args, ValueEnum};
use proto::types::{Expr, Field, Question};

use crate::suggest;

/// Conditions.
#[derive(Args, Debug, Default)]
pub(crate) struct FilterArgs {
    /// Require a contact with this e-mail address
    #[arg(long, value_name = "EMAIL", add = suggest::customers())]
    customer: Option<String>,
    /// Require this state
    #[arg(long)]
    state: Option<StateArg>,
    /// Require a tag; may be given several times
    #[arg(long, value_name = "NAME", add = suggest::tags())]
    tag: Vec<String>,
    /// Require an assigned admin or team; none: unassigned
    #[arg(long, value_name = "NAME_OR_ID", add = suggest::assignees())]
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

impl FilterArgs {
    /// Returns the conditions, all of which must hold.
    pub(crate) fn query(&self) -> Expr {
        let mut question = Question::default()
            .with(Field::Customer, self.customer.clone())
            .with(Field::State, self.state.map(|state| state.as_str().to_owned()));
        for tag in &self.tag {
            question = question.with(Field::Tag, Some(tag.clone()));
        }
        question.with(Field::Assignee, self.assignee.clone()).query
    }
}
