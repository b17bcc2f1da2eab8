//! What came in: the conversations that were stored new or changed, as far back as a client may have fallen behind.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proto::types::{News, NewsMark, NewsReply};
use tokio::sync::watch;

/// How many pieces of news are remembered: some 300 KB.
const REMEMBERED: usize = 4_096;

/// The stream of news of one run.
pub(super) struct Feed {
    run: u64,
    recent: Mutex<Recent>,
    /// How many pieces there were.
    count: watch::Sender<u64>,
}

#[derive(Default)]
struct Recent {
    /// How many came before those that are remembered.
    forgotten: u64,
    news: VecDeque<News>,
}

impl Feed {
    /// Begins the stream of a run that bears this number.
    pub(super) fn new(run: u64) -> Self {
        Self { run, recent: Mutex::default(), count: watch::Sender::new(0) }
    }

    /// Adds what was stored.
    pub(super) fn add(&self, news: Vec<News>) {
        if news.is_empty() {
            return;
        }
        let mut recent = self.lock();
        recent.news.extend(news);
        let surplus = recent.news.len().saturating_sub(REMEMBERED);
        recent.news.drain(..surplus);
        recent.forgotten += surplus as u64;
        self.count.send_replace(recent.forgotten + recent.news.len() as u64);
    }

    /// Returns what came in after a mark, as soon as there is anything, or after `patience`.
    pub(super) async fn after(&self, mark: Option<NewsMark>, patience: Duration) -> NewsReply {
        let Some(mark) = mark else { return NewsReply { mark: self.mark(), ..NewsReply::default() } };
        if mark.run != self.run || mark.sequence > self.mark().sequence {
            return NewsReply { mark: self.mark(), news: Vec::new(), missed: true };
        }
        let mut count = self.count.subscribe();
        // The sender lives as long as this, so that waiting does not fail.
        let _ = tokio::time::timeout(patience, count.wait_for(|count| *count > mark.sequence)).await;
        let recent = self.lock();
        let known = mark.sequence.saturating_sub(recent.forgotten);
        NewsReply {
            mark: NewsMark { run: self.run, sequence: recent.forgotten + recent.news.len() as u64 },
            news: recent.news.iter().skip(usize::try_from(known).unwrap_or(usize::MAX)).cloned().collect(),
            missed: mark.sequence < recent.forgotten,
        }
    }

    fn mark(&self) -> NewsMark {
        NewsMark { run: self.run, sequence: *self.count.borrow() }
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        // Every change is whole before the lock is let go.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proto::Timestamp;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn news(numbers: std::ops::Range<usize>) -> Vec<News> {
        numbers.map(|id| News { id: id.to_string(), updated_at: Timestamp(1), new: true }).collect()
    }

    fn ids(reply: &NewsReply) -> Vec<&str> {
        reply.news.iter().map(|news| news.id.as_str()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn everything_after_the_mark_comes_once_and_nothing_before_it() {
        let feed = Feed::new(7);
        feed.add(news(0..2));
        let start = feed.after(None, PATIENCE).await;
        assert!(start.news.is_empty() && !start.missed);
        feed.add(news(2..4));
        let reply = feed.after(Some(start.mark), PATIENCE).await;
        assert_eq!((ids(&reply), reply.missed), (vec!["2", "3"], false));
        let (later, ()) =
            tokio::join!(feed.after(Some(reply.mark), PATIENCE), async { feed.add(news(4..5)) });
        assert_eq!(ids(&later), ["4"]);
        let nothing = feed.after(Some(later.mark), PATIENCE).await;
        assert_eq!((ids(&nothing), nothing.mark), (vec![], later.mark));
    }

    #[tokio::test(start_paused = true)]
    async fn who_fell_behind_or_knew_another_run_is_told() {
        let feed = Feed::new(7);
        let start = feed.after(None, PATIENCE).await.mark;
        feed.add(news(0..REMEMBERED + 3));
        let reply = feed.after(Some(start), PATIENCE).await;
        assert_eq!((reply.news.len(), reply.missed), (REMEMBERED, true));
        let other = feed.after(Some(NewsMark { run: 6, sequence: 0 }), PATIENCE).await;
        assert!(other.missed && other.news.is_empty());
        assert_eq!(other.mark, reply.mark);
    }
}
