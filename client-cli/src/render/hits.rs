//! Search results: one block for each conversation, and what the list as a whole is.

use proto::types::{SearchReply, Summary};
use unicode_width::UnicodeWidthStr as _;

use super::explanation::explanation;
use super::time::{ago, span};
use super::{Buffer, people, snippet, style};

/// Adds a page of results.
pub(crate) fn hits(buffer: &mut Buffer<'_>, reply: &SearchReply) {
    let indent = reply.hits.iter().map(|hit| hit.id.width()).max().unwrap_or(0) + 2;
    for hit in &reply.hits {
        block(buffer, indent, hit);
        buffer.end();
    }
    let found = reply.hits.len();
    let count = match reply.total {
        Some(0) if reply.sync_info.data_complete => "no conversations".to_owned(),
        Some(0) => "no conversations in what is stored".to_owned(),
        Some(1) => "1 conversation".to_owned(),
        Some(total) if total == found as u64 => format!("{total} conversations"),
        Some(total) => format!("{found} of {total} conversations"),
        None if reply.cut_short && found == 0 => "nothing found so far".to_owned(),
        None if reply.cut_short => format!("{found} conversations so far"),
        None if reply.next_page.is_none() => format!("{found} conversations"),
        None => format!("{found} conversations, more than are counted match"),
    };
    let window = span(reply.window, buffer.screen());
    buffer.put(style::STRONG, &count).put(style::FAINT, &format!(", {window}")).end();
    if let Some(reason) = &reply.explanation {
        explanation(buffer, reason);
    }
    match &reply.next_page {
        Some(next) if reply.cut_short => {
            buffer
                .put(style::FAINT, "it goes on with ")
                .put(style::NOTE, "--page ")
                .put(style::NOTE, next)
                .end();
        }
        Some(_) => {
            let more = format!("--limit {}", found * 2);
            buffer.put(style::FAINT, "for more: ").put(style::NOTE, &more).end();
        }
        None => {}
    }
}

/// Adds a conversation's header and what matches in it.
pub(super) fn block(buffer: &mut Buffer<'_>, indent: usize, hit: &Summary) {
    buffer.link(style::NOTE, &hit.id, hit.url.as_deref()).indent(indent.saturating_sub(hit.id.width()));
    let title = hit.title.as_deref().unwrap_or("(no title)");
    buffer.put(style::STRONG, title).put(style::FAINT, "  ").put(state_look(&hit.state), &hit.state).end();
    let who = format!(
        "{}, assigned to {}",
        people::customer(hit.customer.as_ref()),
        people::assignee(hit.assignee.as_ref())
    );
    buffer.block(style::PLAIN, indent, &who);
    let mut facts = vec![ago(hit.updated_at, buffer.screen()), messages(hit)];
    if !hit.tags.is_empty() {
        facts.push(format!("tags: {}", hit.tags.join(", ")));
    }
    buffer.block(style::PLAIN, indent, &facts.join("  "));
    if let Some(words) = &hit.first_words {
        snippet::words(buffer, indent, "first words", words);
    }
    for (number, (text, author)) in hit.snippets().enumerate() {
        snippet::snippet(buffer, indent, (text, author), if number == 0 { 2 } else { 1 });
    }
}

/// Returns how many messages a conversation has, and whether older ones are lost.
pub(crate) fn messages(summary: &Summary) -> String {
    let plural = if summary.message_count == 1 { "" } else { "s" };
    let lost = if summary.truncated { " (Intercom no longer returns the oldest)" } else { "" };
    format!("{} message{plural}{lost}", summary.message_count)
}

/// Returns the look of a conversation's state.
pub(crate) fn state_look(state: &str) -> anstyle::Style {
    match state {
        "open" => style::GOOD,
        "snoozed" => style::WARN,
        _ => style::FAINT,
    }
}
