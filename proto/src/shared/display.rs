//! What people are shown: which characters of text from elsewhere do something other than show themselves, and durations in
//! words. One place for all who print: the command line, the MCP server, the daemon's log. Pure.

/// What a character does where text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Shows itself, or shapes its neighbours as scripts and emoji need it.
    Shows,
    /// Ends a line.
    EndsLine,
    /// Makes a terminal act, or turns the direction of what follows.
    Acts,
    /// Is invisible, and needed by no script: what it hides is hidden from people only.
    Hides,
}

/// Returns what a character does where text is shown.
#[must_use]
#[inline]
pub const fn effect(c: char) -> Effect {
    match c {
        // Most of all text.
        ' '..='~' => Effect::Shows,
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Effect::EndsLine,
        // The controls of both halves, escape among them, and the embeddings, overrides and isolates.
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Effect::Acts,
        // What Unicode calls default-ignorable, less the joiners, direction marks and selectors that texts need.
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Effect::Hides,
        _ => Effect::Shows,
    }
}

/// Says whether a character only shapes its neighbours: a joiner, or a selector of presentation. Several in a row mean
/// nothing to a reader, and can spell something out to a program.
#[must_use]
pub const fn is_shaping(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

/// Units that durations are shown in, with their seconds.
const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Returns a duration in its two largest units, such as `2 h 5 min`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let Some(first) = UNITS.iter().position(|(length, _)| seconds >= *length) else {
        return "0 s".to_owned();
    };
    let mut left = seconds;
    let parts = UNITS.iter().skip(first).take(2).filter_map(|(length, name)| {
        let count = left / length;
        left %= length;
        (count > 0).then(|| format!("{count} {name}"))
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_and_what_hides_is_told_from_what_shows() {
        for c in
            ['\0', '\x07', '\x08', '\t', '\x1b', '\x7f', '\u{85}', '\u{9b}', '\u{9d}', '\u{202e}', '\u{2068}']
        {
            assert_eq!(effect(c), Effect::Acts, "{c:?}");
        }
        for c in [
            '\u{ad}',
            '\u{200b}',
            '\u{2060}',
            '\u{2063}',
            '\u{feff}',
            '\u{fe00}',
            '\u{e0041}',
            '\u{e0101}',
            '\u{e0fff}',
        ] {
            assert_eq!(effect(c), Effect::Hides, "{c:?}");
        }
        for c in [
            'a', ' ', 'ß', '日', 'ش', 'א', '\u{200c}', '\u{200d}', '\u{200f}', '\u{fe0f}', '👩', '\u{301}',
            '\u{fffd}',
        ] {
            assert_eq!(effect(c), Effect::Shows, "{c:?}");
        }
    }

    #[test]
    fn a_duration_has_its_two_largest_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (90, "1 min 30 s"),
            (7_500, "2 h 5 min"),
            (7_201, "2 h"),
            (90_000, "1 d 1 h"),
            (86_400 * 400 + 3_599, "400 d"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
