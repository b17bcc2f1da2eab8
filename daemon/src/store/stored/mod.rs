//! Values as the bytes that are stored of them. Each begins with its version, and is a struct of the store's own: what the
//! rest of the program calls a conversation may change without any stored byte changing its meaning. Bytes of each version
//! are kept in `kept/`, and are read by the tests for as long as any database may have them.

mod fields;
mod json;
mod parts;
mod rows;
#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::marker::PhantomData;

use bincode::config::{Configuration, standard};
use serde::{Deserialize, Serialize};
use zstd::bulk::{Compressor, Decompressor};

use super::error::Error;
use crate::model::Part;

pub(super) use self::parts::Said;
use self::parts::{Change, Rest};
pub(super) use self::rows::{instants, read_instants};

/// The version that is written.
const VERSION: u8 = 1;
/// What compressed values of format 3 begin with, which had no version: the first byte of a Zstandard frame. Such texts and
/// parts are otherwise as those of version 1.
const FRAME: u8 = 0x28;
/// The fastest; higher ones gain a few per cent in size and cost more than the rest of the ingest.
const LEVEL: i32 = 1;
/// Larger than any conversation that Intercom returns; a bound on what damaged bytes can make us allocate.
const MAX_BYTES: usize = 256 << 20;
const CONFIG: Configuration = standard();

/// A small value of a row.
pub(super) trait Value: Sized {
    /// Returns its bytes, without the version.
    fn write(&self) -> Result<Vec<u8>, Error>;
    /// Reads it from bytes of version 1.
    fn read(bytes: &[u8]) -> Result<Self, String>;
}

/// Returns a value's bytes.
pub(super) fn encode<V: Value>(value: &V) -> Result<Vec<u8>, Error> {
    Ok(versioned(&value.write()?))
}

/// Returns the value that bytes hold; `what` and `key` name it in an error.
pub(super) fn decode<V: Value>(what: &'static str, key: i64, bytes: &[u8]) -> Result<V, Error> {
    let value = match bytes.split_first() {
        Some((&VERSION, rest)) => V::read(rest),
        _ => Err(unknown(bytes)),
    };
    value.map_err(damaged(what, key))
}

/// Compresses values; made once per batch.
pub(super) struct Packer {
    plain: Compressor<'static>,
    json: Compressor<'static>,
}

impl Packer {
    pub(super) fn new() -> Result<Self, Error> {
        let mut packer = Self {
            plain: Compressor::new(LEVEL).map_err(unpackable)?,
            json: Compressor::with_dictionary(LEVEL, json::DICTIONARY).map_err(unpackable)?,
        };
        for compressor in [&mut packer.plain, &mut packer.json] {
            compressor.include_checksum(true).map_err(unpackable)?;
        }
        Ok(packer)
    }

    /// Returns a conversation's parts: the texts of its messages, and the rest.
    pub(super) fn parts(&mut self, parts: &[Part]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let texts: Vec<&str> =
            parts.iter().filter(|part| part.is_message()).map(|part| part.text.as_str()).collect();
        let rest: Vec<Rest<'_>> = parts.iter().map(Rest::of).collect();
        let mut rest = serialize(&rest)?;
        // Nothing is written where nothing was changed, as in format 3, which had no changes.
        let changes = Change::all(parts);
        if !changes.is_empty() {
            rest.append(&mut serialize(&changes)?);
        }
        Ok((pack(&mut self.plain, &serialize(&texts)?)?, pack(&mut self.plain, &rest)?))
    }

    /// Returns JSON compressed.
    pub(super) fn json(&mut self, json: &[u8]) -> Result<Vec<u8>, Error> {
        pack(&mut self.json, json)
    }
}

/// Reads values back; one per connection, because its working memory is worth keeping.
pub(super) struct Unpacker {
    plain: Decompressor<'static>,
    json: Decompressor<'static>,
    buffer: Vec<u8>,
    /// For what is read beside what is in the buffer.
    beside: Vec<u8>,
}

