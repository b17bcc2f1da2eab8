//! What is asked, in terms of the copy: words of its index, labels and rows. Whoever looks for what matches goes by this
//! tree, whether it takes candidates from an index, tests one, or goes through all.

use proto::types::{Condition, Expr, Field, Form, Test, Text, Unknown};
use rusqlite::OptionalExtension;

use super::Snapshot;
use super::terms::{Scope, Term, Terms};
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
        match expr {
            Expr::All(parts) => self.all(parts, excluded, meaning).map(Node::all),
            Expr::Any(parts) => {
                let parts = parts.iter().map(|part| self.node(part, excluded, meaning));
                Ok(Node::any(parts.collect::<Result<Vec<_>, _>>()?))
            }
            Expr::Not(inner) => Ok(self.node(inner, !excluded, meaning)?.negated()),
            Expr::Text(text) => {
                let term = self.term(text, meaning)?;
                self.says(text, term, excluded, meaning)
            }
            Expr::Condition(condition) => self.condition(condition, excluded, meaning),
        }
    }

    /// Returns what all of some parts mean. Two words that follow each other may be one, written in another way.
    fn all(&self, parts: &[Expr], excluded: bool, meaning: &mut Meaning) -> Result<Vec<Node>, Error> {
        let mut terms = Vec::with_capacity(parts.len());
        for part in parts {
            terms.push(if let Expr::Text(text) = part { self.term(text, meaning)? } else { None });
        }
        for second in 1..terms.len() {
            let (before, after) = terms.split_at_mut(second);
            if let (Some(Some(first)), Some(Some(second))) = (before.last_mut(), after.first_mut()) {
                self.widen_pair(first, second)?;
            }
        }
        let nodes = parts.iter().zip(terms).map(|(part, term)| match part {
            Expr::Text(text) => self.says(text, term, excluded, meaning),
            part => self.node(part, excluded, meaning),
        });
        nodes.collect()
    }

    /// Returns what is looked for where words were typed; `None` where the index can have none of them.
    fn term(&self, text: &Text, meaning: &mut Meaning) -> Result<Option<Term>, Error> {
        let term = match text.form {
            Form::Word => match Term::read_open(&text.words) {
                Some(mut term) => {
                    self.widen(&mut term)?;
                    Some(term)
                }
                None => None,
            },
            Form::Phrase => Term::read(&text.words, false),
            Form::Beginning => Term::read(&text.words, true),
            Form::Pattern => {
                let expanded = self.expand(&text.words)?;
                if expanded.cut {
                    meaning.notes.push(format!(
                        "`{}` stands for more words than were looked for: write more of its letters, or its beginning \
                         and a star",
                        text.words
                    ));
                }
                expanded.term
            }
        };
        let scope = text.said.map_or(Scope::Anywhere, Scope::Said);
        Ok(term.map(|term| Term { scope, ..term }))
    }

    /// Requires a term. A number that is a conversation's id stands for that one, too.
    fn says(
        &self,
        text: &Text,
        term: Option<Term>,
        excluded: bool,
        meaning: &mut Meaning,
    ) -> Result<Node, Error> {
        let said = term.map_or(Node::NEVER, |term| Node::Says(meaning.terms.add(term, excluded)));
        let is_number = text.words.bytes().all(|byte| byte.is_ascii_digit());
        let is_id = text.form == Form::Word && text.said.is_none() && is_number;
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
