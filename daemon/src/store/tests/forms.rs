use super::*;
use proto::types::{Marked, Summary};

use crate::model::Deletion;

/// Stores each text as a conversation of its own, named by its place.
async fn said(texts: &[&str]) -> (TempDir, Store) {
    let (dir, store) = open();
    let conversations = texts.iter().enumerate().map(|(at, text)| {
        let at = at as i64;
        conversation(&(at + 1).to_string(), NOON - at, NOON - at, text)
    });
    put(&store, conversations.collect::<Vec<_>>()).await;
    (dir, store)
}

async fn marked(store: &Store, text: &str) -> Vec<String> {
    let hits = ask(store, question(text)).await.hits;
    let snippets = hits.iter().flat_map(Summary::snippets);
    let marked = |Marked { text, marks }: &Marked| -> Vec<String> {
        marks.iter().map(|(start, end)| text[*start as usize..*end as usize].to_owned()).collect()
    };
    snippets.flat_map(|(text, _)| marked(text)).collect()
}

#[tokio::test]
async fn a_word_finds_its_other_forms_and_quotes_only_itself() {
    let (_dir, store) = said(&[
        "Where is my refund?",
        "You said that it was refunded",
        "Are the refunds late?",
        "The business is near the bus",
        "There are no buses on this address",
        "What is new in the news? I will add it",
    ])
    .await;
    let cases: [(&str, &[&str]); 15] = [
        ("refunds", &["1", "2", "3"]),
        ("refunding?", &["1", "2", "3"]),
        ("Refund", &["1", "2", "3"]),
        ("refunding", &["1", "2", "3"]),
        ("\"refunds\"", &["3"]),
        ("\"my refunds\"", &[]),
        ("refund*", &["1", "2", "3"]),
        ("late -refunded", &[]),
        ("bus", &["4", "5"]),
        ("buses", &["4", "5"]),
        ("business", &["4"]),
        ("new", &["6"]),
        ("news", &["6"]),
        ("add", &["6"]),
        ("addresses", &["5"]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
    assert_eq!(marked(&store, "refunding").await, ["refund", "refunded", "refunds"]);
}

#[tokio::test]
async fn each_language_has_its_own_forms() {
    let (_dir, store) = said(&[
        "Ich habe die Rechnungen nicht bekommen, nur ein Kunde",
        "No he recibido la confirmación de las facturas",
        "Je n'ai pas reçu les factures de la société",
        "Non ho ancora ricevuto le fatture di questo mese",
        "Ainda não recebi as informações deste mês",
        "Jag har inte fått mina fakturor och undrar var de är",
        "Ik heb de rekeningen nog niet ontvangen",
        "Я не получил счета за этот месяц и эту книгу",
        "The custom of the customer is that it was customary",
        "Jag undrar var källan är, och om det var den",
        "Jag kallar det för en skål",
    ])
    .await;
    let cases: [(&str, &[&str]); 15] = [
        ("källor", &["10"]),
        ("kallade", &["11"]),
        ("Rechnung", &["1"]),
        ("rechnungs", &["1"]),
        ("kunden", &["1"]),
        ("confirmaciones", &["2"]),
        ("confirmacion", &["2"]),
        ("societes", &["3"]),
        ("sociétés", &["3"]),
        ("fattura", &["4"]),
        ("informação", &["5"]),
        ("faktura", &["6"]),
        ("rekening", &["7"]),
        ("книги", &["8"]),
        ("customer", &["9"]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
    assert_eq!(marked(&store, "customers").await, ["customer"]);
    assert_eq!(marked(&store, "книги").await, ["книгу"]);
}

#[tokio::test]
async fn a_quotation_makes_a_word_no_foreign_one() {
    let mut texts = vec!["Das ist der customer, und das ist custom, und das war es"];
    texts.extend(
        ["You have to ask the customer about it", "This is the custom, and it is not that"].repeat(100),
    );
    let (_dir, store) = said(&texts).await;
    let mut search = question("customer");
    search.limit = 200;
    assert_eq!(ids(&store, search).await.len(), 101);
}

#[tokio::test]
async fn a_word_of_several_languages_has_the_forms_of_each() {
    let mut texts = vec![
        "Jag har inte sett vilka konton som är med",
        "Jag har inte sett vilket konto det är",
        "The porte is what you can see in this, and that is it",
    ];
    let many = [
        "Das ist das Konto, und das ist es nicht",
        "This is the port that you have to see",
        "Je ne sais pas si la porte est dans la maison",
    ];
    texts.extend(many.repeat(100));
    let (_dir, store) = said(&texts).await;
    let found = async |text: &str| {
        let mut search = question(text);
        search.limit = 400;
        ids(&store, search).await.len()
    };
    assert_eq!([found("konton").await, found("\"konto\"").await, found("konto").await], [102, 101, 102]);
    // One text in English that says a French word makes it no form of an English one.
    assert_eq!([found("port").await, found("porte").await], [100, 101]);
}

#[tokio::test]
async fn a_word_is_found_in_one_and_in_two() {
    let (_dir, store) = said(&[
        "I sent you an e-mail and cannot log in",
        "Your email says that the login is broken",
        "They don't want an e mail",
        "I dont want it, order INV2024001234",
        "See INV-2024001234 for the set-up",
    ])
    .await;
    let cases: [(&str, &[&str]); 15] = [
        ("email", &["1", "2", "3"]),
        ("e-mail", &["1", "2", "3"]),
        ("e mail", &["1", "2", "3"]),
        ("emails", &["1", "2"]),
        ("login", &["1", "2"]),
        ("log in", &["1", "2"]),
        ("logins", &["2"]),
        ("don't", &["3", "4"]),
        ("don’t", &["3", "4"]),
        ("dont", &["3", "4"]),
        ("setup", &["5"]),
        ("2024001234", &["4", "5"]),
        ("INV2024001234", &["4", "5"]),
        ("inv-2024001234", &["4", "5"]),
        ("\"e mail\"", &["1", "3"]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
    assert_eq!(marked(&store, "2024001234").await, ["INV2024001234", "2024001234"]);
    assert_eq!(marked(&store, "email").await, ["e-mail", "email", "e mail"]);
}

#[tokio::test]
async fn what_is_written_in_another_way_is_found() {
    let (_dir, store) = said(&[
        "the re\u{ad}fund is zero\u{200b}width",
        "ﾃﾞｰﾀ を \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
        "Łódź, Straße, smørrebrød",
        "علی کتاب ١٢٣٤",
        "किताब कहाँ है",
        "great 👍🏽 work",
    ])
    .await;
    let cases: [(&str, &[&str]); 13] = [
        ("refund", &["1"]),
        ("zerowidth", &["1"]),
        ("データ", &["2"]),
        ("한글", &["2"]),
        ("lodz strasse smorrebrod", &["3"]),
        ("علي", &["4"]),
        ("كتاب", &["4"]),
        ("1234", &["4"]),
        ("किताब", &["5"]),
        ("कताब", &[]),
        ("👍", &["6"]),
        ("👎", &[]),
        ("great👍", &["6"]),
    ];
    for (text, expected) in cases {
        assert_eq!(ids(&store, question(text)).await, expected, "{text}");
    }
}

#[tokio::test]
async fn a_word_that_nobody_says_any_more_is_gone_with_its_conversation() {
    let (_dir, store) = said(&["my refund is a wonderfulsecret", "the refunds are late"]).await;
    store.commit_deletions(vec![Deletion { id: id("1"), deleted_at: Timestamp(NOON) }], None).await.unwrap();
    store.purge().await.unwrap();
    for file in ["syncd.db", "syncd.db-wal"] {
        let bytes = std::fs::read(store.path().with_file_name(file)).unwrap_or_default();
        assert!(!bytes.windows(15).any(|window| window == b"wonderfulsecret"), "{file}");
    }
    assert_eq!(ids(&store, question("refund")).await, ["2"]);
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let cases: [(&str, &[&str], &[&str]); 4] = [
        // What was typed before its other forms, newer before older where nothing else differs.
        (
            "refunds",
            &["a refund for us", "the refunds for us", "a refund for me", "the refunds for me"],
            &["2", "4", "1", "3"],
        ),
        (
            "refunds",
            &["refund refunded refund refund refunded refund", "only some refunds of them"],
            &["2", "1"],
        ),
        // Near before far.
        (
            "late parcel",
            &[
                "The parcel was sent on the first of May to an address in another town and I was told that whoever sent it was sick, \
                 that all of them were very sorry about it, and that none of what they had sent in that week was late",
                "The parcel is late and it was sent on the first of May to an address in another town and I was told that whoever \
                 sent it was sick, that all of them were very sorry about it, and that none of that was what they had sent",
            ],
            &["2", "1"],
        ),
        ("zebra", &["one zebra", "two zebra", "three zebra"], &["1", "2", "3"]),
    ];
    for (text, texts, expected) in cases {
        let (_dir, store) = said(texts).await;
        let search = Search { sort: proto::types::Sort::Relevance, ..question(text) };
        assert_eq!(ids(&store, search).await, expected, "{text}");
    }
}

#[tokio::test]
async fn what_the_customer_opens_with_comes_before_what_is_said_in_passing() {
    let (_dir, store) = open();
    let with = |name: &str, at: i64, opening: &str, answer: &str| {
        let mut conversation = conversation(name, at, at, opening);
        conversation.parts.push(part("p2", at, answer));
        conversation
    };
    put(
        &store,
        [
            with("asked", NOON, "I want a refund of this", "You can see that we are always glad to help"),
            with("footer", NOON + 1, "I want to know of this", "You can see how we do each refund here"),
        ],
    )
    .await;
    let search = Search { sort: proto::types::Sort::Relevance, ..question("refund") };
    assert_eq!(ids(&store, search).await, ["asked", "footer"]);
}
