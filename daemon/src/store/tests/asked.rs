//! Whatever is asked, against an evaluator that goes through everything: the same words, the same answers.

use std::collections::BTreeSet;
use std::time::Duration;

use proto::types::{Condition, Field, FieldValue, Form, Test, Text, Value};

use super::*;
use crate::store::query::Times;

/// As long as it takes.
const PATIENT: Times =
    Times { index: MINUTE, reading: MINUTE, ranking: (MINUTE, MINUTE), explaining: MINUTE };
const MINUTE: Duration = Duration::from_secs(60);

/// The words that conversations are made of, and of which questions are.
const WORDS: [&str; 13] = [
    "refund", "late", "order", "lamp", "café", "broken", "返金", "2024", "refunds", "refunded", "ordering",
    "breaks", "cafés",
];
/// Those of them that are forms of one word, folded.
const FORMS: [&[&str]; 4] =
    [&["refund", "refunds", "refunded"], &["order", "ordering"], &["broken", "breaks"], &["cafe", "cafes"]];
const TAGS: [&str; 3] = ["vip", "late", "café"];
const STATES: [&str; 3] = ["open", "closed", "snoozed"];

/// A conversation as the evaluator knows it: its texts as lists of folded words.
struct Known {
    id: String,
    texts: Vec<(bool, Vec<String>)>,
    tags: Vec<String>,
    state: String,
}

fn folded(text: &str) -> Vec<String> {
    let mut words = crate::store::text::Words::default();
    words.read(text);
    words.list.iter().map(|word| words.folded(*word).to_owned()).collect()
}

/// Says whether something holds, by looking at everything.
fn holds(expr: &Expr, of: &Known) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().all(|part| holds(part, of)),
        Expr::Any(parts) => parts.iter().any(|part| holds(part, of)),
        Expr::Not(inner) => !holds(inner, of),
        Expr::Condition(Condition { field, test: Test::Is(value) }) => match field {
            Field::Tag => of.tags.iter().any(|tag| tag.to_lowercase() == value.to_lowercase()),
            Field::State => of.state == *value,
            Field::Id => of.id == *value,
            Field::Assignee => value == "none",
            other => panic!("{other}"),
        },
        Expr::Condition(condition) => panic!("{condition}"),
        Expr::Text(Text { words, form, said }) => {
            let customer = said.map(|side| side == proto::types::Side::Customer);
            let wanted = folded(&words.replace('*', ""));
            let prefix = matches!(form, Form::Pattern | Form::Beginning) && !wanted[0].starts_with('返');
            let stands = |window: &[String]| {
                window.iter().zip(&wanted).enumerate().all(|(at, (word, wanted))| {
                    let forms = FORMS.iter().find(|forms| forms.contains(&wanted.as_str()));
                    let is_form =
                        *form == Form::Word && forms.is_some_and(|forms| forms.contains(&word.as_str()));
                    word == wanted
                        || is_form
                        || (prefix && at + 1 == window.len() && word.starts_with(wanted))
                })
            };
            let says = |(by_customer, text): &(bool, Vec<String>)| {
                customer.is_none_or(|customer| customer == *by_customer)
                    && text.len() >= wanted.len()
                    && text.windows(wanted.len()).any(stands)
            };
            of.texts.iter().any(says) || (*form == Form::Word && said.is_none() && of.id == *words)
        }
    }
}

