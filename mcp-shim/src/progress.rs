//! Telling the client of a sync's progress while it waits, if it gave a token for that.

use std::future::Future;

use proto::types::SyncReport;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext, RoleServer};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Said while a stale window is being synced.
pub(crate) const STALE: &str = "Data is stale - syncing latest conversations...";
/// Said while a sync is run that was asked for.
pub(crate) const SYNCING: &str = "Syncing conversations...";

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
        let (done, ()) = tokio::join!(work(reports), self.forward(title, inbox));
        done
    }

    async fn forward(&self, title: &str, mut inbox: UnboundedReceiver<SyncReport>) {
        let mut last = None;
        while let Some(report) = inbox.recv().await {
            let Some(token) = &self.token else { continue };
            let value = rising(last, report.done);
            last = Some(value);
            let mut told = ProgressNotificationParam::new(token.clone(), value)
                .with_message(format!("{title} {}", counts(&report)));
            if let Some(total) = report.total {
                told = told.with_total(count(total).max(value));
            }
            // Who does not listen is not told; the answer itself tells of a lost connection.
            let _ = self.peer.notify_progress(told).await;
        }
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

    use super::*;

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
