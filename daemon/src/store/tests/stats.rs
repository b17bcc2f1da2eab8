//! Counting, naming and proposing, against what was stored.

use proto::types::{Expr, Field, Grouping, TimeField};
use proto::{Interval, Timestamp};

use super::{ALWAYS, NOON, ask, conversation, id, ids, open, part, put, question, tag};
use crate::model::{Author, Contact, Conversation, Teammate, TeammateKind};
use crate::store::{Counted, Question, Store};

const MINUTE: i64 = 60;

fn everything() -> Question {
    question("").question
}

async fn stats(store: &Store, question: Question, grouping: Grouping) -> Counted {
    store.read(move |snapshot| snapshot.stats(&question, &grouping, 10, 10)).await.unwrap()
}

/// Adds an answer by a teammate after so many minutes.
fn answered(mut conversation: Conversation, minutes: i64) -> Conversation {
    let mut answer = part("answer", conversation.created_at.0 + minutes * MINUTE, "an answer");
    answer.author = Author { kind: "admin".to_owned(), ..Author::default() };
    conversation.parts.push(answer);
    conversation
}

/// Five conversations: two answered and one of them closed, tagged and assigned in different ways.
pub(super) async fn stored(store: &Store) {
    let teammates = [(TeammateKind::Admin, "11", "Kim Ode"), (TeammateKind::Team, "22", "Billing")];
    let teammates = teammates.map(|(kind, id, name)| Teammate {
        id: id.to_owned(),
        kind,
        name: Some(name.to_owned()),
        email: None,
    });
    store.commit_directory(teammates.to_vec()).await.unwrap();
    let mut one = answered(conversation("1", NOON, NOON + 600, "a lamp"), 5);
    one.admin_assignee = Some("11".to_owned());
    one.team_assignee = Some("22".to_owned());
    one.tags = vec![tag("VIP"), tag("Late")];
    let mut two = answered(conversation("2", NOON + 10, NOON + 900, "a lamp"), 10);
    two.state = "closed".to_owned();
    let mut close = part("close", NOON + 900, "");
    close.kind = "close".to_owned();
    two.parts.push(close);
    two.team_assignee = Some("22".to_owned());
    two.tags = vec![tag("late")];
    let three = conversation("3", NOON + 20, NOON + 20, "a chair");
    let mut four = conversation("4", NOON - 86_400, NOON + 30, "a chair");
    four.parts = vec![part("source", NOON - 86_400, "a chair")];
    let mut five = conversation("5", NOON + 40, NOON + 40, "a desk");
    five.contacts =
        vec![Contact { id: Some("c2".to_owned()), name: Some("Bo".to_owned()), ..Contact::default() }];
    put(store, [one, two, three, four, five]).await;
}

fn groups(counted: &Counted) -> Vec<(Option<&str>, u64)> {
    let group = |group: &'_ proto::types::Group| group.figures.conversations;
    counted.groups.iter().map(|one| (one.name.as_deref(), group(one))).collect()
}

#[tokio::test]
async fn conversations_are_counted_once_and_their_answers_measured() {
    let (_dir, store) = open();
    stored(&store).await;
    let counted = stats(&store, everything(), Grouping::Whole).await;
    let total = counted.total;
    assert_eq!((total.conversations, total.open, total.closed, total.snoozed), (5, 4, 1, 0));
    assert_eq!((total.messages, total.unanswered), (7, 3));
    let response = total.first_response.unwrap();
    assert_eq!((response.count, response.median, response.max), (2, 300, 600));
    let closing = total.time_to_close.unwrap();
    assert_eq!((closing.count, closing.median), (1, 890));
    let waiting: Vec<_> =
        counted.waiting.iter().map(|one| (one.conversation.id.as_str(), one.since.0)).collect();
    assert_eq!(waiting, [("4", NOON - 86_400), ("3", NOON + 20), ("5", NOON + 40)]);
}

