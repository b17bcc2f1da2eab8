//! Peers that greet in another way, late, or not at all.

use std::time::Duration;

use proto::PROTOCOL;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::{assert_answers, bench, greeting, socket};

#[tokio::test(start_paused = true)]
async fn an_older_and_a_newer_client_learn_which_daemon_this_is_before_it_hangs_up() {
    let bench = bench().await;
    for protocol in [PROTOCOL - 1, PROTOCOL + 1] {
        let mut stream = UnixStream::connect(socket(&bench)).await.unwrap();
        stream.write_all(&greeting(protocol)).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer[..4], *b"sYnC");
        assert_eq!(answer[4..6], PROTOCOL.to_le_bytes());
        assert_eq!(answer[7..], *proto::VERSION.as_bytes());
    }
    assert_answers(&bench).await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_greet_is_let_go_after_a_while() {
    let bench = bench().await;
    for bytes in [&b""[..], b"sY", b"GET / HTTP/1.1\r\n\r\n", &[0; 64]] {
        let mut stream = UnixStream::connect(socket(&bench)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{bytes:?}");
    }
    assert_answers(&bench).await;
}