impl Unpacker {
    pub(super) fn new() -> Result<Self, Error> {
        let plain = Decompressor::new().map_err(unpackable)?;
        let json = Decompressor::with_dictionary(json::DICTIONARY).map_err(unpackable)?;
        Ok(Self { plain, json, buffer: Vec::new(), beside: Vec::new() })
    }

    /// Gives back what memory it holds.
    pub(super) fn shrink(&mut self) {
        (self.buffer, self.beside) = (Vec::new(), Vec::new());
    }

    /// Hands the texts of a conversation's messages, in order, to `look`.
    pub(super) fn texts<T>(
        &mut self,
        key: i64,
        blob: &[u8],
        look: impl FnOnce(&[&str]) -> T,
    ) -> Result<T, Error> {
        unpack(&mut self.plain, &mut self.buffer, blob)
            .and_then(|()| deserialize::<Vec<&str>>(&self.buffer))
            .map(|texts| look(&texts))
            .map_err(damaged("texts", key))
    }

    /// Hands what messages say and who says it, in order, to `look`: as much as there is in the first `most` bytes of each,
    /// however long they are.
    pub(super) fn said<T>(
        &mut self,
        key: i64,
        (texts, rest): (&[u8], &[u8]),
        most: usize,
        look: impl FnOnce(&[Said<'_>]) -> T,
    ) -> Result<T, Error> {
        unpack_first(&mut self.plain, &mut self.buffer, texts, most).map_err(damaged("texts", key))?;
        unpack_first(&mut self.plain, &mut self.beside, rest, most).map_err(damaged("parts", key))?;
        let mut rest = Items::<Rest<'_>>::of(&self.beside).filter(|part| part.says);
        let mut texts = Items::<&str>::of(&self.buffer);
        let mut said: Vec<Said<'_>> = texts.by_ref().map(|text| Said::new(text, rest.next())).collect();
        said.extend(texts.cut_text().map(|text| Said::new(text, rest.next())));
        Ok(look(&said))
    }

    /// Returns a conversation's parts whole.
    pub(super) fn parts(&mut self, key: i64, texts: &[u8], rest: &[u8]) -> Result<Vec<Part>, Error> {
        let texts =
            self.texts(key, texts, |texts| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())?;
        unpack(&mut self.plain, &mut self.buffer, rest)
            .and_then(|()| {
                let (rest, after) = deserialize_first::<Vec<Rest<'_>>>(&self.buffer)?;
                let changes =
                    if after.is_empty() { Vec::new() } else { deserialize::<Vec<Change<'_>>>(after)? };
                let mut texts = texts.into_iter();
                let whole = rest.into_iter().map(|part| {
                    let text = if part.says { texts.next() } else { None };
                    part.with(text.unwrap_or_default())
                });
                let mut parts: Vec<Part> = whole.collect();
                for change in changes {
                    let part = parts.get_mut(change.part).ok_or("what changed is of no part")?;
                    part.changes.push(change.whole());
                }
                Ok(parts)
            })
            .map_err(damaged("parts", key))
    }

    /// Returns JSON as it was stored.
    pub(super) fn json(&mut self, key: i64, blob: &[u8]) -> Result<Vec<u8>, Error> {
        let read = match blob.first() {
            Some(&VERSION) => unpack(&mut self.json, &mut self.buffer, blob),
            _ => Err(unknown(blob)),
        };
        read.map_err(damaged("JSON", key))?;
        Ok(self.buffer.clone())
    }
}

fn versioned(bytes: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(bytes.len() + 1);
    value.push(VERSION);
    value.extend_from_slice(bytes);
    value
}

fn pack(compressor: &mut Compressor<'_>, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    if bytes.len() > MAX_BYTES {
        let source = format!("it is {} bytes long, of which {MAX_BYTES} can be read back", bytes.len());
        return Err(Error::Encode { action: "cannot store a value", source: source.into() });
    }
    Ok(versioned(&compressor.compress(bytes).map_err(unpackable)?))
}

fn unpack(decompressor: &mut Decompressor<'_>, buffer: &mut Vec<u8>, blob: &[u8]) -> Result<(), String> {
    let frame = match blob.split_first() {
        Some((&VERSION, frame)) => frame,
        Some((&FRAME, _)) => blob,
        _ => return Err(unknown(blob)),
    };
    // What the frame says of its size is only believed up to a bound.
    let size = Decompressor::upper_bound(frame).unwrap_or(0);
    if size > MAX_BYTES {
        return Err(format!("it claims to be {size} bytes long"));
    }
    buffer.clear();
    buffer.reserve(size);
    decompressor.decompress_to_buffer(frame, buffer).map(drop).map_err(|why| why.to_string())
}

/// Does the same with as much as fits into so many bytes, without reading what comes after them.
fn unpack_first(
    decompressor: &mut Decompressor<'_>,
    buffer: &mut Vec<u8>,
    blob: &[u8],
    most: usize,
) -> Result<(), String> {
    let frame = match blob.split_first() {
        Some((&VERSION, frame)) => frame,
        _ => blob,
    };
    if Decompressor::upper_bound(frame).is_some_and(|size| size <= most) {
        return unpack(decompressor, buffer, blob);
    }
    buffer.clear();
    let decoder = zstd::stream::read::Decoder::with_buffer(frame).map_err(|why| why.to_string())?;
    // The frame may be only the beginning of one.
    match decoder.take(most as u64).read_to_end(buffer) {
        Err(why) if buffer.is_empty() => Err(why.to_string()),
        _ => Ok(()),
    }
}

/// The items of a list, up to where its bytes end.
struct Items<'b, T> {
    bytes: &'b [u8],
    left: u64,
    item: PhantomData<T>,
}

impl<'b, T: Deserialize<'b>> Items<'b, T> {
    fn of(list: &'b [u8]) -> Self {
        let (left, bytes) = deserialize_first(list).unwrap_or((0, &[]));
        Self { bytes, left, item: PhantomData }
    }
}

