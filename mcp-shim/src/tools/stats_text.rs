//! The text of what `conversation_stats` answers, made from its fields.

use proto::display::duration;
use proto::timeframe::Every;
use proto::types::{Field, Measure};

use super::grouping::GroupBy;
use super::lines::{freshness, line as line_of, quoted, span};
use super::stats_answer::{Counts, Group, Shape, Stats, Times, Waiting};
use crate::question::{unknown, when};
use crate::text;

/// Returns the text of the answer: the totals, how many groups there are, then a line for each.
pub(super) fn describe(stats: &Stats, shape: &Shape<'_>) -> String {
    let group_by = &shape.page.group_by;
    let total = &stats.total.counts;
    let mut text = format!(
        "{}{}, {} from {}: {}.\n",
        text::count(total.conversations, "conversation"),
        customers(total),
        when(shape.by),
        span(&stats.window),
        counts(total).unwrap_or_else(|| "nothing else to count".to_owned())
    );
    if let Some(before) = &stats.before {
        let more = counts(&before.counts).map_or_else(String::new, |counts| format!(": {counts}"));
        text += &format!(
            "Before: {}{} from {}{more}.\n",
            text::count(before.counts.conversations, "conversation"),
            customers(&before.counts),
            span(&before.window)
        );
    }
    if let Some(hours) = &stats.business_hours {
        text += &format!("Times count business hours alone: {hours}.\n");
    }
    for measure in shape.measures {
        text += &match stats.total.times(*measure) {
            Some(known) => format!("{}: {}.\n", capital(name(*measure)), times(known)),
            None => format!("{}: not known of any.\n", capital(name(*measure))),
        };
    }
    text += &unknown(&stats.unknown);
    text += &freshness(&stats.sync_info);
    if matches!(group_by, GroupBy::Field(_)) || !stats.waiting.is_empty() {
        text += text::QUOTED;
        text.push('\n');
    }
    if let Some(heading) = heading(group_by) {
        text += &format!("\n{} {heading}:\n", text::count(stats.groups_total, "group"));
    }
    if stats.groups_before > 0 {
        text += &format!("{} before these.\n", text::count(stats.groups_before.into(), "group"));
    }
    for group in &stats.groups {
        text += &line(group, shape.measures);
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
        text += &format!("\nWaiting longest, {} of {}:\n", stats.waiting.len(), total.waiting);
    }
    for Waiting { id, customer, since, waited_seconds, said } in &stats.waiting {
        let waited = duration(*waited_seconds);
        let (customer, said) = (quoted(customer), quoted(said));
        text += &format!("- {} waits {waited}, since {since}: {customer}: {said}\n", line_of(id));
    }
    if let Some(left_out) = stats.waiting_left_out {
        let more = text::count(left_out as u64, "conversation");
        text += &format!("{more} more that waited shorter: ask for fewer groups.\n");
    }
    if let Some(links) = &stats.links {
        text += &format!("Links: {}\n", line_of(links));
    }
    text
}

/// Returns of how many customers they are.
fn customers(counts: &Counts) -> String {
    let known = counts.customers.filter(|customers| *customers > 0);
    known.map_or_else(String::new, |customers| format!(" of {}", text::count(customers, "customer")))
}

/// Returns what is counted of some conversations besides their number, as far as there is any.
fn counts(counts: &Counts) -> Option<String> {
    let Counts { open, snoozed, closed, messages, unanswered, waiting, answered_by_bot, reopened, .. } =
        counts;
    let all = [
        (open, "open"),
        (snoozed, "snoozed"),
        (closed, "closed"),
        (unanswered, "unanswered"),
        (waiting, "waiting"),
        (answered_by_bot, "answered by a bot"),
        (reopened, "reopened"),
    ];
    let mut said: Vec<String> = all
        .into_iter()
        .filter(|(count, _)| **count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    said.extend((*messages > 0).then(|| text::count(*messages, "message")));
    (!said.is_empty()).then(|| said.join(", "))
}

/// What is to be known of spans of time.
const CUT: &str = "(the timeframe may cut the first and the last)";

fn heading(group_by: &GroupBy) -> Option<String> {
    Some(match group_by {
        GroupBy::None => return None,
        GroupBy::Spans(Every::Day) => format!("by day {CUT}"),
        GroupBy::Spans(_) => format!("by span, from the day named on {CUT}"),
        GroupBy::Clock(_) => "by the user's clock".to_owned(),
        GroupBy::Queries(_) => "by query (a conversation counts in each that it matches)".to_owned(),
        GroupBy::Field(Field::Customer) => "by customer (the first contact of each conversation)".to_owned(),
        GroupBy::Field(
            field @ (Field::Tag
            | Field::Responder
            | Field::Domain
            | Field::Company
            | Field::Participant
            | Field::Linked
            | Field::AiContent
            | Field::AiTopic
            | Field::Attribute(_)
            | Field::Contact(_)),
        ) => format!("by {} (a conversation with several counts in each)", line_of(&field.to_string())),
        GroupBy::Field(field) => format!("by {field}"),
    })
}

fn line(group: &Group, measures: &[Measure]) -> String {
    let Group { name, key, kind, figures } = group;
    let name = match (name, key) {
        (Some(name), Some(key)) => format!("{} ({})", quoted(name), quoted(key)),
        (Some(name), None) => quoted(name),
        (None, _) => "(none)".to_owned(),
    };
    let kind = kind.map_or_else(String::new, |kind| format!(" {}", kind.as_str()));
    let counted = &figures.counts;
    let count = match counted.before {
        Some(before) => format!("{before} → {}", counted.conversations),
        None => counted.conversations.to_string(),
    };
    let more = counts(counted).map_or_else(String::new, |counts| format!(" ({counts})"));
    let mut line = format!("- {name}{kind}: {count}{more}");
    for measure in measures {
        if let Some(known) = figures.times(*measure) {
            line += &format!("; {}: {}", self::name(*measure), times(known));
        }
    }
    line + "\n"
}

const fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::FirstResponse => "first response",
        Measure::Response => "every response",
        Measure::FirstClose => "time to first close",
        Measure::Close => "time to close",
    }
}

fn capital(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest
}

fn times(times: &Times) -> String {
    let Times { count, median, p90, max, median_before } = times;
    let before = median_before.map_or_else(String::new, |before| format!("{} → ", duration(before)));
    let max = max.map_or_else(String::new, |max| format!(", longest {}", duration(max)));
    let [median, p90] = [*median, *p90].map(duration);
    format!("median {before}{median}, 90% within {p90}{max} (of {count})")
}
