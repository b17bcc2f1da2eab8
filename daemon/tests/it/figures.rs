//! Counts and response times are those of the workspace, exports hold all of it, and news tells of what came in.

use std::collections::BTreeMap;

use proto::types::{
    Compare, Expr, Field, Grouping, ListRequest, NewsRequest, Question, ReadRequest, Spread, State,
    StatsRequest, SuggestRequest, TimeField,
};
use proto::{Interval, Timestamp};
use sim::Truth;

use crate::support::{Bench, since, window, workspace};

const DAY: i64 = 86_400;

fn truths(bench: &Bench) -> Vec<Truth> {
    bench.sim.ids().iter().map(|id| bench.sim.conversation(id).unwrap()).collect()
}

/// Returns how long the contact of a conversation waited for the first answer.
fn response(truth: &Truth) -> Option<u64> {
    let spoken = || truth.messages.iter().filter(|message| !message.part_type.starts_with("note"));
    let asked = spoken().find(|message| ["user", "lead"].contains(&message.author_type))?.created_at;
    let mut answers = spoken().skip_while(|message| !["user", "lead"].contains(&message.author_type));
    let answer = answers.find(|message| message.author_type == "admin")?.created_at;
    u64::try_from(answer - asked).ok()
}

fn spread(mut values: Vec<u64>) -> Option<Spread> {
    values.sort_unstable();
    let at = |share: f64| values[((values.len() as f64 * share).ceil() as usize).max(1) - 1];
    (!values.is_empty()).then(|| Spread {
        count: values.len() as u64,
        mean: (values.iter().sum::<u64>() as f64 / values.len() as f64 * 10.0).round() / 10.0,
        min: values[0],
        median: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        max: values[values.len() - 1],
    })
}

