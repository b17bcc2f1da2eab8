//! The page of a report. Text from elsewhere is escaped by the template, and cleaned of what turns or hides text. Pure.

use chrono::{DateTime, FixedOffset};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use proto::display::duration;
use proto::types::{Figures, Group, Spread, State, TimeField};
use proto::{Interval, Timestamp};

use super::Report;
use super::charts::{Bar, bars, timeline, top};
use crate::render::{clean_line, span_name};

const STYLE: &str = include_str!("style.css");
/// What the page may do: nothing but look as it does.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// What stands for a number that is not known.
pub(super) const UNKNOWN: &str = "–";

/// Returns an instant in the reader's zone.
type Zone = fn(Timestamp) -> DateTime<FixedOffset>;

/// Returns the page.
pub(super) fn page(report: &Report, zone: Zone) -> Markup {
    let page = Page { report, zone };
    let title = match &report.workspace {
        Some(name) => format!("Conversations of {}", clean_line(name)),
        None => "Conversations".to_owned(),
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 dir="auto" { (title) }
                    p { (page.span(report.whole.window)) }
                    p.faint { (page.asked()) }
                    (page.verdict())
                }
                main {
                    (page.headline())
                    (page.topics())
                    (page.volume())
                    (page.responses())
                    (page.busiest())
                    (page.groups("Tags", "no tag", &report.tags))
                    (page.groups("Assignees", "unassigned", &report.assignees))
                    (page.groups("Responders", "no teammate", &report.responders))
                    (page.groups("Channels", "not known", &report.channels))
                    (page.groups("Ratings", "not rated", &report.ratings))
                    (page.waiting())
                    (page.coverage())
                }
                footer {
                    p {
                        "Made by syncctl " (proto::VERSION) " on " (page.at(report.made_at))
                        " from a local copy of the workspace. Times are those of " (page.offset(report.made_at)) "."
                    }
                }
            }
        }
    }
}

/// A page in the making.
pub(super) struct Page<'a> {
    pub(super) report: &'a Report,
    zone: Zone,
}

