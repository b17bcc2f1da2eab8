#![allow(clippy::unwrap_used)]

use super::{Collection, Token, Topic, find, own_words};

/// Cuts a text into words, and such as are written without spaces into their characters.
fn add(collection: &mut Collection, texts: &[&str]) {
    for text in texts {
        own_words(text, |piece| {
            collection.end_phrase();
            let mut word = String::new();
            let (mut joined, mut after_sign) = (false, false);
            let mut push = |word: &mut String, sign: bool, joined: bool| {
                let folded = word.to_lowercase();
                if !word.is_empty() {
                    collection.push(Token { folded: &folded, written: word, sign, small: false, joined });
                }
                word.clear();
            };
            for char in piece.chars() {
                let sign = ('\u{3040}'..='\u{d7a3}').contains(&char);
                if char.is_alphanumeric() && !sign {
                    word.push(char);
                    continue;
                }
                if !word.is_empty() {
                    push(&mut word, false, joined && !after_sign);
                    (joined, after_sign) = (true, false);
                }
                if sign {
                    push(&mut char.to_string(), true, joined && after_sign);
                    (joined, after_sign) = (true, true);
                } else {
                    joined = joined && !after_sign && char == ' ';
                }
            }
            push(&mut word, false, joined && !after_sign);
        });
    }
    collection.end_document(None);
}

fn collection<'t>(conversations: impl IntoIterator<Item = &'t str>) -> Collection {
    let mut collection = Collection::default();
    conversations.into_iter().for_each(|text| add(&mut collection, &[text]));
    collection
}

const OPENINGS: [&str; 4] =
    ["Hello,", "Good morning to you all,", "Hi there, hope you are well.", "Dear team,"];
const CLOSINGS: [&str; 4] =
    ["Thanks a lot!", "Could you have a look at it please?", "It is the 4th time.", "Looking forward to it."];

/// Texts of a topic, each of three sentences about it, with words around them that are in all topics.
fn planted(sentences: &[&str], count: usize) -> Vec<String> {
    let mut state = 7_usize;
    let mut pick = |of: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % of
    };
    let mut text = |number: usize| {
        let opening = OPENINGS[pick(4)];
        let closing = CLOSINGS[pick(4)];
        let about: Vec<&str> = (0..3).map(|_| sentences[pick(sentences.len())]).collect();
        format!("{opening}\n{} {closing} My number is {}.", about.join(" "), 10_000 + number * 7)
    };
    (0..count).map(&mut text).collect()
}

/// Texts of a topic in its language alone: all of its sentences but one.
fn planted_alone(sentences: &[&str], count: usize) -> Vec<String> {
    let others = |number: usize| {
        let left_out = number % sentences.len();
        let rest = sentences.iter().enumerate().filter(|(at, _)| *at != left_out);
        rest.map(|(_, sentence)| *sentence).collect::<Vec<_>>().join(" ")
    };
    (0..count).map(others).collect()
}

const REFUND: [&str; 6] = [
    "I want a refund for the lamp that I sent back.",
    "When do I get my refund, the money has not arrived.",
    "You promised a refund of the full amount last week.",
    "My refund is missing, the money is still with you.",
    "The refund went to the wrong card.",
    "I sent the lamp back and want the money.",
];
const PASSWORD: [&str; 6] = [
    "I cannot reset my password, the link has expired.",
    "The password reset mail does not come.",
    "After I reset my password it says that my account is locked.",
    "How do I change the password of my account?",
    "The reset link opens an empty page.",
    "It says that the password is wrong, and it is not.",
];
const DELIVERY: [&str; 6] = [
    "The delivery is late, where is the parcel?",
    "My parcel was damaged on delivery.",
    "Can the delivery of the parcel go to my neighbour?",
    "The courier says delivery failed, but I was at home.",
    "The parcel is said to be with the courier since Monday.",
    "I want the delivery on another day.",
];

fn shown(topics: &[Topic]) -> String {
    let line = |topic: &Topic| format!("{} {:?} {}\n", topic.members.len(), topic.name, topic.query);
    topics.iter().map(line).collect()
}

#[test]
fn planted_topics_are_found_each_with_its_conversations_and_named_by_its_words() {
    let mut texts = planted(&REFUND, 60);
    texts.extend(planted(&PASSWORD, 40));
    texts.extend(planted(&DELIVERY, 20));
    let topics = find(&collection(texts.iter().map(String::as_str)));
    assert_eq!(topics.len(), 3, "{}", shown(&topics));
    let places = [(0..60, "refund"), (60..100, "password"), (100..120, "delivery")];
    for (topic, (members, word)) in topics.iter().zip(places) {
        assert_eq!(topic.members, members.collect::<Vec<_>>(), "{}", shown(&topics));
        let said = format!("{} {}", topic.name, topic.query).to_lowercase();
        assert!(said.contains(word), "{}", shown(&topics));
    }
}

