//! The fields of a workspace: one line each with how many conversations have it and its most frequent values.

use proto::types::{FieldsReply, Suggestion};
use unicode_width::UnicodeWidthStr as _;

use super::columns::{fit, gap};
use super::{Buffer, style};

/// Widest name of a field, in columns.
const WIDEST_NAME: usize = 32;
/// Spaces between columns.
const BETWEEN: usize = 2;

/// Adds the fields.
pub(crate) fn fields(buffer: &mut Buffer<'_>, reply: &FieldsReply) {
    if reply.fields.is_empty() {
        buffer.put(style::FAINT, "no conversation is stored yet").end();
        return;
    }
    let names: Vec<String> =
        reply.fields.iter().map(|one| fit(&one.field.to_string(), WIDEST_NAME)).collect();
    let counts: Vec<String> = reply.fields.iter().map(|one| one.conversations.to_string()).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let (name, count) = (widest(&names), widest(&counts));
    for ((field, called), number) in reply.fields.iter().zip(&names).zip(&counts) {
        buffer.put(style::STRONG, called).indent(gap(called, name) + BETWEEN);
        buffer.indent(gap(number, count)).put(style::PLAIN, number).indent(BETWEEN);
        let indent = name + count + 2 * BETWEEN;
        let values: Vec<String> = field.values.iter().map(value).collect();
        let text = if values.is_empty() { field.help.clone() } else { values.join(", ") };
        let room = buffer.room(indent);
        buffer.put(style::FAINT, &fit(&text, room)).end();
    }
}

fn value(value: &Suggestion) -> String {
    format!("{} {}", value.value, value.conversations)
}
