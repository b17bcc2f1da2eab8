//! From a Unix stream to a channel of calls: the greeting that both sides exchange first, frames, limits.
//!
//! The greeting is written before anything else, since a peer of another protocol number could not be trusted to
//! understand a call: 4 bytes `sYnC`, protocol number and package version. Each side sends its own and reads the
//! other's.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio_util::codec::{Decoder, Encoder, Framed, LengthDelimitedCodec};

use crate::wire::codec::{self, Codec, MAX_FRAME, MAX_REQUEST};
use crate::{PROTOCOL, VERSION};

const MAGIC: [u8; 4] = *b"sYnC";
const GREETING_TIMEOUT: Duration = Duration::from_secs(5);

/// A stream of `In` and a sink of `Out`.
pub type Channel<In, Out, S = UnixStream> =
    tokio_serde::Framed<Framed<S, Frames>, In, Out, WireCodec<In, Out>>;

/// Frames of four bytes of length and as many bytes, with a limit of its own in each direction.
pub struct Frames {
    read: LengthDelimitedCodec,
    write: LengthDelimitedCodec,
    /// What a frame that was read has to pass before it is decoded.
    check: fn(&[u8]) -> io::Result<()>,
}

impl Frames {
    fn of_client() -> Self {
        Self { read: up_to(MAX_FRAME), write: up_to(MAX_REQUEST), check: |_| Ok(()) }
    }

    fn of_daemon() -> Self {
        Self { read: up_to(MAX_REQUEST), write: up_to(MAX_FRAME), check: codec::check_deadline }
    }
}

fn up_to(length: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(length).new_codec()
}

impl Decoder for Frames {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        let frame = self.read.decode(bytes)?;
        frame.as_deref().map_or(Ok(()), self.check)?;
        Ok(frame)
    }
}

impl Encoder<Bytes> for Frames {
    type Error = io::Error;

    fn encode(&mut self, frame: Bytes, bytes: &mut BytesMut) -> io::Result<()> {
        self.write.encode(frame, bytes)
    }
}

/// The wire format of one direction pair; opaque.
pub struct WireCodec<In, Out>(Codec<In, Out>);

impl<In, Out: Serialize> tokio_serde::Serializer<Out> for WireCodec<In, Out> {
    type Error = io::Error;

    fn serialize(mut self: std::pin::Pin<&mut Self>, value: &Out) -> io::Result<bytes::Bytes> {
        std::pin::Pin::new(&mut self.0).serialize(value)
    }
}

impl<In: DeserializeOwned, Out> tokio_serde::Deserializer<In> for WireCodec<In, Out> {
    type Error = io::Error;

    fn deserialize(mut self: std::pin::Pin<&mut Self>, bytes: &bytes::BytesMut) -> io::Result<In> {
        std::pin::Pin::new(&mut self.0).deserialize(bytes)
    }
}

/// What the other side said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its protocol number.
    pub protocol: u16,
    /// Its package version.
    pub version: String,
    /// The process that made the socket it listens on, where a client knows: its own, or the service manager's.
    pub pid: Option<u32>,
}

impl Peer {
    /// Says whether calls can be exchanged with it.
    #[must_use]
    pub const fn is_compatible(&self) -> bool {
        self.protocol == PROTOCOL
    }
}

/// Exchanges greetings and returns the other side's.
///
/// # Errors
/// When the stream ends or nothing comes for five seconds, or what comes is not a greeting.
pub async fn greet(stream: &mut UnixStream) -> io::Result<Peer> {
    tokio::time::timeout(GREETING_TIMEOUT, exchange(stream))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no greeting within five seconds"))?
}

async fn exchange(stream: &mut UnixStream) -> io::Result<Peer> {
    let version = &VERSION.as_bytes()[..VERSION.len().min(64)];
    let mut hello = Vec::with_capacity(7 + version.len());
    hello.extend_from_slice(&MAGIC);
    hello.extend_from_slice(&PROTOCOL.to_le_bytes());
    hello.push(u8::try_from(version.len()).expect("cut to 64 bytes above"));
    hello.extend_from_slice(version);
    stream.write_all(&hello).await?;

    let mut head = [0; 7];
    stream.read_exact(&mut head).await?;
    if head[..4] != MAGIC {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the peer does not speak syncd's protocol"));
    }
    let mut text = vec![0; usize::from(head[6])];
    stream.read_exact(&mut text).await?;
    Ok(Peer {
        protocol: u16::from_le_bytes([head[4], head[5]]),
        version: String::from_utf8_lossy(&text).chars().filter(|c| !c.is_control()).collect(),
        pid: None,
    })
}

/// Returns a client's end of a greeted stream.
pub fn client<In, Out, S>(stream: S) -> Channel<In, Out, S>
where
    In: DeserializeOwned,
    Out: Serialize,
    S: AsyncRead + AsyncWrite,
{
    channel(stream, Frames::of_client())
}

/// Returns the daemon's end of a greeted stream.
pub fn server<In, Out, S>(stream: S) -> Channel<In, Out, S>
where
    In: DeserializeOwned,
    Out: Serialize,
    S: AsyncRead + AsyncWrite,
{
    channel(stream, Frames::of_daemon())
}

fn channel<In, Out, S>(stream: S, frames: Frames) -> Channel<In, Out, S>
where
    In: DeserializeOwned,
    Out: Serialize,
    S: AsyncRead + AsyncWrite,
{
    tokio_serde::Framed::new(Framed::new(stream, frames), WireCodec(Codec::default()))
}
