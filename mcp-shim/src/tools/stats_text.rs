//! The text of what `conversation_stats` answers, made from its fields.

use proto::display::duration;
use proto::timeframe::Every;
use proto::types::{Field, TimeField};

use super::lines::{freshness, header, line as line_of, quoted, span};
use super::stats::GroupBy;
use super::stats_answer::{Figures, Group, Stats, Times};
use crate::question::{unknown, when};
use crate::text;

/// Returns the text of the answer: the total, then a line for each group.
pub(super) fn describe(stats: &Stats, by: TimeField, group_by: &GroupBy) -> String {
    let mut text = format!(
        "{}, {} from {}: {}.\n",
        text::count(stats.total.conversations, "conversation"),
        when(by),
        span(&stats.window),
        counts(&stats.total)
    );
    text += &spread("First response", stats.total.first_response_seconds.as_ref());
    text += &spread("Every response", stats.total.response_seconds.as_ref());
    text += &spread("Time to close", stats.total.time_to_close_seconds.as_ref());
    text += &unknown(&stats.unknown);
    text += &freshness(&stats.sync_info);
    if matches!(group_by, GroupBy::Field(_)) || !stats.waiting.is_empty() {
        text += text::QUOTED;
        text.push('\n');
    }
    if let Some(heading) = heading(group_by) {
        text += &format!("\n{heading}:\n");
    }
    if stats.groups_before > 0 {
        text += &format!("{} before these.\n", text::count(stats.groups_before.into(), "group"));
    }
    for group in &stats.groups {
        text += &line(group);
    }
    match &stats.next_page {
        Some(page) => {
            text += &format!(
                "{} more: call again with the same arguments and \"page\": \"{page}\"\n",
                text::count(stats.groups_after, "group")
            );
        }
        None if stats.groups_after > 0 => {
            let more = text::count(stats.groups_after, "group");
            text += &format!("{more} more, which cannot be paged through: narrow the question down.\n");
        }
        None => {}
    }
    if !stats.waiting.is_empty() {
        text += "\nOpen, and waiting longest for an answer:\n";
    }
    for waiting in &stats.waiting {
        text += &format!("\nWaiting since {}:\n{}", waiting.since, header(&waiting.conversation));
    }
    if let Some(left_out) = stats.waiting_left_out {
        let more = text::count(left_out as u64, "conversation");
        text += &format!(
            "\n{more} more that waited shorter: search_conversations with state \"open\" finds them.\n"
        );
    }
    text
}

/// Returns what is counted of some conversations besides their number.
fn counts(figures: &Figures) -> String {
    let Figures { open, snoozed, closed, messages, unanswered, waiting, answered_by_bot, reopened, .. } =
        figures;
    format!(
        "{open} open, {snoozed} snoozed, {closed} closed; {unanswered} unanswered, {waiting} waiting, {answered_by_bot} \
         answered by a bot, {reopened} reopened; {}",
        text::count(*messages, "message")
    )
}

fn heading(group_by: &GroupBy) -> Option<String> {
    Some(match group_by {
        GroupBy::None => return None,
        GroupBy::Spans(Every::Day) => "By day".to_owned(),
        GroupBy::Spans(_) => {
            "By span, from the day named on (the timeframe may cut the first and the last)".to_owned()
        }
        GroupBy::Field(Field::Customer) => "By customer (the first contact of each conversation)".to_owned(),
        GroupBy::Field(field @ (Field::Assignee | Field::State | Field::Team)) => format!("By {field}"),
        GroupBy::Field(field) => {
            format!("By {} (a conversation with several counts in each)", line_of(&field.to_string()))
        }
    })
}

fn line(group: &Group) -> String {
    let Group { name, key, span: within, figures } = group;
    let name = match (name, key) {
        (Some(name), Some(key)) if name != key => format!("{} ({})", quoted(name), quoted(key)),
        (Some(date), None) => date.clone(),
        (Some(name), _) | (None, Some(name)) => quoted(name),
        (None, None) => "(none)".to_owned(),
    };
    let within = within.as_ref().map_or_else(String::new, |within| format!(" ({})", span(within)));
    let mut line = format!("- {name}{within}: {}", text::count(figures.conversations, "conversation"));
    if figures.conversations > 0 {
        line += &format!(", {}", counts(figures));
    }
    let times = [
        ("first response", &figures.first_response_seconds),
        ("every response", &figures.response_seconds),
        ("time to close", &figures.time_to_close_seconds),
    ];
    for (what, times) in times {
        if let Some(Times { count, median, p90, .. }) = times {
            let [median, p90] = [*median, *p90].map(duration);
            line += &format!("; {what} median {median}, 90% {p90} (of {count})");
        }
    }
    line + "\n"
}

fn spread(what: &str, times: Option<&Times>) -> String {
    let Some(Times { count, median, p90, p95, max }) = times else {
        return format!("{what}: not known of any.\n");
    };
    let [median, p90] = [*median, *p90].map(duration);
    let [p95, max] = [p95, max].map(|seconds| duration(seconds.unwrap_or_default()));
    format!(
        "{what}: median {median}, 90% within {p90}, 95% within {p95}, longest {max} (known of {count}).\n"
    )
}
