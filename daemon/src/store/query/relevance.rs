//! Best match first: all matches, in tiers that the index can tell by itself. What was typed comes before its other forms;
//! the title, then what the customer begins with, then what customers say, before what others say; words that stand together
//! before words that do not. Within a tier, what changed last comes first.
//!
//! A score for each match would have to read every one of them, or order only some. Tiers are asked for one after the other,
//! so that a page costs what its tiers cost, and the next one goes on where it ended, whatever is stored in between.

use std::ops::ControlFlow;
use std::time::Instant;

use super::Snapshot;
use super::candidates::End;
use super::cursor::{Cursor, Ranking, Shown};
use super::meaning::{Fact, Node};
use super::order::Position;
use super::plan::{Driver, Plan};
use super::question::Cut;
use super::search::{Asked, Page, limit};
use super::superset::{DEEPEST, Superset};
use super::terms::{Met, Place, Scope, Term, Terms};
use crate::store::docid;
use crate::store::error::{Attempt, Error};

/// How many other words may stand between words that are near to each other.
const NEAR: usize = 10;
/// Most conversations that are looked at since they changed between two pages.
const MOST_CHANGED: usize = 1_000;
/// The tier of those, after all others.
const LAST: usize = u8::MAX as usize;

/// What is still to be tested of what a tier finds.
#[derive(Default)]
struct Rest {
    test: Node,
    /// What the index is to leave out, in the syntax of FTS5.
    excluded: Vec<String>,
    /// Documents that were asked for by their ids, descending: they come before all tiers.
    named: Vec<i64>,
    /// That it is none of these.
    not_named: Node,
    /// The first and the last document that can pass the test.
    lowest: i64,
    highest: i64,
}

/// What the index is asked for, tier by tier.
struct Tiers<'a> {
    terms: &'a Terms,
    node: &'a Node,
    /// In the syntax of FTS5, best first.
    found: Vec<String>,
}

impl Tiers<'_> {
    /// Adds what fulfils the question with each of its terms met so well.
    fn add(&mut self, met: Met) {
        let found = self.tree(self.node, met, 0);
        self.push(found);
    }

    /// Adds what has all terms, however the question joins them, as they were typed.
    fn add_all(&mut self, place: Place) {
        let met = Met { exactly: true, place };
        let all: Vec<String> = self.terms.wanted().map(|term| term.to_match_of(met)).collect();
        self.push(Some(all.join(" AND ")));
    }

    /// Adds what has all terms near to each other, as they were typed.
    fn add_near(&mut self, place: Place) {
        if self.terms.wanted().all(|term| term.scope == Scope::Anywhere) {
            let all: Vec<String> = self.terms.wanted().map(Term::to_phrase).collect();
            self.push(Some(format!("{}NEAR({}, {NEAR})", place.columns(), all.join(" "))));
        }
    }

    fn push(&mut self, found: Option<String>) {
        let new = found.map(|found| format!("({found})")).filter(|found| !self.found.contains(found));
        self.found.extend(new);
    }

    fn tree(&self, node: &Node, met: Met, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let join = |parts: &[Node], with: &str| {
            let parts: Vec<String> =
                parts.iter().filter_map(|part| self.tree(part, met, depth + 1)).collect();
            (!parts.is_empty()).then(|| format!("({})", parts.join(with)))
        };
        match node {
            Node::All(parts) => join(parts, " AND "),
            Node::Any(parts) => join(parts, " OR "),
            Node::Says(term) => self.terms.all().get(*term).map(|term| term.to_match_of(met)),
            Node::Not(_) | Node::Fits(_) => None,
        }
    }
}

