//! Groups against another time, by named queries, and of whom they are.

use proto::timeframe::Offset;
use proto::types::{Clock, Cycle, Field, GroupKind, Grouping, NamedQuery, TimeField};
use proto::{Interval, Timestamp};

use super::stats::{everything, groups, stats, stored};
use super::{NOON, conversation, counting, open, part, put, question};
use crate::model::{Author, Part};
use crate::store::{Counting, Question};

#[tokio::test]
async fn groups_are_compared_with_another_time_and_those_that_are_gone_are_told() {
    let (_dir, store) = open();
    stored(&store).await;
    let (now, before) = (Interval::new(NOON + 15, NOON + 60), Interval::new(NOON - 90_000, NOON + 14));
    let compared = async |grouping| {
        let question = Question { by: TimeField::Created, window: now, ..everything() };
        let counting = Counting { before: Some(before), ..counting(question, grouping) };
        store.read(move |snapshot| snapshot.stats(&counting)).await.unwrap()
    };
    let tags = compared(Grouping::Field(Field::Tag)).await;
    let earlier = tags.before.unwrap();
    assert_eq!((tags.total.conversations, earlier.total.conversations, earlier.window), (2, 3, before));
    assert_eq!(earlier.total.first_response.map(|spread| spread.count), Some(2));
    let counts: Vec<_> = tags
        .groups
        .iter()
        .map(|group| {
            (group.name.as_deref(), group.before.unwrap().conversations, group.figures.conversations)
        })
        .collect();
    let late = counts[1].0;
    assert_eq!(counts, [(None, 1, 2), (late, 2, 0), (Some("VIP"), 1, 0)]);
    assert!(late.unwrap().eq_ignore_ascii_case("late"));

    let spans = Grouping::Time(vec![Timestamp(NOON + 15), Timestamp(NOON + 61)]);
    let spans = compared(spans).await;
    assert_eq!(spans.before.unwrap().total.conversations, 3, "one span is not the same in another time");
    assert_eq!((spans.groups[0].figures.conversations, spans.groups[0].before), (2, None));
}

#[tokio::test]
async fn named_queries_are_counted_in_their_order_within_the_question() {
    let (_dir, store) = open();
    stored(&store).await;
    let named =
        |name: &str, text: &str| NamedQuery { name: name.to_owned(), query: question(text).question.query };
    let queries =
        vec![named("chairs", "chair"), named("late ones", "tag:late"), named("none", "tag:nowhere")];
    let open_ones = question("state:open").question;
    let counted = stats(&store, open_ones, Grouping::Queries(queries)).await;
    assert_eq!(groups(&counted), [(Some("chairs"), 2), (Some("late ones"), 1), (Some("none"), 0)]);
    assert_eq!(counted.groups[1].key.as_deref(), Some("tag:late"));
    assert_eq!((counted.total.conversations, counted.left_out), (4, 0));
    assert_eq!(counted.unknown.len(), 1, "{:?}", counted.unknown);
}

#[tokio::test]
async fn people_are_told_from_teams_and_who_waits_by_their_last_words() {
    let (_dir, store) = open();
    stored(&store).await;
    let assignees = stats(&store, everything(), Grouping::Field(Field::Assignee)).await;
    let kinds: Vec<_> = assignees.groups.iter().map(|group| (group.name.as_deref(), group.kind)).collect();
    let expected =
        [(None, None), (Some("Kim Ode"), Some(GroupKind::Person)), (Some("Billing"), Some(GroupKind::Team))];
    assert_eq!(kinds, expected);
    let mut six = conversation("6", NOON, NOON + 700, "A lamp, please");
    let again = "It is broken.\nSend another\n> A lamp, please\n--\nAnna";
    six.parts.push(part("again", NOON + 700, again));
    six.parts.push(Part { kind: "note".to_owned(), ..part("note", NOON + 710, "she is cross") });
    six.parts[2].author = Author { kind: "admin".to_owned(), ..Author::default() };
    put(&store, [six]).await;
    let waiting = stats(&store, question("broken").question, Grouping::Whole).await.waiting;
    assert_eq!((waiting.len(), waiting[0].said.as_str()), (1, "It is broken. Send another"));
}

#[tokio::test]
async fn hours_of_the_day_and_weekdays_are_those_of_the_askers_clock() {
    let (_dir, store) = open();
    stored(&store).await;
    let asked = async |cycle, by| {
        let offsets = vec![Offset { from: Timestamp::EPOCH, seconds: 9 * 3_600 + 1_800 }];
        let question = Question { by, ..everything() };
        let counting = counting(question, Grouping::Clock(Clock { cycle, offsets }));
        let counting = Counting { before: Some(Interval::new(NOON - 1, NOON + 15)), limit: 1, ..counting };
        store.read(move |snapshot| snapshot.stats(&counting)).await.unwrap()
    };
    // It is 14:30 on a Friday in UTC.
    let hours = asked(Cycle::HourOfDay, TimeField::Created).await;
    assert_eq!((hours.groups.len(), groups(&hours)[0]), (24, (Some("00:00"), 5)));
    assert!(hours.groups[1..].iter().all(|hour| hour.figures.conversations == 0));
    let days = asked(Cycle::Weekday, TimeField::Created).await;
    assert_eq!(groups(&days)[4..], [(Some("Friday"), 1), (Some("Saturday"), 4), (Some("Sunday"), 0)]);
    assert_eq!(days.groups[5].before.unwrap().conversations, 2);
    assert_eq!(days.groups[5].figures.first_response.unwrap().count, 2);
    let active = asked(Cycle::Weekday, TimeField::Activity).await;
    assert_eq!(groups(&active)[4..6], [(Some("Friday"), 1), (Some("Saturday"), 5)]);

    let offset = |from| Offset { from: Timestamp(from), seconds: 0 };
    let wrong = Grouping::Clock(Clock { cycle: Cycle::Weekday, offsets: vec![offset(2), offset(1)] });
    let counting = counting(everything(), wrong);
    assert!(store.read(move |snapshot| snapshot.stats(&counting)).await.is_err());
}
