//! Whether people find what they mean, over texts of the project's own in nine languages, among those of a simulated workspace:
//! `cargo bench -p syncd --bench quality`. What is asked, and what is right, stands in quality/judged.txt, or in the file that is
//! named; with `misses`, what goes wrong is told.
#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};

use proto::types::Sort;
use proto::{Interval, Timestamp};
use sim::{Options, Sim};
use syncd::model::{Author, Conversation, ConversationId, Fetched, Part};
use syncd::store::{Found, Search, Store};

const JUDGED: &str = include_str!("quality/judged.txt");
const NOW: i64 = 1_800_000_000;
/// Conversations of the simulated workspace around those that are asked for.
const AROUND: u32 = 2_000;
/// The judged conversations are younger, in seconds; of the others nobody judged what they say.
const JUDGED_SINCE: i64 = 500_000;
/// How many results the order is judged by.
const SHOWN: usize = 10;

/// A question, and how well each conversation that answers it does.
struct Judged {
    kind: String,
    text: String,
    right: HashMap<String, f64>,
}

/// What is stored, and what is asked of it.
#[derive(Default)]
struct Corpus {
    conversations: Vec<Fetched>,
    questions: Vec<Judged>,
    /// Conversations, and the word that each says.
    forms: Vec<(String, String)>,
    /// The forms of each word.
    families: Vec<Vec<String>>,
}

/// The questions that are answered by what is offered for a word that nobody says.
const TYPING_ERRORS: &str = "typing errors";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let file = std::env::args().skip(1).find(|argument| argument.ends_with(".txt"));
    let judged = file.map(|file| std::fs::read_to_string(file).unwrap());
    let corpus = Corpus::read(judged.as_deref().unwrap_or(JUDGED));
    let conversations = corpus.conversations.len();
    runtime.block_on(async {
        store.commit_details(corpus.conversations).await.unwrap();
        store.commit_details(around().await).await.unwrap();
    });
    println!("{} questions over {conversations} judged conversations among {AROUND}", corpus.questions.len());
    println!("| what | questions | recall | precision | nDCG |\n| --- | --- | --- | --- | --- |");
    let mut figures: Vec<(String, Figures)> = Vec::new();
    for question in corpus.questions {
        let asked = runtime.block_on(search(&store, &question.text));
        let found = match offered(&asked, &question.text).filter(|_| question.kind == TYPING_ERRORS) {
            Some(offered) => ids(runtime.block_on(search(&store, &offered))),
            None => ids(asked),
        };
        if found.len() != question.right.len() && std::env::args().any(|argument| argument == "misses") {
            eprintln!(
                "{}: {} found {} of {}",
                question.kind,
                question.text,
                found.len(),
                question.right.len()
            );
        }
        match figures.last_mut().filter(|(kind, _)| *kind == question.kind) {
            Some((_, sum)) => sum.add(&found, &question.right),
            None => {
                let mut sum = Figures::default();
                sum.add(&found, &question.right);
                figures.push((question.kind, sum));
            }
        }
    }
    for (kind, sum) in figures {
        let [recall, precision, order] =
            [sum.recall, sum.precision, sum.order].map(|sum_of| sum_of / sum.questions);
        println!("| {kind} | {} | {recall:.3} | {precision:.3} | {order:.3} |", sum.questions);
    }
    runtime.block_on(store.close());
}

/// Sums over questions.
#[derive(Default)]
struct Figures {
    questions: f64,
    recall: f64,
    precision: f64,
    order: f64,
}

impl Figures {
    fn add(&mut self, found: &[String], right: &HashMap<String, f64>) {
        let good = found.iter().filter(|id| right.contains_key(*id)).count() as f64;
        self.questions += 1.0;
        self.recall += good / right.len() as f64;
        self.precision += if found.is_empty() { 1.0 } else { good / found.len() as f64 };
        let gain = |grades: &mut dyn Iterator<Item = f64>| -> f64 {
            grades.take(SHOWN).enumerate().map(|(at, grade)| grade / (at as f64 + 2.0).log2()).sum()
        };
        let mut ideal: Vec<f64> = right.values().copied().collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        let of_found = gain(&mut found.iter().map(|id| right.get(id).copied().unwrap_or(0.0)));
        self.order += of_found / gain(&mut ideal.into_iter());
    }
}

