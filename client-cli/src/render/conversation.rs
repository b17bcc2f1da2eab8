//! One conversation, whole: its header, then messages and events in the order in which they came.

use proto::types::{Attachment, Change, Conversation, Event, Field, Message};

use super::hits::{messages, state_look};
use super::time::{ago, local};
use super::{Buffer, people, style};

/// Columns that a message's text is indented by.
const INDENT: usize = 4;

/// Adds a conversation.
pub(crate) fn conversation(buffer: &mut Buffer<'_>, conversation: &Conversation) {
    header(buffer, conversation);
    entries(buffer, conversation);
}

/// Adds what has just come in of a conversation: which one it is, on one line, then the messages and events.
pub(crate) fn incoming(buffer: &mut Buffer<'_>, conversation: &Conversation) {
    let summary = &conversation.summary;
    let title = summary.title.as_deref().unwrap_or("(no title)");
    buffer.link(style::NOTE, &summary.id, summary.url.as_deref()).put(style::PLAIN, "  ");
    buffer.put(style::STRONG, title).put(style::PLAIN, "  ").put(state_look(&summary.state), &summary.state);
    let customer = people::customer(summary.customer.as_ref());
    let assignee = people::assignee(summary.assignee.as_ref());
    buffer.put(style::FAINT, &format!("  {customer}, assigned to {assignee}")).end();
    entries(buffer, conversation);
    buffer.end();
}

/// Adds messages and events in the order in which they came.
fn entries(buffer: &mut Buffer<'_>, conversation: &Conversation) {
    let mut events = conversation.events.iter().peekable();
    for entry in &conversation.messages {
        while let Some(earlier) = events.next_if(|event| event.created_at < entry.created_at) {
            event(buffer, earlier);
        }
        message(buffer, entry);
    }
    for later in events {
        event(buffer, later);
    }
}

fn header(buffer: &mut Buffer<'_>, conversation: &Conversation) {
    let screen = buffer.screen();
    let summary = &conversation.summary;
    let title = summary.title.as_deref().unwrap_or("(no title)");
    buffer.link(style::STRONG, title, summary.url.as_deref()).end();
    buffer.field("conversation", style::NOTE, &summary.id);
    buffer.field("state", state_look(&summary.state), &summary.state);
    buffer.field("customer", style::PLAIN, &people::customer(summary.customer.as_ref()));
    buffer.field("assigned to", style::PLAIN, &people::assignee(summary.assignee.as_ref()));
    if !summary.tags.is_empty() {
        buffer.field("tags", style::PLAIN, &summary.tags.join(", "));
    }
    buffer.field("created", style::PLAIN, &ago(summary.created_at, screen));
    buffer.field("updated", style::PLAIN, &ago(summary.updated_at, screen));
    buffer.field("messages", style::PLAIN, &messages(summary));
    let mut fields = conversation.fields.as_slice();
    while let Some((first, rest)) = fields.split_first() {
        let same = 1 + rest.iter().take_while(|one| one.field == first.field).count();
        let (values, others) = fields.split_at(same);
        // Intercom's own figures are many, and `--json` has them.
        if !matches!(first.field, Field::Statistic(_)) {
            let values: Vec<String> =
                values.iter().map(|one| one.name.clone().unwrap_or_else(|| one.value.to_string())).collect();
            buffer.field(&first.field.to_string(), style::PLAIN, &values.join(", "));
        }
        fields = others;
    }
    if let Some(url) = &summary.url {
        buffer.field("link", style::PLAIN, url);
    }
    let fetched = ago(conversation.fetched_at, screen);
    if conversation.outdated {
        buffer.field("fetched", style::WARN, &format!("{fetched}, a newer state exists in Intercom"));
    } else {
        buffer.field("fetched", style::PLAIN, &fetched);
    }
}

fn message(buffer: &mut Buffer<'_>, message: &Message) {
    let at = local(message.created_at, buffer.screen());
    buffer.end().put(style::STRONG, &people::author(&message.author)).put(style::FAINT, &format!("  {at}"));
    if !matches!(message.kind.as_str(), "comment" | "source") {
        buffer.put(style::NOTE, &format!("  {}", message.kind));
    }
    buffer.end();
    let look = if message.redacted { style::FAINT } else { style::PLAIN };
    buffer.block(look, INDENT, message.body.trim_end());
    for file in &message.attachments {
        attachment(buffer, file);
    }
    if !message.changes.is_empty() {
        buffer.block(style::FAINT, INDENT, &changed(&message.changes));
    }
}

fn attachment(buffer: &mut Buffer<'_>, file: &Attachment) {
    let name = file.name.as_deref().unwrap_or("file without a name");
    let kind = file.content_type.as_deref().unwrap_or("unknown type");
    let size = file.filesize.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
    // No link: the sender chose the name, and the address is one of many hosts. `--json` has it.
    buffer.indent(INDENT).put(style::FAINT, "attached: ").put(style::NOTE, name);
    buffer.put(style::FAINT, &format!(" ({kind}{size})")).end();
}

fn event(buffer: &mut Buffer<'_>, event: &Event) {
    let at = local(event.created_at, buffer.screen());
    let (kind, author) = (event.kind.replace('_', " "), people::author(&event.author));
    let changes =
        if event.changes.is_empty() { String::new() } else { format!(": {}", changed(&event.changes)) };
    buffer.end().block(style::FAINT, 0, &format!("-- {kind} by {author}  {at}{changes}"));
}

/// Returns what changed from what to what.
fn changed(changes: &[Change]) -> String {
    let one = |Change { field, from, to, .. }: &Change| {
        let to = to.as_deref().unwrap_or("nobody");
        match from {
            Some(from) => format!("{field} {from} → {to}"),
            None => format!("{field} {to}"),
        }
    };
    changes.iter().map(one).collect::<Vec<_>>().join(", ")
}
