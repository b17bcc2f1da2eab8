//! Rows in aligned columns.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::clean::clean_line;
use super::{Sheet, style};

/// Adds a table with a head and without lines. `numbers` are the columns aligned to the right.
pub(crate) fn table(sheet: &mut Sheet<'_>, head: &[&str], rows: &[Vec<String>], numbers: &[usize]) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let width = u16::try_from(sheet.screen().width).unwrap_or(u16::MAX);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width).set_header(head);
    for row in rows {
        table.add_row(row.iter().map(|cell| clean_line(cell)));
    }
    for &column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (index, line) in table.lines().enumerate() {
        let style = if index == 0 { style::FAINT } else { style::PLAIN };
        sheet.put(style, line.trim_end().strip_prefix(' ').unwrap_or(&line)).end();
    }
}
