//! The drawings of a report. Shapes are SVG that stretches, and words are HTML beside it, so that they stay readable on a
//! narrow screen. Each drawing says in words what it shows. Pure.

use maud::{Markup, html};
use proto::{Interval, Timestamp};

/// Units of a drawing's width.
const WIDTH: i64 = 1_000;
/// Units of the height of a chart of columns.
const HEIGHT: u64 = 100;

/// A column of a chart.
pub(super) struct Bar {
    /// What it is, for whoever points at it.
    pub(super) label: String,
    /// Values from the back to the front, each in the colour of its place.
    pub(super) values: Vec<u64>,
}

/// Returns the largest value that is drawn whole, so that a few that stand out do not flatten all the others.
pub(super) fn top(bars: &[Bar]) -> u64 {
    let mut values: Vec<u64> = bars.iter().flat_map(|bar| bar.values.iter().copied()).collect();
    values.sort_unstable();
    let most = values.last().copied().unwrap_or(0);
    let usual = values.get(values.len().saturating_sub(1) * 19 / 20).copied().unwrap_or(0);
    most.min(usual.saturating_mul(2))
}

/// Draws a column for each; those of a value lie before those of the value before it. `top` fills the height, and so does
/// what is above it.
pub(super) fn bars(says: &str, bars: &[Bar], top: u64) -> Markup {
    let width = bars.len().max(1) * 10;
    html! {
        svg.chart viewBox=(format!("0 0 {width} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(says) {
            @for (index, bar) in bars.iter().enumerate() {
                g {
                    title { (bar.label) }
                    @for (series, value) in bar.values.iter().enumerate() {
                        @let height = tenths((*value).min(top), top);
                        rect class=(format!("series{series}")) x=(index * 10 + 1) width="8"
                            y=(decimal(HEIGHT * 10 - height)) height=(decimal(height)) {}
                    }
                }
            }
        }
    }
}

/// Returns tenths of units of the height.
fn tenths(value: u64, most: u64) -> u64 {
    let full = u128::from(HEIGHT) * 10;
    u64::try_from(u128::from(value) * full / u128::from(most.max(1))).unwrap_or(HEIGHT * 10)
}

fn decimal(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Draws what of a window is covered, and what is missing.
pub(super) fn timeline(says: &str, window: Interval, covered: &[Interval], gaps: &[Interval]) -> Markup {
    let place = |at: Timestamp| {
        let length = i128::from(window.seconds().max(1));
        let at = i128::from(at.since(window.start)).clamp(0, length);
        i64::try_from(at * i128::from(WIDTH) / length).unwrap_or(WIDTH)
    };
    let piece = |span: &Interval, class: &str| {
        let (from, to) = (place(span.start), place(span.end));
        html! { rect class=(class) x=(from) y="0" width=((to - from).max(2)) height="20" {} }
    };
    let touches = |span: &&Interval| !span.intersection(window).is_empty();
    html! {
        svg.timeline viewBox=(format!("0 0 {WIDTH} 20")) preserveAspectRatio="none" role="img" aria-label=(says) {
            rect.ground x="0" y="0" width=(WIDTH) height="20" {}
            @for span in covered.iter().filter(touches) { (piece(span, "covered")) }
            @for span in gaps.iter().filter(touches) { (piece(span, "gap")) }
        }
    }
}

/// Draws a bar within a row of a table. The number stands beside it.
pub(super) fn row_bar(value: u64, most: u64) -> Markup {
    html! {
        svg.bar viewBox=(format!("0 0 {HEIGHT} 10")) preserveAspectRatio="none" aria-hidden="true" {
            rect.series0 x="0" y="0" width=(decimal(tenths(value, most))) height="10" {}
        }
    }
}

/// Returns how warm a field is, from 0 to 100.
pub(super) fn warmth(value: u64, most: u64) -> u64 {
    tenths(value, most) / 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_high_as_its_part_of_the_most() {
        assert_eq!((tenths(0, 0), tenths(5, 0), tenths(1, 2), tenths(2, 2)), (0, 5_000, 500, 1_000));
        assert_eq!(tenths(u64::MAX, u64::MAX), 1_000);
        assert_eq!(decimal(505), "50.5");
    }

    #[test]
    fn what_stands_out_does_not_flatten_the_others() {
        let bar = |value| Bar { label: String::new(), values: vec![value] };
        let mut usual: Vec<_> = (1..=40).map(bar).collect();
        assert_eq!(top(&usual), 40);
        usual.push(bar(1_000));
        assert_eq!(top(&usual), 78);
        assert_eq!(top(&[]), 0);
        assert_eq!(top(&[bar(7)]), 7);
        let drawn = bars("x", &usual, 78).into_string();
        assert!(drawn.contains("y=\"0.0\" height=\"100.0\""), "{drawn}");
    }

    #[test]
    fn pieces_stay_within_the_window_and_can_be_seen() {
        let drawn = timeline(
            "says <this>",
            Interval::new(1_000, 2_000),
            &[Interval::new(0, 1_500), Interval::new(0, 900)],
            &[Interval::new(1_500, 1_501)],
        );
        let drawn = drawn.into_string();
        assert!(drawn.contains("aria-label=\"says &lt;this&gt;\""), "{drawn}");
        assert!(drawn.contains("class=\"covered\" x=\"0\" y=\"0\" width=\"500\""), "{drawn}");
        assert_eq!(drawn.matches("covered").count(), 1, "{drawn}");
        assert!(drawn.contains("class=\"gap\" x=\"500\" y=\"0\" width=\"2\""), "{drawn}");
    }
}
