//! Counts and response times: what they are of all, then one row a group with a bar.

use chrono::{DateTime, FixedOffset};
use proto::display::duration;
use proto::timeframe::Every;
use proto::types::{Figures, Group, Measure, Spread, StatsBefore, StatsReply, Waiting};
use unicode_width::UnicodeWidthStr as _;

use super::columns::{bar, curve, fit, gap};
use super::time::{ago, span};
use super::{Buffer, Screen, people, style};

/// Widest name of a group, in columns.
const WIDEST_NAME: usize = 32;
/// Narrowest and widest bar, in columns.
const BAR: (usize, usize) = (8, 40);
/// Spaces between columns.
const BETWEEN: usize = 2;
const UNKNOWN: &str = "-";

/// What an answer is to show.
pub(crate) struct Shape<'a> {
    /// The spans that its groups are, where they are spans of time.
    pub(crate) every: Option<Every>,
    /// The lengths of time that were asked for.
    pub(crate) measures: &'a [Measure],
}

/// Adds an answer.
pub(crate) fn stats(buffer: &mut Buffer<'_>, reply: &StatsReply, shape: &Shape<'_>) {
    let every = shape.every;
    headline(buffer, reply, shape.measures);
    if every.is_some() && reply.groups.len() > 1 {
        let counts: Vec<_> = reply.groups.iter().map(|group| group.figures.conversations).collect();
        let room = buffer.room(super::buffer::LABEL);
        buffer.field("volume", style::NOTE, &curve(&counts, room));
    }
    if !reply.groups.is_empty() {
        buffer.end();
        groups(buffer, &reply.groups, every);
    }
    if reply.left_out > 0 {
        let more = format!("and {} more groups; show them with --limit", reply.left_out);
        buffer.put(style::FAINT, &more).end();
    }
    waiting(buffer, reply);
}

fn headline(buffer: &mut Buffer<'_>, reply: &StatsReply, measures: &[Measure]) {
    let total = reply.total;
    let before = reply.before.map(|before| before.total);
    let plural = if total.conversations == 1 { "" } else { "s" };
    let states = format!("{} open, {} snoozed, {} closed", total.open, total.snoozed, total.closed);
    buffer.put(style::STRONG, &format!("{} conversation{plural}", total.conversations));
    let customers = match total.customers {
        0 => String::new(),
        1 => " of one customer".to_owned(),
        several => format!(" of {several} customers"),
    };
    buffer.put(style::PLAIN, &format!("{customers}  {states}")).end();
    buffer.field("timeframe", style::PLAIN, &span(reply.window, buffer.screen()));
    if let Some(StatsBefore { window, total: before }) = reply.before {
        let change = format!("{} → {} conversations", before.conversations, total.conversations);
        buffer.field("compared with", style::PLAIN, &format!("{} ({change})", span(window, buffer.screen())));
    }
    let unanswered = match total.unanswered {
        0 => (style::GOOD, "none".to_owned()),
        count => (style::WARN, count.to_string()),
    };
    buffer.field("unanswered", unanswered.0, &unanswered.1);
    if total.waiting > 0 {
        buffer.field("waiting", style::WARN, &total.waiting.to_string());
    }
    let also = [("bot answered", total.answered_by_bot), ("reopened", total.reopened)];
    for (what, count) in also.into_iter().filter(|(_, count)| *count > 0) {
        buffer.field(what, style::PLAIN, &count.to_string());
    }
    for measure in Measure::ALL.iter().filter(|measure| measures.contains(measure)) {
        let of: fn(&Figures) -> Option<Spread> = match measure {
            Measure::FirstResponse => |figures| figures.first_response,
            Measure::Response => |figures| figures.response,
            Measure::FirstClose => |figures| figures.time_to_first_close,
            Measure::Close => |figures| figures.time_to_close,
        };
        let (name, is_shown_always) = match measure {
            Measure::FirstResponse => ("first response", true),
            Measure::Response => ("every response", false),
            Measure::FirstClose => ("to first close", false),
            Measure::Close => ("time to close", true),
        };
        let (known, known_before) = (of(&total), before.as_ref().and_then(of));
        if known.is_some() || known_before.is_some() || is_shown_always {
            let before = known_before.map(|before| format!("; before: median {}", duration(before.median)));
            buffer.field(name, style::PLAIN, &(spread(known) + &before.unwrap_or_default()));
        }
    }
    if let Some(hours) = &reply.business_hours {
        buffer.field("measured in", style::PLAIN, &format!("business hours: {hours}"));
    }
    let each =
        total.messages_each.map_or_else(String::new, |each| format!(", {} in half of them", each.median));
    buffer.field("messages", style::PLAIN, &format!("{}{each}", total.messages));
}

