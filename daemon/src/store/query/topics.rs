//! What conversations are about: reads what their customers wrote, and tells of each topic who is in it. Where there is no
//! time to read all, evenly chosen ones are read.

use std::time::Duration;

use proto::Interval;
use proto::types::{Expr, Topic, TopicExample, TopicsBefore, Unknown, percent};

use super::Snapshot;
use super::matching::Matching;
use super::question::Question;
use crate::model::{ConversationId, Part};
use crate::store::error::{Attempt, Error};
use crate::store::text::{Tally, Words, beginning, is_spaceless};
use crate::store::{key, rows};
use crate::topics::{self, Collection, Token, own_words};

/// Examples of a topic.
const EXAMPLES: usize = 3;
/// Characters of an example.
const EXAMPLE_LENGTH: usize = 160;
/// Bytes of a conversation that are read.
const MOST_BYTES: usize = 20_000;
/// What is left of an answer's time for what comes after reading.
const RESERVE: Duration = Duration::from_millis(3_000);
/// One conversation of so many is read first, then those half-way between, and so on.
const FIRST_STEP: usize = 64;

/// What conversations are about.
#[derive(Clone, Debug, PartialEq)]
pub struct Topical {
    /// The topics with most conversations, their examples' addresses not set.
    pub topics: Vec<Topic>,
    /// Topics beyond these.
    pub left_out: u64,
    /// The conversations in those.
    pub in_left_out: u64,
    /// The conversations in no topic.
    pub in_none: u64,
    /// The conversations that were read.
    pub read: u64,
    /// The conversations that match.
    pub total: u64,
    /// The time before.
    pub before: Option<TopicsBefore>,
    /// Conditions whose value nothing has.
    pub unknown: Vec<Unknown>,
}

/// A conversation that is asked about.
struct Asked {
    key: i64,
    now: bool,
    before: bool,
}

