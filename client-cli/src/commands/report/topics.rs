//! What customers write about, as a section of a report's page. Pure.

use maud::{Markup, html};
use proto::types::{Topic, TopicExample};

use super::charts::row_bar;
use super::page::{Page, UNKNOWN, thousands};
use crate::render::{clean_line, is_web_address};

impl Page<'_> {
    /// Shows the topics, how each changed, and customers' words.
    pub(super) fn topics(&self) -> Markup {
        let reply = &self.report.topics;
        let most = reply.topics.iter().map(|topic| topic.conversations).max().unwrap_or(0);
        html! {
            section aria-labelledby="topics" {
                h2 id="topics" { "What customers write about" }
                p.legend {
                    "Found in the customers’ own words; each conversation is in one topic, or in none. In no topic: "
                    (thousands(reply.in_none)) " (" (reply.percent_in_none) "%)."
                    @if reply.read < reply.total {
                        " Counted in " (thousands(reply.read)) " of " (thousands(reply.total)) " conversations, evenly chosen."
                    }
                    @if let Some(before) = &reply.before {
                        " Compared with " (thousands(before.total)) " conversations from " (self.span(before.window)) "."
                    }
                }
                @if reply.topics.is_empty() { p { "There are none." } }
                @else {
                    div.scroll tabindex="0" {
                        table.topics {
                            thead {
                                tr {
                                    th.named scope="col" { "topic" }
                                    td.drawn {}
                                    th.number scope="col" { "before" }
                                    th.number scope="col" { "now" }
                                    th.number scope="col" { "share" }
                                    th scope="col" { "in their words" }
                                }
                            }
                            tbody { @for topic in &reply.topics { (self.topic(topic, most)) } }
                        }
                    }
                    @if reply.left_out > 0 {
                        p.faint {
                            "And " (thousands(reply.left_out)) " more topics with " (thousands(reply.in_left_out))
                            " conversations."
                        }
                    }
                }
            }
        }
    }

    fn topic(&self, topic: &Topic, most: u64) -> Markup {
        let before = match topic.before {
            _ if topic.new => "new".to_owned(),
            Some(before) => thousands(before),
            None => UNKNOWN.to_owned(),
        };
        html! {
            tr {
                th scope="row" dir="auto" { (clean_line(&topic.name)) }
                td.drawn { (row_bar(topic.conversations, most)) }
                td.number { (before) }
                td.number { (thousands(topic.conversations)) }
                td.number { (topic.percent) "%" }
                td dir="auto" { @if let Some(example) = topic.examples.first() { (words(example)) } }
            }
        }
    }
}

fn words(example: &TopicExample) -> Markup {
    let text = clean_line(&example.text);
    html! {
        @match example.url.as_deref().filter(|url| is_web_address(url)) {
            Some(url) => a href=(url) rel="noopener noreferrer" { (text) },
            None => (text),
        }
    }
}