#[tokio::test]
async fn groups_hold_each_conversation_where_it_belongs() {
    let (_dir, store) = open();
    stored(&store).await;
    let by = async |grouping| stats(&store, everything(), grouping).await;
    let tags = by(Grouping::Tag).await;
    assert_eq!(groups(&tags)[0], (None, 3));
    assert_eq!(groups(&tags)[1].1, 2);
    assert!(groups(&tags)[1].0.unwrap().eq_ignore_ascii_case("late"));
    assert_eq!(groups(&tags)[2], (Some("VIP"), 1));
    let assignees = by(Grouping::Assignee).await;
    assert_eq!(groups(&assignees), [(None, 3), (Some("Kim Ode"), 1), (Some("Billing"), 1)]);
    assert_eq!(groups(&by(Grouping::State).await), [(Some("open"), 4), (Some("closed"), 1)]);
    let customers = by(Grouping::Customer).await;
    assert_eq!(groups(&customers), [(Some("Anna@example.com"), 4), (Some("Bo"), 1)]);
    assert_eq!(customers.left_out, 0);
    let one = store.read(|snapshot| snapshot.stats(&everything(), &Grouping::Assignee, 1, 0)).await.unwrap();
    assert_eq!((one.groups.len(), one.left_out, one.waiting.len()), (1, 2, 0));
}

#[tokio::test]
async fn spans_of_time_hold_what_was_created_changed_or_active_in_them() {
    let (_dir, store) = open();
    stored(&store).await;
    let edges: Vec<_> = [NOON - 86_400, NOON, NOON + 35, NOON + 700, NOON + 5_000].map(Timestamp).into();
    let cases = [
        (TimeField::Created, [1, 3, 1, 0]),
        (TimeField::Updated, [0, 2, 2, 1]),
        (TimeField::Activity, [1, 4, 3, 1]),
    ];
    for (by, expected) in cases {
        let window = Interval::new(NOON - 86_400, NOON + 4_999);
        let question = Question { by, window, ..everything() };
        let counted = stats(&store, question, Grouping::Time(edges.clone())).await;
        let found: Vec<_> = counted.groups.iter().map(|group| group.figures.conversations).collect();
        assert_eq!(found, expected, "{by:?}");
        assert_eq!(counted.groups[1].span, Some(Interval::new(NOON, NOON + 35)));
    }
    // The last one goes on to the end of the timeframe, wherever whoever asked believed that to be.
    for last in [NOON + 36, NOON + 999_999] {
        let edges = Grouping::Time([NOON - 86_400, NOON, NOON + 35, last].map(Timestamp).into());
        let window = Interval::new(NOON - 86_400, NOON + 4_999);
        let question = Question { by: TimeField::Updated, window, ..everything() };
        let counted = stats(&store, question, edges).await;
        let last = &counted.groups[2];
        assert_eq!(last.span, Some(Interval::new(NOON + 35, NOON + 5_000)));
        assert_eq!(last.figures.conversations, 3);
    }
    let wrong = Grouping::Time(vec![Timestamp(2), Timestamp(1)]);
    let error = store.read(move |snapshot| snapshot.stats(&everything(), &wrong, 1, 0)).await.unwrap_err();
    assert!(error.to_string().contains("do not ascend"), "{error}");
}

#[tokio::test]
async fn text_window_and_conditions_choose_the_same_as_a_search() {
    let (_dir, store) = open();
    stored(&store).await;
    let filters = [
        "",
        "tag:late",
        "-tag:late",
        "state:open -assignee:\"kim ode\"",
        "assignee:none customer:anna@example.com",
        "-tag:nowhere",
        "tag:nowhere",
    ];
    let windows = [ALWAYS, Interval::new(NOON - 10, NOON + 25), Interval::new(NOON + 301, NOON + 900)];
    for filters in filters {
        for text in ["", "lamp", "chair OR desk", "lam*", "a -chair"] {
            for (window, by) in windows.iter().flat_map(|window| {
                [TimeField::Activity, TimeField::Created, TimeField::Updated].map(|by| (*window, by))
            }) {
                let mut search = question(&format!("{text} {filters}"));
                search.question = Question { window, by, ..search.question };
                let asked = search.question.clone();
                let mut expected = ids(&store, search).await;
                expected.sort();
                let named = store.read(move |snapshot| snapshot.list(&asked, None, 100)).await.unwrap();
                assert_eq!(named.ids, expected, "{filters} {text:?} {window:?} {by:?}");
                assert_eq!((named.total, named.more), (expected.len() as u64, false));
            }
        }
    }
}