impl Corpus {
    fn read(judged: &str) -> Self {
        let mut corpus = Self::default();
        let (mut section, mut sentences) = ("", Vec::new());
        for line in judged.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
                sentences.clear();
                continue;
            }
            let (kind, rest) = line.split_once(' ').unwrap();
            match kind {
                "s" => sentences.push(rest),
                "f" => corpus.add_forms(section, &sentences, rest),
                _ => corpus.add_writings(section, rest),
            }
        }
        corpus.judge();
        corpus
    }

    /// Adds conversations that say each form of a word, and those that look alike, and asks for each form.
    fn add_forms(&mut self, language: &str, sentences: &[&str], line: &str) {
        let (forms, foils) = line.split_once(" / ").unwrap_or((line, ""));
        for form in forms.split(' ') {
            for sentence in sentences {
                let id = self.say(&sentence.replace("{}", form));
                self.forms.push((id, form.to_owned()));
            }
            let kind = format!("forms, {language}");
            self.questions.push(Judged { kind, text: form.to_owned(), right: HashMap::new() });
        }
        self.families.push(forms.split(' ').map(str::to_owned).collect());
        for foil in foils.split_whitespace() {
            let id = self.say(&sentences[0].replace("{}", foil));
            self.forms.push((id, foil.to_owned()));
        }
    }

    /// Judges what answers the questions for words: those that say it best, then those that say another form of it, of each
    /// word that it is a form of.
    fn judge(&mut self) {
        for question in self.questions.iter_mut().filter(|question| question.right.is_empty()) {
            let meant: HashSet<&String> =
                self.families.iter().filter(|forms| forms.contains(&question.text)).flatten().collect();
            let said = self.forms.iter().filter(|(_, form)| meant.contains(form));
            let grade = |form: &String| if *form == question.text { 2.0 } else { 1.0 };
            question.right = said.map(|(id, form)| (id.clone(), grade(form))).collect();
        }
    }

    /// Adds a conversation with one writing, and asks for the other.
    fn add_writings(&mut self, section: &str, line: &str) {
        let (said, asked) = line.split_once(' ').unwrap();
        let mark = format!("mark{}", self.questions.len());
        let id = self.say(&format!("You can see {said} in {mark}, that is what it is about"));
        self.forms.push((id.clone(), said.to_owned()));
        let (kind, text) = (section.to_owned(), format!("{asked} {mark}"));
        self.questions.push(Judged { kind, text, right: HashMap::from([(id, 1.0)]) });
    }

    /// Adds a conversation that says this, and returns its id.
    fn say(&mut self, text: &str) -> String {
        let number = self.conversations.len() as i64 + 1;
        let id = (1_000_000 + number).to_string();
        self.conversations.push(fetched(&id, NOW - number, &[text]));
        id
    }
}

/// Returns what the simulated workspace says.
async fn around() -> Vec<Fetched> {
    let options = Options { conversations: AROUND as usize, ..Options::default() };
    let sim = Sim::start(options).await.unwrap();
    let conversations = sim.ids().into_iter().map(|id| {
        let truth = sim.conversation(&id).unwrap();
        let texts: Vec<&str> = truth.messages.iter().map(|message| message.text.as_str()).collect();
        fetched(&format!("9{id}"), NOW - 2 * JUDGED_SINCE, &texts)
    });
    conversations.collect()
}

fn fetched(id: &str, at: i64, texts: &[&str]) -> Fetched {
    let parts = texts.iter().enumerate().map(|(number, text)| Part {
        id: format!("{id}-{number}"),
        kind: "comment".to_owned(),
        created_at: Timestamp(at),
        author: Author { kind: "user".to_owned(), ..Author::default() },
        text: (*text).to_owned(),
        ..Part::default()
    });
    let conversation = Conversation {
        id: ConversationId(id.to_owned()),
        title: None,
        state: "open".to_owned(),
        created_at: Timestamp(at),
        updated_at: Timestamp(at),
        contacts: Vec::new(),
        admin_assignee: None,
        team_assignee: None,
        tags: Vec::new(),
        parts: parts.collect(),
        truncated: false,
        fields: Vec::new(),
        raw: "{}".into(),
    };
    Fetched { conversation, asked_at: Timestamp(at + 60) }
}

async fn search(store: &Store, text: &str) -> Found {
    let mut search = Search::newest(Interval::new(NOW - JUDGED_SINCE, NOW), 200);
    search.question.query = proto::query::parse(text, &chrono::Utc::now()).unwrap().query;
    search.sort = Sort::Relevance;
    store.read(move |snapshot| snapshot.search(&search)).await.unwrap()
}

fn ids(found: Found) -> Vec<String> {
    found.hits.into_iter().map(|hit| hit.id).collect()
}

/// Returns a question with what an answer offers first for a word that nobody says.
fn offered(found: &Found, text: &str) -> Option<String> {
    let mut pieces = found.explanation.iter().flat_map(|explanation| &explanation.pieces);
    pieces.find_map(|piece| Some(text.replace(&piece.text, &piece.similar.first()?.word)))
}
