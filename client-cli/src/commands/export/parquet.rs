//! Parquet: typed columns, compressed with Zstandard. Times are UTC, lists are lists.

use std::io;
use std::mem;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use proto::types::Conversation;

use super::format::Shape;
use super::table::{Column, Kind, Rows, Value};
use crate::target::Target;

/// Bytes of values that are put together into a row group; about half of what is held in memory.
const GROUP_BYTES: usize = 32 << 20;

/// An export into Parquet.
pub(super) struct Parquet {
    writer: SerializedFileWriter<Target>,
    rows: Rows,
    columns: Vec<(Column, Values)>,
    /// Bytes of the values that are not written yet.
    held: usize,
    failed: String,
}

impl Parquet {
    /// Begins an export.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn new(target: Target, shape: Shape) -> Result<Self> {
        let failed = target.failed();
        let columns = shape.rows.columns();
        let fields: String = columns.iter().map(|column| field(column.name, column.kind)).collect();
        let schema = parse_message_type(&format!("message row {{ {fields} }}"))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by(format!("syncctl {}", proto::VERSION))
            .build();
        let writer = SerializedFileWriter::new(target, Arc::new(schema), Arc::new(properties));
        let writer = writer.map_err(cause).with_context(|| failed.clone())?;
        let columns = columns.into_iter().map(|column| (column, Values::new(column.kind))).collect();
        Ok(Self { writer, rows: shape.rows, columns, held: 0, failed })
    }

    /// Adds a conversation's rows.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        for row in self.rows.of(conversation) {
            for (column, values) in &mut self.columns {
                self.held += values.add((column.of)(row));
            }
            if self.held >= GROUP_BYTES {
                self.write().map_err(cause).with_context(|| self.failed.clone())?;
            }
        }
        Ok(())
    }

    /// Writes what is held as a row group.
    fn write(&mut self) -> Result<(), ParquetError> {
        self.held = 0;
        let mut group = self.writer.next_row_group()?;
        for (_, values) in &mut self.columns {
            if let Some(column) = group.next_column()? {
                values.write(column)?;
            }
        }
        group.close()?;
        Ok(())
    }

    /// Returns the target.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn finish(mut self) -> Result<Target> {
        if self.held > 0 {
            self.write().map_err(cause).with_context(|| self.failed.clone())?;
        }
        self.writer.into_inner().map_err(cause).context(self.failed)
    }
}

/// Returns what the operating system said, so that a reader that has gone is known as such.
fn cause(error: ParquetError) -> anyhow::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => (*error).into(),
            Err(source) => ParquetError::External(source).into(),
        },
        error => error.into(),
    }
}

/// Returns a column as Parquet's schema language has it. Any may have nothing in a row.
fn field(name: &str, kind: Kind) -> String {
    match kind {
        Kind::Text => format!("OPTIONAL BYTE_ARRAY {name} (STRING);"),
        Kind::Time => format!("OPTIONAL INT64 {name} (TIMESTAMP(MILLIS, true));"),
        Kind::Number => format!("OPTIONAL INT64 {name};"),
        Kind::Flag => format!("OPTIONAL BOOLEAN {name};"),
        Kind::List => format!(
            "OPTIONAL group {name} (LIST) {{ REPEATED group list {{ REQUIRED BYTE_ARRAY element (STRING); }} }}"
        ),
    }
}

/// A column's values in the making.
struct Values {
    kind: Kind,
    /// For each: 0 where a row has nothing, 1 where it has a value or a list of none, 2 where it has a list's text.
    definition_levels: Vec<i16>,
    /// For each text of a list, and each list of none: 0 where a row begins, 1 where its list goes on.
    repetition_levels: Vec<i16>,
    numbers: Vec<i64>,
    flags: Vec<bool>,
    /// All texts, one behind the other.
    text: Vec<u8>,
    /// Where each ends in it.
    ends: Vec<usize>,
}

impl Values {
    const fn new(kind: Kind) -> Self {
        Self {
            kind,
            definition_levels: Vec::new(),
            repetition_levels: Vec::new(),
            numbers: Vec::new(),
            flags: Vec::new(),
            text: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Adds a value, nothing where it is of another kind, and returns about how many bytes that takes.
    fn add(&mut self, value: Value<'_>) -> usize {
        let mut level = 1;
        let before = self.text.len();
        match (self.kind, value) {
            (Kind::Text, Value::Text(text)) => self.push(&text),
            (Kind::Time, Value::Time(at)) => self.numbers.push(at.0.saturating_mul(1_000)),
            (Kind::Number, Value::Number(number)) => self.numbers.push(number),
            (Kind::Flag, Value::Flag(flag)) => self.flags.push(flag),
            (Kind::List, Value::List(texts)) => {
                if let Some(further) = texts.len().checked_sub(1) {
                    level = 2;
                    self.definition_levels.extend(std::iter::repeat_n(2, further));
                    texts.into_iter().for_each(|text| self.push(text));
                    self.repetition_levels.push(0);
                    self.repetition_levels.extend(std::iter::repeat_n(1, further));
                } else {
                    self.repetition_levels.push(0);
                }
            }
            (kind, _) => {
                level = 0;
                if kind == Kind::List {
                    self.repetition_levels.push(0);
                }
            }
        }
        self.definition_levels.push(level);
        self.text.len() - before + size_of::<usize>()
    }

    fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
        self.ends.push(self.text.len());
    }

    /// Writes all values and begins anew.
    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self.kind {
            Kind::Text | Kind::List => {
                let texts = self.texts();
                self.write_as::<ByteArrayType>(&mut column, &texts)?;
            }
            Kind::Time | Kind::Number => {
                let numbers = mem::take(&mut self.numbers);
                self.write_as::<Int64Type>(&mut column, &numbers)?;
            }
            Kind::Flag => {
                let flags = mem::take(&mut self.flags);
                self.write_as::<BoolType>(&mut column, &flags)?;
            }
        }
        column.close()
    }

    fn write_as<T: DataType>(
        &mut self,
        column: &mut SerializedColumnWriter<'_>,
        values: &[T::T],
    ) -> Result<(), ParquetError> {
        let repetition_levels = (self.kind == Kind::List).then_some(self.repetition_levels.as_slice());
        column.typed::<T>().write_batch(values, Some(&self.definition_levels), repetition_levels)?;
        self.definition_levels.clear();
        self.repetition_levels.clear();
        Ok(())
    }

    /// Takes the texts.
    fn texts(&mut self) -> Vec<ByteArray> {
        let all = Bytes::from(mem::take(&mut self.text));
        let mut start = 0;
        let next = |end| ByteArray::from(all.slice(mem::replace(&mut start, end)..end));
        self.ends.drain(..).map(next).collect()
    }
}
