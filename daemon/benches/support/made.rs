//! Conversations that are made up, with words as unevenly frequent as real ones.

use proto::Timestamp;
use syncd::model::{Author, Contact, Conversation, ConversationId, Fetched, Part};

/// Conversations that a sync stores at once.
pub(crate) const BATCH: usize = 150;
const YEAR: i64 = 365 * 86_400;
const START: i64 = 1_700_000_000;
/// The end of all of it.
pub(crate) const END: i64 = START + 2 * YEAR;

/// How often a word stands in a conversation, and the word.
pub(crate) const CLASSES: [(&str, f64); 4] =
    [("unique", 0.0), ("rareword", 0.0007), ("mediumword", 0.025), ("commonword", 0.7)];

/// Makes words that are as unevenly frequent as real ones, for each conversation always the same.
pub(crate) struct Maker(fastrand::Rng);

impl Maker {
    /// Returns one.
    pub(crate) fn new() -> Self {
        Self(fastrand::Rng::with_seed(0))
    }

    fn word(&mut self) -> String {
        let rank = (50_000_f64.powf(self.0.f64()) as u64).wrapping_mul(2_654_435_761) % 50_000;
        format!("w{}", base26(rank))
    }

    /// Makes one of so many conversations.
    pub(crate) fn conversation(&mut self, number: usize, count: usize) -> Fetched {
        self.made(number, count, None)
    }

    /// Makes one of so many conversations as it is when its customer has written once more.
    pub(crate) fn reply(&mut self, number: usize, count: usize, at: Timestamp) -> Fetched {
        self.made(number, count, Some(at))
    }

    fn made(&mut self, number: usize, count: usize, reply: Option<Timestamp>) -> Fetched {
        self.0.seed(number as u64);
        let updated_at = START + (number as i64) * YEAR / count as i64;
        let times = (0..8).map(|at| Timestamp(updated_at - 900 * (8 - at))).chain(reply);
        let updated_at = reply.unwrap_or(Timestamp(updated_at));
        let mut extra: Vec<String> = vec![format!("unique{number}x")];
        for (word, share) in CLASSES {
            if self.0.f64() < share {
                extra.push(word.to_owned());
            }
        }
        let parts: Vec<Part> = times
            .enumerate()
            .map(|(at, created_at)| {
                let mut words: Vec<String> = (0..42).map(|_| self.word()).collect();
                if let Some(word) = extra.pop() {
                    words.insert(self.0.usize(..words.len()), word);
                }
                let author = Author {
                    kind: "user".to_owned(),
                    id: Some(format!("c{}", number % 5_000)),
                    name: Some(format!("Person {}", number % 5_000)),
                    email: Some(format!("person{}@example.com", number % 5_000)),
                };
                Part {
                    id: format!("{number}{at}"),
                    kind: "comment".to_owned(),
                    created_at,
                    author,
                    text: words.join(" "),
                    ..Part::default()
                }
            })
            .collect();
        let json: Vec<_> = parts
            .iter()
            .map(|part| {
                serde_json::json!({"type": "conversation_part", "id": part.id, "part_type": part.kind,
                    "created_at": part.created_at.0, "updated_at": part.created_at.0, "notified_at": part.created_at.0,
                    "body": format!("<p>{}</p>", part.text), "assigned_to": null, "external_id": null,
                    "attachments": [], "redacted": false, "email_message_metadata": null, "metadata": {},
                    "author": {"type": "user", "id": part.author.id, "name": part.author.name,
                        "email": part.author.email, "from_ai_agent": false, "is_ai_answer": false}})
            })
            .collect();
        let raw = serde_json::to_vec(&serde_json::json!({"type": "conversation", "id": number.to_string(),
            "conversation_parts": {"conversation_parts": json}, "statistics": null, "ai_agent": null}));
        let author = &parts[0].author;
        let contact =
            Contact { id: author.id.clone(), name: author.name.clone(), email: author.email.clone() };
        let conversation = Conversation {
            id: ConversationId(number.to_string()),
            title: None,
            state: ["open", "closed", "closed", "closed"][number % 4].to_owned(),
            created_at: parts[0].created_at,
            updated_at,
            contacts: vec![contact],
            admin_assignee: Some((number % 20).to_string()),
            team_assignee: None,
            tags: Vec::new(),
            parts,
            truncated: false,
            fields: Vec::new(),
            raw: raw.unwrap().into(),
        };
        Fetched { conversation, asked_at: updated_at.plus(60) }
    }
}

fn base26(mut rank: u64) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + (rank % 26) as u8));
        rank /= 26;
        if rank == 0 {
            return word;
        }
    }
}

/// Returns the batches of a whole load in the order in which a sync reads them.
pub(crate) fn newest_first(count: usize) -> impl Iterator<Item = Vec<Fetched>> {
    batches((0..count.div_ceil(BATCH)).rev(), count)
}

/// Returns them in the order of time.
pub(crate) fn oldest_first(count: usize) -> impl Iterator<Item = Vec<Fetched>> {
    batches(0..count.div_ceil(BATCH), count)
}

fn batches(order: impl Iterator<Item = usize>, count: usize) -> impl Iterator<Item = Vec<Fetched>> {
    let mut maker = Maker::new();
    order.map(move |batch| {
        let numbers = batch * BATCH..((batch + 1) * BATCH).min(count);
        numbers.map(|number| maker.conversation(number, count)).collect()
    })
}
