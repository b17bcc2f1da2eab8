//! Whatever bytes come over a socket: reading them ends in what was meant or in an error, never in a panic.
//!
//! The files of `corpus/greetings` and `corpus/frames` are tried each time, as they are and changed at random. A case that
//! once went wrong is added there, under the folder of what it should come to.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use proptest::prelude::*;
use proptest::sample::Index;
use proto::transport::{self, Peer};
use proto::{SyncdRequest, SyncdResponse};
use tarpc::{ClientMessage, Request, Response, context};
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

/// Returns the files of a folder of the corpus, by name.
fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Runs a future that uses sockets.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Returns what a peer that says this and no more is taken for.
async fn greeted(bytes: &[u8]) -> std::io::Result<Peer> {
    let (mut near, mut far) = UnixStream::pair()?;
    far.write_all(bytes).await?;
    far.shutdown().await?;
    transport::greet(&mut near).await
}

/// Returns what the daemon reads from a client that sends this and no more, and whether it came to its end well.
async fn received(bytes: &[u8]) -> (Vec<ClientMessage<SyncdRequest>>, bool) {
    let (near, mut far) = tokio::io::duplex(bytes.len().max(1));
    far.write_all(bytes).await.unwrap();
    far.shutdown().await.unwrap();
    let mut channel = transport::server::<_, Response<SyncdResponse>, _>(near);
    let mut calls = Vec::new();
    while let Some(call) = channel.next().await {
        match call {
            Ok(call) => calls.push(call),
            Err(_) => return (calls, false),
        }
    }
    (calls, true)
}

/// Returns a call in its frame.
fn call(deadline: Duration) -> Vec<u8> {
    let mut context = context::current();
    context.deadline = Instant::now() + deadline;
    let message = ClientMessage::Request(Request { context, id: 1, message: SyncdRequest::Status {} });
    let body = bincode::serde::encode_to_vec(&message, bincode::config::legacy()).unwrap();
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
}

#[test]
fn a_kept_greeting_is_taken_or_refused_as_it_was() {
    for (name, bytes) in corpus("greetings/accepted") {
        let peer = run(greeted(&bytes)).unwrap();
        assert!(!peer.version.contains(char::is_control), "{name}: {peer:?}");
    }
    for (name, bytes) in corpus("greetings/refused") {
        assert!(run(greeted(&bytes)).is_err(), "{name}");
    }
}

#[test]
fn a_kept_frame_is_taken_or_refused_as_it_was() {
    for (name, bytes) in corpus("frames/accepted") {
        let (calls, well) = run(received(&bytes));
        assert!(well && calls.len() == 1, "{name}: {calls:?}");
    }
    for (name, bytes) in corpus("frames/refused") {
        let (calls, well) = run(received(&bytes));
        assert!(!well && calls.is_empty(), "{name}: {calls:?}");
    }
}

#[test]
fn a_deadline_that_no_clock_can_hold_is_refused_before_it_is_reckoned_with() {
    let (calls, well) = run(received(&call(Duration::from_secs(3_500))));
    assert!(well && calls.len() == 1, "{calls:?}");
    let (calls, well) = run(received(&call(Duration::from_secs(3_700))));
    assert!(!well && calls.is_empty(), "{calls:?}");
    let mut most = call(Duration::from_secs(1));
    // The seconds come after the frame's length and the kind of message.
    most[8..16].fill(255);
    let (calls, well) = run(received(&most));
    assert!(!well && calls.is_empty(), "{calls:?}");
}

/// One change to some bytes.
#[derive(Clone, Debug)]
enum Change {
    Turn(Index, u8),
    Fill(Index, u8),
    Cut(Index),
    Insert(Index, Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Change::Turn(at, bit)),
        (any::<Index>(), prop_oneof![Just(0), Just(255), Just(127)])
            .prop_map(|(at, byte)| Change::Fill(at, byte)),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..9))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
    ]
}

impl Change {
    fn apply(self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Turn(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Fill(at, byte) => {
                let start = at.index(bytes.len());
                let end = (start + 8).min(bytes.len());
                bytes[start..end].fill(byte);
            }
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more);
            }
        }
    }
}

/// Returns a kept case of these folders, changed a few times.
fn changed(folders: [&'static str; 2]) -> impl Strategy<Value = Vec<u8>> {
    let kept: Vec<Vec<u8>> = folders.into_iter().flat_map(corpus).map(|(_, bytes)| bytes).collect();
    (prop::sample::select(kept), prop::collection::vec(change(), 0..4)).prop_map(|(mut bytes, changes)| {
        changes.into_iter().for_each(|change| change.apply(&mut bytes));
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_for_a_greeting_is_one(bytes in changed(["greetings/accepted", "greetings/refused"])) {
        if let Ok(peer) = run(greeted(&bytes)) {
            prop_assert_eq!(&bytes[..4], b"sYnC");
            prop_assert_eq!(&peer.protocol.to_le_bytes()[..], &bytes[4..6]);
            prop_assert!(bytes.len() >= 7 + usize::from(bytes[6]));
        }
    }

    #[test]
    fn changed_frames_are_read_or_refused_and_never_crash(bytes in changed(["frames/accepted", "frames/refused"])) {
        let (calls, _) = run(received(&bytes));
        for call in calls {
            if let ClientMessage::Request(call) = call {
                prop_assert!(call.context.deadline < Instant::now() + Duration::from_secs(3_601));
            }
        }
    }

    #[test]
    fn random_frames_are_read_or_refused_and_never_crash(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let framed = [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat();
        run(received(&framed));
        run(received(&bytes));
    }
}
