//! Counting, naming and proposing, against what was stored.

use proto::types::{Change, Expr, Field, FieldValue, Figures, Grouping, TimeField, Value};
use proto::{Interval, Timestamp};

use super::{ALWAYS, NOON, ask, conversation, counting, id, ids, open, part, put, question, tag};
use crate::model::{Author, Contact, Conversation, Part};
use crate::store::{Counted, Counting, Question, Store};

const MINUTE: i64 = 60;

pub(super) fn everything() -> Question {
    question("").question
}

pub(super) async fn stats(store: &Store, question: Question, grouping: Grouping) -> Counted {
    store.read(move |snapshot| snapshot.stats(&counting(question, grouping))).await.unwrap()
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
    super::put_teammates(store).await;
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

pub(super) fn groups(counted: &Counted) -> Vec<(Option<&str>, u64)> {
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
    assert_eq!((total.customers, total.messages, total.unanswered), (2, 7, 3));
    let response = total.first_response.unwrap();
    assert_eq!((response.count, response.median, response.max), (2, 300, 600));
    let closing = total.time_to_close.unwrap();
    assert_eq!((closing.count, closing.median), (1, 890));
    assert_eq!((total.waiting, total.answered_by_bot, total.reopened), (3, 0, 0));
    assert_eq!(total.response, total.first_response);
    let waiting: Vec<_> =
        counted.waiting.iter().map(|one| (one.conversation.id.as_str(), one.since.0)).collect();
    assert_eq!(waiting, [("4", NOON - 86_400), ("3", NOON + 20), ("5", NOON + 40)]);
}

#[tokio::test]
async fn groups_hold_each_conversation_where_it_belongs() {
    let (_dir, store) = open();
    stored(&store).await;
    let by = async |grouping| stats(&store, everything(), grouping).await;
    let tags = by(Grouping::Field(Field::Tag)).await;
    assert_eq!(groups(&tags)[0], (None, 3));
    assert_eq!(groups(&tags)[1].1, 2);
    assert!(groups(&tags)[1].0.unwrap().eq_ignore_ascii_case("late"));
    assert_eq!(groups(&tags)[2], (Some("VIP"), 1));
    let assignees = by(Grouping::Field(Field::Assignee)).await;
    assert_eq!(groups(&assignees), [(None, 3), (Some("Kim Ode"), 1), (Some("Billing"), 1)]);
    assert_eq!(groups(&by(Grouping::Field(Field::State)).await), [(Some("open"), 4), (Some("closed"), 1)]);
    let customers = by(Grouping::Field(Field::Customer)).await;
    assert_eq!(groups(&customers), [(Some("Anna@example.com"), 4), (Some("Bo"), 1)]);
    assert_eq!(customers.left_out, 0);
    let first = Counting { limit: 1, waiting: 0, ..counting(everything(), Grouping::Field(Field::Assignee)) };
    let one = store.read(move |snapshot| snapshot.stats(&first)).await.unwrap();
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
    let error = store.read(move |snapshot| snapshot.stats(&counting(everything(), wrong))).await.unwrap_err();
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
        let found = store.read(move |snapshot| snapshot.suggest(&field, text, 9)).await.unwrap();
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
        let found = store.read(move |snapshot| snapshot.suggest(&Field::Customer, text, 3)).await.unwrap();
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

fn value(field: &str, value: Value) -> FieldValue {
    FieldValue::new(Field::named(field).unwrap(), value)
}

fn word(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Gives conversations fields, and has one of them answered by several people.
async fn with_fields(store: &Store) {
    stored(store).await;
    let mut one = conversation("1", NOON, NOON + 1_000, "a lamp");
    one.fields = vec![
        value("channel", word("email")),
        value("rating", Value::Whole(2)),
        value("remark", word("far too slow")),
        value("rated", word("11")),
        value("ticket_title", word("Zephyrine is broken")),
        value("attr.Plan name", word("Pro")),
        value("attr.Größe", Value::Real("12.5".to_owned())),
        value("attr.order", Value::Json(r#"{"id":"A-7","items":[{"sku":"quillon"}]}"#.to_owned())),
    ];
    let answer = |name: &str, at: i64, id: &str| {
        let mut answer = part(name, at, "an answer");
        answer.author = Author { kind: "admin".to_owned(), id: Some(id.to_owned()), ..Author::default() };
        answer
    };
    one.parts.push(answer("a1", NOON + 60, "11"));
    one.parts.push(part("q2", NOON + 100, "again"));
    one.parts.push(answer("a2", NOON + 400, "12"));
    let mut event = part("e1", NOON + 500, "");
    event.changes = vec![Change {
        field: "attr.Stage".to_owned(),
        from: Some("Brindle".to_owned()),
        to: Some("Marmalade".to_owned()),
        id: None,
    }];
    one.parts.push(event);
    let mut two = conversation("2", NOON + 10, NOON + 1_100, "a lamp");
    two.fields = vec![
        value("channel", word("chat")),
        value("rating", Value::Whole(5)),
        value("attr.plan NAME", word("pro")),
        value("attr.Größe", Value::Whole(4)),
        value("statistics.count_reopens", Value::Whole(3)),
        value("statistics.new_figure", Value::Whole(4)),
        value("read", Value::Flag(true)),
        value("waiting_since", Value::Time(Timestamp(NOON))),
    ];
    two.parts.push(Part {
        author: Author { kind: "bot".to_owned(), ..Author::default() },
        ..part("b", NOON + 20, "hi")
    });
    put(store, [one, two]).await;
}

#[tokio::test]
async fn ratings_stand_in_their_order_and_those_without_one_last() {
    let (_dir, store) = open();
    with_fields(&store).await;
    let mut more = [conversation("6", NOON, NOON, "a lamp"), conversation("7", NOON, NOON, "a lamp")];
    more.iter_mut().for_each(|one| one.fields = vec![value("rating", Value::Whole(5))]);
    put(&store, more).await;
    let counted = stats(&store, everything(), Grouping::Field(Field::Rating)).await;
    assert_eq!(groups(&counted), [(Some("2"), 1), (Some("5"), 3), (None, 3)]);
}

#[tokio::test]
async fn every_field_is_grouped_by_found_and_proposed_as_it_is_spelt() {
    let (_dir, store) = open();
    with_fields(&store).await;
    let by = async |field: &str| {
        let field = Field::named(field).unwrap();
        let counted = stats(&store, everything(), Grouping::Field(field)).await;
        let mut groups: Vec<_> =
            counted.groups.iter().map(|one| (one.name.clone(), one.figures.conversations)).collect();
        groups.sort();
        groups
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(by("channel").await, [(None, 3), (named("chat"), 1), (named("email"), 1)]);
    assert_eq!(by("attr.plan name").await, [(None, 3), (named("pro"), 2)]);
    assert_eq!(by("rated").await, [(None, 4), (named("Kim Ode"), 1)]);
    assert_eq!(by("domain").await, [(None, 1), (named("example.com"), 4)]);
    assert_eq!(by("team").await, [(None, 5)]);
    for field in ["remark", "waiting_since", "statistics.count_reopens"] {
        let grouping = Grouping::Field(Field::named(field).unwrap());
        let error =
            store.read(move |snapshot| snapshot.stats(&counting(everything(), grouping))).await.unwrap_err();
        assert!(error.to_string().contains(field), "{error}");
    }
    for (field, value, expected) in [
        ("channel", "E-Mail", vec!["1"]),
        ("rating", "2.0", vec!["1"]),
        ("rated", "kim ode", vec!["1"]),
        ("attr.PLAN name", "PRO", vec!["1", "2"]),
        ("attr.größe", "12.50", vec!["1"]),
        ("attr.order", "a-7", vec!["1"]),
        ("read", "yes", vec!["2"]),
        ("bot", "true", vec!["2"]),
        ("responder", "12", vec!["1"]),
        ("attr.plan", "pro", vec![]),
    ] {
        let mut search = question("");
        search.question.query = Expr::is(Field::named(field).unwrap(), value);
        let mut found = ids(&store, search).await;
        found.sort();
        assert_eq!(found, expected, "{field}:{value}");
    }
    for (asked, expected) in [
        ("rating:1..2", vec!["1"]),
        ("rating:>2", vec!["2"]),
        ("has:rating", vec!["1", "2"]),
        ("-has:rating", vec!["3", "4", "5"]),
        ("is:read", vec!["2"]),
        ("is:waiting", vec!["3", "4", "5"]),
        ("is:unanswered", vec!["3", "4", "5"]),
        ("attr.Größe:4..13", vec!["1", "2"]),
        ("attr.Größe:<5", vec!["2"]),
        ("statistics.count_reopens:1..9", vec!["2"]),
        ("statistics.new_figure:>4", vec![]),
        ("waiting_since:2024-12-20..2024-12-21", vec!["2"]),
        ("remark:slow", vec!["1"]),
        ("channel:chat OR remark:slow", vec!["1", "2"]),
        ("domain:example.com -channel:chat", vec!["1", "3", "4"]),
    ] {
        let mut search = question("");
        search.question.query = proto::query::parse(asked, &chrono::Utc::now()).unwrap().query;
        let listed = search.question.clone();
        let mut found = ids(&store, search).await;
        found.sort();
        assert_eq!(found, expected, "{asked}");
        let named = store.read(move |snapshot| snapshot.list(&listed, None, 100)).await.unwrap();
        assert_eq!(named.ids, expected, "{asked}, all at once");
    }
    let suggest = async |field: Field, text: &'static str| {
        let found = store.read(move |snapshot| snapshot.suggest(&field, text, 9)).await.unwrap();
        found.into_iter().map(|one| one.value).collect::<Vec<_>>()
    };
    assert_eq!(suggest(Field::Rating, "").await, ["2", "5"]);
    assert_eq!(suggest(Field::Attribute("Plan name".to_owned()), "p").await, ["pro"]);
    assert_eq!(suggest(Field::Attribute(String::new()), "gr").await, ["Größe"]);
}

#[tokio::test]
async fn remarks_titles_attributes_and_events_are_found_by_their_words_and_no_longer_once_they_are_gone() {
    let (_dir, store) = open();
    with_fields(&store).await;
    let words = ["slow", "zephyrine", "quillon", "marmalade", "brindle", "\"far too slow\""];
    for text in words {
        assert_eq!(ids(&store, question(text)).await, ["1"], "{text}");
    }
    let found = ask(&store, question("zephyrine")).await;
    assert_eq!(found.hits[0].snippet.as_ref().unwrap().text, "Zephyrine is broken");
    put(&store, [conversation("1", NOON, NOON + 2_000, "a lamp")]).await;
    for text in words {
        assert!(ids(&store, question(text)).await.is_empty(), "{text}");
    }
}

/// Returns the words of the index.
fn indexed(dir: &tempfile::TempDir) -> Vec<String> {
    let connection = rusqlite::Connection::open(dir.path().join("syncd.db")).unwrap();
    connection.execute_batch("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, fts, row)").unwrap();
    let mut statement = connection.prepare("SELECT term FROM temp.vocabulary").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn the_index_keeps_no_word_of_the_fields_of_a_conversation_that_is_gone() {
    let (dir, store) = open();
    with_fields(&store).await;
    // Whoever gets another name is put into the index anew, with all that the conversations have.
    let mut renamed = conversation("9", NOON, NOON + 3_000, "a shade");
    let name = Some("Wilhelmina Quist".to_owned());
    renamed.contacts = vec![Contact { id: Some("c1".to_owned()), name, email: None }];
    put(&store, [renamed]).await;
    let words = ["slow", "zephyrine", "quillon", "marmalade", "brindle"];
    for text in words {
        assert_eq!(ids(&store, question(text)).await, ["1"], "{text}");
    }
    store.commit_gone(vec![id("1")]).await.unwrap();
    let left = indexed(&dir);
    assert!(left.contains(&"lamp".to_owned()), "{left:?}");
    for word in words {
        assert!(!left.contains(&word.to_owned()), "{word}");
    }
}

#[tokio::test]
async fn fields_and_events_are_shown_as_they_were_read() {
    let (_dir, store) = open();
    with_fields(&store).await;
    let show = async |name: &'static str| {
        store.read(move |snapshot| snapshot.show(&id(name), 0, 100)).await.unwrap().unwrap()
    };
    let one = show("1").await;
    let fields: Vec<_> =
        one.fields.iter().map(|one| (one.field.to_string(), one.value.to_string())).collect();
    assert_eq!(fields[0], ("channel".to_owned(), "email".to_owned()));
    assert_eq!(fields[7].1, r#"{"id":"A-7","items":[{"sku":"quillon"}]}"#);
    assert_eq!(one.fields[3].name.as_deref(), Some("Kim Ode"));
    assert_eq!(one.events[0].changes[0].to.as_deref(), Some("Marmalade"));
    let two = show("2").await;
    let names: Vec<_> = two.fields.iter().map(|one| one.field.to_string()).collect();
    assert!(names.contains(&"statistics.new_figure".to_owned()), "{names:?}");
    assert_eq!(two.fields[2].field.to_string(), "attr.plan NAME");
}

#[tokio::test]
async fn response_times_by_responder_are_those_of_the_answers_that_each_gave() {
    let (_dir, store) = open();
    with_fields(&store).await;
    let counted = stats(&store, everything(), Grouping::Field(Field::Responder)).await;
    let spread = |spread: &Option<proto::types::Spread>| spread.map(|spread| (spread.count, spread.median));
    let groups: Vec<_> = counted
        .groups
        .iter()
        .filter(|group| group.key.is_some())
        .map(|group| {
            let Figures { conversations, first_response, response, .. } = &group.figures;
            (group.name.as_deref().unwrap(), *conversations, spread(first_response), spread(response))
        })
        .collect();
    assert_eq!(groups, [("Kim Ode", 1, Some((1, 60)), Some((1, 60))), ("12", 1, None, Some((1, 300)))]);
    assert_eq!(counted.total.answered_by_bot, 1);
    assert_eq!(counted.total.response.unwrap().count, 2);
}
