//! What a support lead asks about the story, and what is right.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::script::{REGULAR, SUBJECTS};
use super::{DAY, Evaluation, HOUR, Question, Told};

impl Evaluation {
    /// Returns the conversations that were created in the days from so many to so many before now.
    pub fn created(&self, from: i64, to: i64) -> impl Iterator<Item = &Told> + Clone {
        let (start, end) = (self.now - from * DAY, self.now - to * DAY);
        self.told.iter().filter(move |told| (start..end).contains(&told.created_at))
    }

    /// Returns how many of these there are of each, the most frequent first.
    pub fn counted<'t, K: Ord>(
        told: impl Iterator<Item = &'t Told>,
        key: impl Fn(&'t Told) -> Option<K>,
    ) -> Vec<(K, u64)> {
        let mut counts = BTreeMap::new();
        for key in told.filter_map(key) {
            *counts.entry(key).or_insert(0) += 1;
        }
        let mut counts: Vec<(K, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// Returns the median of how long each teammate took to answer in the last 28 days, the fastest first.
    pub fn responders(&self) -> Vec<(&'static str, i64)> {
        let mut times: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (name, seconds) in self.created(28, 0).filter_map(|told| told.answer) {
            times.entry(name).or_default().push(seconds);
        }
        let median = |mut times: Vec<i64>| {
            times.sort_unstable();
            times[times.len().div_ceil(2) - 1]
        };
        let mut medians: Vec<(&str, i64)> =
            times.into_iter().map(|(name, times)| (name, median(times))).collect();
        medians.sort_by_key(|(_, median)| *median);
        medians
    }

    /// Returns those who wait for an answer, who has waited longest first.
    pub fn waiting(&self) -> Vec<&Told> {
        let mut waiting: Vec<&Told> = self.told.iter().filter(|told| told.waiting.is_some()).collect();
        waiting.sort_by_key(|told| told.waiting);
        waiting
    }

    /// Returns how many conversations are about a subject, in the days from so many to so many before now.
    pub fn about(&self, subject: &str, from: i64, to: i64) -> u64 {
        self.created(from, to).filter(|told| told.subject == subject).count() as u64
    }

    /// Returns the questions, each with its right answer.
    pub fn questions(&self) -> Vec<Question> {
        let count = |from, to| self.created(from, to).count();
        let week = |subject: &str| (self.about(subject, 7, 0), self.about(subject, 14, 7));
        let subjects: Vec<String> = SUBJECTS
            .iter()
            .map(|subject| {
                let (now, before) = week(subject.name);
                format!("{} {before} → {now}", subject.name)
            })
            .collect();
        let list = |counts: Vec<(&str, u64)>| {
            counts.into_iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
        };
        let month = || self.created(28, 0);
        let waits = |told: &Told| {
            let (since, words) = told.waiting.unwrap_or_default();
            format!("{} ({} h): {words}", told.id, (self.now - since) / HOUR)
        };
        let waiting: Vec<String> = self.waiting().into_iter().map(waits).collect();
        let responders: Vec<String> =
            self.responders().iter().map(|(name, median)| format!("{name} {} min", median / 60)).collect();
        let weeks: Vec<String> = (0..4).rev().map(|week| count(7 * week + 7, 7 * week).to_string()).collect();
        let mut days = Self::counted(self.created(7, 0), |told| {
            Some(DateTime::from_timestamp(told.created_at, 0)?.date_naive())
        });
        days.sort_unstable();
        let days: Vec<String> = days.iter().map(|(day, count)| format!("{day} {count}")).collect();
        let bad = || month().filter(|told| told.rating.is_some_and(|score| score <= 2));
        let regular: Vec<&Told> = self.told.iter().filter(|told| told.email == REGULAR).collect();
        let first = |list: &[String]| list.first().cloned().unwrap_or_default();
        let domain = |told: &&Told| told.email.split_once('@').map(|(_, domain)| domain.to_owned());
        let domains = Self::counted(month(), |told| domain(&told));
        let domains: Vec<String> = domains.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let open = self.told.iter().filter(|told| told.is_open).count();
        let (refunds, refunds_before) = week("refunds");
        let ask = |asked, answer: String| Question { asked, answer };
        vec![
            ask("How many conversations came in in the last 7 days?", count(7, 0).to_string()),
            ask("How many was that in the 7 days before?", count(14, 7).to_string()),
            ask("What did customers want most in the last 7 days, with counts?", subjects.join("; ")),
            ask(
                "What grew most against the 7 days before?",
                format!("refunds, {refunds_before} → {refunds}"),
            ),
            ask("What shrank most?", "late deliveries, 14 → 6".to_owned()),
            ask("What is new in the last 7 days?", format!("failed bookings, {}", week("failed bookings").0)),
            ask(
                "How many customers wrote in the last 7 days that a booking failed?",
                week("failed bookings").0.to_string(),
            ),
            ask("Who answers fastest, over the last 28 days (median of every answer)?", first(&responders)),
            ask("Who answers slowest?", responders.last().cloned().unwrap_or_default()),
            ask("Who waits longest for an answer, and what do they want?", first(&waiting)),
            ask("Which conversations wait for an answer, and for how long?", waiting.join("; ")),
            ask("How many came in on each day of the last 7 days (UTC)?", days.join(", ")),
            ask("What is the trend over the last four times 7 days?", weeks.join(" → ")),
            ask(
                "How many came in by which channel in the last 28 days?",
                list(Self::counted(month(), |told| Some(told.channel))),
            ),
            ask("How many of the last 28 days' conversations were rated 1 or 2?", bad().count().to_string()),
            ask("What were those about?", list(Self::counted(bad(), |told| Some(told.subject)))),
            ask("From which domain did most of the last 28 days' conversations come?", first(&domains)),
            ask(
                "How often has mira@kestrel.example.com written to us, and about what?",
                format!(
                    "{} times: {}",
                    regular.len(),
                    list(Self::counted(regular.iter().copied(), |told| Some(told.subject)))
                ),
            ),
            ask(
                "Is the data for the last 28 days complete?",
                "yes, unless an answer says otherwise".to_owned(),
            ),
            ask(
                "Write five lines for management about the last 7 days.",
                format!(
                    "{} conversations ({} before); most about refunds ({refunds_before} → {refunds}); failed bookings are \
                     new ({}); {open} open, {} of them waiting; {} answers fastest",
                    count(7, 0),
                    count(14, 7),
                    week("failed bookings").0,
                    waiting.len(),
                    first(&responders)
                ),
            ),
        ]
    }
}
