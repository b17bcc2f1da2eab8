//! Lengths of time in words. Pure.

const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Returns a length of time in its two largest units, such as `2 h 5 min`.
pub(crate) fn words(seconds: u64) -> String {
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
    fn a_length_is_told_in_its_two_largest_units() {
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
            assert_eq!(words(seconds), expected);
        }
    }
}
