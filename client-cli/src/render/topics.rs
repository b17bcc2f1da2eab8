//! What conversations are about: a row a topic, with how it changed and what customers wrote.

use proto::types::{Topic, TopicsReply};
use unicode_width::UnicodeWidthStr as _;

use super::columns::{bar, fit, gap};
use super::time::span;
use super::{Buffer, style};

/// Widest name of a topic, in columns.
const WIDEST_NAME: usize = 32;
/// Widest bar, in columns.
const BAR: usize = 20;

/// Adds an answer.
pub(crate) fn topics(buffer: &mut Buffer<'_>, reply: &TopicsReply) {
    let plural = if reply.total == 1 { "" } else { "s" };
    buffer.put(style::STRONG, &format!("{} conversation{plural}", reply.total)).end();
    buffer.field("timeframe", style::PLAIN, &span(reply.window, buffer.screen()));
    if let Some(before) = &reply.before {
        let text = format!("{} ({} conversations)", span(before.window, buffer.screen()), before.total);
        buffer.field("before", style::PLAIN, &text);
    }
    let none = format!("{} ({}%)", reply.in_none, reply.percent_in_none);
    buffer.field("in no topic", style::PLAIN, &none);
    if reply.read < reply.total {
        buffer.field("read", style::WARN, &format!("{} of them, evenly chosen", reply.read));
    }
    let names: Vec<String> = reply.topics.iter().map(|topic| fit(&topic.name, WIDEST_NAME)).collect();
    let counts: Vec<String> = reply.topics.iter().map(count).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let (name, number) = (widest(&names), widest(&counts));
    let most = reply.topics.iter().map(|topic| topic.conversations).max().unwrap_or(0);
    for ((topic, title), count) in reply.topics.iter().zip(&names).zip(&counts) {
        buffer.end().put(style::STRONG, title).indent(gap(title, name) + 2);
        buffer.put(style::PLAIN, count).indent(gap(count, number) + 2);
        buffer.put(style::NOTE, &bar(topic.conversations, most, BAR)).end();
        for example in &topic.examples {
            let indent = example.id.width() + 4;
            buffer.indent(2).link(style::NOTE, &example.id, example.url.as_deref()).indent(2);
            let room = buffer.room(indent);
            buffer.put(style::FAINT, &fit(&example.text, room)).end();
        }
        let found = match topic.found - topic.conversations {
            0 => String::new(),
            others => format!("  (finds {}: {others} are more about another topic)", topic.found),
        };
        buffer.block(style::FAINT, 2, &format!("{}{found}", topic.query));
    }
    if reply.left_out > 0 {
        let text = format!(
            "and {} more topics with {} conversations; show them with --limit",
            reply.left_out, reply.in_left_out
        );
        buffer.end().put(style::FAINT, &text).end();
    }
}

/// Returns how many conversations a topic has, of how many, and how many it had before.
fn count(topic: &Topic) -> String {
    let Topic { conversations, percent, .. } = topic;
    match topic.before {
        _ if topic.new => format!("{conversations} {percent}%  new"),
        Some(before) => format!("{before} → {conversations} {percent}%"),
        None => format!("{conversations} {percent}%"),
    }
}

#[cfg(test)]
mod tests {
    use proto::Interval;
    use proto::types::{Incomplete, State, SyncInfo, TopicExample, TopicsBefore};

    use super::super::screen::samples::{NOW, plain};
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn a_topic_tells_how_it_changed_what_customers_wrote_and_how_to_list_it() {
        let topic = |name: &str, conversations, before, text: &str| Topic {
            name: name.to_owned(),
            query: format!("said:customer ({name})"),
            conversations,
            percent: conversations as f64,
            found: conversations + 3,
            before: Some(before),
            change: None,
            new: before == 0,
            examples: vec![TopicExample { id: "215".to_owned(), url: None, text: text.to_owned() }],
        };
        let window = Interval { start: NOW.minus(7 * DAY), end: NOW };
        let reply = TopicsReply {
            topics: vec![
                topic("late refund", 62, 39, "Where is my refund?"),
                topic("返金", 5, 0, "返金を\u{1b}[2J"),
            ],
            left_out: 3,
            in_left_out: 8,
            in_none: 25,
            percent_in_none: 25.0,
            read: 100,
            total: 100,
            before: Some(TopicsBefore { window, total: 80, read: 80, in_left_out: 1, in_none: 40 }),
            window,
            unknown: Vec::new(),
            sync_info: SyncInfo {
                state: State::Fresh,
                last_sync: Some(NOW),
                message: None,
                data_complete: true,
                coverage: None,
                gaps: Vec::new(),
                incomplete: Incomplete::default(),
                sync_in_progress: false,
                sync_error: None,
                fields: Vec::new(),
            },
            sync: None,
        };
        let screen = plain();
        let mut buffer = Buffer::new(&screen);
        topics(&mut buffer, &reply);
        insta::assert_snapshot!("topics", buffer.as_str());
    }
}
