//! The wire format: bincode with fixed-width integers, at most [`MAX_FRAME`] bytes a value, nothing left over.
//!
//! Fixed width because tarpc writes an error's kind as `i32` and reads it as `u32`, which a varint codec garbles.
//! All of the use of the bincode crate, which is no longer developed, is in this file.

use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Largest message in either direction, in bytes. Replies are paged to stay far below it.
pub(crate) const MAX_FRAME: usize = 16 << 20;
/// Largest message to the daemon, in bytes: a bound on what it holds for a peer that sends half of one and waits.
pub(crate) const MAX_REQUEST: usize = 64 << 10;

/// Longest that a call may say it waits. tarpc adds what a message says to the present and sets a timer for it, and
/// panics where either cannot hold it.
const LONGEST_DEADLINE: Duration = Duration::from_secs(3_600);

const CONFIG: Configuration<LittleEndian, Fixint, Limit<MAX_FRAME>> = bincode::config::legacy().with_limit();

/// Encodes `Out` and decodes `In`.
pub(crate) struct Codec<In, Out>(PhantomData<fn() -> (In, Out)>);

impl<In, Out> Default for Codec<In, Out> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// Returns the bytes of a value.
///
/// # Errors
/// When they would exceed [`MAX_FRAME`].
pub(crate) fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let bytes = bincode::serde::encode_to_vec(value, CONFIG).map_err(invalid)?;
    if bytes.len() <= MAX_FRAME {
        Ok(bytes)
    } else {
        Err(invalid("the value is larger than a message may be"))
    }
}

/// Returns the value that exactly these bytes hold.
///
/// # Errors
/// When they are not such a value, or more than one.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    let (value, used) = bincode::serde::decode_from_slice(bytes, CONFIG).map_err(invalid)?;
    if used == bytes.len() { Ok(value) } else { Err(invalid("bytes left over after the value")) }
}

/// What a message to the daemon begins with: as much of tarpc's `ClientMessage` as is read before the rest is.
#[derive(Deserialize)]
enum Head {
    Request { deadline: Duration },
    Cancel,
}

/// Refuses a message to the daemon whose deadline is beyond reason.
///
/// # Errors
/// When it is, or the message does not begin as one.
pub(crate) fn check_deadline(message: &[u8]) -> io::Result<()> {
    match bincode::serde::decode_from_slice(message, CONFIG).map_err(invalid)?.0 {
        Head::Request { deadline } if deadline > LONGEST_DEADLINE => {
            Err(invalid("the call's deadline is more than an hour away"))
        }
        Head::Request { .. } | Head::Cancel => Ok(()),
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<In, Out: Serialize> tokio_serde::Serializer<Out> for Codec<In, Out> {
    type Error = io::Error;

    fn serialize(self: Pin<&mut Self>, value: &Out) -> io::Result<Bytes> {
        encode(value).map(Bytes::from)
    }
}

impl<In: DeserializeOwned, Out> tokio_serde::Deserializer<In> for Codec<In, Out> {
    type Error = io::Error;

    fn deserialize(self: Pin<&mut Self>, bytes: &BytesMut) -> io::Result<In> {
        decode(bytes)
    }
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
