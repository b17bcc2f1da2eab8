//! An Excel workbook: times that are times, ids that stay whole, nothing that is calculated. Its rows lie in a file without a
//! name until the end, so memory does not grow with them.

use std::borrow::Cow;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use chrono::{DateTime, FixedOffset};
use proto::Timestamp;
use proto::types::Conversation;
use rust_xlsxwriter::{DocProperties, Format, IgnoreError, Worksheet, XlsxError};

use super::format::{About, Shape};
use super::table::{BETWEEN, Column, Kind, Row, Rows, Value};
use crate::target::Target;

/// Rows that a sheet can hold, its head included.
const ROWS_OF_A_SHEET: u32 = 1_048_576;
/// UTF-16 units that a cell can hold.
const UNITS_OF_A_CELL: usize = 32_767;
/// Room for the note in a cell that is cut.
const UNITS_OF_A_NOTE: usize = 80;
/// Bytes of XML about a cell beside its text, at the most.
const BYTES_OF_A_CELL: u64 = 64;
/// Bytes of a sheet from which on a workbook is written as a large one, which not every program opens.
const LARGE: u64 = 2 << 30;
/// A row's height in pixels: one line, however many its texts have. Not the usual one, 20, at which programs choose.
const HEIGHT: u32 = 19;
/// How times are shown.
const TIME: &str = "yyyy-mm-dd hh:mm:ss";
/// The format of text, which is not taken for a number or a formula when it is edited either.
const TEXT: &str = "@";
/// Days from 1899-12-30, where spreadsheets count from, to 1970-01-01.
const DAYS_TO_1970: f64 = 25_569.0;
/// What spreadsheets take for a time: 1900-03-01 to 9999-12-31.
const TIMES: std::ops::Range<f64> = 61.0..2_958_466.0;

/// An export into a workbook.
pub(super) struct Workbook {
    book: rust_xlsxwriter::Workbook,
    target: Target,
    /// Where the rows lie until the end.
    folder: PathBuf,
    rows: Rows,
    columns: Vec<Column>,
    zone: fn(Timestamp) -> DateTime<FixedOffset>,
    rows_of_a_sheet: u32,
    /// Sheets begun.
    sheets: usize,
    /// Rows of the last sheet, its head included.
    filled: u32,
    /// Bytes of the last sheet, about.
    bytes: u64,
    is_large: bool,
    /// Cells whose text was longer than a cell can hold.
    cut: u64,
}

impl Workbook {
    /// Begins an export.
    ///
    /// # Errors
    /// When nothing can be written beside the target.
    pub(super) fn new(target: Target, shape: Shape) -> Result<Self> {
        Self::with_sheets_of(ROWS_OF_A_SHEET, target, shape)
    }

    fn with_sheets_of(rows_of_a_sheet: u32, target: Target, shape: Shape) -> Result<Self> {
        let beside = target.unfinished().and_then(|file| file.parent()).map(PathBuf::from);
        let mut book = rust_xlsxwriter::Workbook::new();
        let folder = beside.unwrap_or_else(std::env::temp_dir);
        book.set_tempdir(&folder).map_err(cause).with_context(|| target.failed())?;
        let properties = DocProperties::new().set_author(format!("syncctl {}", proto::VERSION));
        book.set_properties(&properties);
        let mut workbook = Self {
            book,
            target,
            folder,
            rows: shape.rows,
            columns: shape.rows.columns(),
            zone: shape.zone,
            rows_of_a_sheet,
            sheets: 0,
            filled: 0,
            bytes: 0,
            is_large: false,
            cut: 0,
        };
        workbook.attempt(Self::begin_sheet)?;
        Ok(workbook)
    }

