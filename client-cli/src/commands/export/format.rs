//! The formats of an export, and what each is told.

use std::path::Path;

use anyhow::Result;
use proto::types::Conversation;

use super::csv::Csv;
use super::jsonl::JsonLines;
use super::parquet::Parquet;
use super::table::Rows;
use crate::target::Target;

/// How conversations are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON document a line.
    JsonLines,
    /// Rows of text.
    Csv,
    /// Columns of typed values.
    Parquet,
}

impl Format {
    /// Returns the format that a file's name ends with; JSON Lines where it ends with none.
    pub(super) fn of(file: &Path) -> Self {
        match file.extension().map(|ending| ending.to_ascii_lowercase()) {
            Some(ending) if ending == "csv" => Self::Csv,
            Some(ending) if ending == "parquet" => Self::Parquet,
            _ => Self::JsonLines,
        }
    }
}

/// What is made of the conversations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The format.
    pub(super) format: Format,
    /// What is a row, in the formats that have some.
    pub(super) rows: Rows,
    /// No text may be taken for a formula.
    pub(super) spreadsheet: bool,
    /// A terminal shows it.
    pub(super) terminal: bool,
}

/// An export that is being written.
pub(super) enum Writer {
    JsonLines(JsonLines),
    Csv(Box<Csv>),
    Parquet(Box<Parquet>),
}

impl Writer {
    /// Begins an export.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn new(target: Target, shape: Shape) -> Result<Self> {
        Ok(match shape.format {
            Format::JsonLines => Self::JsonLines(JsonLines::new(target)),
            Format::Csv => Self::Csv(Box::new(Csv::new(target, shape)?)),
            Format::Parquet => Self::Parquet(Box::new(Parquet::new(target, shape)?)),
        })
    }

    /// Adds a conversation.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        match self {
            Self::JsonLines(writer) => writer.add(conversation),
            Self::Csv(writer) => writer.add(conversation),
            Self::Parquet(writer) => writer.add(conversation),
        }
    }

    /// Ends the export and returns the target, which is still to be kept.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn finish(self) -> Result<Target> {
        match self {
            Self::JsonLines(writer) => Ok(writer.finish()),
            Self::Csv(writer) => writer.finish(),
            Self::Parquet(writer) => writer.finish(),
        }
    }
}
