//! Values as compressed bytes. The texts of a conversation are apart from the rest of its parts, because a snippet
//! needs nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use bincode::config::{Configuration, standard};
use rusqlite::{Connection, OptionalExtension};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::EncoderDictionary;

use super::error::{Attempt, Error};
use super::skeleton;
use crate::model::{Attachment, Author, Part};
use proto::Timestamp;
use proto::types::Change;

/// The fastest; higher ones gain a few per cent in size and cost more than the rest of the ingest.
const LEVEL: i32 = 1;
/// Larger than any conversation that Intercom returns; a bound on what damaged bytes can make us allocate.
const MAX_BYTES: usize = 256 << 20;
const CONFIG: Configuration = standard();

/// A dictionary that makes small JSON texts compress well, by its number in the database.
pub(super) struct Dictionary {
    /// Its number, from 1.
    pub(super) id: i64,
    encoder: EncoderDictionary<'static>,
}

impl Dictionary {
    /// Returns the dictionary of these bytes.
    pub(super) fn new(id: i64, bytes: &[u8]) -> Self {
        Self { id, encoder: EncoderDictionary::copy(bytes, LEVEL) }
    }
}

/// What is stored of a part besides its text.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rest {
    /// Its text stands in the blob of texts.
    pub(super) says: bool,
    id: String,
    kind: String,
    created_at: Timestamp,
    author: Author,
    /// Empty where the text tells it all, as of most messages: see `paragraph`.
    html: Option<String>,
    attachments: Vec<Attachment>,
    redacted: bool,
    changes: Vec<Change>,
}

impl Rest {
    /// Returns the whole part.
    pub(super) fn with(self, text: &str) -> Part {
        Part {
            id: self.id,
            kind: self.kind,
            created_at: self.created_at,
            author: self.author,
            text: text.to_owned(),
            html: self.html.map(|html| if html.is_empty() { paragraph(text) } else { html }),
            attachments: self.attachments,
            redacted: self.redacted,
            changes: self.changes,
        }
    }
}

/// Returns the HTML that Intercom makes of a text without line breaks.
fn paragraph(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + "<p></p>".len());
    html.push_str("<p>");
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            char => html.push(char),
        }
    }
    html.push_str("</p>");
    html
}

/// Returns what has to be kept of a text's HTML.
fn kept(html: &str, text: &str) -> String {
    // Few are as long as one that would be made of the text.
    let may_be_made = html.starts_with("<p>") && html.len() >= text.len();
    if may_be_made && html == paragraph(text) { String::new() } else { html.to_owned() }
}

/// Compresses values; made once per batch.
pub(super) struct Packer<'d> {
    plain: Compressor<'d>,
    json: Option<(i64, Compressor<'d>)>,
}

impl<'d> Packer<'d> {
    /// Returns a packer that uses the dictionary, where there is one, for JSON.
    pub(super) fn new(dictionary: Option<&'d Dictionary>) -> Result<Self, Error> {
        let json = match dictionary {
            None => None,
            Some(Dictionary { id, encoder }) => {
                Some((*id, Compressor::with_prepared_dictionary(encoder).map_err(unpackable)?))
            }
        };
        Ok(Self { plain: Compressor::new(LEVEL).map_err(unpackable)?, json })
    }

    /// Returns a conversation's parts: the texts of its messages, and the rest.
    pub(super) fn parts(&mut self, parts: &[Part]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let texts: Vec<&str> =
            parts.iter().filter(|part| part.is_message()).map(|part| part.text.as_str()).collect();
        let rest: Vec<Rest> = parts
            .iter()
            .map(|part| Rest {
                says: part.is_message(),
                id: part.id.clone(),
                kind: part.kind.clone(),
                created_at: part.created_at,
                author: part.author.clone(),
                html: part.html.as_deref().map(|html| kept(html, &part.text)),
                attachments: part.attachments.clone(),
                redacted: part.redacted,
                changes: part.changes.clone(),
            })
            .collect();
        Ok((self.compress(&encode(&texts)?)?, self.compress(&encode(&rest)?)?))
    }

