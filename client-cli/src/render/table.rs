//! Rows in aligned columns.

use unicode_width::UnicodeWidthStr as _;

use super::buffer::wrapping;
use super::clean::clean_line;
use super::columns::gap;
use super::{Buffer, style};

/// Spaces between columns.
const BETWEEN: usize = 2;
/// Columns of the screen below which no column is made narrower.
const NARROWEST: usize = 6;

/// Adds a table with a head and without lines. `numbers` are the columns aligned to the right. Where the screen is too narrow, the
/// widest columns wrap.
pub(crate) fn table(buffer: &mut Buffer<'_>, head: &[&str], rows: &[Vec<String>], numbers: &[usize]) {
    let head = head.iter().map(|name| clean_line(name).into_owned()).collect();
    let rows = rows.iter().map(|row| row.iter().map(|cell| clean_line(cell).into_owned()).collect());
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let mut widths: Vec<usize> = (0..).map_while(widest).map(|width| width.max(1)).collect();
    let room = buffer.screen().width.saturating_sub(BETWEEN * widths.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room
        && let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST)
    {
        *widest -= 1;
    }
    for (index, row) in rows.iter().enumerate() {
        let look = if index == 0 { style::FAINT } else { style::PLAIN };
        let cells = row.iter().zip(&widths).map(|(cell, width)| textwrap::wrap(cell, wrapping(*width)));
        let cells: Vec<_> = cells.collect();
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut missing = 0;
            for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let text = cell.get(line).map_or("", |text| text.as_ref());
                let (before, after) = match gap(text, *width) {
                    gap if numbers.contains(&column) => (gap, 0),
                    gap => (0, gap),
                };
                if !text.is_empty() {
                    buffer.indent(missing + before).put(look, text);
                    missing = 0;
                }
                missing += if text.is_empty() { width + BETWEEN } else { after + BETWEEN };
            }
            buffer.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Screen;
    use super::super::screen::samples;
    use super::*;

    fn drawn(width: usize) -> String {
        let screen = Screen { width, ..samples::plain() };
        let mut buffer = Buffer::new(&screen);
        let rows =
            [["返金", "7", "where is it"], ["", "1200", "x"]].map(|row| row.map(str::to_owned).to_vec());
        table(&mut buffer, &["tag", "count", "said"], &rows, &[1]);
        buffer.as_str().to_owned()
    }

    #[test]
    fn columns_line_up_and_wrap_where_the_screen_is_narrow() {
        assert_eq!(drawn(80), "tag   count  said\n返金      7  where is it\n       1200  x\n");
        assert_eq!(drawn(21), "tag   count  said\n返金      7  where is\n             it\n       1200  x\n");
    }
}
