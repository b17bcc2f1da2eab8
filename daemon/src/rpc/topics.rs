//! Answers what conversations are about, and how that compares with another time.

use proto::ApiError;
use proto::types::{TopicsReply, TopicsRequest, percent};

use super::ages;
use super::compared::Compared;
use super::cut::sampled;
use super::service::{Judged, Service, inbox_url};
use super::wholesale::understood;

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
        let Compared { before, whole, asked } = Compared::new(compare, asked, window, policy)?;
        let (judged, mut found, workspace) = self
            .ask_dear(move |snapshot| {
                let found = snapshot.topics(&question, before, limit.min(MOST_TOPICS))?;
                let fields = ages::fields(&question, None);
                let judged = Judged::by(snapshot, whole, policy)?.resting_on(snapshot, &fields)?;
                Ok((judged, found, snapshot.workspace()?))
            })
            .await?;
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
            percent_in_none: percent(found.in_none, found.read),
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
