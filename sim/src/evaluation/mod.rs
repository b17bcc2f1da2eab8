//! A workspace of which everything is known that a support lead asks, to put an agent in front of: eight weeks of
//! conversations up to the present, questions about them, and the right answers.

mod questions;
mod script;

use crate::change::{Author, New};
use crate::generate::people::ADMINS;
use crate::handle::Sim;
use crate::world::fields::Set;

use self::script::{ANSWERS, CLOSINGS, DOMAINS, GREETINGS, REGULAR, SUBJECTS, Subject, WAITING};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A question with its right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub asked: &'static str,
    /// What an answer has to say.
    pub answer: String,
}

/// A conversation of the story.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub subject: &'static str,
    /// When it was created.
    pub created_at: i64,
    /// The customer's address.
    pub email: String,
    /// How it came in.
    pub channel: &'static str,
    /// The tag on it.
    pub tag: Option<&'static str>,
    /// Who answered, and after how many seconds.
    pub answer: Option<(&'static str, i64)>,
    /// The customer's rating.
    pub rating: Option<i64>,
    /// Whether it is open still.
    pub is_open: bool,
    /// Since when the customer waits, and their last words.
    pub waiting: Option<(i64, &'static str)>,
}

/// What happened in the workspace.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The present.
    pub now: i64,
    /// All conversations, the oldest first.
    pub told: Vec<Told>,
}