impl Snapshot<'_> {
    /// Returns what the conversations are about that match, at most so many topics; and how many of those were about it
    /// that match in another window.
    ///
    /// # Errors
    /// [`Error::BadQuery`] when the text cannot be read.
    pub fn topics(
        &self,
        question: &Question,
        before: Option<Interval>,
        limit: u32,
    ) -> Result<Topical, Error> {
        let Matching { rows, unknown } = self.matching(question)?;
        let mut asked: Vec<Asked> =
            rows.into_iter().map(|row| Asked { key: row.key, now: true, before: false }).collect();
        if let Some(window) = before {
            let rows = self.matching(&Question { window, ..question.clone() })?.rows;
            asked.extend(rows.into_iter().map(|row| Asked { key: row.key, now: false, before: true }));
        }
        // In an order that no change of a conversation changes; who is in both windows is read once.
        asked.sort_unstable_by_key(|asked| asked.key);
        asked.dedup_by(|next, kept| {
            let same = next.key == kept.key;
            if same {
                (kept.now, kept.before) = (kept.now || next.now, kept.before || next.before);
            }
            same
        });
        let (collection, read) = self.read_said(&asked)?;
        let read: Vec<&Asked> = read.into_iter().filter_map(|index| asked.get(index)).collect();
        let found = topics::find(&collection);

        let count = |asked: &dyn Fn(&Asked) -> bool, members: &[usize]| {
            members.iter().filter(|member| read.get(**member).is_some_and(|one| asked(one))).count() as u64
        };
        let now = |members: &[usize]| count(&|asked| asked.now, members);
        let then = |members: &[usize]| count(&|asked| asked.before, members);
        let mut counted: Vec<(u64, u64, topics::Topic)> =
            found.into_iter().map(|topic| (now(&topic.members), then(&topic.members), topic)).collect();
        counted.sort_by(|(a, x, one), (b, y, other)| {
            (b.max(y), b).cmp(&(a.max(x), a)).then_with(|| one.query.cmp(&other.query))
        });
        let rest = counted.split_off(counted.len().min(limit as usize));
        counted.sort_by_key(|(now, before, _)| std::cmp::Reverse((*now, *before)));
        let in_topics = |which: &dyn Fn(&(u64, u64, topics::Topic)) -> u64| -> u64 {
            counted.iter().chain(&rest).map(which).sum()
        };
        let all = |which: &dyn Fn(&Asked) -> bool| asked.iter().filter(|asked| which(asked)).count() as u64;
        let all_read =
            |which: &dyn Fn(&Asked) -> bool| read.iter().filter(|asked| which(asked)).count() as u64;
        let read_now = all_read(&|asked| asked.now);
        let read_before = all_read(&|asked| asked.before);
        let in_none = read_now - in_topics(&|(now, ..)| *now);
        let before = before.map(|window| TopicsBefore {
            window,
            total: all(&|asked| asked.before),
            read: read_before,
            in_left_out: rest.iter().map(|(_, before, _)| *before).sum(),
            in_none: read_before - in_topics(&|(_, before, _)| *before),
        });
        let in_left_out = rest.iter().map(|(now, ..)| *now).sum();
        let mut topics = Vec::with_capacity(counted.len());
        for (conversations, then, topic) in counted {
            let examples = self.examples(&topic, &read)?;
            topics.push(Topic {
                found: conversations + now(&topic.others),
                name: topic.name,
                query: within(&question.query, &format!("said:customer ({})", topic.query)),
                conversations,
                percent: percent(conversations, read_now),
                before: before.is_some().then_some(then),
                change: before.is_some().then_some(conversations.cast_signed() - then.cast_signed()),
                new: then == 0 && read_before > 0,
                examples,
            });
        }
        Ok(Topical {
            topics,
            left_out: rest.len() as u64,
            in_left_out,
            in_none,
            read: read_now,
            total: all(&|asked| asked.now),
            before,
            unknown,
        })
    }

    /// Reads what the customers of these conversations wrote; of so many that there is no time, evenly chosen ones. Returns
    /// the places of those that were read, in the order of the collection.
    fn read_said(&self, asked: &[Asked]) -> Result<(Collection, Vec<usize>), Error> {
        let (mut collection, mut read) = (Collection::default(), Vec::new());
        let mut words = Words::default();
        let mut step = FIRST_STEP;
        // Each round reads what lies half-way between all that was read before: what was read is always even.
        let mut places: Vec<usize> = (0..asked.len()).step_by(step).collect();
        loop {
            let before = read.len();
            for place in places {
                let late = self.deadline.left().is_some_and(|left| left < RESERVE);
                if (late || collection.is_full()) && before > 0 {
                    collection.truncate(before);
                    read.truncate(before);
                    return Ok((collection, read));
                }
                self.deadline.check()?;
                self.add_said(asked[place].key, &mut words, &mut collection)?;
                read.push(place);
            }
            if step == 1 {
                return Ok((collection, read));
            }
            places = (step / 2..asked.len()).step_by(step).collect();
            step /= 2;
        }
    }

    fn add_said(&self, key: i64, words: &mut Words, collection: &mut Collection) -> Result<(), Error> {
        let (mut left, mut tally) = (MOST_BYTES, Tally::default());
        for text in self.said(key)? {
            let text = beginning(&text, left);
            left -= text.len();
            own_words(text, |piece| {
                collection.end_phrase();
                tokens(piece, words, &mut tally, |token| collection.push(token));
            });
        }
        collection.end_document(tally.language().map(|language| language as u8));
        Ok(())
    }

    /// Returns what the customers of a conversation wrote: its title, where they began it, and their messages.
    pub(super) fn said(&self, key: i64) -> Result<Vec<String>, Error> {
        let Some((texts, rest)) = rows::body(self.connection, key)? else { return Ok(Vec::new()) };
        let parts = self.unpacker.borrow_mut().parts(key, &texts, &rest)?;
        let begun = parts.iter().find(|part| part.is_message()).is_some_and(|part| part.author.is_contact());
        let title: Option<String> = if begun {
            self.connection
                .prepare_cached("SELECT title FROM conversation WHERE key = ?1")
                .and_then(|mut statement| statement.query_row([key], |row| row.get(0)))
                .attempt("cannot read a conversation's title")?
        } else {
            None
        };
        let said = |part: Part| (part.author.is_contact() && !part.redacted).then_some(part.text);
        Ok(title.into_iter().chain(parts.into_iter().filter_map(said)).collect())
    }

    /// Returns a few conversations of a topic, each by the customer's words.
    fn examples(&self, topic: &topics::Topic, read: &[&Asked]) -> Result<Vec<TopicExample>, Error> {
        let mut examples: Vec<TopicExample> = Vec::new();
        let current = topic.typical.iter().filter_map(|member| read.get(*member)).filter(|asked| asked.now);
        for asked in current {
            if examples.len() == EXAMPLES {
                break;
            }
            let text = excerpt(&self.said(asked.key)?, &topic.words);
            // What many write alike shows nothing new.
            if text.is_empty() || examples.iter().any(|example| example.text == text) {
                continue;
            }
            let ConversationId(id) = key::name(self.connection, asked.key)?;
            examples.push(TopicExample { id, url: None, text });
        }
        Ok(examples)
    }
}

