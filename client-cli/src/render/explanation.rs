//! Why a search found nothing, and what would be found.

use proto::types::{Explanation, Nearest, Piece};

use super::hits::block;
use super::{Buffer, style};

/// Adds what each piece finds by itself, what may have been meant, and what most of the pieces find.
pub(crate) fn explanation(buffer: &mut Buffer<'_>, explanation: &Explanation) {
    let Explanation { pieces, nearest } = explanation;
    for Piece { text, conversations, at_least, similar } in pieces {
        let count = count(*conversations, *at_least);
        buffer.put(style::STRONG, text).put(style::PLAIN, &format!(" alone: {count}"));
        if !similar.is_empty() {
            let meant: Vec<String> = similar
                .iter()
                .map(|similar| {
                    format!("“{}” ({})", similar.word, self::count(similar.conversations, similar.at_least))
                })
                .collect();
            buffer.put(style::PLAIN, &format!("; did you mean {}?", meant.join(" or ")));
        }
        buffer.end();
    }
    let Some(Nearest { query, conversations, at_least, hits }) = nearest else { return };
    let count = count(*conversations, *at_least);
    buffer.put(style::PLAIN, "nearest: ").put(style::STRONG, query).put(style::PLAIN, &format!(", {count}"));
    buffer.put(style::PLAIN, "; it is not all that was asked for, as in").end();
    let indent = hits.iter().map(|hit| hit.id.len()).max().unwrap_or(0) + 2;
    for hit in hits {
        block(buffer, indent, hit);
        buffer.end();
    }
}

fn count(conversations: u64, at_least: bool) -> String {
    match (conversations, at_least) {
        (0, true) => "not counted in time".to_owned(),
        (count, true) => format!("at least {count} conversations"),
        (1, false) => "1 conversation".to_owned(),
        (count, false) => format!("{count} conversations"),
    }
}