/// Returns the median and the ninth decile of durations, and of how many they are.
fn spread(spread: Option<Spread>) -> String {
    spread.map_or_else(
        || "none is known".to_owned(),
        |spread| {
            let (median, p90) = (duration(spread.median), duration(spread.p90));
            format!("median {median}, 90% within {p90} (of {})", spread.count)
        },
    )
}

/// A column: its head, its cells, whether they are numbers.
struct Column {
    head: &'static str,
    cells: Vec<String>,
    right: bool,
}

impl Column {
    fn of(head: &'static str, groups: &[Group], cell: impl Fn(&Figures) -> String) -> Self {
        Self { head, cells: groups.iter().map(|group| cell(&group.figures)).collect(), right: true }
    }

    fn width(&self) -> usize {
        self.cells.iter().map(|cell| cell.width()).chain([self.head.width()]).max().unwrap_or(0)
    }
}

/// Returns how many conversations a group has, and how many it had.
fn count(group: &Group) -> String {
    let count = group.figures.conversations;
    group.before.map_or_else(|| count.to_string(), |before| format!("{} → {count}", before.conversations))
}

fn groups(buffer: &mut Buffer<'_>, groups: &[Group], every: Option<Every>) {
    let screen = buffer.screen();
    let widest = WIDEST_NAME.min(screen.width / 3);
    let names = groups.iter().map(|group| fit(&name(group, every, screen), widest)).collect();
    let middle = |spread: Option<Spread>| spread.map_or_else(|| UNKNOWN.to_owned(), |s| duration(s.median));
    let mut columns = vec![
        Column { head: "", cells: names, right: false },
        Column { head: "count", cells: groups.iter().map(count).collect(), right: true },
        Column::of("unanswered", groups, |figures| figures.unanswered.to_string()),
        Column::of("response", groups, |figures| middle(figures.first_response)),
        Column::of("to close", groups, |figures| middle(figures.time_to_close)),
        Column::of("open", groups, |figures| figures.open.to_string()),
    ];
    let has_every = groups.iter().any(|group| group.figures.response.is_some());
    if has_every {
        columns.insert(5, Column::of("every", groups, |figures| middle(figures.response)));
    }
    // The narrower the screen, the fewer columns; the bar is the last to go.
    let needed = |columns: &[Column]| columns.iter().map(|column| column.width() + BETWEEN).sum::<usize>();
    while columns.len() > 2 && needed(&columns) + BAR.0 > screen.width {
        columns.pop();
    }
    let room = screen.width.saturating_sub(needed(&columns)).clamp(BAR.0, BAR.1);
    let most = groups.iter().map(|group| group.figures.conversations).max().unwrap_or(0);

    let has_times = columns.len() > 3;
    line(buffer, &columns, |column| (style::FAINT, column.head), "", room);
    for (row, group) in groups.iter().enumerate() {
        let drawn = bar(group.figures.conversations, most, room);
        line(buffer, &columns, |column| (style::PLAIN, column.cells[row].as_str()), &drawn, room);
    }
    if has_times {
        let every = if has_every { "every: to any response; " } else { "" };
        let text = format!("response: median time to the first response; {every}to close: median");
        buffer.put(style::FAINT, &text).end();
    }
}