/// Returns the search that finds what a topic's finds among what was asked about.
fn within(asked: &Expr, topic: &str) -> String {
    match asked {
        everything if everything.is_everything() => topic.to_owned(),
        // Who says words is said of all words in the same brackets.
        Expr::Any(_) => format!("({asked}) ({topic})"),
        asked => format!("{asked} ({topic})"),
    }
}

/// Returns the beginning of the first text that has one of these words, from shortly before it where it comes late; of the
/// first text where none has.
fn excerpt(texts: &[String], words: &[String]) -> String {
    let texts = texts.iter().map(|text| {
        let mut own = String::new();
        own_words(beginning(text, MOST_BYTES), |piece| {
            for word in piece.split_whitespace() {
                if !own.is_empty() {
                    own.push(' ');
                }
                own.push_str(word);
            }
        });
        own
    });
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    let place = |text: &String| {
        let lower = text.to_lowercase();
        words.iter().filter_map(|word| lower.find(word.as_str())).min().map(|at| lower[..at].chars().count())
    };
    let with_word = texts.iter().find_map(|text| place(text).map(|at| (text, at)));
    let Some((text, at)) = with_word.or_else(|| texts.first().map(|text| (text, 0))) else {
        return String::new();
    };
    let mut excerpt = String::new();
    let skipped = if at > EXAMPLE_LENGTH / 2 { at - EXAMPLE_LENGTH / 4 } else { 0 };
    let mut rest: String = text.chars().skip(skipped).collect();
    if skipped > 0 {
        excerpt.push('…');
        rest = rest.split_once(' ').map_or(rest.clone(), |(_, whole)| whole.to_owned());
    }
    excerpt.extend(rest.chars().take(EXAMPLE_LENGTH));
    if rest.chars().nth(EXAMPLE_LENGTH).is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// Returns the length of the apostrophe that ties a word to the next one, as in `l’export`, where what follows begins so.
fn elision(after: &str) -> usize {
    let mut chars = after.chars();
    let apostrophe = chars.next().filter(|char| ['\'', '’'].contains(char));
    apostrophe.filter(|_| chars.next().is_some_and(char::is_alphabetic)).map_or(0, char::len_utf8)
}

/// Cuts a text into words as the index does; `tally` tells what language the conversation has been in so far.
fn tokens(text: &str, words: &mut Words, tally: &mut Tally, mut push: impl FnMut(Token<'_>)) {
    words.read(text);
    words.list.iter().for_each(|word| tally.count(words.folded(*word)));
    let languages = tally.languages();
    let mut end = 0;
    for word in &words.list {
        let (start, next) = (word.start as usize, word.end as usize);
        let written = &text[start..next + elision(&text[next..])];
        let folded = words.folded(*word);
        let sign = folded.chars().next().is_some_and(is_spaceless);
        let between = &text[end..start];
        let joined =
            if sign { between.is_empty() } else { between.chars().all(|char| " '’-".contains(char)) };
        push(Token { folded, written, sign, small: languages.have_small(folded), joined: joined && end > 0 });
        end = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apostrophe_that_ties_a_word_to_the_next_one_is_part_of_it_as_it_is_written() {
        let mut written = Vec::new();
        let mut push = |token: Token<'_>| written.push(token.written.to_owned());
        let (mut words, mut tally) = (Words::default(), Tally::default());
        tokens("Il n’arrive jamais, l'export des clients' «don't»", &mut words, &mut tally, &mut push);
        assert_eq!(written, ["Il", "n’", "arrive", "jamais", "l'", "export", "des", "clients", "don'", "t"]);
    }
}
