use std::time::Duration;

use super::*;
use crate::model::Attachment;
use crate::store::Question;
use crate::store::query::Times;
use proto::types::{Field, Grouping, Marked, Sort, TimeField};

/// No time at all but for a further page of the best, and hardly any.
const NONE: Times = Times {
    index: Duration::ZERO,
    reading: Duration::ZERO,
    ranking: (Duration::ZERO, MINUTE),
    explaining: MINUTE,
};
/// As long as it takes.
const PATIENT: Times =
    Times { index: MINUTE, reading: MINUTE, ranking: (MINUTE, MINUTE), explaining: MINUTE };
const MINUTE: Duration = Duration::from_secs(60);
const BRIEF: Duration = Duration::from_micros(1);

async fn ask_within(store: &Store, search: Search, times: Times) -> Found {
    store.read(move |snapshot| snapshot.search_within(&search, times)).await.unwrap()
}

#[tokio::test]
async fn words_are_found_in_any_language() {
    let (_dir, store) = open();
    let texts = [
        ("1", "Where is my refund for order 4711?"),
        ("2", "Der Kaffee schmeckt überraschend gut, Größe M"),
        ("3", "Où est le café crème? C'est délicieux"),
        ("4", "商品の返金をお願いします"),
        ("5", "我想要退款,谢谢"),
        ("6", "สวัสดีครับ ขอเงินคืน"),
        ("7", "환불을 요청합니다"),
        ("8", "Верните деньги, пожалуйста. Ёлка"),
        ("9", "أريد استرداد أموالي"),
        ("10", "Write to sam.o'neil@example.com, don't call"),
    ];
    put(&store, texts.iter().map(|(name, text)| conversation(name, NOON, NOON, text))).await;
    let cases: [(&str, &[&str]); 26] = [
        ("refund", &["1"]),
        ("REFUND order", &["1"]),
        ("refund café", &[]),
        ("4711", &["1"]),
        ("uberraschend", &["2"]),
        ("GRÖßE", &["2"]),
        ("cafe", &["3"]),
        ("cafe*", &["3"]),
        ("kaff* OR creme", &["3", "2"]),
        ("返金", &["4"]),
        ("の返", &["4"]),
        ("金返", &[]),
        ("退款", &["5"]),
        ("เงินคืน", &["6"]),
        ("สวัสดี", &["6"]),
        ("환불", &["7"]),
        ("деньги", &["8"]),
        ("елка", &["8"]),
        ("استرداد", &["9"]),
        ("sam.o'neil@example.com", &["10"]),
        ("\"don't call\"", &["10"]),
        ("\"call don't\"", &[]),
        ("refund -order", &[]),
        ("refund -missing", &["1"]),
        ("anna refund", &["1"]),
        ("\"4711 anna\"", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
    assert_eq!(ids(&store, question("anna@example.com")).await.len(), texts.len());
}

#[tokio::test]
async fn a_phrase_does_not_reach_from_one_message_into_the_next() {
    let (_dir, store) = open();
    let mut two = conversation("1", NOON, NOON, "ends with apple");
    two.parts.push(part("p", NOON, "pie begins"));
    put(&store, [two]).await;
    assert!(ids(&store, question("\"apple pie\"")).await.is_empty());
    assert_eq!(ids(&store, question("apple pie")).await, ["1"]);
}

#[tokio::test]
async fn each_filter_narrows_and_all_must_hold() {
    let (_dir, store) = open();
    put_teammates(&store).await;
    let mut one = conversation("1", NOON, NOON + 1, "same word");
    one.admin_assignee = Some("11".to_owned());
    one.tags = vec![tag("VIP"), tag("Late")];
    let mut two = conversation("2", NOON, NOON + 2, "same word");
    two.state = "closed".to_owned();
    two.team_assignee = Some("22".to_owned());
    two.contacts[0] = Contact { email: Some("Bo@Example.com".to_owned()), ..Contact::default() };
    let three = conversation("3", NOON, NOON + 3, "same word");
    put(&store, [one, two, three]).await;

    let [customer, state, with_tag, assignee] =
        [Field::Customer, Field::State, Field::Tag, Field::Assignee].map(|field| move || field.clone());
    type Case<'a> = (&'a [(Field, &'a str)], &'a [&'a str]);
    let cases: [Case<'_>; 14] = [
        (&[(customer(), "bo@example.COM")], &["2"]),
        (&[(customer(), "nobody@example.com")], &[]),
        (&[(state(), "open")], &["3", "1"]),
        (&[(state(), "closed")], &["2"]),
        (&[(with_tag(), "vip")], &["1"]),
        (&[(assignee(), "kim ode")], &["1"]),
        (&[(assignee(), "11")], &["1"]),
        (&[(assignee(), "billing")], &["2"]),
        (&[(assignee(), "none")], &["3"]),
        (&[(assignee(), "unknown")], &[]),
        (&[(state(), "open"), (with_tag(), "late")], &["1"]),
        (&[(state(), "closed"), (with_tag(), "late")], &[]),
        (&[(state(), "open"), (customer(), "anna@example.com"), (assignee(), "none")], &["3"]),
        (&[(with_tag(), "late"), (with_tag(), "vip")], &["1"]),
    ];
    for (filters, expected) in cases {
        for text in ["", "word", "wor*"] {
            let mut search = question(text);
            let conditions = filters.iter().map(|(field, value)| Expr::is(field.clone(), *value));
            search.question.query = search.question.query.and(Expr::all(conditions));
            let values: Vec<_> = filters.iter().map(|(_, value)| value).collect();
            assert_eq!(ids(&store, search).await, expected, "{values:?} {text}");
        }
    }
}

#[tokio::test]
async fn a_window_holds_what_was_active_created_or_updated_in_it_both_ends_included() {
    let (_dir, store) = open();
    // Created at 100, a message at 200, an event at 300, changed at 500.
    let mut busy = conversation("1", 100, 500, "word");
    busy.parts.extend([part("m", 200, "word"), part("e", 300, "")]);
    put(&store, [busy, conversation("2", 400, 450, "word"), conversation("3", 600, 600, "word")]).await;
    let cases: [(TimeField, i64, i64, &[&str]); 15] = [
        (TimeField::Activity, 0, 99, &[]),
        (TimeField::Activity, 0, 100, &["1"]),
        (TimeField::Activity, 101, 199, &[]),
        (TimeField::Activity, 200, 200, &["1"]),
        (TimeField::Activity, 300, 300, &["1"]),
        (TimeField::Activity, 301, 399, &[]),
        (TimeField::Activity, 400, 449, &["2"]),
        (TimeField::Activity, 450, 500, &["1", "2"]),
        (TimeField::Activity, 501, 599, &[]),
        (TimeField::Activity, 0, 1_000, &["3", "1", "2"]),
        (TimeField::Created, 100, 400, &["1", "2"]),
        (TimeField::Created, 101, 600, &["3", "2"]),
        (TimeField::Updated, 450, 500, &["1", "2"]),
        (TimeField::Updated, 100, 449, &[]),
        (TimeField::Updated, 451, 600, &["3", "1"]),
    ];
    for (by, start, end, expected) in cases {
        for text in ["", "word"] {
            let mut search = question(text);
            search.question.by = by;
            search.question.window = Interval::new(start, end);
            let found = ask(&store, search).await;
            let ids: Vec<_> = found.hits.iter().map(|hit| hit.id.as_str()).collect();
            assert_eq!(ids, expected, "{by:?} {start} {end} {text:?}");
            assert_eq!(found.total, Some(expected.len() as u64));
        }
    }
}

#[tokio::test]
async fn pages_fit_together_while_conversations_change() {
    let (_dir, store) = open();
    put(&store, (0..50).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    for sort in [Sort::Newest, Sort::Relevance] {
        let mut search = Search { limit: 20, sort, ..question("word") };
        let mut seen = Vec::new();
        loop {
            let found = ask(&store, search.clone()).await;
            assert_eq!(found.total, Some(50));
            seen.extend(found.hits.iter().map(|hit| hit.id.clone()));
            // What was shown already changes, and something new comes in.
            let moved = conversation(&seen[0], NOON, NOON + 1_000, "word");
            // It matches nothing, and yet makes the term rarer.
            let other = conversation(&format!("{sort:?}{}", seen.len()), NOON, NOON + 7, "other");
            put(&store, [moved, other]).await;
            search.question.window.end = search.question.window.end.plus(30);
            match found.next_page {
                Some(page) => search.page = Some(page),
                None => break,
            }
        }
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (50, 50), "{sort:?}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_question_is_refused() {
    let (_dir, store) = open();
    put(&store, (0..9).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let first = Search { limit: 3, ..question("word") };
    let page = ask(&store, first.clone()).await.next_page;
    let mut earlier = first.clone();
    earlier.question.window = Interval::new(0, NOON);
    let others = [
        Search { question: question("words").question, ..first.clone() },
        Search { sort: Sort::Relevance, ..first.clone() },
        earlier,
    ];
    for other in others {
        let search = Search { page: page.clone(), ..other };
        let error = store.read(move |snapshot| snapshot.search(&search)).await.unwrap_err();
        assert!(error.to_string().contains("another question"), "{error}");
    }
    for text in ["", "zz", "abc", "ff00", "é"] {
        let search = Search { page: Some(text.to_owned()), ..first.clone() };
        let error = store.read(move |snapshot| snapshot.search(&search)).await.unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{text}: {error}");
    }
}

#[tokio::test]
async fn thousands_of_conversations_of_one_second_are_all_found_in_order() {
    let (_dir, store) = open();
    let before = conversation("900000", NOON - 1, NOON - 1, "crowd");
    let after =
        [1, 5, 30].map(|late| conversation(&(900_000 + late).to_string(), NOON, NOON + late, "crowd"));
    put(&store, after.into_iter().chain([before])).await;
    for batch in 0..5 {
        put(&store, (0..1_000).map(|n| conversation(&(batch * 1_000 + n).to_string(), NOON, NOON, "crowd")))
            .await;
    }
    for text in ["crowd", ""] {
        let mut search = Search { limit: 200, ..question(text) };
        let mut seen: Vec<(i64, String)> = Vec::new();
        loop {
            let found = ask(&store, search.clone()).await;
            seen.extend(found.hits.into_iter().map(|hit| (hit.updated_at.0, hit.id)));
            match found.next_page {
                Some(page) => search.page = Some(page),
                None => break,
            }
        }
        let times: Vec<_> = seen.iter().map(|(at, _)| *at).collect();
        assert!(times.is_sorted_by(|a, b| a >= b));
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 5_004);
    }
    let mut exact = question("crowd");
    exact.question.window = Interval::new(NOON + 1, NOON + 9);
    assert_eq!(ids(&store, exact).await, ["900005", "900001"]);
}

#[tokio::test]
async fn the_best_match_comes_first_by_relevance() {
    let (_dir, store) = open();
    let with = |name: i64, opening: &str, answer: (&str, &str)| {
        let mut with = conversation(&name.to_string(), NOON, NOON + name, opening);
        let mut part = part("p2", NOON, answer.1);
        part.author.kind = answer.0.to_owned();
        with.parts.push(part);
        with
    };
    let mut titled = conversation("1", NOON, NOON + 1, "something else");
    titled.title = Some("The late invoice".to_owned());
    let all = [
        titled,
        with(2, "my late invoice", ("admin", "hello")),
        with(3, "hello", ("user", "an invoice, and it is late")),
        with(4, "hello", ("admin", "late invoice")),
        with(5, "hello invoice", ("user", "so late")),
        with(6, "hello", ("admin", "late invoices")),
        with(7, "late invoicing", ("admin", "hello")),
        with(8, "hello", ("admin", "invoicing is late")),
        with(4711, "hello", ("admin", "no word of it")),
        with(9, "is it 4711?", ("admin", "no word of it")),
    ];
    put(&store, all).await;
    let best = |text: &str| Search { sort: Sort::Relevance, ..question(text) };
    let expected = ["1", "2", "3", "5", "4", "7", "8", "6"];
    assert_eq!(ids(&store, best("late invoice")).await, expected);
    assert_eq!(ids(&store, best("late invoice -hello")).await, ["1"]);
    assert_eq!(ids(&store, best("late invoice state:open")).await, expected);
    assert_eq!(ids(&store, best("\"late invoice\"")).await, ["1", "2", "4"]);
    assert_eq!(ids(&store, best("title OR (late invoice) OR word")).await[..3], ["1", "2", "5"]);
    assert_eq!(ids(&store, best("4711")).await, ["4711", "9"]);
    // One after the other, page by page, and each of them once.
    let one_by_one = all_pages(&store, Search { limit: 1, ..best("late invoice") }, PATIENT).await;
    assert_eq!(one_by_one, (expected.map(str::to_owned).to_vec(), 0));
    assert_eq!(ids(&store, question("late invoice")).await, ["8", "7", "6", "5", "4", "3", "2", "1"]);
}

#[tokio::test]
async fn what_changes_between_two_pages_of_the_best_is_neither_lost_nor_shown_again() {
    let (_dir, store) = open();
    put(&store, (0..9).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let mut search = Search { sort: Sort::Relevance, limit: 4, ..question("word") };
    let first = ask(&store, search.clone()).await;
    let shown: Vec<String> = first.hits.into_iter().map(|hit| hit.id).collect();
    assert_eq!(shown, ["8", "7", "6", "5"]);
    // One that was shown, one that was not, and one that was not there.
    put(&store, ["7", "2"].map(|name| conversation(name, NOON, NOON + 100, "word"))).await;
    put(&store, [conversation("new", NOON + 100, NOON + 100, "word")]).await;
    search.page = first.next_page;
    assert_eq!(all_pages(&store, search, PATIENT).await.0, ["4", "3", "1", "0", "2"]);
}

#[tokio::test]
async fn a_hit_carries_its_header_and_the_text_around_the_match() {
    let (_dir, store) = open();
    let mut one = conversation("1", NOON, NOON + 1, "The Café  was closed");
    one.title = Some("A title".to_owned());
    one.tags = vec![tag("VIP")];
    one.team_assignee = Some("22".to_owned());
    put(&store, [one]).await;
    let hit = ask(&store, question("cafe")).await.hits.remove(0);
    assert_eq!(hit.title.as_deref(), Some("A title"));
    assert_eq!(hit.customer.unwrap().email.as_deref(), Some("Anna@example.com"));
    assert_eq!(
        (hit.assignee.unwrap().kind.as_str(), hit.tags, hit.message_count),
        ("team", vec!["VIP".to_owned()], 1)
    );
    let snippet = Marked { text: "The Café was closed".to_owned(), marks: vec![(4, 9)] };
    assert_eq!((hit.snippet, hit.further_snippets), (Some(snippet), Vec::new()));
    assert_eq!((hit.snippet_author.unwrap().kind.as_str(), hit.first_words), ("user", None));
}

#[tokio::test]
async fn a_hit_shows_who_speaks_and_each_word_and_how_the_customer_began() {
    let (_dir, store) = open();
    let mut one = conversation("1", NOON, NOON + 1, "Hello, I bought a lamp");
    let mut answer = part("2", NOON, "The refund is on its way");
    answer.author =
        Author { kind: "admin".to_owned(), name: Some("Bo Lind".to_owned()), ..Author::default() };
    one.parts.extend([answer, part("3", NOON, "It is for order 12")]);
    put(&store, [one]).await;
    let hit = ask(&store, question("refund order")).await.hits.remove(0);
    let shown: Vec<_> = hit
        .snippets()
        .map(|(marked, author)| {
            let author = author.unwrap();
            (marked.text.as_str(), author.kind.as_str(), author.name.as_deref())
        })
        .collect();
    let expected =
        [("The refund is on its way", "admin", Some("Bo Lind")), ("It is for order 12", "user", None)];
    assert_eq!(shown, expected);
    assert_eq!(hit.first_words.as_deref(), Some("Hello, I bought a lamp"));
}

#[tokio::test]
async fn a_very_long_conversation_shows_what_its_beginning_says_and_who_says_it() {
    let (_dir, store) = open();
    let mut dice = fastrand::Rng::with_seed(7);
    // Text that can hardly be compressed.
    let mut noise = |bytes: usize| (0..bytes).map(|_| dice.alphanumeric()).collect::<String>();
    let mut one = conversation("1", NOON, NOON + 1, "a needle at first");
    one.parts.extend((0..8).map(|n| part(&n.to_string(), NOON, &noise(1 << 20))));
    put(&store, [one]).await;
    let hit = ask(&store, question("needle")).await.hits.remove(0);
    let snippet = Marked { text: "a needle at first".to_owned(), marks: vec![(2, 8)] };
    assert_eq!((hit.snippet, hit.snippet_author.unwrap().kind.as_str()), (Some(snippet), "user"));
    assert_eq!(hit.first_words, None, "the snippet begins with them");
}

#[tokio::test]
async fn a_search_past_its_time_limit_answers_with_what_it_found() {
    let (_dir, store) = open();
    put(&store, (0..50).map(|n| conversation(&n.to_string(), NOON, NOON + n, "word"))).await;
    let search = Search { limit: 50, ..question("word") };
    let found = ask_within(&store, search.clone(), Times { index: BRIEF, ..NONE }).await;
    assert!(found.cut_short.is_some() && found.total.is_none() && !found.hits.is_empty());
    let rest = ask(&store, Search { page: found.next_page, ..search }).await;
    assert_eq!(found.hits.len() + rest.hits.len(), 50);
    // The next question on the same connections is not held to that limit.
    for _ in 0..6 {
        assert_eq!(ask(&store, question("word")).await.total, Some(50));
    }
}

/// Pages through a question within these times; returns what was found, and how many pages were cut short.
async fn all_pages(store: &Store, mut search: Search, times: Times) -> (Vec<String>, usize) {
    let (mut ids, mut cut) = (Vec::new(), 0);
    for _ in 0..1_000 {
        let found = ask_within(store, search.clone(), times).await;
        assert!(found.cut_short.is_none() || found.next_page.is_some(), "an end that was not reached");
        assert!(!found.hits.is_empty() || found.cut_short.is_some() || found.next_page.is_none());
        cut += usize::from(found.cut_short.is_some());
        ids.extend(found.hits.into_iter().map(|hit| hit.id));
        let Some(page) = found.next_page else { return (ids, cut) };
        assert_ne!(search.page.as_ref(), Some(&page), "each page goes further");
        search.page = Some(page);
    }
    panic!("a thousand pages do not reach the end")
}

#[tokio::test]
async fn a_search_that_never_has_time_goes_on_to_the_end_and_finds_what_it_would_have_found() {
    let (_dir, store) = open();
    let text = |n: i64| match n % 7 {
        0 => "write to anna@example.com",
        1 => "example com anna",
        _ => "no address",
    };
    put(&store, (0..60).map(|n| conversation(&n.to_string(), NOON, NOON + n * 11 * DAY, text(n)))).await;
    let mut all_cut = 0;
    for text in ["\"anna example\"", "wri*", "write -com", "address", "\"to anna\" OR \"no addr\"*", ""] {
        for (by, start, end) in [
            (TimeField::Activity, 0, NOON + 900 * DAY),
            (TimeField::Updated, NOON, NOON + 300 * DAY),
            (TimeField::Created, NOON, NOON + 1),
        ] {
            for filter in [None, Some(Expr::is(Field::Customer, "anna@example.com"))] {
                let mut search = Search { limit: 3, ..question(text) };
                search.question.window = Interval::new(start, end);
                search.question.by = by;
                search.question.query = search.question.query.and(Expr::all(filter));
                let whole = Search { limit: 200, ..search.clone() };
                let expected = ask_within(&store, whole, PATIENT).await.hits;
                let expected: Vec<String> = expected.into_iter().map(|hit| hit.id).collect();
                assert!(text == "write -com" || !expected.is_empty());
                let (found, cut) = all_pages(&store, search.clone(), NONE).await;
                assert_eq!(found, expected, "{text:?} {by:?}");
                all_cut += cut;
                let mut ranked = all_pages(&store, Search { sort: Sort::Relevance, ..search }, NONE).await.0;
                ranked.sort();
                let mut expected = expected;
                expected.sort();
                assert_eq!(ranked, expected, "by relevance: {text:?} {by:?}");
            }
        }
    }
    assert!(all_cut > 100, "{all_cut} pages were cut short");
}

#[tokio::test]
async fn a_crowded_second_is_paged_through_to_its_end_without_time() {
    let (_dir, store) = open();
    put(&store, (0..400).map(|n| conversation(&n.to_string(), NOON, NOON, "crowd"))).await;
    put(&store, (400..420).map(|n| conversation(&n.to_string(), NOON, NOON + n - 410, "crowd"))).await;
    for text in ["crowd", "cro*", ""] {
        let search = Search { limit: 200, ..question(text) };
        let (found, cut) = all_pages(&store, search.clone(), NONE).await;
        assert_eq!(found, all_pages(&store, search, PATIENT).await.0, "{text:?}");
        assert!(cut > 2 && found.len() == 420, "{text:?}: {cut} of {}", found.len());
    }
}

#[tokio::test]
async fn a_label_of_few_conversations_is_searched_by_reading_them() {
    let (_dir, store) = open();
    let crowd = |n: i64| conversation(&n.to_string(), NOON, NOON + n, "the order was late");
    put(&store, (0..300).map(crowd)).await;
    let mut rare = conversation("900", NOON, NOON, "the order was late and lost");
    rare.contacts[0] =
        Contact { id: Some("c9".to_owned()), name: None, email: Some("bo@example.com".to_owned()) };
    put(&store, [rare]).await;
    for text in ["\"order was late\"", "la*", "late", "late -found", "bo@example.com"] {
        let mut search = question(text);
        search.question.query = search.question.query.and(Expr::is(Field::Customer, "bo@example.com"));
        // It is the last of all: through the index, all others came first.
        let found = ask_within(&store, search, NONE).await;
        assert_eq!((found.hits.len(), found.hits[0].id.as_str()), (1, "900"), "{text}");
    }
}

#[tokio::test]
async fn however_many_match_the_best_comes_first_and_without_time_the_order_is_told() {
    let (_dir, store) = open();
    put(&store, (0..2_010).map(|n| conversation(&n.to_string(), NOON, NOON + n, "words"))).await;
    put(&store, [conversation("best", NOON, NOON - 1, "word")]).await;
    let search = Search { sort: Sort::Relevance, limit: 200, ..question("word") };
    let found = ask_within(&store, search.clone(), PATIENT).await;
    assert_eq!((found.cut_short, found.hits[0].id.as_str()), (None, "best"));
    for times in [PATIENT, Times { ranking: (BRIEF, MINUTE), ..PATIENT }] {
        let (mut found, _) = all_pages(&store, search.clone(), times).await;
        assert_eq!(found.len(), 2_011);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 2_011);
    }
}

#[tokio::test]
async fn a_conversation_whose_middle_intercom_does_not_tell_counts_as_active_in_it() {
    let (_dir, store) = open();
    let long = |name: &str, truncated| Conversation {
        truncated,
        parts: vec![
            part("source", NOON, "opening"),
            part("p9", NOON + 6 * DAY, "late"),
            part("p10", NOON + 8 * DAY, "later"),
        ],
        ..conversation(name, NOON, NOON + 8 * DAY, "")
    };
    put(&store, [long("cut", true), long("whole", false)]).await;
    let within = |start: i64, end: i64| Search {
        question: Question {
            window: Interval::new(NOON + start * DAY, NOON + end * DAY),
            ..question("").question
        },
        ..question("")
    };
    assert_eq!(ids(&store, within(2, 3)).await, ["cut"]);
    assert_eq!(ids(&store, within(7, 7)).await, Vec::<String>::new());
    let asked = within(2, 3).question;
    let counted =
        store.read(move |snapshot| snapshot.stats(&counting(asked, Grouping::Whole))).await.unwrap();
    assert_eq!(counted.total.conversations, 1);
}

#[tokio::test]
async fn a_file_is_found_by_its_name_until_it_is_gone() {
    let (_dir, store) = open();
    let mut one = conversation("1", NOON, NOON + 1, "see here");
    one.parts[0].attachments =
        vec![Attachment { name: Some("Zebra-Invoice_2024.pdf".to_owned()), ..Attachment::default() }];
    put(&store, [one, conversation("2", NOON, NOON, "see there")]).await;
    for text in ["Zebra-Invoice_2024.pdf", "zebra", "invoices", "pdf see", "\"invoice 2024\""] {
        assert_eq!(ids(&store, question(text)).await, ["1"], "{text}");
    }
    let hit = ask(&store, question("zebra")).await.hits.remove(0);
    assert_eq!(hit.snippet.unwrap().text, "Zebra-Invoice_2024.pdf");
    assert_eq!((hit.snippet_author, hit.further_snippets), (None, Vec::new()));
    put(&store, [conversation("1", NOON, NOON + 2, "see here")]).await;
    assert!(ids(&store, question("zebra")).await.is_empty());
}
