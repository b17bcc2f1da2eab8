//! Why a search found nothing, and what would be found.

use proto::types::{Explanation, Nearest, Piece};

use super::hits::block;
use super::{Sheet, style};

/// Adds what each piece finds by itself, what may have been meant, and what most of the pieces find.
pub(crate) fn explanation(sheet: &mut Sheet<'_>, explanation: &Explanation) {
    let Explanation { pieces, nearest } = explanation;
    for Piece { text, conversations, at_least, similar } in pieces {
        let count = count(*conversations, *at_least);
        sheet.put(style::STRONG, text).put(style::PLAIN, &format!(" alone: {count}"));
        if !similar.is_empty() {
            let meant: Vec<String> = similar
                .iter()
                .map(|similar| {
                    format!("“{}” ({})", similar.word, self::count(similar.conversations, similar.at_least))
                })
                .collect();
            sheet.put(style::PLAIN, &format!("; did you mean {}?", meant.join(" or ")));
        }
        sheet.end();
    }
    let Some(Nearest { query, conversations, at_least, hits }) = nearest else { return };
    let count = count(*conversations, *at_least);
    sheet.put(style::PLAIN, "nearest: ").put(style::STRONG, query).put(style::PLAIN, &format!(", {count}"));
    sheet.put(style::PLAIN, "; it does not have all that was asked for, as in").end();
    let indent = hits.iter().map(|hit| hit.id.len()).max().unwrap_or(0) + 2;
    for hit in hits {
        block(sheet, indent, hit);
        sheet.end();
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