/// Returns a random question as it is typed, to a depth.
fn typed(random: &mut fastrand::Rng, depth: usize) -> String {
    if depth == 0 || random.u8(..) < 90 {
        let word = WORDS[random.usize(..WORDS.len())];
        return match random.u8(..16) {
            0 => format!("\"{word} {}\"", WORDS[random.usize(..WORDS.len())]),
            1 => format!("\"{word}\""),
            2 => format!("{}*", word.chars().take(2).collect::<String>()),
            3 => format!("tag:{}", TAGS[random.usize(..TAGS.len())]),
            4 => format!("state:{}", STATES[random.usize(..STATES.len())]),
            5 => format!("(said:customer {word})"),
            6 => format!("(said:team {word})"),
            7 => random.usize(..120).to_string(),
            8 => format!("id:{}", random.usize(..120)),
            9 => format!("tag:({} OR {})", TAGS[random.usize(..3)], TAGS[random.usize(..3)]),
            10 => "assignee:none".to_owned(),
            _ => word.to_owned(),
        };
    }
    let parts: Vec<String> = (0..random.usize(1..4)).map(|_| typed(random, depth - 1)).collect();
    match random.u8(..8) {
        0 => format!("({})", parts.join(" OR ")),
        1 => format!("({})", parts.join(" AND ")),
        2 => format!("-({})", parts.join(" ")),
        3 => format!("(NOT {})", parts[0]),
        4 => format!("({} OR NOT ({}))", parts[0], parts.join(" ")),
        5 => parts.join(" OR "),
        6 => format!("({} NOT {})", parts[0], parts[parts.len() - 1]),
        _ => format!("({})", parts.join(" ")),
    }
}

/// Returns random conversations, and what the evaluator knows of them.
fn told(random: &mut fastrand::Rng, count: i64) -> (Vec<Conversation>, Vec<Known>) {
    let make = |n: i64| {
        let mut text = |most| {
            let words: Vec<&str> =
                (0..random.usize(1..most)).map(|_| WORDS[random.usize(..WORDS.len())]).collect();
            words.join(" ")
        };
        let (asked, answered) = (text(4), text(3));
        let mut one = conversation(&n.to_string(), NOON, NOON + n * 1_000, &asked);
        one.contacts = Vec::new();
        one.parts[0].author.kind = "user".to_owned();
        let mut reply = part("reply", NOON + n * 1_000, &answered);
        reply.author.kind = "admin".to_owned();
        one.parts.push(reply);
        one.tags = TAGS.iter().filter(|_| random.u8(..4) == 0).map(|name| tag(name)).collect();
        one.state = STATES[random.usize(..STATES.len())].to_owned();
        let known = Known {
            id: n.to_string(),
            texts: vec![(true, folded(&asked)), (false, folded(&answered))],
            tags: one.tags.iter().map(|tag| tag.name.clone()).collect(),
            state: one.state.clone(),
        };
        (one, known)
    };
    (0..count).map(make).unzip()
}

