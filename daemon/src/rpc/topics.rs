//! Answers what conversations are about, and how that compares with another time.

use proto::types::{Compare, TopicsReply, TopicsRequest, Window};
use proto::{ApiError, Interval};

use super::ages;
use super::cut::sampled;
use super::service::{Judged, Service, inbox_url};
use super::wholesale::understood;
use crate::freshness::{Policy, normalise};

/// Most topics in an answer.
const MOST_TOPICS: u32 = 200;

impl Service {
    /// Tells what conversations are about.
    pub(super) async fn topics(&self, request: TopicsRequest) -> Result<TopicsReply, ApiError> {
        let policy = self.0.sync.policy();
        let TopicsRequest { question, compare, limit } = request;
        let asked = question.window;
        let question = understood(question, policy)?;
        let window = question.window;
        let before = other(compare, window, policy)?;
        // What is compared rests on both; what lies between them is asked about for simplicity's sake.
        let whole = before.map_or(window, |before| Interval {
            start: window.start.min(before.start),
            end: window.end.max(before.end),
        });
        let (judged, mut found, workspace) = self
            .ask_dear(move |snapshot| {
                let found = snapshot.topics(&question, before, limit.min(MOST_TOPICS))?;
                let fields = ages::fields(&question, None);
                let judged = Judged::by(snapshot, whole, policy)?.resting_on(snapshot, &fields)?;
                Ok((judged, found, snapshot.workspace()?))
            })
            .await?;
        let asked = if before.is_some() {
            Window { start: Some(whole.start), end: asked.end.map(|_| whole.end) }
        } else {
            asked
        };
        let sync = self.heal(&judged, asked, whole, policy);
        if let Some((workspace, _)) = &workspace {
            for example in found.topics.iter_mut().flat_map(|topic| &mut topic.examples) {
                example.url = Some(inbox_url(workspace, &example.id));
            }
        }
        let mut sync_info = judged.into_sync_info(self.0.sync.activity());
        let (read, total) = found.before.iter().fold((found.read, found.total), |(read, total), before| {
            (read + before.read, total + before.total)
        });
        if read < total {
            sampled(&mut sync_info, read, total);
        }
        Ok(TopicsReply {
            topics: found.topics,
            left_out: found.left_out,
            in_left_out: found.in_left_out,
            in_none: found.in_none,
            read: found.read,
            total: found.total,
            before: found.before,
            window,
            unknown: found.unknown,
            sync_info,
            sync,
        })
    }
}

/// Returns the window that another one is compared with.
fn other(compare: Compare, window: Interval, policy: Policy) -> Result<Option<Interval>, ApiError> {
    // Both ends of a window lie in it.
    let end = window.start.minus(1);
    let previous = Interval { start: end.minus(window.end.since(window.start)), end };
    Ok(match compare {
        Compare::Nothing => None,
        Compare::Previous => Some(previous),
        Compare::PreviousIfKept => Some(previous).filter(|previous| previous.start >= policy.horizon),
        Compare::With(window) => Some(normalise(window, policy)?),
    })
}
