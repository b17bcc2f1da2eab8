//! The tables of a report's page. Pure.

use std::borrow::Cow;

use maud::{Markup, html};
use proto::display::duration;
use proto::types::{Figures, Group, Spread, Waiting};

use super::Groups;
use super::charts::{row_bar, warmth};
use super::page::{Page, UNKNOWN, thousands};
use crate::render::{clean_line, customer, is_web_address};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Page<'_> {
    /// Tells each span of time in numbers.
    pub(super) fn table(&self) -> Markup {
        html! {
            details {
                summary { "The same in numbers" }
                div.scroll tabindex="0" {
                    table {
                        caption { "Volume and first response" }
                        thead { tr { th scope="col" { (self.report.every.as_str()) } (figure_heads()) } }
                        tbody {
                            @for group in &self.report.spans {
                                tr { th scope="row" { (self.name(group)) } (figure_cells(&group.figures)) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Shows on which days and at which hours conversations come in.
    pub(super) fn busiest(&self) -> Markup {
        let hours = &self.report.hours;
        let most = hours.iter().flatten().copied().max().unwrap_or(0);
        html! {
            section aria-labelledby="busiest" {
                h2 id="busiest" { "Busiest hours" }
                div.scroll tabindex="0" {
                    table.heat {
                        caption { "Conversations by weekday and hour, " (self.offset(self.report.made_at)) }
                        thead {
                            tr { td {} @for hour in 0..24 { th scope="col" { (hour) } } }
                        }
                        tbody {
                            @for (day, counts) in WEEKDAYS.iter().zip(hours) {
                                tr {
                                    th scope="row" { (day) }
                                    @for count in counts {
                                        td style=(format!("--warmth:{}", warmth(*count, most))) { (count) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Shows the largest groups.
    pub(super) fn groups(&self, title: &str, none: &str, groups: &Groups) -> Markup {
        let most = groups.groups.iter().map(|group| group.figures.conversations).max().unwrap_or(0);
        html! {
            section aria-labelledby=(title) {
                h2 id=(title) { (title) }
                @if groups.groups.is_empty() { p { "There are none." } }
                @else {
                    div.scroll tabindex="0" {
                        table {
                            thead {
                                tr {
                                    th.named scope="col" { "name" }
                                    td.drawn {}
                                    (figure_heads())
                                }
                            }
                            tbody {
                                @for group in &groups.groups {
                                    tr {
                                        th scope="row" dir="auto" { (group_name(group, none)) }
                                        td.drawn { (row_bar(group.figures.conversations, most)) }
                                        (figure_cells(&group.figures))
                                    }
                                }
                            }
                        }
                    }
                    @if groups.left_out > 0 { p.faint { "And " (thousands(groups.left_out)) " more." } }
                }
            }
        }
    }

    /// Shows who waits longest.
    pub(super) fn waiting(&self) -> Markup {
        let waiting = &self.report.whole.waiting;
        html! {
            section aria-labelledby="waiting" {
                h2 id="waiting" { "Waiting longest for an answer" }
                @if waiting.is_empty() { p { "Nobody waits." } }
                @else {
                    div.scroll tabindex="0" {
                        table {
                            thead {
                                tr {
                                    th scope="col" { "conversation" }
                                    th scope="col" { "customer" }
                                    th.number scope="col" { "waits for" }
                                    th.number scope="col" { "since" }
                                }
                            }
                            tbody { @for one in waiting { (self.waits(one)) } }
                        }
                    }
                }
            }
        }
    }

    fn waits(&self, waiting: &Waiting) -> Markup {
        let Waiting { conversation, since, seconds, said } = waiting;
        let title = clean_line(conversation.title.as_deref().unwrap_or("(no title)"));
        let who = customer(conversation.customer.as_ref());
        html! {
            tr {
                th scope="row" dir="auto" {
                    @match conversation.url.as_deref().filter(|url| is_web_address(url)) {
                        Some(url) => a href=(url) rel="noopener noreferrer" { (title) },
                        None => (title),
                    }
                    @if !said.is_empty() { span.faint dir="auto" { (clean_line(said)) } }
                }
                td dir="auto" { (clean_line(&who)) }
                td.number { (duration(*seconds)) }
                td.number { (self.at(*since)) }
            }
        }
    }
}

/// Returns the heads of the columns of [`figure_cells`].
fn figure_heads() -> Markup {
    html! {
        th.number scope="col" { "conversations" }
        th.number scope="col" { "unanswered" }
        th.number scope="col" { "first response" }
        th.number scope="col" { "time to close" }
    }
}

fn figure_cells(figures: &Figures) -> Markup {
    let median = |spread: Option<Spread>| spread.map_or_else(|| UNKNOWN.to_owned(), |s| duration(s.median));
    html! {
        td.number { (thousands(figures.conversations)) }
        td.number { (thousands(figures.unanswered)) }
        td.number { (median(figures.first_response)) }
        td.number { (median(figures.time_to_close)) }
    }
}

/// Returns what people call a group, `none` where it is those that have none.
fn group_name<'a>(group: &'a Group, none: &'a str) -> Cow<'a, str> {
    clean_line(group.name.as_deref().or(group.key.as_deref()).unwrap_or(none))
}
