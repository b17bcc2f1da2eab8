//! Which conversations are meant, as a tree of words and conditions. It travels flat, so that no depth of it can exhaust
//! the stack of whoever reads it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fields::{Field, Kind};

/// Most words, conditions and brackets in a tree that travels.
pub const MOST_STEPS: usize = 1_024;
/// Deepest tree that travels.
const DEEPEST: usize = 600;

/// What has to hold of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Step>", try_from = "Vec<Step>")]
pub enum Expr {
    /// All of these; none: everything.
    All(Vec<Expr>),
    /// At least one of these; none: nothing.
    Any(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// It says so.
    Text(Text),
    /// It is so.
    Condition(Condition),
}

/// Words that a conversation has to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// The words as they were typed, without quotation marks.
    pub words: String,
    /// How they are meant.
    pub form: Form,
    /// Who has to say them; `None`: anybody.
    pub said: Option<Side>,
}

/// How words are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Form {
    /// A word in all its forms.
    Word,
    /// A word with stars, each of which stands for any letters.
    Pattern,
    /// Exactly these words in this order.
    Phrase,
    /// The same, but the last word only has to begin so.
    Beginning,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Side {
    /// A contact.
    Customer,
    /// A teammate, or what answers in the team's name.
    Team,
}

impl Side {
    /// Returns the word used in JSON and searches.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Team => "team",
        }
    }
}

/// A condition besides text and time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// What it is about.
    pub field: Field,
    /// What that has to be.
    pub test: Test,
}

/// What the value of a field has to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Test {
    /// This.
    Is(String),
    /// Something that begins so.
    Begins(String),
    /// A number or an instant (RFC 3339) between two, each of which may be left out.
    Between(Option<Bound>, Option<Bound>),
    /// Anything: there has to be one.
    Any,
}

/// An end of a range.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bound {
    /// A number, or an instant in RFC 3339.
    pub value: String,
    /// It is in the range itself.
    pub inside: bool,
}

impl Default for Expr {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Expr {
    /// Requires a word in all its forms.
    pub fn word(word: impl Into<String>) -> Self {
        Self::Text(Text { words: word.into(), form: Form::Word, said: None })
    }

    /// Requires a value of a field.
    pub fn is(field: Field, value: impl Into<String>) -> Self {
        Self::Condition(Condition::is(field, value))
    }

    /// Requires all of these, in the plainest form.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        Self::one_of_one(all).unwrap_or_else(Self::All)
    }

    /// Requires one of these, in the plainest form.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Any(inner) => any.extend(inner),
                other => any.push(other),
            }
        }
        Self::one_of_one(any).unwrap_or_else(Self::Any)
    }

    fn one_of_one(mut parts: Vec<Self>) -> Result<Self, Vec<Self>> {
        match parts.pop() {
            Some(one) if parts.is_empty() => Ok(one),
            last => {
                parts.extend(last);
                Err(parts)
            }
        }
    }

    /// Requires the contrary.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Requires this and another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// Says whether nothing is required.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    /// Visits the words and conditions, in order; with each, whether it is required not to hold.
    pub fn leaves<'e>(&'e self, visit: &mut impl FnMut(&'e Self, bool)) {
        fn go<'e>(expr: &'e Expr, negated: bool, visit: &mut impl FnMut(&'e Expr, bool)) {
            match expr {
                Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| go(part, negated, visit)),
                Expr::Not(inner) => go(inner, !negated, visit),
                leaf => visit(leaf, negated),
            }
        }
        go(self, false, visit);
    }

    /// Returns the fields that its conditions are about.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        self.leaves(&mut |leaf, _| {
            if let Self::Condition(condition) = leaf {
                fields.push(condition.field.clone());
            }
        });
        fields
    }

    /// Returns the parts that must hold all together.
    #[must_use]
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}

impl Condition {
    /// Requires a value.
    pub fn is(field: Field, value: impl Into<String>) -> Self {
        Self { field, test: Test::Is(value.into()) }
    }

    /// Requires any value.
    #[must_use]
    pub const fn any(field: Field) -> Self {
        Self { field, test: Test::Any }
    }
}

