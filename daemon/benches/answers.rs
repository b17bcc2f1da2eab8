//! How fast the store takes conversations in and answers, as ratios to floors that hand-written SQL reaches in the
//! same run on the same text: `cargo bench -p syncd --bench answers -- 100000`.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod floor;
    pub(crate) mod times;
}

use std::path::Path;
use std::time::{Duration, Instant};

use proto::{Interval, Timestamp};
use syncd::model::{Author, Contact, Conversation, ConversationId, Fetched, Part};
use syncd::store::{Search, Store};

use support::floor::{Document, Floor};
use support::times::{Times, ratio, time};

const BATCH: usize = 150;
const ROUNDS: usize = 200;
const YEAR: i64 = 365 * 86_400;
const START: i64 = 1_700_000_000;
const ALWAYS: Interval = Interval::new(0, START + 2 * YEAR);

/// How often a word stands in a conversation, and the word.
const CLASSES: [(&str, f64); 4] =
    [("unique", 0.0), ("rareword", 0.0007), ("mediumword", 0.025), ("commonword", 0.7)];

fn main() {
    let count = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(10_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    println!("{count} conversations, {BATCH} a transaction");
    let floor_path = dir.path().join("floor.db");
    let mut floor = Floor::create(&floor_path);
    let floor_rate = load_floor(&mut floor, count);
    println!(
        "load, floor: {floor_rate:.0} conversations a second, {} bytes each",
        size(&floor_path) / count as u64
    );
    let store = Store::open(&dir.path().join("data")).unwrap();
    let rate = runtime.block_on(load(&store, count));
    let bytes = size(store.path()) / count as u64;
    println!("load: {rate:.0} a second, {:.2} x the floor, {bytes} bytes each", rate / floor_rate);

    for (class, _) in CLASSES {
        let word = if class == "unique" { format!("unique{}x", count / 2) } else { class.to_owned() };
        let (mut ours, mut theirs) = (Times::default(), Times::default());
        for _ in 0..ROUNDS {
            theirs.add(time(|| floor.search(&word)));
            ours.add(runtime.block_on(search(&store, &word)));
        }
        let (theirs, ours) = (theirs.median(), ours.median());
        println!("search {class}: {ours:?}, floor {theirs:?}, {:.2} x", ratio(ours, theirs));
    }
    for text in ["co*", "\"commonword mediumword\"", "commonword -mediumword", "zzz*", ""] {
        let took = (0..20).map(|_| runtime.block_on(search(&store, text))).collect::<Times>().median();
        println!("search {text:?}: {took:?}");
    }
    let counts = (0..ROUNDS).map(|_| runtime.block_on(status(&store))).collect::<Times>().median();
    println!("counts: {counts:?}");
    let id = ConversationId((count / 3).to_string());
    let show = (0..ROUNDS).map(|_| runtime.block_on(one(&store, id.clone()))).collect::<Times>().median();
    println!("one conversation: {show:?}");
    runtime.block_on(store.idle()).unwrap();
    let resident = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!("{}", resident.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default());
    runtime.block_on(store.close());
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// Makes words that are as unevenly frequent as real ones.
struct Writer(fastrand::Rng);

impl Writer {
    fn word(&mut self) -> String {
        let rank = (50_000_f64.powf(self.0.f64()) as u64).wrapping_mul(2_654_435_761) % 50_000;
        format!("w{}", base26(rank))
    }

    fn conversation(&mut self, number: usize, count: usize) -> Fetched {
        let updated_at = START + (number as i64) * YEAR / count as i64;
        let mut extra: Vec<String> = vec![format!("unique{number}x")];
        for (word, share) in CLASSES {
            if self.0.f64() < share {
                extra.push(word.to_owned());
            }
        }
        let parts: Vec<Part> = (0..8)
            .map(|at| {
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
                    created_at: Timestamp(updated_at - 900 * (8 - at)),
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
            updated_at: Timestamp(updated_at),
            contacts: vec![contact],
            admin_assignee: Some((number % 20).to_string()),
            team_assignee: None,
            tags: Vec::new(),
            parts,
            truncated: false,
            fields: Vec::new(),
            raw: raw.unwrap().into(),
        };
        Fetched { conversation, asked_at: Timestamp(updated_at + 60) }
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

/// Returns the batches of the whole load, one after the other, without the time that making them takes.
fn batches(count: usize) -> impl Iterator<Item = Vec<Fetched>> {
    let mut writer = Writer(fastrand::Rng::with_seed(1));
    (0..count.div_ceil(BATCH)).map(move |batch| {
        let numbers = batch * BATCH..((batch + 1) * BATCH).min(count);
        numbers.map(|number| writer.conversation(number, count)).collect()
    })
}

/// As a sync does it: the next batch is made ready while one is written.
async fn load(store: &Store, count: usize) -> f64 {
    let mut spent = Duration::ZERO;
    let mut batches = batches(count);
    while let Some(first) = batches.next() {
        let second = batches.next().unwrap_or_default();
        let started = Instant::now();
        let (first, second) = tokio::join!(store.commit_details(first), store.commit_details(second));
        spent += started.elapsed();
        first.and(second).unwrap();
    }
    count as f64 / spent.as_secs_f64()
}

fn load_floor(floor: &mut Floor, count: usize) -> f64 {
    let spent: Duration = batches(count)
        .map(|batch| {
            let documents: Vec<Document> =
                batch.iter().map(|fetched| document(&fetched.conversation)).collect();
            floor.load(&documents)
        })
        .sum();
    count as f64 / spent.as_secs_f64()
}

fn document(conversation: &Conversation) -> Document {
    let texts: Vec<&str> = conversation.parts.iter().map(|part| part.text.as_str()).collect();
    Document {
        id: conversation.id.as_str().parse().unwrap(),
        updated_at: conversation.updated_at.0,
        state: conversation.state.clone(),
        email: conversation.contacts[0].email.clone(),
        text: texts.join("\n"),
    }
}

/// Times the question on the thread that answers it.
async fn search(store: &Store, text: &str) -> Duration {
    let mut search = Search::newest(ALWAYS, 20);
    search.question.query = proto::query::parse(text, &chrono::Utc::now()).unwrap().query;
    store.read(move |snapshot| Ok(time(|| snapshot.search(&search).unwrap()))).await.unwrap()
}

async fn status(store: &Store) -> Duration {
    store.read(|snapshot| Ok(time(|| snapshot.counts().unwrap()))).await.unwrap()
}

async fn one(store: &Store, id: ConversationId) -> Duration {
    store.read(move |snapshot| Ok(time(|| snapshot.show(&id, 0, 100).unwrap().unwrap()))).await.unwrap()
}