#[tokio::test]
async fn pages_of_names_hold_each_once_though_conversations_change_between_them() {
    let (_dir, store) = open();
    put(&store, (0..30).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let from = after.clone();
        let named =
            store.read(move |snapshot| snapshot.list(&everything(), from.as_deref(), 7)).await.unwrap();
        assert_eq!(named.total, 30);
        seen.extend(named.ids);
        let moved = seen.len() as i64 % 30;
        put(&store, [conversation(&moved.to_string(), NOON, NOON + 1_000 + moved, "word")]).await;
        after = seen.last().cloned();
        if !named.more {
            break;
        }
    }
    let expected: Vec<_> = (0..30).map(|n| n.to_string()).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn whole_conversations_are_read_in_the_order_asked_for_without_those_that_are_gone() {
    let (_dir, store) = open();
    stored(&store).await;
    store.commit_gone(vec![id("2")]).await.unwrap();
    let wanted = ["5", "2", "1"].map(str::to_owned);
    let (read, done) = store.read(move |snapshot| snapshot.read_many(&wanted)).await.unwrap();
    let found: Vec<_> = read.iter().map(|one| (one.summary.id.as_str(), one.messages.len())).collect();
    assert_eq!((found, done), (vec![("5", 1), ("1", 2)], 3));
    let counted = stats(&store, everything(), Grouping::Whole).await;
    assert_eq!(counted.total.conversations, 4);
}

#[tokio::test]
async fn an_unknown_value_is_named_with_what_may_have_been_meant() {
    let (_dir, store) = open();
    stored(&store).await;
    let cases = [
        (Field::Tag, "vpi", vec!["VIP"]),
        (Field::Assignee, "kim", vec!["Kim Ode"]),
        (Field::Assignee, "Biling", vec!["Billing"]),
        (Field::Customer, "ana@example.com", vec!["anna@example.com"]),
        (Field::Tag, "zzzzzz", vec![]),
    ];
    for (field, value, similar) in cases {
        let mut search = question("");
        search.question.query = Expr::is(field, value);
        let found = ask(&store, search).await;
        assert!(found.hits.is_empty());
        assert_eq!(found.unknown.len(), 1, "{value}");
        assert_eq!(found.unknown[0].similar, similar, "{value}");
    }
    for (field, value) in [(Field::Tag, "LATE"), (Field::Assignee, "22"), (Field::State, "snoozed")] {
        let mut search = question("");
        search.question.query = Expr::is(field, value);
        assert!(ask(&store, search).await.unknown.is_empty(), "{value}");
    }
}

#[tokio::test]
async fn values_are_proposed_by_how_a_word_of_them_begins() {
    let (_dir, store) = open();
    stored(&store).await;
    let suggest = async |field, text: &'static str| {
        let found = store.read(move |snapshot| snapshot.suggest(field, text, 9)).await.unwrap();
        found.into_iter().map(|one| (one.value, one.conversations)).collect::<Vec<_>>()
    };
    let owned = |values: &[(&str, u64)]| {
        values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect::<Vec<_>>()
    };
    assert_eq!(suggest(Field::Tag, "v").await, owned(&[("VIP", 1)]));
    assert_eq!(suggest(Field::Assignee, "OD").await, owned(&[("Kim Ode", 1)]));
    assert_eq!(suggest(Field::Assignee, "").await, owned(&[("Billing", 2), ("Kim Ode", 1)]));
    assert_eq!(suggest(Field::Customer, "bell").await, owned(&[("Anna@example.com", 4)]));
    assert_eq!(suggest(Field::State, "").await, owned(&[("open", 4), ("closed", 1)]));
    assert_eq!(suggest(Field::Tag, "ip").await, owned(&[]));
}

#[tokio::test]
async fn customers_are_proposed_by_address_and_by_name_however_many_there_are() {
    let (_dir, store) = open();
    let person = |n: i64| {
        let mut one = conversation(&n.to_string(), NOON, NOON + n, "word");
        one.contacts = vec![Contact {
            id: Some(format!("c{}", n % 900)),
            name: Some(format!("Bo Reed{}", n % 900)),
            email: Some(format!("Box{}@example.com", n % 900)),
        }];
        one
    };
    put(&store, (0..1_000).map(person)).await;
    let suggest = async |text: &'static str| {
        let found = store.read(move |snapshot| snapshot.suggest(Field::Customer, text, 3)).await.unwrap();
        found.into_iter().map(|one| (one.value, one.note, one.conversations)).collect::<Vec<_>>()
    };
    let expected = |n: i64, count| (format!("Box{n}@example.com"), Some(format!("Bo Reed{n}")), count);
    assert_eq!(suggest("box77@").await, [expected(77, 2)]);
    assert_eq!(suggest("REED77").await, [expected(77, 2), expected(770, 1), expected(771, 1)]);
    assert_eq!(suggest("bo reed899").await, [expected(899, 1)]);
    assert_eq!(suggest("bo").await, [expected(0, 2), expected(10, 2), expected(11, 2)]);
    assert_eq!(suggest("").await.len(), 3);
    assert_eq!(suggest("nobody").await, []);
}
