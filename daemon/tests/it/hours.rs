//! Figures in business hours, and by days, where clocks change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike as _, NaiveDate, TimeZone as _, Weekday};
use chrono_tz::America::New_York;
use chrono_tz::Australia::Lord_Howe;
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;
use proto::timeframe::{Every, edges};
use proto::types::{
    Conversation, Field, Grouping, Question, ReadRequest, Spread, StatsReply, StatsRequest, TimeField,
};
use proto::{Interval, Timestamp};
use syncd::hours::BusinessHours;

use crate::fields::answers;
use crate::support::{Bench, since, workspace};

const HOUR: i64 = 3_600;

fn office(zone: Tz) -> BusinessHours {
    let hours = |day| if day < 5 { std::iter::once(9 * HOUR..17 * HOUR).collect() } else { Vec::new() };
    BusinessHours { zone, week: std::array::from_fn(hours), holidays: BTreeSet::new() }
}

fn date(zone: Tz, at: Timestamp) -> NaiveDate {
    at.to_datetime().with_timezone(&zone).date_naive()
}

/// Counts, day by day, for how many seconds an office was open.
fn in_office(zone: Tz, from: Timestamp, to: Timestamp) -> u64 {
    let mut seconds = 0;
    for day in date(zone, from).iter_days().take_while(|day| *day <= date(zone, to)) {
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            let at =
                |hour| zone.from_local_datetime(&day.and_hms_opt(hour, 0, 0).unwrap()).unwrap().timestamp();
            seconds += (at(17).min(to.0) - at(9).max(from.0)).max(0);
        }
    }
    seconds.unsigned_abs()
}

/// What is compared of how times are spread.
type Told = (u64, u64, u64, u64);

fn tenths(mean: f64) -> u64 {
    (mean * 10.0).round() as u64
}

fn told(spread: Option<Spread>) -> Option<Told> {
    spread.map(|spread| (spread.count, tenths(spread.mean), spread.min, spread.max))
}

fn spread(times: &[u64]) -> Option<Told> {
    let mean = times.iter().sum::<u64>() as f64 / times.len() as f64;
    Some((times.len() as u64, tenths(mean), *times.iter().min()?, *times.iter().max()?))
}

/// Returns how long each responder took, and how long was taken for what was created on each day of a zone.
fn expected<Key: Ord>(
    exported: &[Conversation],
    key: impl Fn(&Conversation, String) -> Key,
    length: impl Fn(Timestamp, Timestamp) -> u64,
) -> BTreeMap<Key, Option<Told>> {
    let mut times: BTreeMap<Key, Vec<u64>> = BTreeMap::new();
    for conversation in exported {
        for (by, asked, at) in answers(conversation) {
            times.entry(key(conversation, by)).or_default().push(length(asked, at));
        }
    }
    times.into_iter().map(|(key, times)| (key, spread(&times))).collect()
}

fn by_responder(reply: &StatsReply) -> BTreeMap<String, Option<Told>> {
    let known = reply.groups.iter().filter(|group| group.figures.response.is_some());
    known.map(|group| (group.key.clone().unwrap(), told(group.figures.response))).collect()
}

#[tokio::test(start_paused = true)]
async fn response_times_in_business_hours_are_those_that_an_export_gives_in_three_zones() {
    let mut bench = Bench::start(workspace(150)).await;
    bench.sync().await;
    let ids = bench.sim.ids();
    let exported = bench.client.read(&ReadRequest { ids }).await.unwrap().conversations;
    assert_eq!(exported.len(), 150);
    // Before clocks changed in spring.
    let start = Timestamp(1_770_000_000);
    for zone in [Berlin, New_York, Lord_Howe] {
        bench = bench.restart(|config| config.business_hours = Some(Arc::new(office(zone)))).await;
        for business_hours in [false, true] {
            let length = |asked, at: Timestamp| match business_hours {
                true => in_office(zone, asked, at),
                false => at.since(asked).unsigned_abs(),
            };
            let asked = StatsRequest { limit: 100, business_hours, ..StatsRequest::default() };
            let grouping = Grouping::Field(Field::Responder);
            let reply = bench.client.stats(&StatsRequest { grouping, ..asked.clone() }).await.unwrap();
            assert_eq!(reply.business_hours.is_some(), business_hours);
            assert_eq!(by_responder(&reply), expected(&exported, |_, by| by, length), "{zone}");

            let edges = edges(Every::Day, start, Timestamp(bench.sim.now()), &zone).unwrap();
            let question = Question { window: since(start.0), by: TimeField::Created, ..Question::default() };
            let request = StatsRequest { question, grouping: Grouping::Time(edges), ..asked };
            let reply = bench.client.stats(&request).await.unwrap();
            let days = reply.groups.iter().filter(|group| group.figures.response.is_some());
            let day = |span: Option<Interval>| date(zone, span.unwrap().start);
            let found: BTreeMap<_, _> =
                days.map(|group| (day(group.span), told(group.figures.response))).collect();
            let since: Vec<Conversation> =
                exported.iter().filter(|one| one.summary.created_at >= start).cloned().collect();
            let created = |one: &Conversation, _| date(zone, one.summary.created_at);
            assert_eq!(found, expected(&since, created, length), "{zone}");
            assert!(found.len() > 30, "{found:?}");
        }
    }
    let refused = bench.restart(|_| ()).await;
    let request = StatsRequest { business_hours: true, ..StatsRequest::default() };
    let error = refused.client.stats(&request).await.unwrap_err().to_string();
    assert!(
        error.contains("no business hours are configured") && error.contains("[business_hours]"),
        "{error}"
    );
    refused.end().await;
}
