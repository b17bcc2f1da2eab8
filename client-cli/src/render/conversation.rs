//! One conversation, whole: its header, then messages and events in the order in which they came.

use proto::types::{Attachment, Change, Conversation, Event, Field, Message};

use super::hits::{messages, state_look};
use super::time::{ago, local};
use super::{Sheet, people, style};

/// Columns that a message's text is indented by.
const INDENT: usize = 4;

/// Adds a conversation.
pub(crate) fn conversation(sheet: &mut Sheet<'_>, conversation: &Conversation) {
    header(sheet, conversation);
    entries(sheet, conversation);
}

/// Adds what has just come in of a conversation: which one it is, on one line, then the messages and events.
pub(crate) fn incoming(sheet: &mut Sheet<'_>, conversation: &Conversation) {
    let summary = &conversation.summary;
    let title = summary.title.as_deref().unwrap_or("(no title)");
    sheet.link(style::NOTE, &summary.id, summary.url.as_deref()).put(style::PLAIN, "  ");
    sheet.put(style::STRONG, title).put(style::PLAIN, "  ").put(state_look(&summary.state), &summary.state);
    let customer = people::customer(summary.customer.as_ref());
    let assignee = people::assignee(summary.assignee.as_ref());
    sheet.put(style::FAINT, &format!("  {customer}, assigned to {assignee}")).end();
    entries(sheet, conversation);
    sheet.end();
}

/// Adds messages and events in the order in which they came.
fn entries(sheet: &mut Sheet<'_>, conversation: &Conversation) {
    let mut events = conversation.events.iter().peekable();
    for entry in &conversation.messages {
        while let Some(earlier) = events.next_if(|event| event.created_at < entry.created_at) {
            event(sheet, earlier);
        }
        message(sheet, entry);
    }
    for later in events {
        event(sheet, later);
    }
}

fn header(sheet: &mut Sheet<'_>, conversation: &Conversation) {
    let screen = sheet.screen();
    let summary = &conversation.summary;
    let title = summary.title.as_deref().unwrap_or("(no title)");
    sheet.link(style::STRONG, title, summary.url.as_deref()).end();
    sheet.field("conversation", style::NOTE, &summary.id);
    sheet.field("state", state_look(&summary.state), &summary.state);
    sheet.field("customer", style::PLAIN, &people::customer(summary.customer.as_ref()));
    sheet.field("assigned to", style::PLAIN, &people::assignee(summary.assignee.as_ref()));
    if !summary.tags.is_empty() {
        sheet.field("tags", style::PLAIN, &summary.tags.join(", "));
    }
    sheet.field("created", style::PLAIN, &ago(summary.created_at, screen));
    sheet.field("updated", style::PLAIN, &ago(summary.updated_at, screen));
    sheet.field("messages", style::PLAIN, &messages(summary));
    let mut fields = conversation.fields.as_slice();
    while let Some((first, rest)) = fields.split_first() {
        let same = 1 + rest.iter().take_while(|one| one.field == first.field).count();
        let (values, others) = fields.split_at(same);
        // Intercom's own figures are many, and `--json` has them.
        if !matches!(first.field, Field::Statistic(_)) {
            let values: Vec<String> =
                values.iter().map(|one| one.name.clone().unwrap_or_else(|| one.value.to_string())).collect();
            sheet.field(&first.field.to_string(), style::PLAIN, &values.join(", "));
        }
        fields = others;
    }
    if let Some(url) = &summary.url {
        sheet.field("link", style::PLAIN, url);
    }
    let fetched = ago(conversation.fetched_at, screen);
    if conversation.outdated {
        sheet.field("fetched", style::WARN, &format!("{fetched}, a newer state exists in Intercom"));
    } else {
        sheet.field("fetched", style::PLAIN, &fetched);
    }
}

fn message(sheet: &mut Sheet<'_>, message: &Message) {
    let at = local(message.created_at, sheet.screen());
    sheet.end().put(style::STRONG, &people::author(&message.author)).put(style::FAINT, &format!("  {at}"));
    if !matches!(message.kind.as_str(), "comment" | "source") {
        sheet.put(style::NOTE, &format!("  {}", message.kind));
    }
    sheet.end();
    let look = if message.redacted { style::FAINT } else { style::PLAIN };
    sheet.block(look, INDENT, message.body.trim_end());
    for file in &message.attachments {
        attachment(sheet, file);
    }
    if !message.changes.is_empty() {
        sheet.block(style::FAINT, INDENT, &changed(&message.changes));
    }
}

fn attachment(sheet: &mut Sheet<'_>, file: &Attachment) {
    let name = file.name.as_deref().unwrap_or("file without a name");
    let kind = file.content_type.as_deref().unwrap_or("unknown type");
    let size = file.filesize.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
    // No link: the sender chose the name, and the address is one of many hosts. `--json` has it.
    sheet.indent(INDENT).put(style::FAINT, "attached: ").put(style::NOTE, name);
    sheet.put(style::FAINT, &format!(" ({kind}{size})")).end();
}

fn event(sheet: &mut Sheet<'_>, event: &Event) {
    let at = local(event.created_at, sheet.screen());
    let (kind, author) = (event.kind.replace('_', " "), people::author(&event.author));
    let changes =
        if event.changes.is_empty() { String::new() } else { format!(": {}", changed(&event.changes)) };
    sheet.end().block(style::FAINT, 0, &format!("-- {kind} by {author}  {at}{changes}"));
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
