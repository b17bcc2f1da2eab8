//! Conditions in terms of labels and rows, and what may have been meant where nothing has such a one.

use proto::types::{Condition, Field, Suggestion, Test, Unknown};
use rusqlite::params;

use super::Snapshot;
use super::meaning::{Fact, Node};
use super::terms::{Scope, Term, Terms};
use crate::model::{Teammate, TeammateKind};
use crate::store::error::{Attempt, Error};
use crate::store::labels::{self, Kind, Label};
use crate::store::text;

/// Most values that are proposed instead of an unknown one.
const PROPOSALS: usize = 3;
/// Most addresses that an unknown one is compared with.
const ADDRESSES: i64 = 20_000;

/// What a condition comes to.
pub(super) struct Resolved {
    /// What has to hold.
    pub(super) node: Node,
    /// It has a value that nothing has.
    pub(super) unknown: Option<Unknown>,
}

impl Snapshot<'_> {
    /// Returns what a condition comes to.
    pub(super) fn resolve(
        &self,
        condition: &Condition,
        terms: &mut Terms,
        excluded: bool,
    ) -> Result<Resolved, Error> {
        let Condition { field, test } = condition;
        let node = match (field, test) {
            (Field::Customer, test) => self.customer(test, terms, excluded)?,
            (Field::State, Test::Is(state)) => {
                Some(self.labelled_so(Kind::State, state)?.unwrap_or(Node::NEVER))
            }
            (Field::Tag, test) => self.of_kind(Kind::Tag, test)?,
            (Field::Assignee, test) => self.teammates_so(test, &[Kind::Admin, Kind::Team])?,
            (Field::Team, test) => self.teammates_so(test, &[Kind::Team])?,
            (Field::Id, Test::Is(id)) => {
                self.document_of(id.trim())?.map(|docid| Node::Fits(Fact::Documents(vec![docid])))
            }
            (Field::State | Field::Id, _) => {
                let unknown = Unknown { held: false, similar: Vec::new(), ..asked(field, test) };
                return Ok(Resolved { node: Node::NEVER, unknown: Some(unknown) });
            }
            (field, test) if !field.can_group() => Some(Node::Fits(Fact::Value(field.clone(), test.clone()))),
            (field, test) => {
                let labels = self.labels_wanted(field, test)?;
                if let Field::Attribute(name) | Field::Contact(name) = field
                    && labels.is_empty()
                    && labels::of_field(self.connection, field)?.is_empty()
                {
                    // Nothing has an attribute of this name: it may have another one.
                    let all = match field {
                        Field::Contact(_) => Field::Contact(String::new()),
                        _ => Field::Attribute(String::new()),
                    };
                    let similar = self.similar(&all, name)?;
                    let unknown = Unknown { held: false, similar, ..asked(field, test) };
                    return Ok(Resolved { node: Node::NEVER, unknown: Some(unknown) });
                }
                // Whether there is none, or none in a range, is no question of spelling.
                let is_known =
                    matches!(test, Test::Any | Test::Between(..)) || !field.info().values.is_empty();
                one_of(labels).or_else(|| is_known.then_some(Node::NEVER))
            }
        };
        let Some(node) = node else {
            let mut unknown = asked(field, test);
            unknown.similar = self.similar(field, &unknown.value)?;
            return Ok(Resolved { node: Node::NEVER, unknown: Some(unknown) });
        };
        Ok(Resolved { node, unknown: None })
    }

    /// Returns who a customer is: an address, an id, or words of a name.
    fn customer(&self, test: &Test, terms: &mut Terms, excluded: bool) -> Result<Option<Node>, Error> {
        let (value, prefix) = match test {
            Test::Is(value) => (value.trim(), false),
            Test::Begins(value) => (value.trim(), true),
            Test::Any => return Ok(Some(Node::Fits(Fact::Contact))),
            Test::Between(..) => return Ok(None),
        };
        if !prefix {
            for kind in [Kind::Email, Kind::Contact] {
                if let Some(node) = self.labelled_so(kind, value)? {
                    return Ok(Some(node));
                }
            }
            if value.contains('@') {
                return Ok(None);
            }
        }
        let Some(name) = Term::read(value, prefix) else { return Ok(None) };
        let term = Term { scope: Scope::People, ..name };
        let known = self
            .connection
            .prepare_cached("SELECT 1 FROM fts WHERE fts MATCH ?1 LIMIT 1")
            .and_then(|mut statement| statement.exists([term.to_match()]))
            .attempt("cannot look for people")?;
        Ok(known.then(|| Node::Says(terms.add(term, excluded))))
    }

    /// Returns which conversations have a label of a kind.
    fn of_kind(&self, kind: Kind, test: &Test) -> Result<Option<Node>, Error> {
        match test {
            Test::Is(name) => self.labelled_so(kind, name.trim()),
            Test::Begins(beginning) => {
                let beginning = text::plain(beginning);
                self.labels_where(kind, |name| name.starts_with(&beginning)).map(one_of)
            }
            Test::Any => self.labels_where(kind, |_| true).map(|labels| one_of(labels).or(Some(Node::NEVER))),
            Test::Between(..) => Ok(None),
        }
    }

    fn labelled_so(&self, kind: Kind, name: &str) -> Result<Option<Node>, Error> {
        Ok(labels::find(self.connection, kind, name)?.and_then(|label| one_of(vec![label])))
    }

    /// Returns the labels of a kind whose name, as it is compared, is wanted.
    fn labels_where(&self, kind: Kind, wanted: impl Fn(&str) -> bool) -> Result<Vec<Label>, Error> {
        let attempt = "cannot read the labels";
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, id, conversations FROM label WHERE kind = ?1")
            .attempt(attempt)?;
        let mut rows = statement.query(params![kind.number()]).attempt(attempt)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().attempt(attempt)? {
            if row.get_ref(0).and_then(|name| Ok(name.as_str()?)).is_ok_and(&wanted) {
                let label = || Ok(Label { id: row.get(1)?, conversations: row.get(2)? });
                found.push(label().attempt(attempt)?);
            }
        }
        Ok(found)
    }

    /// Returns which conversations are assigned to teammates of these kinds.
    fn teammates_so(&self, test: &Test, kinds: &[Kind]) -> Result<Option<Node>, Error> {
        let (value, prefix) = match test {
            Test::Is(value) => (value.trim(), false),
            Test::Begins(value) => (value.trim(), true),
            Test::Any | Test::Between(..) => return Ok(None),
        };
        let wanted = text::plain(value);
        if !prefix && wanted == "none" {
            if kinds.len() > 1 {
                return Ok(Some(self.labelled_so(Kind::Unassigned, "")?.unwrap_or(Node::NEVER)));
            }
            let mut any = Vec::new();
            for kind in kinds {
                any.extend(self.labels_where(*kind, |_| true)?);
            }
            return Ok(Some(one_of(any).unwrap_or(Node::NEVER).negated()));
        }
        let fits = |name: &str| if prefix { is_begun(name, &wanted) } else { name == wanted };
        let is_wanted =
            |value: &Option<String>| value.as_ref().is_some_and(|value| fits(&text::plain(value)));
        let mut names: Vec<(Kind, String)> = kinds.iter().map(|kind| (*kind, value.to_owned())).collect();
        let mut known = false;
        for Teammate { id, kind, name, email } in self.teammates()? {
            let kind = match kind {
                TeammateKind::Admin => Kind::Admin,
                TeammateKind::Team => Kind::Team,
            };
            if kinds.contains(&kind) && (id == value || is_wanted(&name) || is_wanted(&email)) {
                known = true;
                names.push((kind, id));
            }
        }
        let mut found = Vec::new();
        for (kind, id) in names {
            found.extend(labels::find(self.connection, kind, &id)?);
        }
        Ok(one_of(found).or_else(|| known.then_some(Node::NEVER)))
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
            field => self.values(field, &|_| true)?.into_iter().for_each(consider),
        }
        near.sort_by(|(a, one), (b, other)| {
            (a, other.conversations, &one.value).cmp(&(b, one.conversations, &other.value))
        });
        Ok(near.into_iter().map(|(_, candidate)| candidate.value).take(PROPOSALS).collect())
    }
}

/// Returns what was asked for, of which nothing is known.
fn asked(field: &Field, test: &Test) -> Unknown {
    let value = match test {
        Test::Is(value) | Test::Begins(value) => value.clone(),
        Test::Any => String::new(),
        Test::Between(..) => {
            let condition = Condition { field: field.clone(), test: test.clone() }.to_string();
            condition.split_once(':').map_or(String::new(), |(_, range)| range.to_owned())
        }
    };
    Unknown { field: field.clone(), value, similar: Vec::new(), held: true }
}

/// Requires one of these labels, where there are any.
fn one_of(mut labels: Vec<Label>) -> Option<Node> {
    labels.sort_unstable_by_key(|label| label.id);
    labels.dedup();
    let conversations = labels.iter().map(|label| label.conversations).sum();
    let ids: Vec<i64> = labels.into_iter().map(|label| label.id).collect();
    (!ids.is_empty()).then_some(Node::Fits(Fact::Labels(ids, conversations)))
}

/// Says whether a word of a text begins so, or the text does.
pub(super) fn is_begun(text: &str, beginning: &str) -> bool {
    let at_word = |at: usize| text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
    text.match_indices(beginning).any(|(at, _)| at_word(at))
}
