//! What is not a call, or is one too large, too many or too odd.

use std::time::Duration;

use proto::SyncdRequest;
use proto::client::ClientError;
use proto::types::{CheckRequest, Expr, Question, SearchRequest, ShowRequest, WatchRequest, Window};
use proto::{ApiError, Timestamp};
use serde::Serialize;
use tarpc::{ClientMessage, Request, context};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{assert_answers, bench, greeted, is_ended_after};

/// Returns a call in a frame, as a client sends it.
pub(super) fn frame(id: u64, deadline: Duration, message: SyncdRequest) -> Vec<u8> {
    let mut context = context::current();
    context.deadline = std::time::Instant::now() + deadline;
    framed(&ClientMessage::Request(Request { context, id, message }))
}

fn framed(value: &impl Serialize) -> Vec<u8> {
    let body = bincode::serde::encode_to_vec(value, bincode::config::legacy()).unwrap();
    let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    frame.extend(body);
    frame
}

#[tokio::test(start_paused = true)]
async fn random_bytes_end_their_own_connection_alone() {
    let bench = bench().await;
    let mut dice = fastrand::Rng::with_seed(11);
    for _ in 0..100 {
        let mut stream = greeted(&bench).await;
        let length = dice.u16(4..2_000);
        let mut bytes = u32::from(length).to_be_bytes().to_vec();
        bytes.extend((0..length).map(|_| dice.u8(..)));
        assert!(is_ended_after(&mut stream, &bytes).await);
    }
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_bit_turned_over_harms_nobody_else() {
    let bench = bench().await;
    let mut dice = fastrand::Rng::with_seed(12);
    let call = |kind| match kind % 4 {
        0 => SyncdRequest::Search {
            request: SearchRequest {
                question: Question::of(Expr::word("refund")),
                limit: 3,
                ..SearchRequest::default()
            },
        },
        1 => SyncdRequest::Check { request: CheckRequest { window: Window::default() } },
        2 => SyncdRequest::Show { request: ShowRequest { id: "1".to_owned(), ..ShowRequest::default() } },
        _ => SyncdRequest::Status {},
    };
    for round in 0..200 {
        let mut bytes = frame(1, Duration::from_secs(1), call(round));
        let at = dice.usize(4..bytes.len());
        bytes[at] ^= 1 << dice.u8(..8);
        let mut stream = greeted(&bench).await;
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        // An answer or none: what matters is that it ends.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
    }
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_claims_to_be_huge_is_refused_at_once() {
    let bench = bench().await;
    for claimed in [64 * 1_024 + 1, 16 << 20, u32::MAX] {
        let mut stream = greeted(&bench).await;
        assert!(is_ended_after(&mut stream, &claimed.to_be_bytes()).await, "{claimed}");
    }
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn half_a_frame_holds_up_nobody_else() {
    let bench = bench().await;
    let mut halves = Vec::new();
    for _ in 0..50 {
        let mut stream = greeted(&bench).await;
        stream.write_all(&[0, 0, 255, 0, 1, 2, 3]).await.unwrap();
        halves.push(stream);
    }
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_deadline_of_centuries_harms_its_own_connection_at_most() {
    let bench = bench().await;
    let century = Duration::from_secs(100 * 365 * 86_400);
    let mut stream = greeted(&bench).await;
    let bytes = frame(1, century, SyncdRequest::Status {});
    assert!(is_ended_after(&mut stream, &bytes).await);
    // As many seconds as can be written: after the frame's length and the kind of message.
    let mut bytes = frame(1, century, SyncdRequest::Status {});
    bytes[8..16].fill(255);
    assert!(is_ended_after(&mut greeted(&bench).await, &bytes).await);
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn more_calls_than_anybody_needs_are_answered_or_refused() {
    let bench = bench().await;
    let mut stream = greeted(&bench).await;
    for id in 0..1_000 {
        let watch =
            SyncdRequest::Watch { request: WatchRequest { ticket: proto::types::SyncTicket(9), seen: 0 } };
        stream.write_all(&frame(id, Duration::from_secs(1), watch)).await.unwrap();
    }
    for _ in 0..1_000 {
        let length = stream.read_u32().await.unwrap();
        let mut answer = vec![0; length as usize];
        stream.read_exact(&mut answer).await.unwrap();
    }
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_beyond_reason_gets_an_error_and_no_panic() {
    let bench = bench().await;
    let far = [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX].map(Timestamp);
    for start in far {
        for end in far {
            let window = Window { start: Some(start), end: Some(end) };
            match bench.client.check(CheckRequest { window }).await {
                Ok(_) | Err(ClientError::Api(ApiError::BadRequest(_))) => {}
                Err(error) => panic!("{window:?}: {error}"),
            }
            let request = SearchRequest {
                question: Question { window, ..Question::default() },
                limit: u32::MAX,
                ..SearchRequest::default()
            };
            match bench.client.search(&request).await {
                Ok(_) | Err(ClientError::Api(ApiError::BadRequest(_))) => {}
                Err(error) => panic!("{window:?}: {error}"),
            }
        }
    }
    let bad = |error: ClientError| matches!(error, ClientError::Api(ApiError::BadRequest(_)));
    for text in ["x".repeat(10_000), "a ".repeat(2_000), "x".repeat(1 << 20)] {
        let request = SearchRequest { question: Question::of(Expr::word(text)), ..SearchRequest::default() };
        assert!(bad(bench.client.search(&request).await.unwrap_err()));
    }
    let request = SearchRequest { page: Some("x".repeat(30_000)), ..SearchRequest::default() };
    assert!(bad(bench.client.search(&request).await.unwrap_err()));
    let request = ShowRequest { id: "9".repeat(30_000), offset: u32::MAX, limit: u32::MAX, refresh: false };
    let error = bench.client.show(&request).await.unwrap_err();
    assert!(matches!(error, ClientError::Api(ApiError::NoSuchConversation(_))), "{error}");
    for id in ["", "..", "../me", &"9".repeat(30_000)] {
        let request = ShowRequest { id: id.to_owned(), refresh: true, ..ShowRequest::default() };
        assert!(bad(bench.client.show(&request).await.unwrap_err()), "{id}");
    }
    assert_answers(&bench).await;
}
