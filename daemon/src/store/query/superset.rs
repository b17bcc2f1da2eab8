//! What an index can name of that which matches: all of it, and perhaps more.

use super::Snapshot;
use super::meaning::{Fact, Node};
use super::terms::Terms;
use crate::store::error::{Attempt, Error};

/// Deepest nesting that is put to the index: its parser has a stack of a fixed size.
pub(super) const DEEPEST: usize = 12;
/// Most conversations of labels that are named one by one.
const FEW: i64 = 2_000;

/// Documents among which is all that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Superset {
    /// It is among all of them.
    Everything,
    /// It is among what the text index finds, and these, descending.
    Named {
        /// In the syntax of FTS5; `None`: nothing.
        matching: Option<String>,
        /// What it does not find.
        docids: Vec<i64>,
        /// All of it matches.
        exact: bool,
    },
}

impl Superset {
    const NOTHING: Self = Self::Named { matching: None, docids: Vec::new(), exact: true };

    /// Returns what the text index finds, where that is exactly what matches.
    pub(super) fn as_exact_match(&self) -> Option<&str> {
        match self {
            Self::Named { matching: Some(matching), docids, exact: true } if docids.is_empty() => {
                Some(matching)
            }
            _ => None,
        }
    }
}

impl Snapshot<'_> {
    /// Returns what can be named of what fulfils this.
    pub(super) fn superset(&self, node: &Node, terms: &Terms) -> Result<Superset, Error> {
        self.superset_at(node, terms, 0)
    }

    fn superset_at(&self, node: &Node, terms: &Terms, depth: usize) -> Result<Superset, Error> {
        if depth > DEEPEST {
            return Ok(Superset::Everything);
        }
        match node {
            Node::All(parts) => self.superset_of_all(parts, terms, depth),
            Node::Any(parts) => {
                let (mut any, mut all_docids, mut all_exact) = (Vec::new(), Vec::new(), true);
                for part in parts {
                    let Superset::Named { matching, docids, exact } =
                        self.superset_at(part, terms, depth + 1)?
                    else {
                        return Ok(Superset::Everything);
                    };
                    any.extend(matching);
                    all_docids.extend(docids);
                    all_exact &= exact;
                }
                descend(&mut all_docids);
                let matching = (!any.is_empty()).then(|| format!("({})", any.join(" OR ")));
                Ok(Superset::Named { matching, docids: all_docids, exact: all_exact })
            }
            Node::Not(_) => Ok(Superset::Everything),
            Node::Says(term) => Ok(match terms.all().get(*term) {
                Some(term) => {
                    Superset::Named { matching: Some(term.to_match()), docids: Vec::new(), exact: true }
                }
                None => Superset::NOTHING,
            }),
            Node::Fits(fact) => self.superset_of_fact(fact),
        }
    }

    /// Words are put to the index together; where there are none, whatever else names fewest.
    fn superset_of_all(&self, parts: &[Node], terms: &Terms, depth: usize) -> Result<Superset, Error> {
        let (mut all, mut docids, mut exact) = (Vec::new(), Vec::new(), true);
        let mut excluded = Vec::new();
        for part in parts.iter().filter(|part| part.has_words()) {
            if let Node::Not(inner) = part {
                let inner = self.superset_at(inner, terms, depth + 1)?;
                match inner.as_exact_match() {
                    Some(matching) => excluded.push(matching.to_owned()),
                    None => exact = false,
                }
                continue;
            }
            match self.superset_at(part, terms, depth + 1)? {
                Superset::Everything => exact = false,
                Superset::Named { matching, docids: further, exact: so } => {
                    all.push(matching);
                    docids.extend(further);
                    exact &= so;
                }
            }
        }
        let facts = parts.iter().filter(|part| !part.has_words());
        if all.is_empty() {
            let mut fewest = Superset::Everything;
            for fact in facts {
                let named = self.superset_at(fact, terms, depth + 1)?;
                let count = |superset: &Superset| match superset {
                    Superset::Named { docids, matching: None, .. } => docids.len(),
                    _ => usize::MAX,
                };
                if count(&named) < count(&fewest) {
                    fewest = named;
                }
            }
            return Ok(match fewest {
                Superset::Named { matching, docids, .. } => {
                    Superset::Named { matching, docids, exact: parts.len() == 1 }
                }
                everything @ Superset::Everything => everything,
            });
        }
        exact &= facts.count() == 0;
        descend(&mut docids);
        // What one of them finds nothing of is nothing but what was named one by one.
        let matching = all.into_iter().collect::<Option<Vec<_>>>().map(|all| {
            let all = all.join(" AND ");
            match excluded.is_empty() {
                true => format!("({all})"),
                false => format!("(({all}) NOT ({}))", excluded.join(" OR ")),
            }
        });
        let exact = exact && docids.is_empty();
        Ok(Superset::Named { matching, docids, exact })
    }

    fn superset_of_fact(&self, fact: &Fact) -> Result<Superset, Error> {
        let mut docids = match fact {
            Fact::Documents(docids) => docids.clone(),
            Fact::Labels(labels, conversations) if *conversations <= FEW => {
                let mut docids = Vec::new();
                for label in labels {
                    let found: Vec<i64> = self
                        .connection
                        .prepare_cached("SELECT docid FROM labelled WHERE label = ?1")
                        .and_then(|mut statement| statement.query_map([label], |row| row.get(0))?.collect())
                        .attempt("cannot read labels")?;
                    docids.extend(found);
                }
                docids
            }
            Fact::Labels(..) | Fact::Contact | Fact::Value(..) => {
                return Ok(Superset::Everything);
            }
        };
        descend(&mut docids);
        Ok(Superset::Named { matching: None, docids, exact: true })
    }
}

fn descend(docids: &mut Vec<i64>) {
    docids.sort_unstable_by(|a, b| b.cmp(a));
    docids.dedup();
}
