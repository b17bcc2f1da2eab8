//! CSV: a head, then a row for each, as RFC 4180 says. Lists are joined by `; `.

use std::borrow::Cow;

use anyhow::{Context as _, Result, anyhow};
use csv::{IntoInnerError, WriterBuilder};
use proto::Timestamp;
use proto::types::Conversation;

use super::format::Shape;
use super::table::{BETWEEN, Column, Row, Value};
use crate::render::clean;
use crate::target::Target;

/// An export into CSV.
pub(super) struct Csv {
    writer: csv::Writer<Target>,
    columns: Vec<Column>,
    shape: Shape,
}

impl Csv {
    /// Begins an export with its head.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn new(target: Target, shape: Shape) -> Result<Self> {
        let columns = shape.rows.columns();
        let mut writer = WriterBuilder::new().from_writer(target);
        let head = writer.write_record(columns.iter().map(|column| column.name));
        head.map_err(cause).with_context(|| writer.get_ref().failed())?;
        Ok(Self { writer, columns, shape })
    }

    /// Adds a conversation's rows.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        for row in self.shape.rows.of(conversation) {
            let cells = self.columns.iter().map(|column| cell(*column, row, self.shape).into_owned());
            let record: Vec<String> = cells.collect();
            let written = self.writer.write_record(&record);
            written.map_err(cause).with_context(|| self.writer.get_ref().failed())?;
        }
        Ok(())
    }

    /// Returns the target.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn finish(self) -> Result<Target> {
        let failed = self.writer.get_ref().failed();
        self.writer.into_inner().map_err(IntoInnerError::into_error).context(failed)
    }
}

/// Returns what the operating system said, so that a reader that has gone is known as such.
fn cause(error: csv::Error) -> anyhow::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        kind => anyhow!("CSV: {kind:?}"),
    }
}

fn cell(column: Column, row: Row<'_>, shape: Shape) -> Cow<'_, str> {
    let text = match (column.of)(row) {
        Value::Nothing => Cow::Borrowed(""),
        Value::Text(text) => text,
        Value::Time(at) => Cow::Owned(Timestamp::to_rfc3339(at)),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        Value::List(values) => Cow::Owned(values.join(BETWEEN)),
    };
    if shape.terminal { Cow::Owned(clean(&text).into_owned()) } else { text }
}