/// Something that happens in a conversation.
enum Step {
    Begin(New),
    Channel(&'static str),
    Answer(usize, &'static str),
    Ask(&'static str),
    Rate(i64),
    Close,
}

impl Sim {
    /// Plays the story into a workspace without conversations, so that it ends now.
    pub fn evaluate(&self) -> Evaluation {
        let now = self.now();
        let (mut told, mut steps) = (Vec::new(), Vec::new());
        let plan = plan(now);
        for (number, (subject, at)) in plan.iter().enumerate() {
            let (last_words, hours) = WAITING[*subject];
            let asked = now - hours * HOUR;
            let is_it = |(other, at): &(usize, i64)| other == subject && *at <= asked - HOUR;
            let waits = plan.iter().rposition(is_it) == Some(number);
            let waiting = waits.then_some((asked, last_words));
            told.push(conversation((number, *subject), (*at, now), waiting, &mut steps));
        }
        steps.sort_by_key(|(at, number, _)| (*at, *number));
        for (at, number, step) in steps {
            self.set_clock(at);
            let one: &mut Told = &mut told[number];
            match step {
                Step::Begin(new) => one.id = self.create(new),
                Step::Channel(channel) => drop(self.set(&one.id, Set::Channel(channel.to_owned()))),
                Step::Answer(admin, text) => drop(self.reply(&one.id, Author::Admin(admin), &html(text))),
                Step::Ask(text) => drop(self.reply(&one.id, Author::Customer, &html(text))),
                Step::Rate(score) => drop(self.set(&one.id, Set::Rating(score, String::new()))),
                Step::Close => drop(self.close(&one.id)),
            }
        }
        self.set_clock(now);
        Evaluation { now, told }
    }
}

/// Returns what each conversation is about and when it begins, the oldest first: an hour or more from where any day counted
/// back from now begins.
fn plan(now: i64) -> Vec<(usize, i64)> {
    let mut plan = Vec::new();
    for (number, subject) in SUBJECTS.iter().enumerate() {
        for (week, count) in (0_i64..).zip(subject.weeks) {
            for (index, place) in (0_i64..).zip(0..count) {
                let day = week * 7 + i64::try_from(place * 7 / count.max(1)).unwrap_or(0);
                let hour = 2 + (index * 5 + i64::try_from(number).unwrap_or(0) * 3) % 20;
                plan.push((number, now - day * DAY - hour * HOUR));
            }
        }
    }
    plan.sort_by_key(|(number, at)| (*at, *number));
    plan
}

/// Tells one conversation, and what happens in it.
fn conversation(
    (number, subject): (usize, usize),
    (at, now): (i64, i64),
    waiting: Option<(i64, &'static str)>,
    steps: &mut Vec<(i64, usize, Step)>,
) -> Told {
    let Subject { name, tag, texts, .. } = &SUBJECTS[subject];
    let text = format!(
        "{} {} {} {}",
        GREETINGS[number % GREETINGS.len()],
        texts[number % texts.len()],
        texts[(number + 1 + number / 6 % 5) % texts.len()],
        CLOSINGS[number / 2 % CLOSINGS.len()]
    );
    let tag = Some(*tag).filter(|_| number % 3 > 0);
    let is_regular = number % 61 == 17;
    let email = if is_regular {
        REGULAR.to_owned()
    } else {
        format!("customer{}@{}", number % 97, DOMAINS[number % DOMAINS.len()])
    };
    let channel = ["email", "chat", "whatsapp"][number % 3];
    let (admin, delay) = match number % 6 {
        _ if waiting.is_some() => (0, 10 * MINUTE),
        5 if now - at > 10 * HOUR => (2, 5 * HOUR),
        2 | 4 if now - at > 4 * HOUR => (1, HOUR),
        _ => (0, 10 * MINUTE),
    };
    let seconds = delay + i64::try_from(number % 4).unwrap_or(0) * MINUTE;
    let answered = at + seconds;
    let closed = answered + 2 * HOUR;
    let is_closed = closed < now - HOUR && waiting.is_none();
    let rating = (is_closed && number % 7 == 0).then_some([5, 4, 1, 5, 2][number / 7 % 5]);
    let new = New {
        subject: (channel == "email").then(|| "Question".to_owned()),
        body: html(&text),
        email: Some(email.clone()),
        tags: tag.into_iter().map(str::to_owned).collect(),
        ..New::default()
    };
    let mut then = |at, step| steps.push((at, number, step));
    then(at, Step::Begin(new));
    if channel == "whatsapp" {
        then(at, Step::Channel(channel));
    }
    then(answered, Step::Answer(admin, ANSWERS[number % ANSWERS.len()]));
    if let Some((asked, last_words)) = waiting {
        then(asked, Step::Ask(last_words));
    }
    if is_closed {
        then(closed, Step::Close);
    }
    if let Some(score) = rating {
        then(closed + MINUTE, Step::Rate(score));
    }
    Told {
        id: String::new(),
        subject: name,
        created_at: at,
        email,
        channel,
        tag,
        answer: Some((ADMINS[admin].0, seconds)),
        rating,
        is_open: !is_closed,
        waiting,
    }
}

fn html(text: &str) -> String {
    format!("<p>{}</p>", text.replace('&', "&amp;").replace('<', "&lt;"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::options::{Clock, Options};

    #[tokio::test]
    async fn the_story_is_what_the_workspace_says_and_ends_now() {
        let sim = Sim::start(Options {
            conversations: 0,
            clock: Clock::Manual(1_790_000_000),
            ..Options::default()
        })
        .await
        .unwrap();
        let evaluation = sim.evaluate();
        assert_eq!((sim.now(), evaluation.now), (1_790_000_000, 1_790_000_000));
        assert_eq!(evaluation.told.len(), sim.ids().len());
        assert_eq!(evaluation.told.iter().filter(|told| told.waiting.is_some()).count(), 5);
        for told in &evaluation.told {
            let truth = sim.conversation(&told.id).unwrap();
            assert_eq!(
                (truth.created_at, truth.state == "open"),
                (told.created_at, told.is_open),
                "{told:?}"
            );
            // What people call chat is a conversation to Intercom.
            let channel = if told.channel == "chat" { "conversation" } else { told.channel };
            assert_eq!(
                (truth.customer.email.as_str(), truth.channel.as_str()),
                (told.email.as_str(), channel)
            );
            assert_eq!(truth.rating.map(|(score, _)| score), told.rating);
            let answer = truth.messages.iter().find(|message| message.author_type == "admin").unwrap();
            let (name, seconds) = told.answer.unwrap();
            assert_eq!(
                (answer.author_name.as_deref(), answer.created_at),
                (Some(name), told.created_at + seconds)
            );
            let last = truth.messages.last().unwrap();
            if let Some((since, words)) = told.waiting {
                assert_eq!((last.created_at, last.text.as_str()), (since, words));
            }
            assert!(truth.updated_at <= 1_790_000_000);
        }
        assert_eq!(evaluation.questions().len(), 20);
    }
}
