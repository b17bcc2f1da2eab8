//! What a change of a text does to its lines. Pure.

use crate::render::{Buffer, style};

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// Adds the lines that go, those that come, and a few around them: all changes are taken for one.
pub(super) fn show(buffer: &mut Buffer<'_>, before: &str, after: &str) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same =
        |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(old, new)| old == new).count();
    let first = same(&mut old.iter().zip(&new));
    let last = same(&mut old.iter().rev().zip(new.iter().rev())).min(old.len().min(new.len()) - first);
    let (old_end, new_end) = (old.len() - last, new.len() - last);
    let mut put = |sign: &str, look, lines: &[&str]| {
        for line in lines {
            buffer.put(look, &format!("{sign} {line}")).end();
        }
    };
    put(" ", style::FAINT, &new[first.saturating_sub(AROUND)..first]);
    put("-", style::BAD, &old[first..old_end]);
    put("+", style::GOOD, &new[first..new_end]);
    put(" ", style::FAINT, &new[new_end..new.len().min(new_end + AROUND)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let cases = [
            ("a\nb\nc\nd\ne\n", "a\nb\nc\nd\nx\ne\n", "  b\n  c\n  d\n+ x\n  e\n"),
            ("a\nb\n", "a\nc\n", "  a\n- b\n+ c\n"),
            ("", "a\n", "+ a\n"),
            ("a\na\n", "a\na\na\n", "  a\n  a\n+ a\n"),
            ("a\n", "", "- a\n"),
        ];
        for (before, after, expected) in cases {
            let screen = samples::plain();
            let mut buffer = Buffer::new(&screen);
            show(&mut buffer, before, after);
            assert_eq!(buffer.as_str(), expected);
        }
    }
}
