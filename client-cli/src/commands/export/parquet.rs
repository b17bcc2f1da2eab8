//! Parquet: typed columns, compressed with Zstandard. Times are UTC, lists are lists.

use std::io;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use arrow_array::builder::{
    BooleanBuilder, Int64Builder, ListBuilder, StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use proto::types::Conversation;

use super::format::Shape;
use super::table::{Column, Kind, Rows, Value};
use crate::target::Target;

/// The zone of all times.
const UTC: &str = "UTC";
/// Rows that are put together before they are encoded.
const BATCH: usize = 512;
/// Bytes of text in them.
const BATCH_BYTES: usize = 4 << 20;
/// Encoded bytes that are put together into a row group; together with a batch all that is held in memory.
const GROUP_BYTES: usize = 32 << 20;

/// An export into Parquet.
pub(super) struct Parquet {
    writer: ArrowWriter<Target>,
    schema: SchemaRef,
    rows: Rows,
    columns: Vec<(Column, Builder)>,
    /// Rows and bytes that are not encoded yet.
    held: (usize, usize),
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
        let fields = columns.iter().map(|column| Field::new(column.name, data_type(column.kind), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by(format!("syncctl {}", proto::VERSION))
            .build();
        let writer = ArrowWriter::try_new(target, Arc::clone(&schema), Some(properties));
        let writer = writer.map_err(cause).with_context(|| failed.clone())?;
        let columns = columns.into_iter().map(|column| (column, Builder::new(column.kind))).collect();
        Ok(Self { writer, schema, rows: shape.rows, columns, held: (0, 0), failed })
    }

    /// Adds a conversation's rows.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        for row in self.rows.of(conversation) {
            for (column, builder) in &mut self.columns {
                self.held.1 += builder.add((column.of)(row));
            }
            self.held.0 += 1;
            if self.held.0 >= BATCH || self.held.1 >= BATCH_BYTES {
                self.encode().with_context(|| self.failed.clone())?;
            }
        }
        Ok(())
    }

    /// Encodes what is held, and writes a row group when there is enough for one.
    fn encode(&mut self) -> Result<()> {
        self.held = (0, 0);
        let arrays = self.columns.iter_mut().map(|(_, builder)| builder.finish()).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)?;
        self.writer.write(&batch).map_err(cause)?;
        if self.writer.memory_size() >= GROUP_BYTES {
            self.writer.flush().map_err(cause)?;
        }
        Ok(())
    }

    /// Returns the target.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn finish(mut self) -> Result<Target> {
        self.encode().with_context(|| self.failed.clone())?;
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

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
        Kind::Number => DataType::Int64,
        Kind::Flag => DataType::Boolean,
        Kind::List => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    }
}

/// A column's values in the making.
enum Builder {
    Text(StringBuilder),
    Time(TimestampMillisecondBuilder),
    Number(Int64Builder),
    Flag(BooleanBuilder),
    List(ListBuilder<StringBuilder>),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Time => Self::Time(TimestampMillisecondBuilder::new().with_timezone(UTC)),
            Kind::Number => Self::Number(Int64Builder::new()),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::List => Self::List(ListBuilder::new(StringBuilder::new())),
        }
    }

    /// Adds a value, nothing where it is of another kind, and returns how many bytes of text it has.
    fn add(&mut self, value: Value<'_>) -> usize {
        match (self, value) {
            (Self::Text(builder), Value::Text(text)) => {
                builder.append_value(text);
                return text.len();
            }
            (Self::Time(builder), Value::Time(at)) => builder.append_value(at.0.saturating_mul(1_000)),
            (Self::Number(builder), Value::Number(number)) => builder.append_value(number),
            (Self::Flag(builder), Value::Flag(flag)) => builder.append_value(flag),
            (Self::List(builder), Value::List(values)) => {
                builder.append_value(values.iter().map(Some));
                return values.iter().map(|value| value.len()).sum();
            }
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Time(builder), _) => builder.append_null(),
            (Self::Number(builder), _) => builder.append_null(),
            (Self::Flag(builder), _) => builder.append_null(),
            (Self::List(builder), _) => builder.append_null(),
        }
        0
    }

    /// Returns the values and begins anew.
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Time(builder) => Arc::new(builder.finish()),
            Self::Number(builder) => Arc::new(builder.finish()),
            Self::Flag(builder) => Arc::new(builder.finish()),
            Self::List(builder) => Arc::new(builder.finish()),
        }
    }
}