impl Page<'_> {
    /// Returns an instant to the minute.
    pub(super) fn at(&self, at: Timestamp) -> String {
        (self.zone)(at).format("%Y-%m-%d %H:%M").to_string()
    }

    /// Returns the zone that an instant is told in.
    pub(super) fn offset(&self, at: Timestamp) -> String {
        (self.zone)(at).format("UTC%:z").to_string()
    }

    pub(super) fn span(&self, span: Interval) -> String {
        format!("{} to {}", self.at(span.start), self.at(span.end))
    }

    /// Says which conversations the report is about.
    fn asked(&self) -> Markup {
        let question = &self.report.question;
        let by = match question.by {
            TimeField::Created => "created",
            TimeField::Updated => "changed",
            TimeField::Activity => "active",
        };
        html! {
            "Conversations that were " (by) " in this timeframe"
            @if !question.query.is_everything() {
                ", and match “" bdi { (clean_line(&question.query.to_string())) } "”"
            }
            "."
        }
    }

    fn verdict(&self) -> Markup {
        let info = &self.report.info;
        let (class, word) = match info.state {
            State::Fresh => ("verdict fresh", "Complete."),
            State::Partial => ("verdict partial", "Partial."),
            State::Stale => ("verdict stale", "Stale."),
        };
        let message = info.message.as_deref().unwrap_or("Everything in this timeframe is in the report.");
        html! {
            p class=(class) {
                strong { (word) } " " (clean_line(message))
                @if let Some(at) = info.last_sync { " Known through " (self.at(at)) "." }
            }
        }
    }

    fn headline(&self) -> Markup {
        let total = self.report.whole.total;
        let before = self.report.whole.before.map(|before| before.total);
        let was =
            |value: Option<String>| value.map_or_else(String::new, |value| format!("; before: {value}"));
        let within = |of: fn(&Figures) -> Option<Spread>| {
            let before = was(before.as_ref().and_then(of).map(|spread| duration(spread.median)));
            match of(&total) {
                Some(spread) => {
                    (duration(spread.median), format!("90% within {}{before}", duration(spread.p90)))
                }
                None => (UNKNOWN.to_owned(), format!("none is known{before}")),
            }
        };
        let counted = |of: fn(&Figures) -> u64| was(before.as_ref().map(|before| thousands(of(before))));
        let (response, response_within) = within(|figures| figures.first_response);
        let (close, close_within) = within(|figures| figures.time_to_close);
        let state = format!(
            "{} open, {} snoozed, {} closed{}",
            total.open,
            total.snoozed,
            total.closed,
            counted(|figures| figures.conversations)
        );
        let unanswered = format!("begun by a customer{}", counted(|figures| figures.unanswered));
        let messages = format!("from both sides{}", counted(|figures| figures.messages));
        let figure = |name: &str, value: &str, more: &str| {
            html! { div { dt { (name) } dd { (value) small { (more) } } } }
        };
        html! {
            @if let Some(hours) = &self.report.whole.business_hours {
                p.faint { "Times count business hours alone: " (clean_line(hours)) }
            }
            @if let Some(before) = &self.report.whole.before {
                p.faint { "Before: " (self.span(before.window)) }
            }
            dl.figures {
                (figure("Conversations", &thousands(total.conversations), &state))
                (figure("Unanswered", &thousands(total.unanswered), &unanswered))
                (figure("First response, median", &response, &response_within))
                (figure("Time to close, median", &close, &close_within))
                (figure("Messages", &thousands(total.messages), &messages))
            }
        }
    }

    /// Returns what a span of time is called.
    pub(super) fn name(&self, group: &Group) -> String {
        group.span.map_or_else(String::new, |span| span_name((self.zone)(span.start), self.report.every))
    }

    fn volume(&self) -> Markup {
        let spans = &self.report.spans;
        let columns: Vec<_> = spans
            .iter()
            .map(|group| Bar {
                label: format!("{}: {}", self.name(group), group.figures.conversations),
                values: vec![group.figures.conversations],
            })
            .collect();
        let most = spans.iter().max_by_key(|group| group.figures.conversations);
        let says = match most.filter(|group| group.figures.conversations > 0) {
            Some(group) => format!("most: {} ({})", thousands(group.figures.conversations), self.name(group)),
            None => "none".to_owned(),
        };
        let every = self.report.every.as_str();
        let top = most.map_or(0, |group| group.figures.conversations);
        html! {
            section aria-labelledby="volume" {
                h2 id="volume" { "Volume" }
                p.legend { "Conversations by " (every) ", " (says) }
                (bars(&format!("Conversations by {every}, {says}"), &columns, top))
                (self.ends())
                (self.table())
            }
        }
    }

    fn responses(&self) -> Markup {
        let spans = &self.report.spans;
        let columns: Vec<_> = spans
            .iter()
            .map(|group| {
                let name = self.name(group);
                match group.figures.first_response {
                    Some(Spread { median, p90, count, .. }) => Bar {
                        label: format!(
                            "{name}: half within {}, 90% within {} (of {count})",
                            duration(median),
                            duration(p90)
                        ),
                        values: vec![p90, median],
                    },
                    None => Bar { label: format!("{name}: none is known"), values: Vec::new() },
                }
            })
            .collect();
        let most = columns.iter().flat_map(|bar| bar.values.iter().copied()).max();
        let top = top(&columns);
        let says = match most {
            None => "none is known".to_owned(),
            Some(most) if most > top => format!("up to {}, drawn up to {}", duration(most), duration(top)),
            Some(most) => format!("up to {}", duration(most)),
        };
        html! {
            section.response aria-labelledby="responses" {
                h2 id="responses" { "First response" }
                p.legend {
                    "From a customer’s first message to a teammate’s first answer, " (says)
                    span.key.front {} "half of them" span.key.back {} "90% of them"
                }
                (bars(&format!("Time to the first response, {says}"), &columns, top))
                (self.ends())
            }
        }
    }

    /// Names the first and the last span below a chart.
    fn ends(&self) -> Markup {
        let spans = &self.report.spans;
        html! {
            div.ends aria-hidden="true" {
                @if let (Some(first), Some(last)) = (spans.first(), spans.last()) {
                    span { (self.name(first)) }
                    @if spans.len() > 1 { span { (self.name(last)) } }
                }
            }
        }
    }

    fn coverage(&self) -> Markup {
        let Report { coverage, info, whole, .. } = self.report;
        let missing = info.incomplete.total();
        let says = match info.gaps.len() {
            0 => "no gaps".to_owned(),
            1 => "1 gap".to_owned(),
            gaps => format!("{gaps} gaps"),
        };
        html! {
            section aria-labelledby="coverage" {
                h2 id="coverage" { "Coverage" }
                p.legend { "What of this timeframe the local copy holds: " (says) }
                (timeline(&format!("Coverage of the timeframe, {says}"), whole.window, coverage, &info.gaps))
                div.ends aria-hidden="true" {
                    span { (self.at(whole.window.start)) }
                    span { (self.at(whole.window.end)) }
                }
                @if !info.gaps.is_empty() {
                    ul { @for gap in &info.gaps { li { "missing: " (self.span(*gap)) } } }
                }
                @if missing > 0 { p { (thousands(missing)) " conversations are not stored whole yet." } }
                @if let Some(error) = &info.sync_error { p { "Syncing does not work: " (clean_line(error)) } }
            }
        }
    }
}

/// Returns a number with its thousands set apart.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    pub(super) fn thousands_are_set_apart() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")];
        for (number, expected) in cases {
            assert_eq!(thousands(number), expected);
        }
    }
}