    /// Returns JSON compressed, with the number of the dictionary used, 0 for none.
    pub(super) fn json(&mut self, json: &[u8]) -> Result<(i64, Vec<u8>), Error> {
        match &mut self.json {
            Some((id, compressor)) => Ok((*id, compressor.compress(json).map_err(unpackable)?)),
            None => Ok((0, self.compress(json)?)),
        }
    }

    fn compress(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        self.plain.compress(bytes).map_err(unpackable)
    }
}

/// Reads values back; one per connection, because its working memory is worth keeping.
pub(super) struct Unpacker {
    plain: Decompressor<'static>,
    json: HashMap<i64, Decompressor<'static>>,
    buffer: Vec<u8>,
}

impl Unpacker {
    pub(super) fn new() -> Result<Self, Error> {
        let plain = Decompressor::new().map_err(unpackable)?;
        Ok(Self { plain, json: HashMap::new(), buffer: Vec::new() })
    }

    /// Gives back what memory it holds.
    pub(super) fn shrink(&mut self) {
        self.json = HashMap::new();
        self.buffer = Vec::new();
    }

    /// Hands the texts of a conversation's messages, in order, to `look`.
    pub(super) fn texts<T>(
        &mut self,
        key: i64,
        blob: &[u8],
        look: impl FnOnce(&[&str]) -> T,
    ) -> Result<T, Error> {
        let damaged = damaged("texts", key);
        fill(&mut self.plain, &mut self.buffer, blob).map_err(&damaged)?;
        let (texts, _): (Vec<&str>, usize) = bincode::serde::borrow_decode_from_slice(&self.buffer, CONFIG)
            .map_err(|why| damaged(why.to_string()))?;
        Ok(look(&texts))
    }

    /// Returns what is stored of a conversation's parts besides their texts.
    pub(super) fn rest(&mut self, key: i64, blob: &[u8]) -> Result<Vec<Rest>, Error> {
        let damaged = damaged("parts", key);
        fill(&mut self.plain, &mut self.buffer, blob).map_err(&damaged)?;
        let (rest, _) = bincode::serde::decode_from_slice(&self.buffer, CONFIG)
            .map_err(|why| damaged(why.to_string()))?;
        Ok(rest)
    }

    /// Returns a conversation's parts whole.
    pub(super) fn parts(&mut self, key: i64, texts: &[u8], rest: &[u8]) -> Result<Vec<Part>, Error> {
        let rest = self.rest(key, rest)?;
        self.texts(key, texts, |texts| {
            let mut texts = texts.iter();
            rest.into_iter()
                .map(|part| {
                    let text = if part.says { texts.next().copied().unwrap_or_default() } else { "" };
                    part.with(text)
                })
                .collect()
        })
    }

    /// Returns JSON as it was stored.
    pub(super) fn json(
        &mut self,
        connection: &Connection,
        key: i64,
        dictionary: i64,
        blob: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let damaged = damaged("JSON", key);
        if dictionary == 0 {
            fill(&mut self.plain, &mut self.buffer, blob).map_err(damaged)?;
            return Ok(self.buffer.clone());
        }
        let decompressor = match self.json.entry(dictionary) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(empty) => {
                let bytes: Option<Vec<u8>> = connection
                    .query_row("SELECT bytes FROM dictionary WHERE id = ?1", [dictionary], |row| row.get(0))
                    .optional()
                    .attempt("cannot read a dictionary")?;
                let bytes = bytes.ok_or_else(|| damaged("its dictionary is missing".to_owned()))?;
                empty.insert(Decompressor::with_dictionary(&bytes).map_err(unpackable)?)
            }
        };
        fill(decompressor, &mut self.buffer, blob).map_err(damaged)?;
        Ok(self.buffer.clone())
    }
}

/// Trains a dictionary from samples of JSON, but from nothing that anybody said in them.
pub(super) fn train(samples: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
    zstd::dict::from_samples(&skeleton::skeletons(samples), 64 << 10).map_err(unpackable)
}

/// Returns the dictionary with the highest number, which new rows are to use.
pub(super) fn latest_dictionary(connection: &Connection) -> Result<Option<Arc<Dictionary>>, Error> {
    connection
        .query_row("SELECT id, bytes FROM dictionary ORDER BY id DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?))
        })
        .optional()
        .map(|found| found.map(|(id, bytes)| Arc::new(Dictionary::new(id, &bytes))))
        .attempt("cannot read a dictionary")
}

