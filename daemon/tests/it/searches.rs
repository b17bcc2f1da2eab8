//! Searches find exactly what the workspace holds.

use std::collections::BTreeSet;

use proto::types::{Expr, Field, Question, SearchRequest, TimeField};
use sim::Truth;

use crate::support::{Bench, window, workspace};

const DAY: i64 = 86_400;

struct Copied {
    bench: Bench,
    truths: Vec<Truth>,
}

async fn copied() -> Copied {
    let bench = Bench::start(workspace(500)).await;
    bench.sync().await;
    let truths = bench.sim.ids().iter().map(|id| bench.sim.conversation(id).unwrap()).collect();
    Copied { bench, truths }
}

impl Copied {
    async fn found(&self, request: SearchRequest) -> BTreeSet<String> {
        let (ids, _) = self.bench.search_all(request).await;
        let unique: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(unique.len(), ids.len(), "no page repeats another's result");
        unique
    }

    fn true_ones(&self, holds: impl Fn(&Truth) -> bool) -> BTreeSet<String> {
        self.truths.iter().filter(|truth| holds(truth)).map(|truth| truth.id.clone()).collect()
    }
}

fn filtered(field: Field, value: &str) -> SearchRequest {
    SearchRequest { question: Question::of(Expr::is(field, value)), ..SearchRequest::default() }
}

#[tokio::test(start_paused = true)]
async fn every_filter_finds_exactly_what_the_workspace_holds() {
    let copied = copied().await;
    for state in ["open", "closed", "snoozed"] {
        let found = copied.found(filtered(Field::State, state)).await;
        assert_eq!(found, copied.true_ones(|truth| truth.state == state), "{state}");
    }
    let tags: BTreeSet<&String> = copied.truths.iter().flat_map(|truth| &truth.tags).collect();
    assert!(tags.len() > 3);
    for tag in tags {
        let found = copied.found(filtered(Field::Tag, &tag.to_uppercase())).await;
        assert_eq!(found, copied.true_ones(|truth| truth.tags.contains(tag)), "{tag}");
    }
    let emails: BTreeSet<String> =
        copied.truths.iter().take(40).map(|truth| truth.customer.email.clone()).collect();
    for email in emails {
        let found = copied.found(filtered(Field::Customer, &email)).await;
        let truly = copied.true_ones(|truth| truth.customer.email == email);
        assert!(found.is_superset(&truly), "{email}: {truly:?} in {found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_finds_what_was_active_created_or_updated_in_it() {
    let copied = copied().await;
    let now = copied.bench.sim.now();
    for (start, end) in
        [(now - 7 * DAY, now), (now - 60 * DAY, now - 30 * DAY), (now - 200 * DAY, now - 199 * DAY)]
    {
        let inside = |at: i64| (start..=end).contains(&at);
        let ask = |by: TimeField| SearchRequest {
            question: Question { window: window(start, end), by, ..Question::default() },
            ..SearchRequest::default()
        };
        let active = copied.found(ask(TimeField::Activity)).await;
        let truly: BTreeSet<String> = copied.bench.sim.active_between(start, end).into_iter().collect();
        assert_eq!(active, truly);
        let created = copied.found(ask(TimeField::Created)).await;
        assert_eq!(created, copied.true_ones(|truth| inside(truth.created_at)));
        let updated = copied.found(ask(TimeField::Updated)).await;
        assert_eq!(updated, copied.true_ones(|truth| inside(truth.updated_at)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_finds_every_conversation_in_which_it_was_said() {
    let copied = copied().await;
    let mut words: BTreeSet<String> = BTreeSet::new();
    for truth in copied.truths.iter().take(12) {
        for message in &truth.messages {
            let plain = message.text.split_whitespace().find(|word| {
                word.chars().count() >= 5 && word.chars().all(|letter| letter.is_ascii_alphabetic())
            });
            words.extend(plain.map(str::to_lowercase));
        }
    }
    assert!(words.len() >= 10);
    for word in words {
        let found = copied
            .found(SearchRequest {
                question: Question::of(Expr::word(word.clone())),
                ..SearchRequest::default()
            })
            .await;
        let truly = copied.true_ones(|truth| {
            truth.messages.iter().any(|message| {
                message
                    .text
                    .to_lowercase()
                    .split(|letter: char| !letter.is_alphanumeric())
                    .any(|said| said == word)
            })
        });
        assert!(found.is_superset(&truly), "{word}: missing {:?}", truly.difference(&found));
    }
}
