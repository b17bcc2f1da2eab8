//! Who has waited longest for an answer, and what they wrote last.

use proto::Timestamp;
use proto::types::Waiting;

use super::super::Snapshot;
use super::super::highlighter::Highlighter;
use crate::store::error::Error;
use crate::store::measure::Measure;
use crate::topics::own_words;

/// Most conversations that are named as waiting.
const MOST: usize = 100;
/// Characters of what was written last.
const LONGEST: usize = 240;

impl Snapshot<'_> {
    /// Returns those that have waited longest, for how long not set.
    pub(super) fn waiting(&self, rows: &[Measure], most: u32) -> Result<Vec<Waiting>, Error> {
        let mut since: Vec<(i64, i64, i64)> =
            rows.iter().filter_map(|row| Some((row.waiting?, row.docid, row.key))).collect();
        since.sort_unstable();
        since.truncate((most as usize).min(MOST));
        let mut highlighter = Highlighter::new(None);
        let mut waiting = Vec::with_capacity(since.len());
        for (since, docid, key) in since {
            if let Some(conversation) = self.summary(docid, Some(&mut highlighter))? {
                let said = self.said_last(key)?;
                waiting.push(Waiting { conversation, since: Timestamp(since), seconds: 0, said });
            }
        }
        Ok(waiting)
    }

    /// Returns the beginning of what a contact wrote last in a conversation, without what is quoted and signed.
    fn said_last(&self, key: i64) -> Result<String, Error> {
        let said = self.said(key)?;
        let mut words = Vec::new();
        for text in said.iter().rev() {
            own_words(text, |piece| words.extend(piece.split_whitespace()));
            if !words.is_empty() {
                break;
            }
        }
        let mut beginning = String::new();
        for word in words {
            if !beginning.is_empty() {
                beginning.push(' ');
            }
            beginning.push_str(word);
            if let Some((end, _)) = beginning.char_indices().nth(LONGEST) {
                beginning.truncate(end);
                beginning.push('…');
                break;
            }
        }
        Ok(beginning)
    }
}