#[tokio::test(start_paused = true)]
async fn counts_and_response_times_are_those_of_the_workspace() {
    let bench = Bench::start(workspace(400)).await;
    bench.sync().await;
    let now = bench.sim.now();
    let truths: Vec<Truth> = truths(&bench)
        .into_iter()
        .filter(|truth| truth.created_at > now - 90 * DAY && truth.parts < 400)
        .collect();
    assert!(truths.len() > 50);
    let question =
        Question { window: since(now - 90 * DAY + 1), by: TimeField::Created, ..Question::default() };
    let ask = async |grouping| {
        let request = StatsRequest {
            question: question.clone(),
            grouping,
            limit: 1_000,
            waiting: 5,
            ..StatsRequest::default()
        };
        bench.client.stats(&request).await.unwrap()
    };
    let whole = ask(Grouping::Whole).await;
    assert_eq!(whole.total.conversations, truths.len() as u64);
    assert_eq!(whole.total.first_response, spread(truths.iter().filter_map(response).collect()));
    assert_eq!(whole.total.messages, truths.iter().map(|truth| truth.messages.len() as u64).sum::<u64>());
    assert_eq!(whole.sync_info.state, State::Fresh);
    assert!(whole.waiting.is_sorted_by_key(|waiting| waiting.since));

    let by_tag = ask(Grouping::Field(Field::Tag)).await;
    let mut expected: BTreeMap<Option<&str>, (u64, Vec<u64>)> = BTreeMap::new();
    for truth in &truths {
        let tags = truth.tags.iter().map(|tag| Some(tag.as_str()));
        let none = truth.tags.is_empty().then_some(None);
        for tag in tags.chain(none) {
            let group = expected.entry(tag).or_default();
            group.0 += 1;
            group.1.extend(response(truth));
        }
    }
    assert_eq!(by_tag.groups.len(), expected.len());
    for group in &by_tag.groups {
        let (count, responses) = expected[&group.name.as_deref()].clone();
        assert_eq!((group.figures.conversations, group.figures.first_response), (count, spread(responses)));
    }
    let edges: Vec<Timestamp> = (0..=90).map(|day| Timestamp(now - (90 - day) * DAY + 1)).collect();
    let by_day = ask(Grouping::Time(edges)).await;
    for group in &by_day.groups {
        let Interval { start, end } = group.span.unwrap();
        let created = truths.iter().filter(|truth| (start.0..end.0).contains(&truth.created_at)).count();
        assert_eq!(group.figures.conversations, created as u64);
    }
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_export_holds_every_conversation_of_the_question_whole() {
    let bench = Bench::start(workspace(120)).await;
    bench.sync().await;
    let truths = truths(&bench);
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let request = ListRequest { question: Question::default(), after, limit: 50 };
        let reply = bench.client.list(&request).await.unwrap();
        assert_eq!(reply.total, truths.len() as u64);
        ids.extend(reply.ids);
        after = ids.last().cloned();
        if !reply.more {
            break;
        }
    }
    let mut expected: Vec<u64> = truths.iter().map(|truth| truth.id.parse().unwrap()).collect();
    expected.sort_unstable();
    assert_eq!(ids.iter().map(|id| id.parse::<u64>().unwrap()).collect::<Vec<_>>(), expected);
    let mut read = Vec::new();
    while !ids.is_empty() {
        let reply = bench.client.read(&ReadRequest { ids: ids.clone() }).await.unwrap();
        assert!(reply.done > 0);
        ids.drain(..reply.done as usize);
        read.extend(reply.conversations);
    }
    for conversation in &read {
        let truth = bench.sim.conversation(&conversation.summary.id).unwrap();
        let said: Vec<&str> = conversation.messages.iter().map(|message| message.id.as_str()).collect();
        let true_ones: Vec<&str> = truth.messages.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(said, true_ones);
        assert!(conversation.summary.url.is_some());
    }
    assert_eq!(read.len(), truths.len());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn news_tells_of_what_came_in_and_a_sync_that_finds_nothing_new_is_none() {
    let bench = Bench::start(workspace(60)).await;
    bench.sync().await;
    let start = bench.client.news(NewsRequest { after: None }).await.unwrap();
    let id = bench.sim.ids()[7].clone();
    bench.sim.reply(&id, sim::Author::Customer, "<p>Is anybody there?</p>").unwrap();
    bench.sync().await;
    let reply = bench.client.news(NewsRequest { after: Some(start.mark) }).await.unwrap();
    let told: Vec<_> = reply.news.iter().map(|news| (news.id.clone(), news.new)).collect();
    assert_eq!((told, reply.missed), (vec![(id, false)], false));
    let nothing = bench.client.news(NewsRequest { after: Some(reply.mark) }).await.unwrap();
    assert!(nothing.news.is_empty() && nothing.mark == reply.mark);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_stale_window_of_counts_heals_itself_as_a_search_does() {
    let bench = Bench::start(workspace(60)).await;
    let now = bench.sim.now();
    let question = Question { window: window(now - 40 * DAY, now - 10 * DAY), ..Question::default() };
    let request = StatsRequest { question, limit: 10, ..StatsRequest::default() };
    let reply =
        bench.client.stats_fresh(&request, std::time::Duration::from_secs(600), |_| {}).await.unwrap();
    assert_eq!(reply.sync_info.state, State::Fresh);
    assert!(reply.total.conversations > 0);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_value_is_proposed_as_the_workspace_spells_it_and_a_wrong_one_is_named() {
    let bench = Bench::start(workspace(120)).await;
    bench.sync().await;
    let truths = truths(&bench);
    let tag = truths.iter().flat_map(|truth| &truth.tags).max_by_key(|tag| tag.len()).unwrap();
    let beginning: String = tag.to_uppercase().chars().take(3).collect();
    let request = SuggestRequest { field: Field::Tag, text: beginning, limit: 100 };
    let suggested = bench.client.suggest(&request).await.unwrap();
    let proposal = suggested.iter().find(|suggestion| suggestion.value == *tag).unwrap();
    let count = truths.iter().filter(|truth| truth.tags.contains(tag)).count();
    assert_eq!(proposal.conversations, count as u64);
    let mut wrong = tag.clone();
    wrong.pop();
    let question = Question::of(Expr::is(Field::Tag, wrong.clone()));
    let request = ListRequest { question, after: None, limit: 5 };
    let reply = bench.client.list(&request).await.unwrap();
    assert_eq!((reply.total, reply.unknown[0].value.as_str()), (0, wrong.as_str()));
    assert!(reply.unknown[0].similar.contains(tag));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_comparison_is_of_the_workspaces_two_times_and_as_fresh_as_both() {
    let bench = Bench::start(workspace(200)).await;
    bench.sync().await;
    let now = bench.sim.now();
    let question = Question { window: since(now - 60 * DAY), by: TimeField::Created, ..Question::default() };
    let request = StatsRequest {
        question,
        compare: Compare::Previous,
        grouping: Grouping::Field(Field::State),
        limit: 10,
        waiting: 5,
        ..StatsRequest::default()
    };
    let reply = bench.client.stats(&request).await.unwrap();
    let created = |from: i64, to: i64| {
        truths(&bench).iter().filter(|truth| (from..=to).contains(&truth.created_at)).count() as u64
    };
    let before = reply.before.unwrap();
    assert_eq!(reply.total.conversations, created(now - 60 * DAY, now));
    assert_eq!(before.total.conversations, created(before.window.start.0, before.window.end.0));
    assert_eq!(before.window.end, Timestamp(now - 60 * DAY - 1));
    let then: u64 = reply.groups.iter().map(|group| group.before.unwrap().conversations).sum();
    assert_eq!((then, reply.sync_info.state), (before.total.conversations, State::Fresh));
    for waiting in &reply.waiting {
        let truth = bench.sim.conversation(&waiting.conversation.id).unwrap();
        let said = truth.messages.iter().rfind(|message| ["user", "lead"].contains(&message.author_type));
        let beginning: String = waiting.said.chars().take(20).collect();
        let words = said.unwrap().text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(beginning.trim_end_matches('…')), "{words} {:?}", waiting.said);
        let waited = i64::try_from(waiting.seconds).unwrap();
        assert!((now - waiting.since.0..now - waiting.since.0 + 600).contains(&waited), "{waited}");
    }
    bench.end().await;
}
