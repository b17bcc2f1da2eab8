//! Where an export comes from: the ids of what matches, page by page, and the conversations of each, batch by batch. Holds
//! no more than a page of ids and a batch of conversations.

use std::collections::VecDeque;

use anyhow::Result;
use proto::client::{Client, ClientError};
use proto::types::{
    CheckRequest, Conversation, ListReply, ListRequest, ReadRequest, ShowRequest, SyncInfo, Window,
};
use proto::{ApiError, Interval};

use crate::question::severity;

/// Ids that are asked for at once.
pub(super) const PAGE: u32 = 10_000;
/// Conversations that are asked for at once; the daemon returns as many as fit into a reply.
const BATCH: usize = 200;

/// What is still to be exported.
pub(super) struct Source<'a> {
    client: &'a Client,
    request: ListRequest,
    ids: VecDeque<String>,
    /// The first page's, with the worst verdict of all.
    reply: ListReply,
    read: u64,
}

impl<'a> Source<'a> {
    /// Returns what begins with this page.
    pub(super) fn new(client: &'a Client, request: ListRequest, mut first: ListReply) -> Self {
        let ids = VecDeque::from(std::mem::take(&mut first.ids));
        Self { client, request, ids, reply: first, read: 0 }.turned()
    }

    /// Remembers where the next page begins.
    fn turned(mut self) -> Self {
        self.request.after = self.ids.back().cloned();
        self
    }

    /// Returns how many conversations match.
    pub(super) const fn total(&self) -> u64 {
        self.reply.total
    }

    /// Returns how many of them were asked for.
    pub(super) const fn read(&self) -> u64 {
        self.read
    }

    /// Returns what the daemon said of it all.
    pub(super) const fn reply(&self) -> &ListReply {
        &self.reply
    }

    /// Returns the next conversations, whole; `None` at the end.
    ///
    /// # Errors
    /// When the daemon is gone, or does not answer as it should.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Conversation>>> {
        if self.ids.is_empty() && self.reply.more {
            self.turn().await?;
        }
        if self.ids.is_empty() {
            self.judge_again().await?;
            return Ok(None);
        }
        let ids = self.ids.iter().take(BATCH).cloned().collect();
        let reply = self.client.read(&ReadRequest { ids }).await?;
        let done = (reply.done as usize).min(self.ids.len());
        if done == 0 {
            let message = "syncd returns none of the conversations that it was asked for";
            return Err(ClientError::Api(ApiError::Internal(message.to_owned())).into());
        }
        self.ids.drain(..done);
        self.read += done as u64;
        let mut conversations = reply.conversations;
        for conversation in &mut conversations {
            self.complete(conversation).await?;
        }
        Ok(Some(conversations))
    }

    /// Gets the next page of ids.
    async fn turn(&mut self) -> Result<()> {
        let page = self.client.list(&self.request).await?;
        self.reply.more = page.more && !page.ids.is_empty();
        if self.worsens(page.sync_info) {
            self.reply.sync = page.sync;
        }
        if let Some(last) = page.ids.last() {
            self.request.after = Some(last.clone());
        }
        self.ids = page.ids.into();
        Ok(())
    }

    /// Asks for the verdict once more: what was listed may have been taken back before it was read.
    async fn judge_again(&mut self) -> Result<()> {
        let Interval { start, end } = self.reply.window;
        let window = Window { start: Some(start), end: Some(end) };
        let info = self.client.check(CheckRequest { window }).await?.sync_info;
        self.worsens(info);
        Ok(())
    }

    /// Takes over a verdict that is worse than the one so far; says whether it is.
    fn worsens(&mut self, info: SyncInfo) -> bool {
        let worse = severity(info.state) > severity(self.reply.sync_info.state);
        if worse {
            self.reply.sync_info = info;
        }
        worse
    }

    /// Gets the messages that did not fit into the reply.
    async fn complete(&self, conversation: &mut Conversation) -> Result<()> {
        while let Some(offset) = conversation.next_offset.take() {
            let id = conversation.summary.id.clone();
            let request = ShowRequest { id, offset, limit: u32::MAX, refresh: false };
            let page = self.client.show(&request).await?.conversation;
            conversation.messages.extend(page.messages);
            conversation.events.extend(page.events);
            conversation.next_offset = page.next_offset.filter(|next| *next > offset);
        }
        Ok(())
    }
}