    /// Adds a conversation's rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn add(&mut self, conversation: &Conversation) -> Result<()> {
        let rows = self.rows;
        self.attempt(|workbook| rows.of(conversation).try_for_each(|row| workbook.add_row(row)))
    }

    /// Returns how many cells hold less than the whole text.
    pub(super) const fn cut(&self) -> u64 {
        self.cut
    }

    /// Writes the workbook and returns the target.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub(super) fn finish(mut self, about: &About) -> Result<Target> {
        self.attempt(|workbook| {
            workbook.end_sheet()?;
            workbook.add_about(about)?;
            workbook.book.use_zip_large_file(workbook.is_large);
            workbook.book.save_to_writer(&mut workbook.target)
        })?;
        Ok(self.target)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        (self.filled, self.bytes) = (1, 0);
        let name = match self.rows {
            Rows::Messages => "messages",
            Rows::Conversations => "conversations",
        };
        let name = if self.sheets == 1 { name.to_owned() } else { format!("{name} {}", self.sheets) };
        let head = Format::new().set_bold();
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?.set_default_row_height_pixels(HEIGHT);
        for (number, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(number, width(column))?;
            match column.kind {
                Kind::Text | Kind::List => {
                    sheet.set_column_format(number, &Format::new().set_num_format(TEXT))?;
                }
                Kind::Time => {
                    sheet.set_column_format(number, &Format::new().set_num_format(TIME))?;
                }
                Kind::Number | Kind::Flag => {}
            }
            sheet.write_string_with_format(0, number, column.name, &head)?;
        }
        Ok(())
    }

    /// Makes the sheet's rows ones that can be filtered, and whose ids are not complained of.
    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        let last_row = self.filled - 1;
        let last_column = u16::try_from(self.columns.len() - 1).unwrap_or(u16::MAX);
        let sheet = self.book.worksheet_from_index(self.sheets - 1)?;
        sheet.autofilter(0, 0, last_row, last_column)?;
        sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        Ok(())
    }

    fn add_row(&mut self, row: Row<'_>) -> Result<(), XlsxError> {
        if self.filled == self.rows_of_a_sheet {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        let at = self.filled;
        let sheet = self.book.worksheet_from_index(self.sheets - 1)?;
        for (number, column) in (0..).zip(&self.columns) {
            self.bytes += BYTES_OF_A_CELL;
            let text = match (column.of)(row) {
                Value::Nothing => continue,
                Value::Text(text) => text,
                Value::List(values) => Cow::Owned(values.join(BETWEEN)),
                Value::Time(time) => {
                    write_time(sheet, at, number, time, self.zone)?;
                    continue;
                }
                Value::Number(count) => {
                    // Exact: what is counted is far below 2^53.
                    #[allow(clippy::cast_precision_loss)]
                    sheet.write_number(at, number, count as f64)?;
                    continue;
                }
                Value::Flag(flag) => {
                    sheet.write_boolean(at, number, flag)?;
                    continue;
                }
            };
            let (fitting, is_cut) = fit(&text);
            self.cut += u64::from(is_cut);
            self.bytes += fitting.len() as u64;
            sheet.write_string(at, number, fitting)?;
        }
        self.filled += 1;
        self.is_large |= self.bytes > LARGE;
        Ok(())
    }

    /// Adds a last sheet that says what the others are.
    fn add_about(&mut self, about: &About) -> Result<(), XlsxError> {
        let cut = match self.cut {
            0 => "none".to_owned(),
            cut => format!("{cut}: a cell holds {UNITS_OF_A_CELL} characters; each ends with a note"),
        };
        let (zone, sheets) = (self.zone, self.sheets);
        let head = Format::new().set_bold();
        let time = Format::new().set_num_format(TIME).set_align(rust_xlsxwriter::FormatAlign::Left);
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name("about")?.set_column_width(0, 24)?.set_column_width(1, 90)?;
        let lines = [
            ("times", zone_in_words(zone, about)),
            ("verdict", about.verdict.clone()),
            ("conversations", about.conversations.to_string()),
            ("messages", about.messages.to_string()),
            ("sheets of rows", sheets.to_string()),
            ("texts that were cut", cut),
            ("made by", format!("syncctl {}", proto::VERSION)),
        ];
        for (row, (name, at)) in (0..).zip([("timeframe from", about.window.start), ("to", about.window.end)])
        {
            sheet.write_string_with_format(row, 0, name, &head)?;
            sheet.set_row_format(row, &time)?;
            write_time(sheet, row, 1, at, zone)?;
        }
        for (row, (name, text)) in (2..).zip(&lines) {
            sheet.write_string_with_format(row, 0, *name, &head)?;
            sheet.write_string(row, 1, fit(text).0)?;
        }
        Ok(())
    }

    /// Does a part of the work. The library panics where the file that holds the rows cannot be written, as on a full disk.
    fn attempt(&mut self, work: impl FnOnce(&mut Self) -> Result<(), XlsxError>) -> Result<()> {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| work(self)));
        panic::set_hook(hook);
        let outcome = outcome.unwrap_or_else(|_| {
            let message = format!("rows cannot be written into {}: is the disk full?", self.folder.display());
            Err(XlsxError::IoError(io::Error::other(message)))
        });
        outcome.map_err(cause).with_context(|| self.target.failed())
    }
}

/// Writes a time as one in the user's zone; one that spreadsheets do not know, as text.
fn write_time(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    at: Timestamp,
    zone: fn(Timestamp) -> DateTime<FixedOffset>,
) -> Result<(), XlsxError> {
    // Exact: seconds of the years that matter are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    let days = zone(at).naive_local().and_utc().timestamp() as f64 / 86_400.0 + DAYS_TO_1970;
    if TIMES.contains(&days) {
        sheet.write_number(row, column, days)?;
    } else {
        sheet.write_string(row, column, at.to_rfc3339())?;
    }
    Ok(())
}