impl Snapshot<'_> {
    /// Returns a page of what matches, best first; `None` where there was no time to find any of it.
    pub(super) fn best(&self, asked: &Asked<'_>, terms: &Terms) -> Result<Option<Page>, Error> {
        let limit = limit(asked.search);
        let ranking = asked.cursor.and_then(|cursor| cursor.ranked.as_ref());
        let newest = ranking.map_or(asked.plan.highest, |ranking| ranking.newest);
        let tiers = self.tiers(&asked.plan, terms, newest)?;
        let mut shown = ranking.map_or_else(Shown::default, |ranking| ranking.shown.clone());
        let mut tier = ranking.map_or(0, |ranking| usize::from(ranking.tier));
        let mut after = asked.cursor.map(|cursor| cursor.after);
        let (first, further) = asked.times.ranking;
        let time = if ranking.is_none() { first } else { further };
        let until = Instant::now() + time;
        let mut places: Vec<(usize, Position)> = Vec::new();
        let mut stopped = None;
        while let Some(plan) = tiers.get(tier) {
            let left = until.saturating_duration_since(Instant::now());
            let end = self.walk(plan, after, left, |place| {
                places.push((tier, place));
                if places.len() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            match end {
                End::Enough => break,
                End::Exhausted => (tier, after) = (tier + 1, None),
                End::CutShort(None) if places.is_empty() && ranking.is_none() => return Ok(None),
                End::CutShort(None) if places.is_empty() => return Err(self.deadline.error()),
                End::CutShort(reached) => {
                    stopped = Some((tier, reached.or(after).unwrap_or(Position::FIRST)));
                    break;
                }
            }
        }
        if ranking.is_some() && tier >= tiers.len() {
            self.add_changed(asked, newest, &shown, &mut places)?;
        }
        let more = places.len() > limit;
        places.truncate(limit);
        let total = match asked.cursor {
            Some(cursor) => cursor.total,
            None if more || stopped.is_some() => self.total(&asked.plan)?,
            None => Some(places.len() as u64),
        };
        let next = if more { places.last().copied() } else { stopped };
        for (_, place) in places.iter().filter(|_| next.is_some()) {
            shown.add(self.key_of(place.docid)?);
        }
        let next = next.map(|(tier, after)| {
            let tier = u8::try_from(tier).unwrap_or(u8::MAX);
            let ranking = Ranking { tier, newest, shown };
            Cursor::new(asked.search, asked.window, after, false, Some(ranking), total)
        });
        let cut_short = (stopped.is_some() && !more).then_some(Cut::Ranking);
        let places = places.into_iter().map(|(_, place)| place).collect();
        Ok(Some(Page { places, next, total, cut_short }))
    }

    /// Adds what matches, is not shown, and changed since the first page was made: it has left the place that it had then.
    fn add_changed(
        &self,
        asked: &Asked<'_>,
        newest: i64,
        shown: &Shown,
        places: &mut Vec<(usize, Position)>,
    ) -> Result<(), Error> {
        let plan = Plan { lowest: asked.plan.lowest.max(newest.saturating_add(1)), ..asked.plan.clone() };
        let mut changed = Vec::new();
        self.walk(&plan, None, asked.times.ranking.1, |place| {
            changed.push(place);
            if changed.len() < MOST_CHANGED { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        for place in changed {
            // What is newer than the first page was never on any of them.
            let is_new = self.created_at(place.docid)? > docid::second_of(newest).0;
            if !is_new && !shown.has(self.key_of(place.docid)?) {
                places.push((LAST, place));
            }
        }
        Ok(())
    }

    /// Returns how each tier is found: all of them together find what the plan finds up to a document, none finds what one
    /// before it does.
    fn tiers(&self, plan: &Plan, terms: &Terms, newest: i64) -> Result<Vec<Plan>, Error> {
        let found = tiers_of(&plan.node, terms);
        let rest = self.rest_of(plan, terms)?;
        let lowest = plan.lowest.max(rest.lowest);
        let highest = plan.highest.min(newest).min(rest.highest);
        let like = |driver: Driver, test: Node| Plan { driver, test, lowest, highest, ..plan.clone() };
        let mut plans = Vec::with_capacity(found.len() + 2);
        // Also where there is none, so that each tier has the same number on every page.
        plans.push(like(Driver::List(rest.named.clone()), plan.node.clone()));
        for (at, tier) in found.iter().enumerate() {
            let others = [&found[..at], &rest.excluded[..]].concat();
            let matching = match others.is_empty() {
                true => tier.clone(),
                false => format!("{tier} NOT ({})", others.join(" OR ")),
            };
            plans.push(like(Driver::Text(matching, Vec::new()), rest.test.clone()));
        }
        let is_all = |part: &Node| is_words(part) || implied(part).is_none();
        if !terms.wanted().any(Term::has_forms) && plan.node.conjuncts().iter().all(is_all) {
            return Ok(plans);
        }
        let except = found.join(" OR ");
        plans.push(match self.superset(&plan.node, terms)? {
            Superset::Named { matching: Some(matching), docids, .. } if docids.is_empty() => {
                like(Driver::Text(format!("{matching} NOT ({except})"), docids), rest.test)
            }
            _ => {
                let test = Node::all([rest.not_named, plan.test.clone()]);
                Plan { except: Some(except), ..like(plan.driver.clone(), test) }
            }
        });
        Ok(plans)
    }

    /// Returns what is still to be tested of what a tier finds.
    fn rest_of(&self, plan: &Plan, terms: &Terms) -> Result<Rest, Error> {
        let mut rest = Rest { highest: i64::MAX, lowest: i64::MIN, ..Rest::default() };
        let mut tests = Vec::new();
        for part in plan.node.conjuncts() {
            if let Node::Not(inner) = part
                && let Some(matching) = self.superset(inner, terms)?.as_exact_match()
            {
                rest.excluded.push(matching.to_owned());
            } else if implied(part) != Some(true) {
                tests.push(self.listed(part, terms, &mut rest)?);
            }
        }
        if let [Node::Any(parts)] = plan.node.conjuncts() {
            let named = parts.iter().filter_map(|part| match part {
                Node::Fits(Fact::Documents(docids)) => Some(docids),
                _ => None,
            });
            let mut named: Vec<i64> = named.flatten().copied().collect();
            named.sort_unstable();
            if !named.is_empty() {
                rest.not_named = Node::Fits(Fact::Documents(named.clone())).negated();
                tests.push(rest.not_named.clone());
            }
            named.reverse();
            rest.named = named;
        }
        rest.test = Node::all(tests);
        Ok(rest)
    }

    /// Returns a part in terms of documents, where they are few: those are tested, and looked for, faster.
    fn listed(&self, part: &Node, terms: &Terms, rest: &mut Rest) -> Result<Node, Error> {
        if !matches!(part, Node::Fits(_)) {
            return Ok(part.clone());
        }
        let Superset::Named { matching: None, mut docids, exact: true } = self.superset(part, terms)? else {
            return Ok(part.clone());
        };
        docids.reverse();
        rest.lowest = rest.lowest.max(docids.first().copied().unwrap_or(i64::MAX));
        rest.highest = rest.highest.min(docids.last().copied().unwrap_or(i64::MIN));
        Ok(Node::Fits(Fact::Documents(docids)))
    }

    fn key_of(&self, docid: i64) -> Result<i64, Error> {
        self.connection
            .prepare_cached("SELECT key FROM conversation WHERE docid = ?1")
            .and_then(|mut statement| statement.query_row([docid], |row| row.get(0)))
            .attempt("cannot look up a conversation")
    }
}

/// Returns what the index is asked for, tier by tier.
fn tiers_of(node: &Node, terms: &Terms) -> Vec<String> {
    let mut tiers = Tiers { terms, node, found: Vec::new() };
    let several = terms.wanted().count() > 1;
    if several && has_choice(node) {
        tiers.add_all(Place::Customer);
        tiers.add_all(Place::Anywhere);
    }
    tiers.add(Met { exactly: true, place: Place::Title });
    for place in [Place::Opening, Place::Customer, Place::Anywhere] {
        if several {
            tiers.add_near(place);
        }
        tiers.add(Met { exactly: true, place });
    }
    if terms.wanted().any(Term::has_forms) {
        tiers.add(Met { exactly: false, place: Place::Customer });
    }
    tiers.found
}

/// Says whether nothing but words is asked for, none of them to be absent.
fn is_words(node: &Node) -> bool {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().all(is_words),
        Node::Says(_) => true,
        Node::Not(_) | Node::Fits(_) => false,
    }
}

/// Says whether this holds of whatever a tier finds; `None` where a tier asks nothing of it.
fn implied(node: &Node) -> Option<bool> {
    let of = |parts: &[Node]| -> Vec<bool> { parts.iter().filter_map(implied).collect() };
    match node {
        Node::All(parts) => {
            let asked = of(parts);
            (!asked.is_empty()).then(|| asked.len() == parts.len() && !asked.contains(&false))
        }
        Node::Any(parts) => {
            let asked = of(parts);
            (!asked.is_empty()).then(|| !asked.contains(&false))
        }
        Node::Says(_) => Some(true),
        Node::Not(_) | Node::Fits(_) => None,
    }
}

/// Says whether one of several things is enough.
fn has_choice(node: &Node) -> bool {
    match node {
        Node::All(parts) => parts.iter().any(has_choice),
        Node::Any(_) => true,
        Node::Not(_) | Node::Says(_) | Node::Fits(_) => false,
    }
}
