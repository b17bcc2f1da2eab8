//! The texts of a simulated workspace: into the floor's database, and words of them that are more and less common.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use sim::Sim;

use super::floor::{Document, Floor};

const BATCH: usize = 1_000;

/// A word for each class, with how many conversations have it; the empty word stands for everything.
pub(crate) type Words = Vec<(&'static str, String, usize)>;

/// Loads the floor's database with all conversations, and picks words; tells how long storing them took.
pub(crate) fn load(sim: &Sim, path: &Path) -> (Floor, Words, Duration) {
    let mut floor = Floor::create(path);
    let mut ids: Vec<(i64, String)> =
        sim.updated_at_of_all().into_iter().map(|(id, updated_at)| (updated_at, id)).collect();
    ids.sort_unstable();
    let (mut frequencies, mut took) = (HashMap::new(), Duration::ZERO);
    for batch in ids.chunks(BATCH) {
        let documents: Vec<Document> = batch.iter().map(|(_, id)| document(sim, id)).collect();
        for document in &documents {
            count(&document.text, &mut frequencies);
        }
        took += floor.load(&documents);
    }
    (floor, pick(&frequencies, ids.len()), took)
}

fn document(sim: &Sim, id: &str) -> Document {
    let truth = sim.conversation(id).unwrap();
    let said = truth.messages.iter().map(|message| message.text.as_str());
    let text: Vec<&str> = truth.title.as_deref().into_iter().chain(said).collect();
    Document {
        id: id.parse().unwrap(),
        updated_at: truth.updated_at,
        state: truth.state.to_owned(),
        email: Some(truth.customer.email),
        text: text.join("\n"),
    }
}

fn count(text: &str, frequencies: &mut HashMap<String, usize>) {
    let text = text.to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let ordinary: HashSet<&str> = words.filter(|word| word.len() >= 4 && word.is_ascii()).collect();
    for word in ordinary {
        match frequencies.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                frequencies.insert(word.to_owned(), 1);
            }
        }
    }
}

/// Picks the words that come nearest to how frequent each class is to be.
fn pick(frequencies: &HashMap<String, usize>, conversations: usize) -> Words {
    let share = |share: f64| ((conversations as f64 * share) as usize).max(2);
    let classes = [("unique", 1), ("rare", share(0.0007)), ("medium", share(0.025)), ("common", share(0.7))];
    let mut words: Words = classes
        .into_iter()
        .map(|(class, wanted)| {
            let nearest =
                frequencies.iter().min_by_key(|(word, found)| (found.abs_diff(wanted), word.as_str()));
            let (word, found) = nearest.expect("the workspace says something");
            (class, word.clone(), *found)
        })
        .collect();
    words.push(("newest", String::new(), conversations));
    words
}