/// Writes it as it can be typed.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], between: &str| {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    f.write_str(between)?;
                }
                match part {
                    Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
                    part => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::All(parts) => list(f, parts, " "),
            Self::Any(parts) => list(f, parts, " OR "),
            Self::Not(inner) => match &**inner {
                Self::All(_) | Self::Any(_) => write!(f, "-({inner})"),
                inner => write!(f, "-{inner}"),
            },
            Self::Text(text) => write!(f, "{text}"),
            Self::Condition(condition) => write!(f, "{condition}"),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = &self.words;
        if let Some(side) = self.said {
            write!(f, "(said:{} ", side.as_str())?;
        }
        match self.form {
            Form::Word if matches!(words.as_str(), "AND" | "OR" | "NOT" | "or") => write!(f, "\"{words}\""),
            Form::Word | Form::Pattern => f.write_str(words),
            Form::Phrase => write!(f, "\"{words}\""),
            Form::Beginning => write!(f, "\"{words}\"*"),
        }?;
        if self.said.is_some() { f.write_str(")") } else { Ok(()) }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field: about, test } = self;
        // A name with a space in it stands in quotation marks.
        let field = match about.to_string().split_once('.') {
            Some((word, name)) => format!("{word}.{}", quoted(name)),
            None => about.to_string(),
        };
        let info = about.info();
        match test {
            // Of a state people say that it is, of other things that it has them.
            Test::Any if info.kind == Kind::Flag => f.write_str(info.example),
            Test::Any => write!(f, "has:{}", quoted(&about.to_string())),
            Test::Is(value) => write!(f, "{field}:{}", quoted(value)),
            Test::Begins(value) => write!(f, "{field}:{}*", quoted(value)),
            Test::Between(Some(Bound { value, inside }), None) => {
                write!(f, "{field}:>{}{value}", if *inside { "=" } else { "" })
            }
            Test::Between(None, Some(Bound { value, inside })) => {
                write!(f, "{field}:<{}{value}", if *inside { "=" } else { "" })
            }
            Test::Between(from, to) => {
                let value =
                    |bound: &Option<Bound>| bound.as_ref().map_or("", |bound| &bound.value).to_owned();
                write!(f, "{field}:{}..{}", value(from), value(to))
            }
        }
    }
}

fn quoted(value: &str) -> String {
    let plain = |char: char| !char.is_whitespace() && !matches!(char, '(' | ')' | '"');
    if value.chars().all(plain) { value.to_owned() } else { format!("\"{value}\"") }
}

/// A node as it travels; those of which it consists follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    All(u32),
    Any(u32),
    Not,
    Text(Text),
    Condition(Condition),
}

impl From<Expr> for Vec<Step> {
    fn from(expr: Expr) -> Self {
        let count = |parts: &[Expr]| u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let (mut steps, mut rest) = (Self::new(), vec![expr]);
        while let Some(next) = rest.pop() {
            let (step, parts) = match next {
                Expr::All(parts) => (Step::All(count(&parts)), parts),
                Expr::Any(parts) => (Step::Any(count(&parts)), parts),
                Expr::Not(inner) => (Step::Not, vec![*inner]),
                Expr::Text(text) => (Step::Text(text), Vec::new()),
                Expr::Condition(condition) => (Step::Condition(condition), Vec::new()),
            };
            steps.push(step);
            rest.extend(parts.into_iter().rev());
        }
        steps
    }
}

impl TryFrom<Vec<Step>> for Expr {
    type Error = String;

    fn try_from(steps: Vec<Step>) -> Result<Self, String> {
        if steps.len() > MOST_STEPS {
            return Err(format!("a search has at most {MOST_STEPS} words, conditions and brackets"));
        }
        let mut steps = steps.into_iter();
        let expr = read(&mut steps, 0)?;
        if steps.next().is_some() { Err("a search has nothing after its end".to_owned()) } else { Ok(expr) }
    }
}

fn read(steps: &mut impl Iterator<Item = Step>, depth: usize) -> Result<Expr, String> {
    if depth > DEEPEST {
        return Err(format!("a search has at most {DEEPEST} brackets within each other"));
    }
    let step = steps.next().ok_or("a search ends before its end")?;
    let mut parts = |count: u32| (0..count).map(|_| read(steps, depth + 1)).collect::<Result<Vec<_>, _>>();
    Ok(match step {
        Step::All(count) => Expr::All(parts(count)?),
        Step::Any(count) => Expr::Any(parts(count)?),
        Step::Not => Expr::Not(Box::new(read(steps, depth + 1)?)),
        Step::Text(text) => Expr::Text(text),
        Step::Condition(condition) => Expr::Condition(condition),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_tree_travels_whole() {
        let expr = Expr::all([
            Expr::any([Expr::word("a"), Expr::all([Expr::word("b"), Expr::word("c")]).negated()]),
            Expr::is(Field::Tag, "vip"),
        ]);
        let steps: Vec<Step> = expr.clone().into();
        assert_eq!(Expr::try_from(steps).unwrap(), expr);
        assert_eq!(expr.to_string(), "(a OR -(b c)) tag:vip");
    }

    #[test]
    fn a_tree_that_is_too_deep_too_long_or_broken_is_refused() {
        let word = || Step::Text(Text { words: "a".to_owned(), form: Form::Word, said: None });
        let deep: Vec<Step> = (0..1_000).map(|_| Step::Not).chain([word()]).collect();
        assert!(Expr::try_from(deep).unwrap_err().contains("within each other"));
        let long: Vec<Step> = [Step::All(2_000)].into_iter().chain((0..2_000).map(|_| word())).collect();
        assert!(Expr::try_from(long).unwrap_err().contains("at most"));
        for broken in [vec![], vec![Step::All(u32::MAX)], vec![word(), word()]] {
            assert!(Expr::try_from(broken).is_err());
        }
    }
}
