//! Conditions in terms of labels, and what may have been meant where nothing has such a one.

use proto::types::{Condition, Field, Suggestion, Unknown};

use super::Snapshot;
use super::values::Wanted;
use crate::model::TeammateKind;
use crate::store::error::Error;
use crate::store::labels::{self, Kind, Label};
use crate::store::text;

/// Most values that are proposed instead of an unknown one.
const PROPOSALS: usize = 3;
/// Most addresses that an unknown one is compared with.
const ADDRESSES: i64 = 20_000;

/// What conditions come to.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Each condition as the labels of which a conversation needs one; `None` where nothing can fulfil one.
    pub(super) required: Option<Vec<Vec<Label>>>,
    /// Labels of which a conversation may have none.
    pub(super) excluded: Vec<i64>,
    /// Conditions whose value nothing has.
    pub(super) unknown: Vec<Unknown>,
}

impl Snapshot<'_> {
    /// Returns what conditions come to.
    pub(super) fn resolve(&self, conditions: &[Condition]) -> Result<Chosen, Error> {
        let (mut required, mut possible) = (Vec::new(), true);
        let mut chosen = Chosen::default();
        for condition in conditions {
            let Condition { field, value, negated } = condition;
            let (labels, known) = self.labels_of(field, value)?;
            if !known {
                let similar = self.similar(field, value)?;
                chosen.unknown.push(Unknown { field: field.clone(), value: value.clone(), similar });
            }
            if *negated {
                chosen.excluded.extend(labels.iter().map(|label| label.id));
            } else {
                possible &= !labels.is_empty();
                required.push(labels);
            }
        }
        chosen.required = possible.then_some(required);
        Ok(chosen)
    }

    /// Returns the labels that a value stands for, and whether it is known at all.
    fn labels_of(&self, field: &Field, value: &str) -> Result<(Vec<Label>, bool), Error> {
        let kind = match field {
            Field::Assignee => return self.labels_of_assignee(value),
            Field::Customer => Kind::Email,
            Field::State => Kind::State,
            Field::Tag => Kind::Tag,
            field => {
                let labels = self.labels_wanted(field, Wanted::Is(value.trim()))?;
                let known = !labels.is_empty() || !field.info().values.is_empty();
                return Ok((labels, known));
            }
        };
        let label = labels::find(self.connection, kind, value.trim())?;
        let known = label.is_some() || *field == Field::State;
        Ok((label.into_iter().collect(), known))
    }

    fn labels_of_assignee(&self, name: &str) -> Result<(Vec<Label>, bool), Error> {
        let wanted = text::plain(name.trim());
        if wanted == "none" {
            let label = labels::find(self.connection, Kind::Unassigned, "")?;
            return Ok((label.into_iter().collect(), true));
        }
        let is_wanted =
            |value: &Option<String>| value.as_ref().is_some_and(|value| text::plain(value) == wanted);
        let mut names = vec![(Kind::Admin, name.trim().to_owned()), (Kind::Team, name.trim().to_owned())];
        let mut known = false;
        for teammate in self.teammates()? {
            if teammate.id == name.trim() || is_wanted(&teammate.name) || is_wanted(&teammate.email) {
                known = true;
                let kind = match teammate.kind {
                    TeammateKind::Admin => Kind::Admin,
                    TeammateKind::Team => Kind::Team,
                };
                names.push((kind, teammate.id));
            }
        }
        let mut found = Vec::new();
        for (kind, id) in names {
            found.extend(labels::find(self.connection, kind, &id)?);
        }
        found.sort_unstable_by_key(|label| label.id);
        found.dedup();
        known |= !found.is_empty();
        Ok((found, known))
    }

    /// Returns the values that are most like an unknown one, the likeliest first.
    fn similar(&self, field: &Field, value: &str) -> Result<Vec<String>, Error> {
        let wanted = text::plain(value.trim());
        let letters = wanted.chars().count();
        // A third of it may be wrong, but not all of a short one.
        let most = (letters / 3).clamp(1, 4);
        let mut near = Vec::new();
        let mut consider = |candidate: Suggestion| {
            let plain = text::plain(&candidate.value);
            let close = plain.chars().count().abs_diff(letters) <= most;
            let distance = if close { strsim::osa_distance(&plain, &wanted) } else { usize::MAX };
            if distance <= most {
                near.push((distance, candidate));
            } else if letters >= 3 && is_begun(&plain, &wanted) {
                // Whoever wrote the beginning, or one of several words, is helped as well.
                near.push((most + 1, candidate));
            }
        };
        match field {
            // There may be as many as there are conversations, and a search waits for this.
            Field::Customer => {
                let first: String = wanted.chars().take(2).collect();
                self.addresses(&first, ADDRESSES, |value, conversations| {
                    consider(Suggestion { value, note: None, conversations });
                })?;
            }
            field => self.values(field)?.into_iter().for_each(consider),
        }
        near.sort_by(|(a, one), (b, other)| {
            (a, other.conversations, &one.value).cmp(&(b, one.conversations, &other.value))
        });
        Ok(near.into_iter().map(|(_, candidate)| candidate.value).take(PROPOSALS).collect())
    }
}

/// Says whether a word of a text begins so, or the text does.
pub(super) fn is_begun(text: &str, beginning: &str) -> bool {
    let at_word = |at: usize| text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
    text.match_indices(beginning).any(|(at, _)| at_word(at))
}
