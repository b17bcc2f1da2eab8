//! What conversations are about is of all that matches, and says how far it can be trusted.

use proto::Timestamp;
use proto::types::{Compare, Question, State, TimeField, TopicsReply, TopicsRequest, Window};

use crate::support::{Bench, EPOCH, since, workspace};

const DAY: i64 = 86_400;

async fn topics(bench: &Bench, window: Window, compare: Compare) -> TopicsReply {
    let question = Question { window, by: TimeField::Created, ..Question::default() };
    let request = TopicsRequest { question, compare, limit: 200 };
    bench.client.topics_fresh(&request, std::time::Duration::ZERO, |_| ()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn topics_of_a_workspace_add_up_are_the_same_twice_and_compare_with_the_time_before() {
    let bench = Bench::start(workspace(400)).await;
    bench.sync().await;
    let now = bench.sim.now();
    let window = Window { start: Some(Timestamp(now - 60 * DAY)), end: Some(Timestamp(now)) };
    let reply = topics(&bench, window, Compare::Previous).await;
    assert_eq!(reply.sync_info.state, State::Fresh, "{:?}", reply.sync_info);
    let created = |from: i64, to: i64| {
        let all = bench.sim.ids();
        let truths = all.iter().map(|id| bench.sim.conversation(id).unwrap());
        truths.filter(|truth| (from..=to).contains(&truth.created_at)).count() as u64
    };
    assert_eq!((reply.total, reply.read), (created(now - 60 * DAY, now), reply.total));
    let in_topics: u64 = reply.topics.iter().map(|topic| topic.conversations).sum();
    assert_eq!(in_topics + reply.in_none, reply.read);
    assert!(reply.topics.len() > 3 && reply.in_none < reply.read, "{:?}", reply.topics);

    let before = reply.before.unwrap();
    assert_eq!(before.total, created(before.window.start.0, before.window.end.0));
    assert_eq!(before.window.end, Timestamp(now - 60 * DAY - 1));
    let then: u64 = reply.topics.iter().filter_map(|topic| topic.before).sum();
    assert_eq!(then + before.in_none, before.read);

    let again = topics(&bench, window, Compare::Previous).await;
    assert_eq!(again.topics, reply.topics);
    for example in reply.topics.iter().flat_map(|topic| &topic.examples) {
        let truth = bench.sim.conversation(&example.id).unwrap();
        assert!((now - 60 * DAY..=now).contains(&truth.created_at), "{example:?}");
        assert!(example.url.is_some() && !example.text.is_empty(), "{example:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_that_is_not_fresh_says_so_and_an_empty_one_has_no_topics() {
    let bench = Bench::start_with(workspace(50), |config| config.token.secret = None).await;
    let reply = topics(&bench, since(EPOCH - DAY), Compare::Nothing).await;
    assert_eq!((reply.sync_info.state, reply.sync_info.data_complete), (State::Stale, false));
    assert!(reply.sync_info.message.is_some());
    assert_eq!((reply.topics, reply.total, reply.before), (Vec::new(), 0, None));
}
