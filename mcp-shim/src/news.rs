//! Telling clients that a resource has changed, for as long as they are subscribed to some.
//!
//! A subscription holds one question open at the daemon, over a connection of its own; without one, nothing is asked.
//! It outlives the daemon: the next one is found again, and then anything may have changed.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proto::client::Client;
use proto::types::{NewsMark, NewsReply, NewsRequest};
use rmcp::model::ResourceUpdatedNotificationParam;
use rmcp::service::{Peer, RoleServer, SubscriptionContext};
use tokio::task::AbortHandle;
use tracing::info;

use crate::daemon::Daemon;
use crate::error::Error;
use crate::resources::{STATUS, conversation};

/// The first pause before a daemon that is gone is looked for again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Most resources that one session may be subscribed to.
pub(crate) const MOST: usize = 1_000;

/// The stream of news, from the moment of its making.
struct Stream {
    daemon: Arc<Daemon>,
    client: Option<Client>,
    mark: Option<NewsMark>,
    /// There was a time without a daemon since it was made.
    interrupted: bool,
    pause: Duration,
}

impl Stream {
    fn new(daemon: Arc<Daemon>) -> Self {
        Self { daemon, client: None, mark: None, interrupted: false, pause: SHORTEST_PAUSE }
    }

    /// Waits for news, be it across restarts of the daemon.
    async fn next(&mut self) -> NewsReply {
        loop {
            match self.ask().await {
                Ok(mut reply) => {
                    // A new daemon knows of an old mark that it is not its own; where there is none, we have to.
                    reply.missed |= self.mark.is_none() && self.interrupted;
                    self.mark = Some(reply.mark);
                    self.pause = SHORTEST_PAUSE;
                    if reply.missed || !reply.news.is_empty() {
                        return reply;
                    }
                }
                Err(error) => {
                    info!("no news: {error}; looking again in {:?}", self.pause);
                    tokio::time::sleep(self.pause).await;
                    self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Takes the mark from which on there will be news, if there is a daemon to ask for it.
    async fn begin(&mut self) {
        self.mark = self.ask().await.ok().map(|reply| reply.mark);
    }

    async fn ask(&mut self) -> Result<NewsReply, Error> {
        let answer = self.try_ask().await;
        if answer.is_err() {
            self.client = None;
            self.interrupted = true;
        }
        answer
    }

    async fn try_ask(&mut self) -> Result<NewsReply, Error> {
        let client = match &self.client {
            Some(client) => client,
            None => self.client.insert(self.daemon.join().await?),
        };
        Ok(client.news(NewsRequest { after: self.mark }).await?)
    }
}

/// Returns which of the resources have changed.
fn changed<'a>(reply: &NewsReply, uris: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let ids: HashSet<&str> = reply.news.iter().map(|news| news.id.as_str()).collect();
    let has =
        |uri: &str| reply.missed || uri == STATUS || conversation(uri).is_some_and(|id| ids.contains(id));
    uris.filter(|uri| has(uri)).collect()
}

/// Serves a `subscriptions/listen` until the client ends it.
pub(crate) async fn listen(daemon: &Arc<Daemon>, subscription: &SubscriptionContext) {
    let uris = subscription.accepted().resource_subscriptions.clone().unwrap_or_default();
    let telling = async {
        if uris.is_empty() {
            return std::future::pending().await;
        }
        let mut stream = Stream::new(Arc::clone(daemon));
        loop {
            let reply = stream.next().await;
            for uri in changed(&reply, uris.iter()) {
                if subscription.sink().notify_resource_updated(uri.clone()).await.is_err() {
                    return;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = subscription.cancelled() => {}
        () = telling => {}
    }
}

/// What a session of the older protocol is subscribed to, by `resources/subscribe`.
#[derive(Default)]
pub(crate) struct Subscriptions(Arc<Mutex<Subscribed>>);

#[derive(Default)]
struct Subscribed {
    uris: BTreeSet<String>,
    /// Runs as long as there are any.
    task: Option<AbortHandle>,
}

impl Subscriptions {
    /// Subscribes a client; returns whether there was room for it.
    pub(crate) async fn add(&self, uri: String, daemon: &Arc<Daemon>, peer: Peer<RoleServer>) -> bool {
        // What changes once the client has its answer must not be missed.
        let mut stream = Stream::new(Arc::clone(daemon));
        if self.lock().task.is_none() {
            stream.begin().await;
        }
        let mut subscribed = self.lock();
        if subscribed.uris.len() >= MOST && !subscribed.uris.contains(&uri) {
            return false;
        }
        subscribed.uris.insert(uri);
        if subscribed.task.is_none() {
            let task = tokio::spawn(tell(stream, Arc::clone(&self.0), peer));
            subscribed.task = Some(task.abort_handle());
        }
        true
    }

    /// Ends a subscription; with the last one the stream ends.
    pub(crate) fn remove(&self, uri: &str) {
        let mut subscribed = self.lock();
        subscribed.uris.remove(uri);
        if subscribed.uris.is_empty()
            && let Some(task) = subscribed.task.take()
        {
            task.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Subscribed> {
        lock(&self.0)
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        if let Some(task) = self.lock().task.take() {
            task.abort();
        }
    }
}

async fn tell(mut stream: Stream, subscribed: Arc<Mutex<Subscribed>>, peer: Peer<RoleServer>) {
    loop {
        let reply = stream.next().await;
        let uris: Vec<String> = {
            let subscribed = lock(&subscribed);
            changed(&reply, subscribed.uris.iter()).into_iter().cloned().collect()
        };
        for uri in uris {
            if peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_err() {
                return;
            }
        }
    }
}

/// A set of URIs is whole even where somebody panicked with it in hand.
fn lock(subscribed: &Mutex<Subscribed>) -> MutexGuard<'_, Subscribed> {
    subscribed.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use proto::Timestamp;
    use proto::types::News;

    use super::*;

    fn reply(ids: &[&str], missed: bool) -> NewsReply {
        let news = |id: &&str| News { id: (*id).to_owned(), updated_at: Timestamp::EPOCH, new: false };
        NewsReply { news: ids.iter().map(news).collect(), missed, ..NewsReply::default() }
    }

    #[test]
    fn a_resource_has_changed_with_its_conversation_and_the_status_with_any() {
        let uris = ["intercom://conversations/1", "intercom://conversations/12", STATUS].map(str::to_owned);
        let [one, twelve, status] = &uris;
        assert_eq!(changed(&reply(&["1", "3"], false), uris.iter()), [one, status]);
        assert_eq!(changed(&reply(&[], true), uris.iter()), [one, twelve, status]);
    }
}
