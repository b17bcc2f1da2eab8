//! How fast the store takes conversations in and answers, as ratios to floors that hand-written SQL reaches in the
//! same run on the same text: `cargo bench -p syncd --bench answers -- 100000`.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod floor;
    pub(crate) mod made;
    pub(crate) mod times;
    pub(crate) mod written;
}

use std::path::Path;
use std::time::{Duration, Instant};

use proto::{Interval, Timestamp};
use syncd::intercom::stored_conversation;
use syncd::model::{Conversation, ConversationId, Deletion};
use syncd::store::{Held, Search, Store};

use support::floor::{Document, Floor};
use support::made::{self, BATCH, CLASSES};
use support::times::{Times, ratio, time};
use support::written::{self, Written};

const ROUNDS: usize = 200;
const ALWAYS: Interval = Interval::new(0, made::END);
/// Conversations that change on a usual day.
const CHANGES: usize = 500;
/// The share of all conversations that is deleted or redacted.
const FORGOTTEN: usize = 100;

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
    let written = Written::now();
    let rate = runtime.block_on(load(&store, count));
    let bytes = size(store.path()) / count as u64;
    println!("load: {rate:.0} a second, {:.2} x the floor, {bytes} bytes each", rate / floor_rate);
    written.print("written by the load", size(store.path()), "the database");

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
    let written = Written::now();
    runtime.block_on(rest(&store));
    written.print("written when idle, until nothing is left to merge", size(store.path()), "the database");
    let changed = runtime.block_on(change(&store, count));
    println!("a day of {CHANGES} changes: {changed:?}");
    for word in ["rareword", "commonword"] {
        let took = (0..ROUNDS).map(|_| runtime.block_on(search(&store, word))).collect::<Times>().median();
        println!("search {word} after them: {took:?}");
    }
    runtime.block_on(forget(&store, count));
    println!("memory: {}", written::memory());
    runtime.block_on(store.close());
    rebuild(&dir.path().join("data"));
}

/// Stores the replies of a day one after the other, as they come; returns how long that took.
async fn change(store: &Store, count: usize) -> Duration {
    let (mut maker, mut dice, mut bytes) = (made::Maker::new(), fastrand::Rng::with_seed(3), 0);
    let mut idle = 0;
    let (written, started) = (Written::now(), Instant::now());
    for n in 0..CHANGES {
        // What changes is young, most of it.
        let age = (dice.f64().powi(4) * (count - 1) as f64) as usize;
        let number = count - 1 - age;
        let at = Timestamp(made::END - 100_000 + n as i64);
        let changed = maker.reply(number, count, at);
        bytes += changed.conversation.raw.len() as u64;
        store.commit_details(vec![changed]).await.unwrap();
        // Less often does a minute pass without another one.
        if n % 3 == 2 {
            let before = Written::now();
            store.idle().await.unwrap();
            idle += before.bytes();
        }
    }
    written.print("written by a day's changes", bytes, "their JSON");
    println!("of it when idle: {:.1} MB", idle as f64 / 1e6);
    started.elapsed()
}

/// Lets one idle moment follow the other until none of them merges anything.
async fn rest(store: &Store) {
    loop {
        let written = Written::now();
        store.idle().await.unwrap();
        if written.bytes() < 1 << 20 {
            return;
        }
    }
}

/// Deletes and redacts conversations in random order.
async fn forget(store: &Store, count: usize) {
    let (mut maker, mut dice) = (made::Maker::new(), fastrand::Rng::with_seed(4));
    let mut numbers: Vec<usize> = (0..count).collect();
    dice.shuffle(&mut numbers);
    numbers.truncate(count / FORGOTTEN);
    let (written, started) = (Written::now(), Instant::now());
    for (n, number) in numbers.iter().enumerate() {
        if n % 2 == 0 {
            let (id, deleted_at) = (ConversationId(number.to_string()), Timestamp(made::END));
            store.commit_deletions(vec![Deletion { id, deleted_at }], None).await.unwrap();
        } else {
            let mut redacted = maker.conversation(*number + count, 2 * count);
            redacted.conversation.id = ConversationId(number.to_string());
            redacted.asked_at = Timestamp(made::END + 1_000);
            redacted.conversation.updated_at = Timestamp(made::END + n as i64);
            store.commit_details(vec![redacted]).await.unwrap();
        }
    }
    println!("{} deletions and redactions: {:?}", numbers.len(), started.elapsed());
    let purging = Instant::now();
    store.purge().await.unwrap();
    println!("clearing the pages: {:?}", purging.elapsed());
    written.print("written by them", size(store.path()), "the database");
}

/// Derives everything anew.
fn rebuild(dir: &Path) {
    let connection = rusqlite::Connection::open(dir.join("syncd.db")).unwrap();
    connection.execute("DELETE FROM mark WHERE name = 'store.derived'", []).unwrap();
    drop(connection);
    let (written, started) = (Written::now(), Instant::now());
    let store = Store::open_held(Held::take(dir).unwrap(), &stored_conversation, |_, _| ()).unwrap();
    println!("derived anew: {:?}", started.elapsed());
    written.print("written by that", size(store.path()), "the database");
    println!("memory: {}", written::memory());
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

/// As a sync does it: the next batch is made ready while one is written.
async fn load(store: &Store, count: usize) -> f64 {
    let mut spent = Duration::ZERO;
    let mut batches = made::newest_first(count);
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
    let spent: Duration = made::oldest_first(count)
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
