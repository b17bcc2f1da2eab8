//! Which lengths of time are wanted beside the counts.

use crate::types::{Figures, StatsReply};

/// A length of time that is measured of conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// From a contact's first question to a teammate's first answer.
    FirstResponse,
    /// The same of every answer.
    Response,
    /// From creation to the first close.
    FirstClose,
    /// From creation to the last close.
    Close,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FirstResponse, Self::Response, Self::FirstClose, Self::Close];

    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::Response => "response",
            Self::FirstClose => "first_close",
            Self::Close => "close",
        }
    }

    /// Reads what is wanted: some of them with commas between, `all` or `none`.
    ///
    /// # Errors
    /// When a word is none of these; the text says which there are.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        let mut measures = Vec::new();
        for word in text.split([',', ' ']).map(|word| word.trim().replace('-', "_").to_lowercase()) {
            match word.as_str() {
                "" | "none" | "counts" => {}
                "all" => measures.extend(Self::ALL),
                word => match Self::ALL.iter().find(|measure| measure.as_str() == word) {
                    Some(measure) => measures.push(*measure),
                    None => {
                        let known = Self::ALL.map(Self::as_str).join(", ");
                        return Err(format!("there is no {word:?}: it is some of {known}, or all, or none"));
                    }
                },
            }
        }
        measures.dedup();
        Ok(measures)
    }
}

impl Figures {
    /// Leaves out the lengths of time that are not wanted.
    pub fn keep(&mut self, wanted: &[Measure]) {
        let all = [
            (Measure::FirstResponse, &mut self.first_response),
            (Measure::Response, &mut self.response),
            (Measure::FirstClose, &mut self.time_to_first_close),
            (Measure::Close, &mut self.time_to_close),
        ];
        for (measure, spread) in all {
            if !wanted.contains(&measure) {
                *spread = None;
            }
        }
    }
}

impl StatsReply {
    /// Leaves out the lengths of time that are not wanted.
    pub fn keep(&mut self, wanted: &[Measure]) {
        self.total.keep(wanted);
        self.before.iter_mut().for_each(|before| before.total.keep(wanted));
        for group in &mut self.groups {
            group.figures.keep(wanted);
            group.before.iter_mut().for_each(|before| before.keep(wanted));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn measures_are_read_in_any_spelling_and_an_unknown_one_is_told_which_there_are() {
        let read = |text| Measure::parse_list(text).unwrap();
        assert_eq!(read("First-Response, close"), [Measure::FirstResponse, Measure::Close]);
        assert_eq!(read("all"), Measure::ALL);
        assert_eq!(read("none"), []);
        assert!(Measure::parse_list("speed").unwrap_err().contains("first_response, response"));
    }
}