/// How many random questions are asked; `SYNCD_QUESTIONS` says more.
fn questions() -> usize {
    std::env::var("SYNCD_QUESTIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(400)
}

#[tokio::test]
async fn whatever_is_asked_finds_what_an_evaluator_finds_that_goes_through_everything() {
    let mut random = fastrand::Rng::with_seed(15);
    let (_dir, store) = open();
    let (conversations, known) = told(&mut random, 100);
    put(&store, conversations).await;
    for _ in 0..questions() {
        let text = typed(&mut random, 4);
        let search = Search { limit: 200, ..question(&text) };
        let expr = search.question.query.clone();
        let expected: BTreeSet<String> =
            known.iter().filter(|one| holds(&expr, one)).map(|one| one.id.clone()).collect();
        let asked = search.question.clone();
        let found = store.read(move |snapshot| snapshot.search_within(&search, PATIENT)).await.unwrap();
        let ids: Vec<String> = found.hits.iter().map(|hit| hit.id.clone()).collect();
        assert_eq!(ids.iter().cloned().collect::<BTreeSet<_>>(), expected, "{text}\n{expr}");
        assert_eq!(ids.len(), expected.len(), "each once: {text}");
        assert!(found.hits.is_sorted_by(|a, b| a.updated_at >= b.updated_at), "{text}");
        let named = store.read(move |snapshot| snapshot.list(&asked, None, 1_000)).await.unwrap();
        assert_eq!(named.ids.into_iter().collect::<BTreeSet<_>>(), expected, "all at once: {text}");
    }
}

#[tokio::test]
async fn a_question_of_exclusions_or_conditions_alone_is_answered() {
    let (_dir, store) = open();
    let mut tagged = conversation("1", NOON, NOON + 1, "a refund");
    tagged.tags = vec![tag("vip")];
    put(&store, [tagged, conversation("2", NOON, NOON + 2, "an order")]).await;
    let cases: [(&str, &[&str]); 7] = [
        ("NOT refund", &["2"]),
        ("-refund -order", &[]),
        ("-(refund tag:vip)", &["2"]),
        ("refund OR tag:nowhere", &["1"]),
        ("order OR tag:vip", &["2", "1"]),
        ("tag:vip OR -refund", &["2", "1"]),
        ("has:tag", &["1"]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn a_customer_is_found_by_address_domain_name_and_beginning() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON + 1, "Anna wrote this")]).await;
    let mut other = conversation("2", NOON, NOON + 2, "Anna Bell is not the customer");
    other.contacts[0] = Contact {
        id: Some("c2".to_owned()),
        name: Some("Bo Ek".to_owned()),
        email: Some("bo@other.example.com".to_owned()),
    };
    put(&store, [other]).await;
    let cases: [(&str, &[&str]); 8] = [
        ("from:anna@example.com", &["1"]),
        ("from:@example.com", &["1"]),
        ("domain:other.example.com", &["2"]),
        ("from:bo", &["2"]),
        ("from:\"bo ek\"", &["2"]),
        ("from:an*", &["1"]),
        ("-from:bo", &["1"]),
        ("from:c2", &["2"]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn what_this_copy_does_not_hold_is_told_and_neither_it_nor_its_contrary_finds_anything() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON + 1, "word")]).await;
    for text in ["word attr.Plan:Pro", "word -attr.Plan:Pro", "attr.Plan:>5"] {
        let found = ask(&store, question(text)).await;
        assert!(found.hits.is_empty() && found.total == Some(0), "{text}");
        assert!(!found.unknown[0].held, "{text}");
    }
    let found = ask(&store, question("word OR attr.Plan:Pro")).await;
    assert_eq!((found.hits.len(), found.unknown.len()), (1, 1));
    // What can be such, though nothing is, is no unknown value.
    for (text, hits) in [("word sla:missed", 0), ("word -sla:missed", 1), ("rating:1..2", 0)] {
        let found = ask(&store, question(text)).await;
        assert_eq!((found.hits.len(), found.unknown.len()), (hits, 0), "{text}");
    }
}

#[tokio::test]
async fn a_star_in_front_of_or_inside_a_word_stands_for_any_letters() {
    let (_dir, store) = open();
    let texts = [("1", "INV2024001234 is late"), ("2", "a refund"), ("3", "the funds"), ("4", "refunded")];
    put(&store, texts.map(|(name, text)| conversation(name, NOON, NOON, text))).await;
    let cases: [(&str, &[&str]); 7] = [
        ("*001234", &["1"]),
        ("*fund", &["2"]),
        ("*fund*", &["2", "3", "4"]),
        ("re*ed", &["4"]),
        ("refund*", &["2", "4"]),
        ("-*fund*", &["1"]),
        ("*zzz", &[]),
    ];
    for (text, expected) in cases {
        let mut found = ids(&store, question(text)).await;
        found.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test]
async fn a_search_that_finds_nothing_says_what_its_pieces_find_and_what_may_have_been_meant() {
    let (_dir, store) = open();
    let texts = [("1", "a refund for the order"), ("2", "refund the lamp"), ("3", "the order is late")];
    put(&store, texts.map(|(name, text)| conversation(name, NOON, NOON, text))).await;
    let explained = |text: &'static str| {
        let (store, search) = (&store, question(text));
        async move { ask(store, search).await.explanation }
    };
    assert_eq!(explained("refund").await, None);

    let slip = explained("refnd").await.unwrap();
    let meant = &slip.pieces[0].similar[0];
    assert_eq!((slip.pieces[0].conversations, meant.word.as_str(), meant.conversations), (0, "refund", 2));

    let together = explained("refund lamp late").await.unwrap();
    let counts: Vec<_> =
        together.pieces.iter().map(|piece| (piece.text.as_str(), piece.conversations)).collect();
    assert_eq!(counts, [("refund", 2), ("lamp", 1), ("late", 1)]);
    let nearest = together.nearest.unwrap();
    assert_eq!((nearest.query.as_str(), nearest.conversations), ("refund lamp", 1));
    assert_eq!(nearest.hits[0].id, "2");

    let tagged = explained("order tag:vip").await.unwrap();
    assert_eq!(tagged.nearest.unwrap().query, "order");
    let excluded = explained("refund -order -lamp").await.unwrap();
    assert_eq!(excluded.nearest.unwrap().query, "refund -order");
    assert_eq!(explained("zzzz").await.unwrap().pieces[0].similar, []);
}

