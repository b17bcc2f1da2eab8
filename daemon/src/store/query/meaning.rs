//! What is asked, in terms of the copy: words of its index, labels and rows. Whoever looks for what matches goes by this
//! tree, whether it takes candidates from an index, tests one, or goes through all.

use proto::types::{Condition, Expr, Field, Form, Test, Text, Unknown};
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::terms::{Scope, Sequence, Term, Terms};
use crate::model::ConversationId;
use crate::store::error::{Attempt, Error};
use crate::store::key;

/// What has to hold of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// All of these; none: everything.
    All(Vec<Node>),
    /// At least one of these; none: nothing.
    Any(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// It says the term of this number.
    Says(usize),
    /// Something else than words.
    Fits(Fact),
}

/// What can hold of a conversation besides words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// It has one of these labels, which as many conversations have in all.
    Labels(Vec<i64>, i64),
    /// It is one of these documents, ascending.
    Documents(Vec<i64>),
    /// A contact is known.
    Contact,
    /// A value of a field is such, which no label tells.
    Value(Field, Test),
}

/// A question as it is understood.
#[derive(Clone, Debug, Default)]
pub(super) struct Meaning {
    /// What has to hold.
    pub(super) node: Node,
    /// The terms that it speaks of.
    pub(super) terms: Terms,
    /// Conditions whose value nothing has.
    pub(super) unknown: Vec<Unknown>,
    /// What was understood less widely than it was meant.
    pub(super) notes: Vec<String>,
}

impl Default for Node {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Node {
    /// What nothing fulfils.
    pub(super) const NEVER: Self = Self::Any(Vec::new());

    /// Requires all of these; what costs least to test comes first.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                part if part == Self::NEVER => return Self::NEVER,
                Self::All(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        all.sort_by_key(Self::has_words);
        if all.len() == 1 { all.remove(0) } else { Self::All(all) }
    }

    /// Requires one of these.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) if inner.is_empty() => return Self::default(),
                Self::Any(inner) => any.extend(inner),
                other => any.push(other),
            }
        }
        any.sort_by_key(Self::has_words);
        if any.len() == 1 { any.remove(0) } else { Self::Any(any) }
    }

    /// Requires the contrary.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::All(parts) if parts.is_empty() => Self::NEVER,
            Self::Any(parts) if parts.is_empty() => Self::default(),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Says whether any of it is about words.
    pub(super) fn has_words(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::has_words),
            Self::Not(inner) => inner.has_words(),
            Self::Says(_) => true,
            Self::Fits(_) => false,
        }
    }

    /// Returns the parts that must hold all together.
    pub(super) fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}

impl Snapshot<'_> {
    /// Returns what a question means here.
    pub(super) fn meaning(&self, query: &Expr) -> Result<Meaning, Error> {
        let mut meaning = Meaning::default();
        meaning.node = self.node(query, false, &mut meaning)?;
        Ok(meaning)
    }

    fn node(&self, expr: &Expr, excluded: bool, meaning: &mut Meaning) -> Result<Node, Error> {
        let mut parts = |parts: &[Expr]| {
            parts.iter().map(|part| self.node(part, excluded, meaning)).collect::<Result<Vec<_>, _>>()
        };
        match expr {
            Expr::All(all) => Ok(Node::all(parts(all)?)),
            Expr::Any(any) => Ok(Node::any(parts(any)?)),
            Expr::Not(inner) => Ok(self.node(inner, !excluded, meaning)?.negated()),
            Expr::Text(text) => self.words(text, excluded, meaning),
            Expr::Condition(condition) => self.condition(condition, excluded, meaning),
        }
    }

    /// Returns what words mean. A number that is a conversation's id stands for that one, too.
    fn words(&self, text: &Text, excluded: bool, meaning: &mut Meaning) -> Result<Node, Error> {
        let scope = text.said.map_or(Scope::Anywhere, Scope::Said);
        let mut alternatives: Vec<Sequence> = match text.form {
            Form::Word => {
                let writings = self.alternatives(&text.words)?;
                writings.iter().filter_map(|writing| Sequence::read(writing, false)).collect()
            }
            Form::Phrase => Sequence::read(&text.words, false).into_iter().collect(),
            Form::Beginning => Sequence::read(&text.words, true).into_iter().collect(),
            Form::Pattern => {
                let expanded = self.expand(&text.words)?;
                if expanded.cut {
                    meaning.notes.push(format!(
                        "`{}` stands for more words than were looked for: write more of its letters, or its beginning and \
                         a star",
                        text.words
                    ));
                }
                expanded.alternatives
            }
        };
        let mut known = Vec::new();
        alternatives.retain(|sequence| {
            let new = !known.contains(sequence);
            known.push(sequence.clone());
            new
        });
        let said = match alternatives.is_empty() {
            true => Node::NEVER,
            false => Node::Says(meaning.terms.add(Term { alternatives, scope }, excluded)),
        };
        let is_id = text.form == Form::Word
            && text.said.is_none()
            && text.words.bytes().all(|byte| byte.is_ascii_digit());
        let named = if is_id { self.document_of(&text.words)? } else { None };
        Ok(match named {
            Some(docid) => Node::any([said, Node::Fits(Fact::Documents(vec![docid]))]),
            None => said,
        })
    }

    fn condition(&self, condition: &Condition, excluded: bool, meaning: &mut Meaning) -> Result<Node, Error> {
        let resolved = self.resolve(condition, &mut meaning.terms, excluded)?;
        if let Some(unknown) = resolved.unknown {
            let held = unknown.held;
            meaning.unknown.push(unknown);
            if !held {
                // What cannot be tested does not hold, and neither does its contrary.
                return Ok(if excluded { Node::default() } else { Node::NEVER });
            }
        }
        Ok(resolved.node)
    }

    /// Returns the document of a conversation, where it is stored.
    pub(super) fn document_of(&self, id: &str) -> Result<Option<i64>, Error> {
        let Some(key) = key::find(self.connection, &ConversationId(id.to_owned()))? else { return Ok(None) };
        self.connection
            .prepare_cached("SELECT docid FROM conversation WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional())
            .attempt("cannot look up a conversation")
    }
}
