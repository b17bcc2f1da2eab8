//! Columns of text that line up whatever script they are in, and the bars and curves that are drawn in them. Pure.

use unicode_width::UnicodeWidthStr as _;

use super::clean::clean_line;

/// A block of each width, in eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/// A block of each height.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Returns clean text on one line of at most so many columns; what is cut off is told by an ellipsis.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let text = clean_line(text);
    if text.width() <= columns {
        return text.into_owned();
    }
    let room = columns.saturating_sub(1);
    // No character is narrower than nothing, so no more than so many of them can be needed; joiners come on top.
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(room.saturating_mul(8));
    let end = ends.take_while(|end| text[..*end].width() <= room).last().unwrap_or(0);
    format!("{}…", &text[..end])
}

/// Returns the spaces that text lacks to so many columns.
pub(crate) fn gap(text: &str, columns: usize) -> usize {
    columns.saturating_sub(text.width())
}

/// Returns a bar of `value` where `most` fills so many columns. What is not nothing can be seen.
pub(crate) fn bar(value: u64, most: u64, columns: usize) -> String {
    if value == 0 || most == 0 {
        return String::new();
    }
    let full = u128::from(most);
    let eighths = (u128::from(value.min(most)) * columns as u128 * 8 + full / 2) / full;
    let eighths = usize::try_from(eighths).unwrap_or(columns * 8).max(1);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// Returns a curve of the values, one column each; where there are more of them than columns, neighbours are added up.
pub(crate) fn curve(values: &[u64], columns: usize) -> String {
    let each = values.len().div_ceil(columns.max(1)).max(1);
    let sum = |part: &[u64]| part.iter().fold(0, |sum: u64, value| sum.saturating_add(*value));
    let sums: Vec<u64> = values.chunks(each).map(sum).collect();
    let most = sums.iter().copied().max().unwrap_or(0);
    let height = |value: u64| match value {
        0 => ' ',
        _ => {
            let eighths = (u128::from(value) * 8).div_ceil(u128::from(most));
            HEIGHTS[usize::try_from(eighths).unwrap_or(8).clamp(1, 8) - 1]
        }
    };
    sums.into_iter().map(height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_script_is_cut_to_its_columns() {
        let cases = [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("返金をお願い", 5, "返金…"),
            ("返金をお願い", 6, "返金…"),
            ("שלום עולם", 5, "שלום…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("two\nlines", 20, "two lines"),
            ("anything", 1, "…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(fit(text, columns), expected, "{text}");
            assert!(fit(text, columns).width() <= columns, "{text}");
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_part_of_the_most() {
        let cases = [
            (0, 80, ""),
            (80, 80, "██████████"),
            (40, 80, "█████"),
            (41, 80, "█████▏"),
            (1, 80_000, "▏"),
            (90, 80, "██████████"),
            (5, 0, ""),
        ];
        for (value, most, expected) in cases {
            assert_eq!(bar(value, most, 10), expected, "{value} of {most}");
        }
        assert_eq!(bar(u64::MAX, u64::MAX, 10).width(), 10);
    }

    #[test]
    fn a_curve_shows_the_least_and_the_most_and_fits() {
        assert_eq!(curve(&[0, 1, 4, 8], 10), " ▁▄█");
        assert_eq!(curve(&[1, 1, 2, 2, 0, 0], 3), "▄█ ");
        assert_eq!(curve(&[], 3), "");
        assert_eq!(curve(&[0, 0], 3), "  ");
        assert_eq!(curve(&[u64::MAX], 3), "█");
    }
}
