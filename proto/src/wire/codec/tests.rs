#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{MAX_FRAME, decode, encode};
use crate::ApiError;
use crate::types::*;
use crate::wire::timestamp::{Interval, Timestamp};

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    prop::option::of(any::<String>())
}

fn instant() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn interval() -> impl Strategy<Value = Interval> {
    any::<(i64, i64)>().prop_map(|(start, end)| Interval::new(start, end))
}

prop_compose! {
    fn sync_info()(
        state in prop_oneof![Just(State::Fresh), Just(State::Partial), Just(State::Stale)],
        last_sync in prop::option::of(instant()),
        message in maybe(),
        coverage in prop::option::of(interval()),
        gaps in prop::collection::vec(interval(), 0..4),
        (pending, failed, data_complete, sync_in_progress) in any::<(u64, u64, bool, bool)>(),
        sync_error in maybe(),
    ) -> SyncInfo {
        SyncInfo {
            state, last_sync, message, data_complete, coverage, gaps,
            incomplete: Incomplete { pending, failed }, sync_in_progress, sync_error,
fields: Vec::new(),
        }
    }
}

prop_compose! {
    fn summary()(
        (id, state) in (text(), text()),
        (url, title, name, email) in (maybe(), maybe(), maybe(), maybe()),
        (created_at, updated_at) in (instant(), instant()),
        tags in prop::collection::vec(text(), 0..4),
        (message_count, truncated) in any::<(u32, bool)>(),
        snippet in prop::option::of((text(), prop::collection::vec(any::<(u32, u32)>(), 0..4))),
        (kind, first_words) in (text(), maybe()),
    ) -> Summary {
        Summary {
            id, url, title, state, created_at, updated_at, tags, message_count, truncated,
            customer: name.clone().map(|id| Customer { id: Some(id), name, email: email.clone() }),
            assignee: email.map(|id| Assignee { id, kind: "admin".to_owned(), name: None }),
            snippet: snippet.clone().map(|(text, marks)| Marked { text, marks }),
            snippet_author: first_words.clone().map(|name| Speaker { kind: kind.clone(), name: Some(name) }),
            further_snippets: snippet.map(|(text, marks)| Snippet { text: Marked { text, marks }, author: None }).into_iter().collect(),
            first_words,
        }
    }
}

prop_compose! {
    fn message()(
        (id, kind, body) in (text(), text(), text()),
        (name, email, body_html, url) in (maybe(), maybe(), maybe(), maybe()),
        created_at in instant(),
        (filesize, redacted) in any::<(Option<i64>, bool)>(),
    ) -> Message {
        Message {
            id, kind: kind.clone(), body, body_html, created_at, redacted,
            author: Author { kind, id: None, name, email },
            changes: vec![Change { field: "tag".to_owned(), to: url.clone(), ..Change::default() }],
            attachments: url.into_iter().map(|url| Attachment { url: Some(url), filesize, ..Attachment::default() }).collect(),
        }
    }
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> Result<(), TestCaseError> {
    let bytes = encode(value).unwrap();
    prop_assert_eq!(&decode::<T>(&bytes).unwrap(), value);
    let mut longer = bytes.clone();
    longer.push(0);
    prop_assert!(decode::<T>(&longer).is_err(), "bytes left over are refused");
    prop_assert!(
        bytes.is_empty() || decode::<T>(&bytes[..bytes.len() - 1]).is_err(),
        "a cut value is refused"
    );
    Ok(())
}

proptest! {
    #[test]
    fn an_answer_to_a_search_comes_back_as_it_was(
        hits in prop::collection::vec(summary(), 0..5),
        (total, ticket, cut_short) in any::<(Option<u64>, Option<u64>, bool)>(),
        next_page in maybe(),
        window in interval(),
        sync_info in sync_info(),
    ) {
        comes_back(&SearchReply { hits, total, next_page, cut_short, window, unknown: Vec::new(), notes: Vec::new(), explanation: None, sync_info, sync: ticket.map(SyncTicket) })?;
    }

    #[test]
    fn a_conversation_comes_back_as_it_was(
        summary in summary(),
        messages in prop::collection::vec(message(), 0..5),
        (offset, next_offset, outdated) in any::<(u32, Option<u32>, bool)>(),
        fetched_at in instant(),
        sync_info in sync_info(),
    ) {
        let events = vec![Event { id: "7".to_owned(), ..Event::default() }];
        let fields = [Value::Whole(-1), Value::Flag(true), Value::Time(fetched_at), Value::Json("{}".to_owned())];
        let fields = fields.map(|value| FieldValue::new(Field::Attribute("n".to_owned()), value)).into();
        let conversation =
            Conversation { summary, messages, events, offset, next_offset, fetched_at, outdated, fields };
        comes_back(&ShowReply { conversation, sync_info, window: Interval::new(1, 2) })?;
    }

    #[test]
    fn a_search_request_comes_back_as_it_was(
        (words, customer, tag, page) in (text(), maybe(), maybe(), maybe()),
        (start, end, limit) in any::<(Option<i64>, Option<i64>, u32)>(),
    ) {
        comes_back(&SearchRequest { question: Question { query: Expr::word(words), window: Window { start: start.map(Timestamp), end: end.map(Timestamp) }, by: TimeField::Updated }.with(Field::Customer, customer).with(Field::Tag, tag), sort: Sort::Relevance, limit, page })?;
    }

    #[test]
    fn random_bytes_are_refused_or_decoded_and_never_crash(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = decode::<SearchReply>(&bytes);
        let _ = decode::<ShowReply>(&bytes);
        let _ = decode::<Status>(&bytes);
        let _ = decode::<Result<Vec<Diagnosis>, ApiError>>(&bytes);
        let _ = decode::<SearchRequest>(&bytes);
    }
}

#[test]
fn a_claimed_length_beyond_the_limit_is_refused_without_being_allocated() {
    for claimed in [MAX_FRAME as u64 + 1, 1 << 40, u64::MAX] {
        assert!(decode::<String>(&claimed.to_le_bytes()).is_err());
        assert!(decode::<Vec<Interval>>(&claimed.to_le_bytes()).is_err());
    }
}

#[test]
fn a_value_beyond_the_limit_is_not_sent() {
    assert!(encode(&"x".repeat(MAX_FRAME + 1)).is_err());
}