#[tokio::test]
async fn words_that_nobody_says_are_explained_by_the_conditions_that_they_may_have_meant() {
    let (_dir, store) = open();
    put_teammates(&store).await;
    let mut given = conversation("1", NOON, NOON, "a refund for the order");
    given.tags = vec![tag("Late delivery")];
    (given.admin_assignee, given.team_assignee) = (Some("11".to_owned()), Some("22".to_owned()));
    let field = |field, value: &str| FieldValue::new(field, Value::Text(value.to_owned()));
    given.fields = vec![
        field(Field::Channel, "whatsapp"),
        field(Field::Priority, "high"),
        field(Field::Company, "Acme"),
        FieldValue::new(Field::Rating, Value::Whole(1)),
    ];
    put(&store, [given, conversation("2", NOON, NOON, "refund the lamp")]).await;
    let explained = async |text: &'static str| {
        let asked = question(text);
        store
            .read(move |snapshot| snapshot.search_within(&asked, PATIENT))
            .await
            .unwrap()
            .explanation
            .unwrap()
    };
    let alone = [
        ("whatsapp", "channel:whatsapp"),
        ("Watsapp", "channel:whatsapp"),
        ("unanswered", "is:unanswered"),
        ("angry", "rating:1..2"),
        ("acme", "company:acme"),
        ("Kim", "assignee:\"Kim Ode\""),
        ("\"kim ode\"", "assignee:\"Kim Ode\""),
        ("delivery", "tag:\"Late delivery\""),
        ("tag:whatsapp", "channel:whatsapp"),
        ("zebra OR unanswered", "is:unanswered"),
    ];
    for (text, expected) in alone {
        let explanation = explained(text).await;
        let meant = explanation.pieces.last().unwrap().similar.first();
        assert_eq!(meant.map(|meant| meant.word.as_str()), Some(expected), "{text}");
    }
    let together = [
        ("whatsapp refund", "channel:whatsapp refund"),
        ("unanswered whatsapp refunds", "is:unanswered channel:whatsapp refunds"),
        ("angry customers", "rating:1..2"),
        ("assigned to Kim", "assignee:\"Kim Ode\""),
        ("billing team refund", "team:billing refund"),
        ("high priority order", "priority:high order"),
        ("rating 1 refund", "rating:1 refund"),
        ("refund on whatsapp for the order", "refund channel:whatsapp order"),
        ("late delivery refund", "tag:\"late delivery\" refund"),
        ("kim lamp", "lamp"),
    ];
    for (text, expected) in together {
        let nearest = explained(text).await.nearest;
        assert_eq!(nearest.map(|nearest| nearest.query).as_deref(), Some(expected), "{text}");
    }
    for text in ["zzzz", "lamp tag:zzzz"] {
        let explanation = explained(text).await;
        assert_eq!(explanation.pieces.last().unwrap().similar, [], "{text}");
    }
}