#[test]
fn the_same_conversations_have_the_same_topics_each_time() {
    let mut texts = planted(&REFUND, 30);
    texts.extend(planted(&PASSWORD, 30));
    let again = || find(&collection(texts.iter().map(String::as_str)));
    assert_eq!(again(), again());
}

#[test]
fn each_conversation_is_in_one_topic_at_most_and_its_query_finds_all_of_a_topic() {
    let both = "The parcel of the delivery came, and I want a refund of the money.";
    let mut texts = planted(&REFUND, 60);
    texts.extend(planted(&DELIVERY, 60));
    texts.extend(std::iter::repeat_n(both.to_owned(), 3));
    let topics = find(&collection(texts.iter().map(String::as_str)));
    let mut all: Vec<usize> = topics.iter().flat_map(|topic| topic.members.clone()).collect();
    let found = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), found);
    for topic in &topics {
        for member in topic.members.iter().chain(&topic.others) {
            let text = texts[*member].to_lowercase();
            assert!(topic.words.iter().any(|word| text.contains(word)), "{text} {}", shown(&topics));
        }
    }
    assert!(topics.iter().any(|topic| !topic.others.is_empty()), "{}", shown(&topics));
}

#[test]
fn few_conversations_have_a_topic_only_where_they_share_one() {
    assert_eq!(find(&Collection::default()), []);
    assert_eq!(find(&collection(["Where is my refund?"])), []);
    assert_eq!(find(&collection(["Where is my parcel?", "Hi", "A password, please"])), []);
    let topics = find(&collection(["A refund, please", "A refund was promised", "The parcel never came"]));
    assert_eq!(topics.len(), 1, "{}", shown(&topics));
    assert_eq!((topics[0].members.as_slice(), topics[0].query.as_str()), ([0, 1].as_slice(), "refund"));
}

#[test]
fn languages_and_scripts_keep_to_themselves_and_their_everyday_words_name_nothing() {
    let german = [
        "Ich habe meine Rechnung nicht bekommen.",
        "Die Rechnung ist falsch, denn ich habe nur eine Lampe gekauft.",
        "Wo finde ich die Rechnung für die Steuer?",
        "Die Zahlung ist schon weg und die Rechnung fehlt.",
    ];
    let more_german = [
        "Ich möchte umtauschen, was ich gekauft habe.",
        "Die Schachtel ist zu groß, kann ich sie umtauschen?",
        "Wie kann ich umtauschen, und was kostet das?",
        "Sie ist kaputt und ich möchte sie umtauschen.",
    ];
    let japanese = [
        "商品の返金をお願いします。",
        "返金はいつになりますか。",
        "昨日から返金を待っています。",
        "返金が少ないです。",
    ];
    let more_japanese = [
        "ログインできません。",
        "昨日からログインできないです。",
        "ログインの画面が出ません。",
        "またログインに失敗します。",
    ];
    let mut texts = planted(&REFUND, 60);
    texts.extend(planted(&PASSWORD, 60));
    for sentences in [german, more_german, japanese, more_japanese] {
        texts.extend(planted_alone(&sentences, 24));
    }
    let topics = find(&collection(texts.iter().map(String::as_str)));
    let language = |member: usize| match member {
        0..120 => 0,
        120..168 => 1,
        _ => 2,
    };
    for topic in &topics {
        let first = topic.members.first().map(|member| language(*member));
        assert!(topic.members.iter().all(|member| Some(language(*member)) == first), "{}", shown(&topics));
    }
    for word in ["Rechnung", "umtauschen", "返金", "ログイン"] {
        assert!(
            topics.iter().any(|topic| topic.query.contains(&word.to_lowercase())),
            "{word} {}",
            shown(&topics)
        );
    }
}

#[test]
fn greetings_and_closings_in_any_language_are_no_topics() {
    let topics_es: [[&str; 4]; 3] = [
        [
            "No he recibido el reembolso de la lámpara",
            "El reembolso no llega a mi tarjeta",
            "Quiero el reembolso del importe completo",
            "Me prometieron un reembolso la semana pasada",
        ],
        [
            "No puedo cambiar la contraseña de mi cuenta",
            "La contraseña nueva no funciona",
            "He olvidado la contraseña y el enlace caduca",
            "Dice que la contraseña es incorrecta",
        ],
        [
            "El paquete no ha llegado a mi casa",
            "Mi paquete está roto",
            "El mensajero perdió el paquete",
            "Quiero recibir el paquete otro día",
        ],
    ];
    let greetings = ["Hola", "Buenas tardes", "Estimado equipo", "Buenos días a todos"];
    let closings = [
        "Que tenga un buen día",
        "Muchas gracias de antemano",
        "Quedo a la espera de su respuesta",
        "Un cordial saludo",
    ];
    let text = |number: usize| {
        let sentences = &topics_es[number % 3];
        format!(
            "{}, {}. {}. {}.",
            greetings[number / 3 % 4],
            sentences[number / 5 % 4],
            sentences[number / 7 % 4],
            closings[number / 11 % 4]
        )
    };
    let texts: Vec<String> = (0..240).map(text).collect();
    let topics = find(&collection(texts.iter().map(String::as_str)));
    assert!(topics.len() >= 3, "{}", shown(&topics));
    for word in ["tenga", "gracias", "espera", "saludo", "hola", "buenas", "estimado", "todos"] {
        let named = topics.iter().any(|topic| topic.words.iter().any(|known| known.contains(word)));
        assert!(!named, "{word} {}", shown(&topics));
    }
    for word in ["reembolso", "contraseña", "paquete"] {
        assert!(topics.iter().any(|topic| topic.query.contains(word)), "{word} {}", shown(&topics));
    }
}