impl<'b> Items<'b, &'b str> {
    /// Returns what is there of a text in which the bytes end.
    fn cut_text(&self) -> Option<&'b str> {
        let (_, text) = deserialize_first::<u64>(self.bytes).ok().filter(|_| self.left > 0)?;
        text.utf8_chunks().next().map(|chunk| chunk.valid())
    }
}

impl<'b, T: Deserialize<'b>> Iterator for Items<'b, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.left == 0 {
            return None;
        }
        let (item, after) = deserialize_first(self.bytes).ok()?;
        (self.bytes, self.left) = (after, self.left - 1);
        Some(item)
    }
}

fn serialize<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    bincode::serde::encode_to_vec(value, CONFIG)
        .map_err(|why| Error::Encode { action: "cannot encode a value", source: why.into() })
}

fn deserialize<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, String> {
    let (value, after) = deserialize_first(bytes)?;
    if after.is_empty() { Ok(value) } else { Err(format!("{} bytes follow it", after.len())) }
}

/// Returns the value that bytes begin with, and the bytes after it.
fn deserialize_first<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<(T, &'b [u8]), String> {
    let (value, used) =
        bincode::serde::borrow_decode_from_slice(bytes, CONFIG).map_err(|why| why.to_string())?;
    Ok((value, bytes.get(used..).unwrap_or_default()))
}

fn unknown(bytes: &[u8]) -> String {
    match bytes.first() {
        Some(version) => format!("its version {version} is unknown"),
        None => "it is empty".to_owned(),
    }
}

fn damaged(what: &'static str, key: i64) -> impl Fn(String) -> Error {
    move |why| Error::Damaged { what, key, why }
}

fn unpackable(error: std::io::Error) -> Error {
    Error::Encode { action: "cannot compress or decompress", source: error.into() }
}
