//! What a report asks of the daemon.

use std::time::Duration;

use anyhow::Result;
use chrono::{Datelike as _, Local, Timelike as _};
use proto::client::Client;
use proto::timeframe::{self, Every};
use proto::types::{
    Compare, Field, Group, Grouping, Question, StatsReply, StatsRequest, SyncInfo, TopicsReply,
    TopicsRequest, Window,
};
use proto::{Interval, Timestamp};

use super::{Groups, Report};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::meter::Meter;
use crate::question::{SYNCING, severity};

const DAY: i64 = 86_400;
/// Groups that are shown.
const MOST_GROUPS: u32 = 15;
/// Conversations that wait longest that are shown.
const MOST_WAITING: u32 = 15;
/// Topics that are shown.
const MOST_TOPICS: u32 = 20;
/// How much of a timeframe is cut into hours at once: fewer than a question can carry.
const HOURS_AT_ONCE: i64 = 160 * DAY;

/// Asks for everything that a report tells.
///
/// # Errors
/// When the daemon is gone, or refuses the question.
pub(super) async fn gather(
    client: &Client,
    asked: StatsRequest,
    wait: Duration,
    context: &Context,
) -> Result<Report> {
    let mut meter = Meter::new(context, SYNCING);
    let request = StatsRequest { compare: Compare::PreviousIfKept, waiting: MOST_WAITING, ..asked.clone() };
    let whole = client.stats_fresh(&request, wait, |report| meter.show(report)).await?;
    drop(meter);
    let mut asker = Asker { client, info: whole.sync_info.clone(), asked };

    let start = whole.window.start;
    let end = whole.window.end.max(start);
    let every = length(end.since(start));
    let spans = asker.spans(every, start, end).await?;
    // There is nothing to be cut into hours where there is nothing.
    let begun = spans.iter().find(|group| group.figures.conversations > 0).and_then(|group| group.span);
    let hours = asker.hours(begun.map_or(end, |span| span.start.max(start)), end).await?;
    let tags = asker.groups(Grouping::Field(Field::Tag)).await?;
    let assignees = asker.groups(Grouping::Field(Field::Assignee)).await?;
    let responders = asker.groups(Grouping::Field(Field::Responder)).await?;
    let channels = asker.groups(Grouping::Field(Field::Channel)).await?;
    let mut ratings = asker.groups(Grouping::Field(Field::Rating)).await?;
    // By the score, the best first; what is not rated comes last.
    ratings.groups.sort_by(|one, other| other.key.cmp(&one.key));
    let topics = asker.topics().await?;
    let status = client.status().await?;
    Ok(Report {
        workspace: status.workspace.and_then(|workspace| workspace.name),
        question: asker.asked.question,
        made_at: context.out.now,
        every,
        spans,
        topics,
        tags,
        assignees,
        responders,
        channels,
        ratings,
        hours,
        coverage: status.coverage,
        info: asker.info,
        whole,
    })
}

/// Returns the length of spans that shows a timeframe of so many seconds best.
const fn length(seconds: i64) -> Every {
    match seconds / DAY {
        ..=2 => Every::Hour,
        3..=120 => Every::Day,
        121..=1_000 => Every::Week,
        _ => Every::Month,
    }
}

/// Asks about one question, and keeps the worst verdict.
struct Asker<'a> {
    client: &'a Client,
    asked: StatsRequest,
    info: SyncInfo,
}

impl Asker<'_> {
    async fn groups(&mut self, grouping: Grouping) -> Result<Groups> {
        let reply = self.ask(self.asked.question.clone(), grouping).await?;
        Ok(Groups { groups: reply.groups, left_out: reply.left_out })
    }

    async fn spans(&mut self, every: Every, start: Timestamp, end: Timestamp) -> Result<Vec<Group>> {
        let edges = timeframe::edges(every, start, end, &Local)
            .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
        Ok(self.ask(self.asked.question.clone(), Grouping::Time(edges)).await?.groups)
    }

    /// Counts by weekday and hour of the day in the user's zone.
    async fn hours(&mut self, start: Timestamp, end: Timestamp) -> Result<[[u64; 24]; 7]> {
        let mut hours = [[0_u64; 24]; 7];
        let mut from = start;
        while from < end {
            let to = from.plus(HOURS_AT_ONCE).min(end);
            let last = if to == end { to } else { to.minus(1) };
            let edges = timeframe::edges(Every::Hour, from, last, &Local)
                .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
            let mut question = self.asked.question.clone();
            question.window = Window { start: Some(from), end: Some(last) };
            for group in self.ask(question, Grouping::Time(edges)).await?.groups {
                let Some(Interval { start, .. }) = group.span else { continue };
                let wall = start.to_datetime().with_timezone(&Local);
                let row = &mut hours[wall.weekday().num_days_from_monday() as usize % 7];
                let cell = &mut row[wall.hour() as usize % 24];
                *cell = cell.saturating_add(group.figures.conversations);
            }
            from = to;
        }
        Ok(hours)
    }

    /// Asks what customers write about, against the time before where the copy is to hold it.
    async fn topics(&mut self) -> Result<TopicsReply> {
        let question = self.asked.question.clone();
        let request = TopicsRequest { question, compare: Compare::PreviousIfKept, limit: MOST_TOPICS };
        let reply = self.client.topics_fresh(&request, Duration::ZERO, |_| ()).await?;
        self.keep_worst(&reply.sync_info);
        Ok(reply)
    }

    async fn ask(&mut self, question: Question, grouping: Grouping) -> Result<StatsReply> {
        let request = StatsRequest { question, grouping, limit: MOST_GROUPS, ..self.asked.clone() };
        let reply = self.client.stats(&request).await?;
        self.keep_worst(&reply.sync_info);
        Ok(reply)
    }

    fn keep_worst(&mut self, info: &SyncInfo) {
        if severity(info.state) > severity(self.info.state) {
            self.info = info.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeframe_is_cut_into_as_many_spans_as_can_be_seen() {
        let cases = [
            (0, Every::Hour),
            (2, Every::Hour),
            (3, Every::Day),
            (30, Every::Day),
            (365, Every::Week),
            (4_000, Every::Month),
        ];
        for (days, every) in cases {
            assert_eq!(length(days * DAY), every, "{days}");
        }
    }
}
