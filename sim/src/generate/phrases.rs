//! The phrases and names that generated conversations are made of, read from the text files beside the sources.
//! The files are part of the program, so what is wrong in them is found by the tests here, not by callers.

use std::sync::LazyLock;

use fastrand::Rng;

/// The languages' codes, their files, and how many contacts in a hundred use them.
const FILES: [(&str, &str, u32); 9] = [
    ("en", include_str!("../../text/en.txt"), 46),
    ("de", include_str!("../../text/de.txt"), 12),
    ("fr", include_str!("../../text/fr.txt"), 10),
    ("es", include_str!("../../text/es.txt"), 10),
    ("pt", include_str!("../../text/pt.txt"), 4),
    ("ja", include_str!("../../text/ja.txt"), 6),
    ("zh", include_str!("../../text/zh.txt"), 5),
    ("th", include_str!("../../text/th.txt"), 3),
    ("ko", include_str!("../../text/ko.txt"), 4),
];

static LANGUAGES: LazyLock<Vec<Language>> =
    LazyLock::new(|| FILES.iter().map(|(code, file, _)| Language::read(code, file)).collect());

/// Everything that is said in one language.
#[derive(Debug, Default)]
pub(crate) struct Language {
    pub(crate) code: &'static str,
    pub(crate) greeting: Vec<&'static str>,
    pub(crate) detail: Vec<&'static str>,
    pub(crate) followup: Vec<&'static str>,
    pub(crate) ask: Vec<&'static str>,
    pub(crate) answer: Vec<&'static str>,
    pub(crate) closing: Vec<&'static str>,
    pub(crate) farewell: Vec<&'static str>,
    pub(crate) note: Vec<&'static str>,
    pub(crate) link: Vec<&'static str>,
    pub(crate) first: Vec<&'static str>,
    pub(crate) last: Vec<&'static str>,
    pub(crate) topics: Vec<Topic>,
}

/// What is said about one subject.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    /// Also the name of the tag that goes with it.
    pub(crate) name: &'static str,
    pub(crate) titles: Vec<&'static str>,
    pub(crate) problems: Vec<&'static str>,
    pub(crate) replies: Vec<&'static str>,
}

impl Language {
    /// Returns one of the languages, each as often as its share.
    pub(crate) fn choose(rng: &mut Rng) -> &'static Self {
        let mut roll = rng.u32(..100);
        for (language, (_, _, share)) in LANGUAGES.iter().zip(FILES) {
            if roll < share {
                return language;
            }
            roll -= share;
        }
        &LANGUAGES[0]
    }

    fn read(code: &'static str, file: &'static str) -> Self {
        let mut language = Self { code, ..Self::default() };
        let mut section = "";
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
                if language.lines_of(section).is_none() {
                    language.topics.push(Topic { name, ..Topic::default() });
                }
            } else if let Some(lines) = language.lines_of(section) {
                lines.push(line);
            } else if let (Some(topic), Some((kind, phrase))) =
                (language.topics.last_mut(), line.split_once(' '))
            {
                match kind {
                    "t" => topic.titles.push(phrase),
                    "p" => topic.problems.push(phrase),
                    _ => topic.replies.push(phrase),
                }
            }
        }
        language
    }

    fn lines_of(&mut self, section: &str) -> Option<&mut Vec<&'static str>> {
        Some(match section {
            "greeting" => &mut self.greeting,
            "detail" => &mut self.detail,
            "followup" => &mut self.followup,
            "ask" => &mut self.ask,
            "answer" => &mut self.answer,
            "closing" => &mut self.closing,
            "farewell" => &mut self.farewell,
            "note" => &mut self.note,
            "link" => &mut self.link,
            "first" => &mut self.first,
            "last" => &mut self.last,
            _ => return None,
        })
    }
}

/// Returns one of the phrases; nothing of none.
pub(crate) fn pick(rng: &mut Rng, phrases: &[&'static str]) -> &'static str {
    rng.choice(phrases).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{FILES, LANGUAGES};
    use crate::generate::TAGS;

    #[test]
    fn every_language_can_say_everything() {
        for language in LANGUAGES.iter() {
            let code = language.code;
            for lines in [
                &language.greeting,
                &language.detail,
                &language.followup,
                &language.ask,
                &language.answer,
                &language.closing,
                &language.farewell,
                &language.note,
                &language.link,
                &language.first,
                &language.last,
            ] {
                assert!(!lines.is_empty(), "{code} misses a section");
            }
            assert!(language.topics.len() >= 6, "{code} has too few topics");
            for topic in &language.topics {
                let complete =
                    !topic.titles.is_empty() && !topic.problems.is_empty() && !topic.replies.is_empty();
                assert!(complete, "{code} is incomplete on {}", topic.name);
                assert!(TAGS.contains(&topic.name), "{code} has no tag for {}", topic.name);
            }
        }
    }

    #[test]
    fn shares_add_up_to_a_hundred() {
        assert_eq!(FILES.iter().map(|(_, _, share)| share).sum::<u32>(), 100);
    }
}