/// Adds a line of the table: the name, the count, the bar, then everything else.
fn line<'c>(
    buffer: &mut Buffer<'_>,
    columns: &'c [Column],
    cell: impl Fn(&'c Column) -> (anstyle::Style, &'c str),
    bar: &str,
    room: usize,
) {
    for (index, column) in columns.iter().enumerate() {
        let (look, text) = cell(column);
        let missing = gap(text, column.width());
        let last = index + 1 == columns.len();
        if column.right {
            buffer.indent(missing).put(look, text);
        } else {
            buffer.put(look, text).indent(missing);
        }
        if index == 1 {
            buffer.indent(if last && bar.is_empty() { 0 } else { BETWEEN }).put(style::NOTE, bar);
            buffer.indent(if last { 0 } else { gap(bar, room) });
        }
        buffer.indent(if last { 0 } else { BETWEEN });
    }
    buffer.end();
}

/// Returns what people call a group.
fn name(group: &Group, every: Option<Every>, screen: &Screen) -> String {
    match (group.span, every) {
        (Some(span), Some(every)) => span_name((screen.zone)(span.start), every),
        _ => group.name.as_deref().or(group.key.as_deref()).unwrap_or("(none)").to_owned(),
    }
}

/// Returns what a span of time is called by its start, in the reader's zone.
pub(crate) fn span_name(start: DateTime<FixedOffset>, every: Every) -> String {
    let format = match every {
        Every::Hour => "%a %Y-%m-%d %H:%M",
        Every::Day => "%a %Y-%m-%d",
        Every::Week => "week of %Y-%m-%d",
        Every::SevenDays => "7 days from %Y-%m-%d",
        Every::Month => "%B %Y",
    };
    start.format(format).to_string()
}

