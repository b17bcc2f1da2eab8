//! The formats of an export, and what each is told.

use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, FixedOffset};
use clap::ValueEnum;
use proto::types::{Conversation, ListReply, State};
use proto::{Interval, Timestamp};

use super::csv::Csv;
use super::jsonl::JsonLines;
use super::parquet::Parquet;
use super::table::Rows;
use super::workbook::Workbook;
use crate::exit::{Exit, Failure};
use crate::target::Target;

/// How conversations are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// JSON Lines: one conversation a line
    Jsonl,
    /// Rows of text
    Csv,
    /// Columns of typed values
    Parquet,
    /// An Excel workbook
    Xlsx,
}

impl Format {
    /// Returns the format that a file's name ends with; JSON Lines where it has no ending.
    ///
    /// # Errors
    /// When no format has this ending; a wrong usage.
    pub(super) fn of(file: &Path) -> Result<Self, Failure> {
        let Some(ending) = file.extension() else { return Ok(Self::Jsonl) };
        match ending.to_ascii_lowercase().to_str() {
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("csv") => Ok(Self::Csv),
            Some("parquet") => Ok(Self::Parquet),
            Some("xlsx") => Ok(Self::Xlsx),
            _ => {
                let message = format!("an export cannot be written as .{}", ending.display());
                let hint = "end the name with .jsonl, .csv, .parquet or .xlsx, or give --format";
                Err(Failure::new(Exit::Usage, message).hint(hint))
            }
        }
    }

    /// Says whether a terminal can show it.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Jsonl | Self::Csv)
    }
}

/// What is made of the conversations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The format.
    pub(super) format: Format,
    /// What is a row, in the formats that have some.
    pub(super) rows: Rows,
    /// A terminal shows it.
    pub(super) terminal: bool,
    /// The user's zone, for the format whose times have none of their own.
    pub(super) zone: fn(Timestamp) -> DateTime<FixedOffset>,
}

/// What is known of an export once everything is read.
#[derive(Clone, Debug)]
pub(super) struct About {
    /// The timeframe as understood.
    pub(super) window: Interval,
    /// How complete it is.
    pub(super) verdict: String,
    /// Conversations that were written.
    pub(super) conversations: u64,
    /// Messages that were written.
    pub(super) messages: u64,
}

impl About {
    /// Returns what a reply says of so many conversations and messages.
    pub(super) fn new(reply: &ListReply, conversations: u64, messages: u64) -> Self {
        let verdict = match (&reply.sync_info.message, reply.sync_info.state) {
            (_, State::Fresh) => "fresh: everything in the timeframe is in it".to_owned(),
            (message, State::Partial) => format!("partial: {}", message.as_deref().unwrap_or_default()),
            (message, State::Stale) => format!("stale: {}", message.as_deref().unwrap_or_default()),
        };
        Self { window: reply.window, verdict, conversations, messages }
    }
}

/// An export that is being written.
pub(super) enum Writer {
    Jsonl(JsonLines),
    Csv(Box<Csv>),
    Parquet(Box<Parquet>),
    Xlsx(Box<Workbook>),
}

impl Writer {
    /// Begins an export.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn new(target: Target, shape: Shape) -> Result<Self> {
        Ok(match shape.format {
            Format::Jsonl => Self::Jsonl(JsonLines::new(target)),
            Format::Csv => Self::Csv(Box::new(Csv::new(target, shape)?)),
            Format::Parquet => Self::Parquet(Box::new(Parquet::new(target, shape)?)),
            Format::Xlsx => Self::Xlsx(Box::new(Workbook::new(target, shape)?)),
        })
    }

    /// Adds a conversation.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        match self {
            Self::Jsonl(writer) => writer.add(conversation),
            Self::Csv(writer) => writer.add(conversation),
            Self::Parquet(writer) => writer.add(conversation),
            Self::Xlsx(writer) => writer.add(conversation),
        }
    }

    /// Returns how many texts the format had no room for.
    pub(super) fn cut(&self) -> u64 {
        match self {
            Self::Xlsx(writer) => writer.cut(),
            Self::Jsonl(_) | Self::Csv(_) | Self::Parquet(_) => 0,
        }
    }

    /// Ends the export and returns the target, which is still to be kept.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn finish(self, about: &About) -> Result<Target> {
        match self {
            Self::Jsonl(writer) => Ok(writer.finish()),
            Self::Csv(writer) => writer.finish(),
            Self::Parquet(writer) => writer.finish(),
            Self::Xlsx(writer) => writer.finish(about),
        }
    }
}
