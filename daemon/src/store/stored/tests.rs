#![allow(clippy::unwrap_used)]

use proto::Timestamp;
use proto::types::{Change, Value as Shown};

use super::*;
use crate::model::{Attachment, Author, Contact, Tag};
use crate::store::fields::Numbered;
use crate::store::measure::Answer;

/// Parts with everything that a part can have.
fn parts() -> Vec<Part> {
    let author = |kind: &str, id: Option<&str>| Author {
        kind: kind.to_owned(),
        id: id.map(str::to_owned),
        name: id.map(|_| "Zoë Quist".to_owned()),
        email: id.map(|_| "zoe@example.com".to_owned()),
    };
    let file = Attachment {
        name: Some("plan.pdf".to_owned()),
        url: Some("https://files.example.com/plan.pdf".to_owned()),
        content_type: None,
        filesize: Some(51_200),
    };
    vec![
        Part {
            id: "source".to_owned(),
            kind: "source".to_owned(),
            created_at: Timestamp(1_734_705_000),
            author: author("user", Some("c1")),
            text: "Where is 返金?".to_owned(),
            html: Some("<p>Where is 返金?</p>".to_owned()),
            attachments: vec![file, Attachment::default()],
            redacted: false,
            changes: Vec::new(),
        },
        Part {
            id: "7".to_owned(),
            kind: "close".to_owned(),
            created_at: Timestamp(-1),
            author: author("bot", None),
            ..Part::default()
        },
        Part {
            id: "8".to_owned(),
            kind: "comment".to_owned(),
            created_at: Timestamp(1_734_705_900),
            author: author("admin", Some("9")),
            text: "bold".to_owned(),
            html: Some("<b>bold</b>".to_owned()),
            redacted: true,
            ..Part::default()
        },
    ]
}

/// The same, of which two changed something.
fn changed() -> Vec<Part> {
    let change = |field: &str, to: Option<&str>| Change {
        field: field.to_owned(),
        from: Some("Brindle".to_owned()),
        to: to.map(str::to_owned),
        id: None,
    };
    let mut parts = parts();
    parts[1].changes = vec![change("attr.Stage", Some("Marmalade")), change("tag", None)];
    parts[2].changes = vec![change("assignee", Some("Kim Ode"))];
    parts
}

fn fields() -> Numbered {
    let list = vec![
        (1, String::new(), Shown::Text("e-mail".to_owned())),
        (2, "Größe".to_owned(), Shown::Real("12.5".to_owned())),
        (2, "order".to_owned(), Shown::Json(r#"{"id":"A-7"}"#.to_owned())),
        (3, String::new(), Shown::Whole(-4)),
        (4, String::new(), Shown::Flag(true)),
        (130, String::new(), Shown::Time(Timestamp(1_734_705_000))),
    ];
    Numbered { list, searchable: vec!["Marmalade".to_owned()] }
}

const ANSWERS: [Answer<i64>; 2] =
    [Answer { by: 0, asked: 0, after: 60 }, Answer { by: 70_000, asked: 100, after: 300 }];

const JSON: &[u8] = br#"{"type":"conversation","id":"1","title":"Lamp","state":"open"}"#;

fn contacts() -> Vec<Contact> {
    let whole = Contact {
        id: Some("c1".to_owned()),
        name: Some("Zoë Quist".to_owned()),
        email: Some("zoe@example.com".to_owned()),
    };
    vec![whole, Contact::default()]
}

fn tags() -> Vec<Tag> {
    vec![Tag { id: "1".to_owned(), name: "billing".to_owned() }]
}

const LABELS: [i64; 3] = [1, 70_000, 3_000_000_000];
const INSTANTS: [i64; 3] = [1_734_705_900, 1_734_705_000, -1];

/// The name of each kind of value, and its bytes as they are written now.
fn all() -> [(&'static str, Vec<u8>); 10] {
    let mut packer = Packer::new().unwrap();
    let (texts, rest) = packer.parts(&parts()).unwrap();
    let (_, changed) = packer.parts(&changed()).unwrap();
    [
        ("texts", texts),
        ("parts", rest),
        ("changed", changed),
        ("json", packer.json(JSON).unwrap()),
        ("contacts", encode(&contacts()).unwrap()),
        ("tags", encode(&tags()).unwrap()),
        ("labels", encode(&LABELS.to_vec()).unwrap()),
        ("activity", instants(INSTANTS.to_vec()).unwrap()),
        ("fields", encode(&fields()).unwrap()),
        ("answers", encode(&ANSWERS.to_vec()).unwrap()),
    ]
}

fn kept(version: &str, name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/stored/kept");
    std::fs::read(folder.join(version).join(name)).unwrap()
}

#[test]
#[ignore = "writes the bytes of a new version"]
fn keep_the_bytes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/stored/kept");
    let folder = folder.join(VERSION.to_string());
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in all() {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

/// The compressor may find a shorter way one day; what small values come to is fixed.
#[test]
fn what_is_written_now_are_the_bytes_that_are_kept_of_this_version() {
    for (name, bytes) in all().into_iter().skip(4) {
        assert_eq!(bytes, kept("1", name), "{name}: raise VERSION, and keep the bytes of the new one");
    }
}

#[test]
fn values_of_every_version_are_read_as_they_were_written() {
    let mut unpacker = Unpacker::new().unwrap();
    // Format 3 had no versions; of its values only texts and parts are read as they are.
    for version in ["3", "1"] {
        let read = unpacker.parts(1, &kept(version, "texts"), &kept(version, "parts")).unwrap();
        assert_eq!(read, parts(), "{version}");
    }
    let read = unpacker.parts(1, &kept("1", "texts"), &kept("1", "changed")).unwrap();
    assert_eq!(read, changed());
    assert_eq!(decode::<Numbered>("fields", 1, &kept("1", "fields")).unwrap(), fields());
    assert_eq!(decode::<Vec<Answer<i64>>>("answers", 1, &kept("1", "answers")).unwrap(), ANSWERS);
    assert_eq!(unpacker.json(1, &kept("1", "json")).unwrap(), JSON);
    assert_eq!(decode::<Vec<Contact>>("contacts", 1, &kept("1", "contacts")).unwrap(), contacts());
    assert_eq!(decode::<Vec<Tag>>("tags", 1, &kept("1", "tags")).unwrap(), tags());
    assert_eq!(decode::<Vec<i64>>("labels", 1, &kept("1", "labels")).unwrap(), LABELS);
    let mut ascending = INSTANTS;
    ascending.sort_unstable();
    assert_eq!(read_instants(1, &kept("1", "activity")).unwrap(), ascending);
}

#[test]
fn bytes_that_were_changed_are_refused_whichever_it_is() {
    let mut unpacker = Unpacker::new().unwrap();
    let texts = kept("1", "texts");
    for at in 0..texts.len() {
        let mut changed = texts.clone();
        changed[at] ^= 0x10;
        let read = unpacker.texts(1, &changed, |texts| texts.join("|"));
        // What the frame does not use, such as its window's size, may change.
        if let Ok(read) = read {
            assert_eq!(read, "Where is 返金?|bold", "byte {at}");
        }
    }
    let newer = [&[VERSION + 1], &texts[1..]].concat();
    let error = unpacker.texts(7, &newer, |_| ()).unwrap_err();
    assert!(error.to_string().contains("texts of conversation 7"), "{error}");
    for bytes in [&[][..], &[VERSION], &[VERSION, 3], &[2, 0], &[VERSION, 0, 0]] {
        assert!(decode::<Vec<Tag>>("tags", 7, bytes).is_err(), "{bytes:?}");
    }
}
