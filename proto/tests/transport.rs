//! The greeting over a real socket.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use proto::client::{Client, ClientError};
use proto::{PROTOCOL, VERSION, transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

fn socket() -> (tempfile::TempDir, PathBuf, UnixListener) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let listener = UnixListener::bind(&path).unwrap();
    (dir, path, listener)
}

fn greeting(protocol: u16, version: &str) -> Vec<u8> {
    let mut bytes = b"sYnC".to_vec();
    bytes.extend(protocol.to_le_bytes());
    bytes.push(u8::try_from(version.len()).unwrap());
    bytes.extend(version.as_bytes());
    bytes
}

#[tokio::test]
async fn both_sides_learn_of_each_other() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    let (first, second) = tokio::join!(transport::greet(&mut one), transport::greet(&mut other));
    assert_eq!(first.unwrap(), second.unwrap());
}

#[tokio::test]
async fn a_daemon_of_another_protocol_is_named_with_what_to_do() {
    for (protocol, remedy) in [(PROTOCOL - 1, "restart"), (PROTOCOL + 1, "install")] {
        let (_dir, path, listener) = socket();
        let daemon = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(&greeting(protocol, "9.8.7")).await.unwrap();
            stream
        };
        let (client, _stream) = tokio::join!(Client::connect(&path), daemon);
        let error = client.unwrap_err();
        assert!(matches!(error, ClientError::VersionMismatch(_)));
        let text = error.to_string();
        assert!(text.contains("9.8.7") && text.contains(VERSION) && text.contains(remedy), "{text}");
    }
}

#[tokio::test]
async fn something_else_on_the_socket_is_not_mistaken_for_syncd() {
    let (_dir, path, listener) = socket();
    let other = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 mail.example.com ESMTP\r\n").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    };
    let (client, ()) = tokio::join!(Client::connect(&path), other);
    assert!(matches!(client.unwrap_err(), ClientError::NotSyncd { .. }));
}

#[tokio::test]
async fn nobody_on_the_socket_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let error = Client::connect(&dir.path().join("nobody")).await.unwrap_err();
    assert!(error.is_disconnected() && error.to_string().contains("nobody"), "{error}");
}
