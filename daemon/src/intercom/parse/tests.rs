#![allow(clippy::unwrap_used)]
use super::*;

fn read(json: &str) -> Conversation {
    conversation(Bytes::copy_from_slice(json.as_bytes())).unwrap()
}

/// A conversation with most of what occurs, as Intercom sends it.
const WHOLE: &str = r#"{"type":"conversation","id":"215473000000101","title":"Cannot sign in","created_at":1767225600,
 "updated_at":1767232800,"open":false,"state":"closed","admin_assignee_id":7000001,"team_assignee_id":0,
 "tags":{"type":"tag.list","tags":[{"type":"tag","id":"9000001","name":"login"}]},
 "source":{"type":"email","id":"990000001","subject":"<p>Sign in</p>","body":"<p>Hello, I cannot sign in.</p>",
  "author":{"type":"user","id":"c1","name":"Uma","email":"uma@example.com"},"attachments":[{"type":"upload",
  "name":"a.pdf","url":"https://files.example.com/a.pdf","content_type":"application/pdf","filesize":"20480"}]},
 "contacts":{"type":"contact.list","contacts":[{"type":"contact","id":"c1"},{"type":"contact","id":"c2"}]},
 "teammates":{"type":"admin.list","admins":[{"type":"admin","id":"7000001"}]},
 "custom_attributes":{"Copilot used":false,"Amount":155.5},"statistics":null,"topics":{"topics":[]},
 "conversation_parts":{"type":"conversation_part.list","total_count":3,"conversation_parts":[
  {"id":"3","part_type":"comment","body":"<p>Please try again.</p>","created_at":1767225900,
   "author":{"type":"admin","id":"7000001","name":"Ada","email":"ada@example.com"},"attachments":[]},
  {"id":2,"part_type":"a_new_kind","body":null,"created_at":1767225605,"author":{"type":"bot","id":"9"}},
  {"id":"4","part_type":"note","body":"<p><i>This message was deleted</i></p>","created_at":1767225900,"redacted":true,
   "author":{"type":"lead","id":"c3","name":null,"email":"leo@example.com"}}]}}"#;

#[test]
fn a_conversation_is_read_whole() {
    let read = read(WHOLE);
    assert_eq!(read.id.as_str(), "215473000000101");
    assert_eq!(
        (read.title.as_deref(), read.state.as_str(), read.truncated),
        (Some("Cannot sign in"), "closed", false)
    );
    assert_eq!((read.admin_assignee.as_deref(), read.team_assignee), (Some("7000001"), None));
    assert_eq!(read.tags, [Tag { id: "9000001".into(), name: "login".into() }]);
    let ids: Vec<_> = read.parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids, ["990000001", "2", "3", "4"]);
    let opening = &read.parts[0];
    assert_eq!((opening.kind.as_str(), opening.created_at), ("source", Timestamp(1_767_225_600)));
    assert_eq!(opening.text, "Sign in\n\nHello, I cannot sign in.");
    assert_eq!(opening.html.as_deref(), Some("<p>Hello, I cannot sign in.</p>"));
    assert_eq!(opening.attachments[0].filesize, Some(20_480));
    assert_eq!((read.parts[1].kind.as_str(), read.parts[1].is_message()), ("a_new_kind", false));
    assert!(read.parts[3].redacted);
    assert_eq!(read.raw.as_ref(), WHOLE.as_bytes());
}

#[test]
fn contacts_are_merged_with_the_customer_first() {
    let contact = |id: &str, name: Option<&str>, email: Option<&str>| Contact {
        id: Some(id.to_owned()),
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
    };
    let expected = [
        contact("c1", Some("Uma"), Some("uma@example.com")),
        contact("c2", None, None),
        contact("c3", None, Some("leo@example.com")),
    ];
    assert_eq!(read(WHOLE).contacts, expected);
}

#[test]
fn every_field_may_be_missing_or_of_another_type() {
    let bare = read(r#"{"id":7}"#);
    assert_eq!((bare.id.as_str(), bare.state.as_str(), bare.created_at), ("7", "open", Timestamp::EPOCH));
    assert_eq!((bare.parts.len(), bare.parts[0].id.as_str()), (1, "source"));
    let odd = read(
        r#"{"id":"7","title":{"a":[1]},"state":true,"open":"false","created_at":"100","updated_at":200.0,
        "admin_assignee_id":"7000001","team_assignee_id":null,"tags":[],"source":"none","contacts":null,
        "conversation_parts":{"total_count":"x","conversation_parts":[null,7,{"created_at":null,"author":[],
        "attachments":{},"redacted":1,"body":false},{"id":"9","tags":null}]}}"#,
    );
    assert_eq!((odd.state.as_str(), odd.title), ("closed", None));
    assert_eq!((odd.created_at, odd.updated_at), (Timestamp(100), Timestamp(200)));
    assert_eq!(odd.admin_assignee.as_deref(), Some("7000001"));
    assert_eq!(odd.parts.len(), 5);
    assert!(odd.parts[3].redacted);
}