/// Says whose the times are, with both offsets where the clocks changed in between.
fn zone_in_words(zone: fn(Timestamp) -> DateTime<FixedOffset>, about: &About) -> String {
    let [start, end] = [about.window.start, about.window.end].map(|at| zone(at).format("%:z").to_string());
    let offsets = if start == end { start } else { format!("{start} at the start, {end} at the end") };
    let name = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    match name.or_else(|| iana_time_zone::get_timezone().ok()) {
        Some(name) => format!("in the zone {name} ({offsets})"),
        None => format!("in a zone of {offsets}"),
    }
}

/// Returns as much of a text as fits into a cell, with a note where that is not all, and whether it is cut.
fn fit(text: &str) -> (Cow<'_, str>, bool) {
    // No text has more UTF-16 units than bytes.
    if text.len() <= UNITS_OF_A_CELL || text.encode_utf16().count() <= UNITS_OF_A_CELL {
        return (Cow::Borrowed(text), false);
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > UNITS_OF_A_CELL - UNITS_OF_A_NOTE
    });
    let (kept, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    let note = format!("… [cut: {} more characters do not fit into a cell]", rest.chars().count());
    (Cow::Owned(kept.to_owned() + &note), true)
}

/// Returns the width of a column, in characters.
fn width(column: &Column) -> f64 {
    match (column.kind, column.name) {
        (Kind::Text, "body") => 90.0,
        (Kind::Text, "title") => 45.0,
        (Kind::Text, name) if name.ends_with("email") => 30.0,
        (Kind::Text | Kind::List, _) => 20.0,
        (Kind::Time, _) => 19.0,
        (Kind::Number | Kind::Flag, _) => 12.0,
    }
}

/// Returns what the operating system said, so that a reader that has gone is known as such.
fn cause(error: XlsxError) -> anyhow::Error {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error.into(),
        error => anyhow!(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read as _;

    use proto::Interval;
    use proto::types::{Message, Summary};
    use zip::ZipArchive;

    use super::super::format::Format as ExportFormat;
    use super::*;
    use crate::render::samples;
    use crate::target::Output;

    fn conversation(messages: usize) -> Conversation {
        let message = |number: usize| Message { id: number.to_string(), ..Message::default() };
        Conversation {
            summary: Summary { id: "215469810000000123".to_owned(), ..Summary::default() },
            messages: (0..messages).map(message).collect(),
            events: Vec::new(),
            offset: 0,
            next_offset: None,
            fetched_at: Timestamp(0),
            outdated: false,
            fields: Vec::new(),
        }
    }

    #[test]
    fn rows_that_a_sheet_has_no_room_for_go_on_in_a_further_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.xlsx");
        let target = Target::open(&Output::File(file.clone())).unwrap();
        let screen = samples::plain();
        let (format, rows, zone) = (ExportFormat::Xlsx, Rows::Messages, screen.zone);
        let shape = Shape { format, rows, terminal: false, zone };
        let mut workbook = Workbook::with_sheets_of(3, target, shape).unwrap();
        workbook.add(&conversation(5)).unwrap();
        let window = Interval { start: screen.now.minus(60), end: screen.now };
        let about = About { window, verdict: "fresh".to_owned(), conversations: 1, messages: 5 };
        workbook.finish(&about).unwrap().keep().unwrap();

        let mut archive = ZipArchive::new(std::fs::File::open(file).unwrap()).unwrap();
        let mut read = |name: &str| {
            let mut text = String::new();
            archive.by_name(&format!("xl/{name}.xml")).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let names = read("workbook");
        for name in ["messages", "messages 2", "messages 3", "about"] {
            assert!(names.contains(&format!("<sheet name=\"{name}\"")), "{names}");
        }
        for (number, rows) in [(1, 3), (2, 3), (3, 2)] {
            let sheet = read(&format!("worksheets/sheet{number}"));
            assert_eq!(sheet.matches("<row ").count(), rows, "{sheet}");
            assert!(
                sheet.contains("<t>conversation_id</t>") && sheet.contains("state=\"frozen\""),
                "{sheet}"
            );
            assert!(sheet.contains(&format!("<autoFilter ref=\"A1:AJ{rows}\"/>")), "{sheet}");
            assert_eq!(sheet.matches("<t>215469810000000123</t>").count(), rows - 1, "{sheet}");
        }
    }

    #[test]
    fn a_text_is_cut_where_a_cell_ends_and_says_what_is_missing() {
        let whole = "😀".repeat(UNITS_OF_A_CELL / 2);
        assert_eq!(fit(&whole), (Cow::Borrowed(whole.as_str()), false));
        let long = format!("{whole}ab");
        let (kept, is_cut) = fit(&long);
        assert!(is_cut && kept.encode_utf16().count() <= UNITS_OF_A_CELL, "{}", kept.len());
        let (text, note) = kept.split_once('…').unwrap();
        assert!(long.starts_with(text));
        let missing = long.chars().count() - text.chars().count();
        assert_eq!(note, format!(" [cut: {missing} more characters do not fit into a cell]"));
    }
}