/// Returns a value's bytes.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    bincode::serde::encode_to_vec(value, CONFIG)
        .map_err(|why| Error::Encode { action: "cannot encode a value", source: why.into() })
}

/// Returns the value that bytes hold; `what` and `key` name it in an error.
pub(super) fn decode<T: DeserializeOwned>(what: &'static str, key: i64, bytes: &[u8]) -> Result<T, Error> {
    bincode::serde::decode_from_slice(bytes, CONFIG)
        .map(|(value, _)| value)
        .map_err(|why| damaged(what, key)(why.to_string()))
}

/// Returns instants as bytes, each as its distance from the one before.
pub(super) fn instants(mut at: Vec<i64>) -> Result<Vec<u8>, Error> {
    at.sort_unstable();
    at.dedup();
    let mut previous = 0_i64;
    for instant in &mut at {
        let distance = instant.wrapping_sub(previous);
        previous = *instant;
        *instant = distance;
    }
    encode(&at)
}

/// Reads instants back, ascending.
pub(super) fn read_instants(key: i64, blob: &[u8]) -> Result<Vec<i64>, Error> {
    let mut at: Vec<i64> = decode("activity", key, blob)?;
    let mut previous = 0_i64;
    for instant in &mut at {
        previous = previous.wrapping_add(*instant);
        *instant = previous;
    }
    Ok(at)
}

/// Says whether something happened in the closed span. Of a truncated conversation, what followed its opening is missing up
/// to the next instant that is known: it may have been active at any time between.
pub(super) fn was_active(instants: &[i64], truncated: bool, start: i64, end: i64) -> bool {
    let unknown = match instants {
        [opened, next, ..] if truncated => *opened <= end && start <= *next,
        _ => false,
    };
    unknown || instants.iter().any(|at| (start..=end).contains(at))
}

fn fill(decompressor: &mut Decompressor<'_>, buffer: &mut Vec<u8>, blob: &[u8]) -> Result<(), String> {
    // What the frame says of its size is only believed up to a bound.
    let size = Decompressor::upper_bound(blob).unwrap_or(0);
    if size > MAX_BYTES {
        return Err(format!("it claims to be {size} bytes long"));
    }
    buffer.clear();
    buffer.reserve(size);
    decompressor.decompress_to_buffer(blob, buffer).map(drop).map_err(|why| why.to_string())
}

fn damaged(what: &'static str, key: i64) -> impl Fn(String) -> Error {
    move |why| Error::Damaged { what, key, why }
}

fn unpackable(error: std::io::Error) -> Error {
    Error::Encode { action: "cannot compress or decompress", source: error.into() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn html_comes_back_as_it_came_whether_or_not_it_has_to_be_kept() {
        let cases = [
            ("Tom & Uma: 1 < 2", Some("<p>Tom &amp; Uma: 1 &lt; 2</p>"), 0),
            ("Tom's", Some("<p>Tom&#39;s</p>"), 16),
            ("a bold word", Some("<p>a <b>bold</b> word</p>"), 25),
            ("two\nlines", Some("<p>two<br>lines</p>"), 19),
            ("", Some("<img>"), 5),
            ("words", None, 0),
        ];
        for (text, html, bytes) in cases {
            let part = Part {
                id: "1".to_owned(),
                kind: "comment".to_owned(),
                created_at: Timestamp(1),
                author: Author::default(),
                text: text.to_owned(),
                html: html.map(str::to_owned),
                attachments: Vec::new(),
                redacted: false,
                changes: Vec::new(),
            };
            let (texts, rest) = Packer::new(None).unwrap().parts(std::slice::from_ref(&part)).unwrap();
            let mut unpacker = Unpacker::new().unwrap();
            assert_eq!(unpacker.parts(1, &texts, &rest).unwrap(), [part]);
            let kept = unpacker.rest(1, &rest).unwrap().remove(0).html;
            assert_eq!(kept.map_or(0, |html| html.len()), bytes, "{text}");
        }
    }
}
