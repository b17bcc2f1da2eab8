//! Telling the client of a sync's progress while it waits, if it gave a token for that.

use std::future::Future;
use std::time::Duration;

use proto::types::SyncReport;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext, RoleServer};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Said while a stale window is being synced.
pub(crate) const STALE: &str = "Data is stale - syncing latest conversations...";
/// Said while a sync is run that was asked for.
pub(crate) const SYNCING: &str = "Syncing conversations...";

/// A client hears something at least this often, though nothing may have moved: some give up on silence.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Where a client is told of progress.
pub(crate) struct Progress {
    peer: Peer<RoleServer>,
    token: Option<ProgressToken>,
}

impl Progress {
    /// Returns the way to the client that sent this request.
    pub(crate) fn of(context: &RequestContext<RoleServer>) -> Self {
        Self { peer: context.peer.clone(), token: context.meta.get_progress_token() }
    }

    /// Runs `work`, telling the client under `title` of each report that it hands over.
    pub(crate) async fn tell<T, Work>(
        &self,
        title: &str,
        work: impl FnOnce(UnboundedSender<SyncReport>) -> Work,
    ) -> T
    where
        Work: Future<Output = T>,
    {
        let (reports, inbox) = mpsc::unbounded_channel();
        let send = |told: Told| async move {
            let Some(token) = &self.token else { return };
            let mut param =
                ProgressNotificationParam::new(token.clone(), told.value).with_message(told.message);
            param.total = told.total;
            // Who does not listen is not told; the answer itself tells of a lost connection.
            let _ = self.peer.notify_progress(param).await;
        };
        let (done, ()) = tokio::join!(work(reports), forward(title, inbox, send));
        done
    }
}

/// What a client is told.
#[derive(Debug, PartialEq)]
struct Told {
    value: f64,
    total: Option<f64>,
    message: String,
}

/// Hands each report on, and the last one again while there is no other, until there will be none.
async fn forward<Sent: Future<Output = ()>>(
    title: &str,
    mut inbox: UnboundedReceiver<SyncReport>,
    send: impl Fn(Told) -> Sent,
) {
    let (mut value, mut report) = (None, None::<SyncReport>);
    loop {
        match tokio::time::timeout(HEARTBEAT, inbox.recv()).await {
            Ok(None) => return,
            Ok(next) => report = next,
            Err(_) => {}
        }
        let rising = rising(value, report.as_ref().map_or(0, |report| report.done));
        value = Some(rising);
        let total = report.as_ref().and_then(|report| report.total);
        send(Told {
            value: rising,
            total: total.map(|total| count(total).max(rising)),
            message: report
                .as_ref()
                .map_or_else(|| title.to_owned(), |report| format!("{title} {}", counts(report))),
        })
        .await;
    }
}

/// Returns the value to send: the protocol wants each greater than the last, though counters may stand still.
fn rising(last: Option<f64>, done: u64) -> f64 {
    let done = count(done);
    match last {
        Some(last) if done <= last => last + 0.001,
        _ => done,
    }
}

#[allow(clippy::cast_precision_loss)] // conversations, far below 2^52
fn count(conversations: u64) -> f64 {
    conversations as f64
}

/// Returns the counts of a report in words, such as `fetching, 120 of 300 conversations, about 9 s to go`.
pub(crate) fn counts(report: &SyncReport) -> String {
    let SyncReport { phase, done, total, eta_seconds, .. } = report;
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    let left = eta_seconds.map_or_else(String::new, |eta| format!(", about {eta} s to go"));
    format!("{}, {done}{of} conversations{left}", phase.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]

    use std::cell::RefCell;

    use proto::types::Phase;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_hears_every_five_seconds_that_the_wait_goes_on_and_of_each_step_at_once() {
        let (reports, inbox) = mpsc::unbounded_channel();
        let told = RefCell::new(Vec::new());
        let send = |news: Told| {
            told.borrow_mut().push(news);
            std::future::ready(())
        };
        let wait = async {
            tokio::time::sleep(Duration::from_secs(12)).await;
            let report = SyncReport {
                sequence: 1,
                phase: Phase::Fetching,
                done: 2,
                total: Some(3),
                fetched: 2,
                millirate: 1_000,
                eta_seconds: None,
                failure: None,
            };
            assert!(reports.send(report).is_ok());
            tokio::time::sleep(Duration::from_secs(6)).await;
            drop(reports);
        };
        tokio::join!(forward(SYNCING, inbox, send), wait);
        let told = told.into_inner();
        let messages: Vec<_> = told.iter().map(|told| told.message.as_str()).collect();
        let step = "Syncing conversations... fetching, 2 of 3 conversations";
        assert_eq!(messages, [SYNCING, SYNCING, step, step]);
        assert!(told.is_sorted_by(|a, b| a.value < b.value), "{told:?}");
    }

    #[test]
    fn values_rise_even_while_the_counters_stand_still_or_fall_back() {
        let mut last = None;
        let mut values = Vec::new();
        for done in [0, 0, 5, 5, 3, 6] {
            last = Some(rising(last, done));
            values.extend(last);
        }
        assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
        assert_eq!(values.last(), Some(&6.0));
    }
}