#[test]
fn a_missing_state_is_told_from_what_is_there() {
    for (json, state) in [
        (r#"{"id":"7","open":true}"#, "open"),
        (r#"{"id":"7","open":false}"#, "closed"),
        (r#"{"id":"7","open":true,"snoozed_until":1767225600}"#, "snoozed"),
        (r#"{"id":"7","state":"waiting_on_moon","open":true}"#, "waiting_on_moon"),
    ] {
        assert_eq!(read(json).state, state);
    }
}

#[test]
fn the_subject_stands_in_for_a_missing_title() {
    let json = |title: &str, subject: &str| {
        format!(r#"{{"id":"7","title":{title},"source":{{"subject":{subject}}}}}"#)
    };
    assert_eq!(
        read(&json("null", r#""<p>Invoice &amp; more</p>""#)).title.as_deref(),
        Some("Invoice & more")
    );
    assert_eq!(read(&json(r#"" ""#, "null")).title, None);
    assert_eq!(read(&json("null", r#""<p></p>""#)).title, None);
}

#[test]
fn the_subject_is_said_where_it_is_not_the_title() {
    let json = |title: &str| {
        format!(
            r#"{{"id":"7","title":"{title}","source":{{"subject":"Re: Invoice","body":"<p>See it</p>"}}}}"#
        )
    };
    assert_eq!(read(&json("Billing")).parts[0].text, "Re: Invoice\n\nSee it");
    assert_eq!(read(&json("re:  invoice")).parts[0].text, "See it");
    assert_eq!(read(&json("")).parts[0].text, "See it");
}

#[test]
fn a_conversation_of_which_parts_are_missing_is_marked() {
    let json = |parts: usize, total: usize| {
        let parts: Vec<_> = (0..parts).map(|id| format!(r#"{{"id":"{id}","created_at":{id}}}"#)).collect();
        let parts = parts.join(",");
        format!(
            r#"{{"id":"7","conversation_parts":{{"conversation_parts":[{parts}],"total_count":{total}}}}}"#
        )
    };
    for (parts, total, truncated) in [(2, 2, false), (2, 3, true), (499, 499, false), (500, 500, true)] {
        assert_eq!(read(&json(parts, total)).truncated, truncated, "{parts} of {total}");
    }
}

#[test]
fn only_what_has_no_id_is_unreadable() {
    for body in ["{}", "[]", "", "null", r#"{"id":null}"#, r#"{"id":""}"#, r#"{"id":"7""#] {
        assert!(conversation(Bytes::copy_from_slice(body.as_bytes())).is_err(), "{body}");
    }
}

#[test]
fn half_an_emoji_and_broken_utf8_cost_no_conversation() {
    let json = br#"{"id":"7","title":"a \ud83d\ude00 b \ud83d c \\ud83d d \xff"}"#;
    let mut bytes = json.to_vec();
    let at = bytes.windows(4).position(|window| window == br"\xff").unwrap();
    bytes.splice(at..at + 4, [0xff]);
    let read = conversation(Bytes::from(bytes)).unwrap();
    assert_eq!(read.title.as_deref(), Some("a \u{1f600} b \u{fffd} c \\ud83d d \u{fffd}"));
}

#[test]
fn a_repeated_part_and_a_source_named_like_a_part_keep_ids_unique() {
    let read = read(
        r#"{"id":"7","source":{"id":"1"},"conversation_parts":{"conversation_parts":[
        {"id":"1","created_at":5},{"id":"2","created_at":6},{"id":"2","created_at":6}]}}"#,
    );
    let ids: Vec<_> = read.parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids, ["source", "1", "2"]);
}

/// Whatever is misread as the end of a list lets a scan claim what it has not seen.
#[test]
fn an_envelope_that_does_not_tell_the_end_of_the_list_is_no_page() {
    let read = |body: &str| page(body.as_bytes(), Timestamp(0), Timestamp(99));
    let row = r#"{"id":"1","updated_at":20}"#;
    for whole in [
        format!(r#"{{"conversations":[{row}],"total_count":1}}"#),
        format!(r#"{{"conversations":[{row}],"total_count":9,"pages":{{"next":null}}}}"#),
        r#"{"conversations":[],"pages":{"total_pages":0}}"#.to_owned(),
    ] {
        assert_eq!(read(&whole).map(|page| page.next).unwrap_or_else(|_| panic!("{whole}")), None);
    }
    for broken in [
        format!(r#"{{"conversations":{row},"pages":{{}}}}"#),
        format!(r#"{{"conversations":[{row}]}}"#),
        format!(r#"{{"conversations":[{row}],"total_count":9}}"#),
        format!(r#"{{"conversations":[{row}],"pages":"none"}}"#),
        format!(r#"{{"conversations":[{row}],"pages":{{"next":true}}}}"#),
        format!(r#"{{"conversations":[{row}],"pages":{{"next":{{"page":2}}}}}}"#),
        r#"{"conversations":null,"pages":{}}"#.to_owned(),
        "[]".to_owned(),
    ] {
        assert!(read(&broken).is_err(), "{broken}");
    }
}

#[test]
fn a_row_without_an_activity_time_is_to_be_read_anew() {
    let body = br#"{"conversations":[{"id":"1"},{"id":"2","updated_at":10}],"pages":{}}"#;
    let page = page(body, Timestamp(5), Timestamp(99)).unwrap();
    let read_after: Vec<_> = page.listed.iter().map(|row| row.read_after).collect();
    assert_eq!(read_after, [Some(Timestamp(99)), None]);
}

#[test]
fn a_row_without_an_id_costs_no_other_row() {
    let body = br#"{"conversations":[{"id":"1","updated_at":20},{"updated_at":30},{"x":1}],"pages":{}}"#;
    let page = page(body, Timestamp(0), Timestamp(99)).unwrap();
    assert_eq!((page.listed.len(), page.raw_rows, page.answered_at), (1, 3, Timestamp(99)));
    assert_eq!(page.unreadable, [Some(Timestamp(30)), None]);
}
