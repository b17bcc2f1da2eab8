//! Hostile and broken peers on the socket: whatever one does, all others are answered, and what it costs is bounded.

mod crowds;
mod frames;
mod greetings;
mod lost;
mod peers;

use std::path::PathBuf;

use proto::client::Client;
use proto::types::SearchRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::support::{Bench, workspace};

/// Returns a daemon that has a small workspace whole.
async fn bench() -> Bench {
    let bench = Bench::start(workspace(40)).await;
    bench.sync().await;
    bench
}

fn socket(bench: &Bench) -> PathBuf {
    bench.home.path().join("syncd.sock")
}

/// Returns the greeting of a peer of this protocol number.
fn greeting(protocol: u16) -> Vec<u8> {
    let mut bytes = b"sYnC".to_vec();
    bytes.extend(protocol.to_le_bytes());
    bytes.extend([5]);
    bytes.extend(b"0.0.1");
    bytes
}

/// Connects as a client that may ask.
async fn greeted(bench: &Bench) -> UnixStream {
    let mut stream = UnixStream::connect(socket(bench)).await.unwrap();
    proto::transport::greet(&mut stream).await.unwrap();
    stream
}

/// Says whether the daemon ends a connection, once it has read these bytes, without an answer.
async fn is_ended_after(stream: &mut UnixStream, bytes: &[u8]) -> bool {
    // It may have been ended while this is written.
    let _ = stream.write_all(bytes).await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    rest.is_empty()
}

/// Asserts that others are answered, on the connection that was there before and on a new one.
async fn assert_answers(bench: &Bench) {
    let question = SearchRequest { limit: 5, ..SearchRequest::default() };
    assert_eq!(bench.client.search(&question).await.unwrap().hits.len(), 5);
    let client = Client::connect(&socket(bench)).await.unwrap();
    assert_eq!(client.search(&question).await.unwrap().hits.len(), 5);
}