fn waiting(buffer: &mut Buffer<'_>, reply: &StatsReply) {
    let waiting = &reply.waiting;
    if waiting.is_empty() {
        return;
    }
    let which = format!("waiting longest for an answer: {} of {}", waiting.len(), reply.total.waiting);
    buffer.end().put(style::STRONG, &which).end();
    let indent = waiting.iter().map(|one| one.conversation.id.width()).max().unwrap_or(0) + BETWEEN;
    for Waiting { conversation, since, said, .. } in waiting {
        buffer.link(style::NOTE, &conversation.id, conversation.url.as_deref());
        buffer.indent(gap(&conversation.id, indent));
        let title = conversation.title.as_deref().unwrap_or("(no title)");
        let room = buffer.room(indent);
        buffer.put(style::PLAIN, &fit(title, room)).end();
        let who = people::customer(conversation.customer.as_ref());
        let text = format!("{who}, since {}", ago(*since, buffer.screen()));
        buffer.block(style::FAINT, indent, &text);
        if !said.is_empty() {
            let room = buffer.room(indent);
            buffer.indent(indent).put(style::PLAIN, &fit(said, room)).end();
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::Interval;
    use proto::types::{Incomplete, State, Summary, SyncInfo};

    use super::super::screen::samples::{NOW, plain, styled};
    use super::*;

    const DAY: i64 = 86_400;

    fn spread(median: u64) -> Option<Spread> {
        Some(Spread {
            count: 9,
            mean: median as f64,
            min: 1,
            median,
            p90: 3 * median,
            p95: 4 * median,
            max: 5 * median,
        })
    }

    fn group(key: Option<&str>, name: Option<&str>, conversations: u64) -> Group {
        let figures = Figures {
            conversations,
            customers: conversations.div_ceil(2),
            open: conversations / 4,
            closed: conversations - conversations / 4,
            messages: 3 * conversations,
            unanswered: conversations / 8,
            waiting: conversations / 6,
            answered_by_bot: conversations / 20,
            messages_each: spread(3),
            first_response: (conversations > 1).then(|| spread(7_500)).flatten(),
            response: (conversations > 30).then(|| spread(3_600)).flatten(),
            time_to_close: (conversations > 2).then(|| spread(95_000)).flatten(),
            ..Figures::default()
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Group { key: owned(key), name: owned(name), figures, ..Group::default() }
    }

    fn reply(groups: Vec<Group>) -> StatsReply {
        let waiting = Waiting {
            conversation: Summary {
                id: "215469810".to_owned(),
                title: Some("返金をお願いします".to_owned()),
                ..Summary::default()
            },
            since: NOW.minus(2 * DAY),
            seconds: 2 * 86_400,
            said: "まだ届きません".to_owned(),
        };
        StatsReply {
            total: group(None, None, 134).figures,
            groups,
            before: None,
            left_out: 0,
            waiting: vec![waiting],
            business_hours: None,
            window: Interval { start: NOW.minus(7 * DAY), end: NOW },
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
        }
    }

    fn drawn(screen: &Screen, reply: &StatsReply, every: Option<Every>) -> String {
        let mut buffer = Buffer::new(screen);
        stats(&mut buffer, reply, &Shape { every, measures: &Measure::ALL });
        buffer.as_str().to_owned()
    }

    fn tags() -> StatsReply {
        let groups = vec![
            group(Some("billing"), Some("billing"), 120),
            group(Some("返品"), Some("返品・返金"), 33),
            group(Some("long"), Some("a tag whose name goes on for longer than there is room"), 8),
            group(None, None, 1),
        ];
        StatsReply { left_out: 12, ..reply(groups) }
    }

    #[test]
    fn groups_line_up_whatever_script_their_names_are_in() {
        insta::assert_snapshot!("tags", drawn(&plain(), &tags(), None));
        insta::assert_snapshot!("tags_wide", drawn(&Screen { width: 120, ..plain() }, &tags(), None));
        insta::assert_snapshot!("tags_narrow", drawn(&Screen { width: 40, ..plain() }, &tags(), None));
    }

    #[test]
    fn spans_of_time_have_a_curve_and_are_named_in_the_readers_zone() {
        let midnight = NOW.minus(20 * 3600 + 2 * 3600);
        let counts = [0, 3, 8, 40, 12, 1];
        let days = counts.iter().zip(0..).map(|(count, day)| {
            let start = midnight.minus((5 - day) * DAY);
            Group { span: Some(Interval { start, end: start.plus(DAY) }), ..group(None, None, *count) }
        });
        let reply = reply(days.collect());
        insta::assert_snapshot!("days", drawn(&plain(), &reply, Some(Every::Day)));
        let names =
            [Every::Hour, Every::Week, Every::Month].map(|every| span_name((plain().zone)(midnight), every));
        assert_eq!(names, ["Sun 2026-11-22 00:00", "week of 2026-11-22", "November 2026"]);
    }

    #[test]
    fn a_comparison_shows_each_change_with_its_base_and_only_the_times_asked_for() {
        let mut reply = tags();
        reply.before = Some(StatsBefore {
            window: Interval { start: NOW.minus(14 * DAY), end: NOW.minus(7 * DAY) },
            total: group(None, None, 80).figures,
        });
        for group in &mut reply.groups {
            group.before = Some(Figures { conversations: 39, ..group.figures });
        }
        let measures = [Measure::FirstResponse];
        reply.keep(&measures);
        let screen = plain();
        let mut buffer = Buffer::new(&screen);
        stats(&mut buffer, &reply, &Shape { every: None, measures: &measures });
        insta::assert_snapshot!("compared", buffer.as_str());
    }

    #[test]
    fn nothing_at_all_is_said_in_words() {
        let nothing = StatsReply { total: Figures::default(), waiting: Vec::new(), ..reply(Vec::new()) };
        insta::assert_snapshot!("nothing", drawn(&plain(), &nothing, None));
    }

    #[test]
    fn a_row_has_the_same_text_with_colours_and_without() {
        let coloured = drawn(&styled(), &tags(), None);
        let bare = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(bare, drawn(&plain(), &tags(), None));
    }
}