#[test]
fn endings_of_korean_words_and_what_most_of_a_small_language_say_are_no_topics() {
    let korean = [
        ["환불을 요청했습니다", "환불은 언제 됩니까", "환불이 아직 안 됐습니다"],
        ["택배가 오지 않았습니다", "택배를 잃어버렸습니다", "택배는 어디에 있습니까"],
        ["비밀번호를 바꿀 수 없습니다", "비밀번호가 틀리다고 합니다", "비밀번호를 잊었습니다"],
    ];
    let chinese =
        ["您好, 登录失败", "您好, 想买新的", "您好, 谢谢你们", "您好, 屏幕很暗", "您好, 什么时候发货"];
    let greetings = ["안녕하세요", "수고하십니다"];
    let mut texts: Vec<String> = (0..60)
        .map(|number| format!("{}, {}.", greetings[number / 9 % 2], korean[number % 3][number / 3 % 3]))
        .collect();
    texts.extend((0..20).map(|number| format!("{}. {number}", chinese[number % 5])));
    texts.extend(planted(&REFUND, 60));
    texts.extend(planted(&PASSWORD, 60));
    let topics = find(&collection(texts.iter().map(String::as_str)));
    for word in ["습니", "니다", "니까", "안녕", "수고", "您好"] {
        assert!(topics.iter().all(|topic| !topic.query.contains(word)), "{word} {}", shown(&topics));
    }
    for word in ["환불", "택배", "비밀"] {
        assert!(topics.iter().any(|topic| topic.query.contains(word)), "{word} {}", shown(&topics));
    }
}

#[test]
fn numbers_addresses_and_codes_make_no_topic() {
    let text = |number: usize| {
        let (order, code) = (number % 3 + 70_000, number % 2 + 100);
        format!("Order {order} E{code} https://example.com/{order} ada@example.com")
    };
    let texts: Vec<String> = (0..60).map(text).collect();
    let topics = find(&collection(texts.iter().map(String::as_str)));
    assert!(topics.iter().all(|topic| topic.query == "order"), "{}", shown(&topics));
}

#[test]
fn whatever_is_written_is_borne() {
    let long = "refund ".repeat(200_000);
    let endless = "x".repeat(1 << 20);
    let different: String = (0..200_000).map(|number| format!("w{} ", "ab".repeat(number % 19))).collect();
    let texts =
        [long.as_str(), &endless, &different, "", "!?…", "🙂🙂🙂", "1 2 3", "\u{0}\u{202e}", "> quoted only"];
    let topics = find(&collection(texts));
    assert!(topics.iter().all(|topic| topic.members.len() < 5), "{}", shown(&topics));
}

#[test]
fn what_builds_japanese_sentences_is_no_topic_and_begins_no_name() {
    // Many things are said to be done or not, in the same way; others are written about in other words.
    let passive = [
        "代金が返金されていません。",
        "料金が二重に請求されています。",
        "荷物が配送されていません。",
        "住所が変更されていません。",
        "権限が付与されていません。",
        "通知が送信されていません。",
    ];
    let others = [
        "パスワードを忘れました。",
        "ログイン画面が真っ白です。",
        "領収書の宛名を直したいです。",
        "アプリが起動しません。",
        "解約の方法を知りたいです。",
    ];
    let text = |number: usize| {
        let greeting = ["こんにちは。", "お世話になっております。", "初めまして。"][number / 3 % 3];
        let said = if number < 24 { passive[number % 6] } else { others[number % 5] };
        format!("{greeting}{said}")
    };
    let texts: Vec<String> = (0..84).map(text).collect();
    let topics = find(&collection(texts.iter().map(String::as_str)));
    let is_hiragana = |char: char| ('\u{3041}'..='\u{309f}').contains(&char);
    for topic in &topics {
        assert!(!topic.name.starts_with(is_hiragana), "{}", shown(&topics));
        assert!(topic.words.iter().all(|word| !word.starts_with(is_hiragana)), "{}", shown(&topics));
    }
    for word in ["パスワ", "領収書", "解約"] {
        assert!(topics.iter().any(|topic| topic.query.contains(word)), "{word} {}", shown(&topics));
    }
}
