//! The lines that the texts of several tools share: a conversation's header, the verdict, unknown conditions. They are
//! made from the fields of the answer, so that both forms carry the same facts.

use proto::Interval;
use proto::types::{Author, Speaker, Summary};

use crate::answers::{Header, SyncInfo};
use crate::text;

/// Tokens at which a text is cut that has been cut to fewer already.
const ANY: usize = 2_000;

/// Returns a conversation's header as two or three lines, and what is shown of its texts.
pub(super) fn header(header: &Header) -> String {
    lines_of(&header.summary, header.tags_left_out)
}

/// Returns the same of a header of which nothing was left out.
pub(super) fn summary(summary: &Summary) -> String {
    lines_of(summary, None)
}

fn lines_of(conversation: &Summary, tags_left_out: Option<usize>) -> String {
    let mut lines = format!(
        "Conversation {} ({}), {}, created {}, last changed {}",
        line(&conversation.id),
        line(&conversation.state),
        text::count(conversation.message_count.into(), "message"),
        conversation.created_at,
        conversation.updated_at,
    );
    if let Some(customer) = &conversation.customer {
        lines += &format!("; customer: {}", who(&customer.name, &customer.email, &customer.id));
    }
    if let Some(assignee) = &conversation.assignee {
        let id = format!("{} {}", line(&assignee.kind), line(&assignee.id));
        lines += &match &assignee.name {
            Some(name) => format!("; assigned to {} ({id})", line(name)),
            None => format!("; assigned to {id}"),
        };
    }
    if !conversation.tags.is_empty() {
        lines += &format!("; tags: {}", line(&conversation.tags.join(", ")));
    }
    if let Some(left_out) = tags_left_out {
        lines += &format!("; {} more", text::count(left_out as u64, "tag"));
    }
    if conversation.truncated {
        lines += "; Intercom no longer returns its oldest messages";
    }
    if let Some(title) = &conversation.title {
        lines += &format!("\nTitle: {}", quoted(title));
    }
    if let Some(url) = &conversation.url {
        lines += &format!("\nLink: {}", line(url));
    }
    lines.push('\n');
    if let Some(words) = &conversation.first_words {
        lines += &format!("Customer's first words: {}\n", quoted(words));
    }
    for (snippet, author) in conversation.snippets().filter(|(snippet, _)| !snippet.text.is_empty()) {
        if let Some(Speaker { kind, name }) = author {
            let name = name.as_ref().map_or_else(String::new, |name| format!(" {}", quoted(name)));
            lines += &format!("{}{name} says:\n", line(kind));
        }
        lines += &text::quote(&snippet.text);
    }
    lines
}

/// Returns who wrote something.
pub(super) fn author(author: &Author) -> String {
    format!("{} {}", line(&author.kind), who(&author.name, &author.email, &author.id)).trim_end().to_owned()
}

fn who(name: &Option<String>, email: &Option<String>, id: &Option<String>) -> String {
    let names = [name, email].into_iter().flatten().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let id = id.as_ref().map_or_else(String::new, |id| format!(" ({})", line(id)));
    format!("{names}{id}").trim_start().to_owned()
}

/// Returns how fresh and complete an answer is: first what the user must know, if anything.
pub(super) fn freshness(sync_info: &SyncInfo) -> String {
    let info = &sync_info.info;
    let message = info.message.as_deref().map(line);
    let mut lines = match &message {
        None if info.data_complete => "The data is fresh: nothing of this timeframe is missing.\n".to_owned(),
        message => format!(
            "Tell the user ({} data): {}\n",
            info.state.as_str(),
            message.as_deref().unwrap_or("this answer may be incomplete")
        ),
    };
    if let Some(error) = info.sync_error.as_deref().map(line)
        && !message.is_some_and(|message| message.contains(&error))
    {
        lines += &format!("Tell the user: syncing does not work at present: {error}\n");
    }
    if let Some(head) = &info.coverage {
        lines += &format!("Held without holes: {}.\n", span(head));
    }
    let end = info.coverage.as_ref().map(|head| head.end);
    if let Some(last_sync) = info.last_sync.filter(|last_sync| Some(*last_sync) != end) {
        lines += &format!("Complete through {last_sync}.\n");
    }
    for gap in &info.gaps {
        lines += &format!("Not covered: {}.\n", span(gap));
    }
    if let Some(left_out) = sync_info.gaps_left_out {
        lines += &format!(
            "{} more before these: check_coverage of a shorter timeframe names them.\n",
            text::count(left_out as u64, "gap")
        );
    }
    if info.incomplete.total() > 0 {
        let (pending, failed) = (info.incomplete.pending, info.incomplete.failed);
        lines += &format!("Not stored whole: {pending} pending, {failed} failed.\n");
    }
    if info.sync_in_progress {
        lines += "A sync is running: call again later for what it brings.\n";
    }
    lines
}

/// Returns both ends of a span.
pub(super) fn span(span: &Interval) -> String {
    format!("{} to {}", span.start, span.end)
}

/// Returns a text of the answer's fields on one line.
pub(super) fn line(text: &str) -> String {
    text::one_line(text, ANY)
}

/// Returns the same as an outsider's words.
pub(super) fn quoted(text: &str) -> String {
    text::quote_inline(text, ANY)
}
