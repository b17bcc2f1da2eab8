//! Several conversations at once: the first message of each and its last ones, as long as fit, alike for all.

use proto::ApiError;
use proto::client::ClientError;
use proto::types::{self, ShowReply, ShowRequest, State};

use super::lines::{freshness, header, line};
use super::{Answer, conversation_page};
use crate::answers::{Brief, Header, LISTED, Line, Shown, SyncInfo};
use crate::budget::{self, Room};
use crate::daemon::Daemon;
use crate::error::Error;
use crate::text;

/// Most messages of each, then fewer and fewer where they do not fit.
const MESSAGES: [usize; 5] = [40, 12, 6, 3, 1];
/// Fewest and most tokens of a message.
const BODY: (usize, usize) = (12, 600);
/// Tokens of an answer about one conversation of several, and of the answer itself.
const EACH: usize = 900;
const FRAME: usize = 2_000;
/// Tokens of a name or an id.
const NAME: usize = 40;

/// Reads conversations by their ids.
///
/// # Errors
/// When none of them is there, or the daemon cannot be asked.
pub(super) async fn read(ids: &[String], daemon: &Daemon) -> Result<Answer, Error> {
    let (mut replies, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match whole(id, daemon).await {
            Ok(reply) => replies.push(reply),
            Err(Error::Client(ClientError::Api(ApiError::NoSuchConversation(id)))) => missing.push(id),
            Err(error) => return Err(error),
        }
    }
    if replies.is_empty() {
        return Err(ClientError::Api(ApiError::NoSuchConversation(missing.join(", "))).into());
    }
    let most = FRAME + EACH * ids.len();
    let fits = |answer: &Answer| {
        let tokens = budget::tokens(&answer.text) + budget::tokens(&answer.value.to_string());
        tokens < most && answer.fits(Room::More)
    };
    for messages in MESSAGES {
        let build = |body| build(&replies, &missing, (messages, body));
        let (_, answer) = budget::most(BODY.0, BODY.1, build, fits)?;
        if fits(&answer) {
            return Ok(answer);
        }
    }
    Err(Error::TooLong)
}

/// Returns the first message of a conversation, and its last ones.
async fn whole(id: &str, daemon: &Daemon) -> Result<ShowReply, Error> {
    let show = async |offset| {
        let request = &ShowRequest { id: id.to_owned(), offset, limit: 100, refresh: false };
        daemon.ask(|client| async move { client.show(request).await }).await
    };
    let mut reply: ShowReply = show(0).await?;
    let last = reply.conversation.summary.message_count.saturating_sub(60);
    if reply.conversation.next_offset.is_some() && last > 0 {
        let end = show(last).await?;
        reply.conversation.messages.truncate(1);
        reply.conversation.messages.extend(end.conversation.messages);
    }
    Ok(reply)
}

fn build(replies: &[ShowReply], missing: &[String], lengths: (usize, usize)) -> Result<Answer, Error> {
    let conversations: Vec<Brief> = replies.iter().map(|reply| brief(&reply.conversation, lengths)).collect();
    let is_cut = |reply: &ShowReply| {
        reply.conversation.messages.iter().any(|message| text::cut(&message.body, lengths.1) != message.body)
    };
    let shortened =
        conversations.iter().any(|brief| brief.messages_left_out.is_some()) || replies.iter().any(is_cut);
    let worst = replies.iter().max_by_key(|reply| match reply.sync_info.state {
        State::Fresh => 0,
        State::Partial => 1,
        State::Stale => 2,
    });
    let Some(worst) = worst else { return Err(Error::TooLong) };
    let (messages, body) = lengths;
    let shown = Shown {
        conversation: None,
        conversations,
        missing: missing.iter().map(|id| text::one_line(id, NAME)).collect(),
        shortened: shortened.then(|| {
            format!(
                "Shortened evenly: of each the first and the last messages, at most {messages}, and of each message at \
                 most {body} tokens. Read one by itself for all of it."
            )
        }),
        sync_info: SyncInfo::from(&worst.sync_info),
        next_page: None,
        note: text::UNTRUSTED,
    };
    Answer::new(describe(&shown), &shown)
}

fn brief(conversation: &types::Conversation, (messages, body): (usize, usize)) -> Brief {
    let all = &conversation.messages;
    let last = all.len().saturating_sub(messages.saturating_sub(1)).max(1).min(all.len());
    let shown = all.iter().take(1).chain(&all[last..]);
    let lines: Vec<Line> = shown
        .map(|message| {
            let name = message.author.name.as_deref().or(message.author.email.as_deref()).unwrap_or_default();
            Line {
                author: format!("{} {}", message.author.kind, text::one_line(name, NAME))
                    .trim_end()
                    .to_owned(),
                kind: Some(&message.kind)
                    .filter(|kind| *kind != "comment")
                    .map(|kind| text::one_line(kind, NAME)),
                created_at: message.created_at,
                body: text::cut(&text::clean(&message.body), body),
            }
        })
        .collect();
    let mut summary = conversation.summary.clone();
    summary.set_snippets([]);
    summary.first_words = None;
    let count = usize::try_from(summary.message_count).unwrap_or(usize::MAX);
    let left_out = count.saturating_sub(lines.len());
    Brief {
        header: Header::new(&summary, LISTED),
        messages: lines,
        messages_left_out: (left_out > 0).then_some(left_out),
        outdated: conversation.outdated,
    }
}

fn describe(shown: &Shown) -> String {
    let mut text = format!("{}.\n", text::count(shown.conversations.len() as u64, "conversation"));
    if !shown.missing.is_empty() {
        text += &format!("There is no conversation {}.\n", line(&shown.missing.join(", ")));
    }
    if let Some(shortened) = &shown.shortened {
        text += &format!("{shortened}\n");
    }
    text += &freshness(&shown.sync_info);
    text += text::QUOTED;
    text.push('\n');
    for brief in &shown.conversations {
        text.push('\n');
        text += &header(&brief.header);
        if brief.outdated {
            text += conversation_page::OUTDATED;
        }
        for (number, Line { author, kind, created_at, body }) in brief.messages.iter().enumerate() {
            let kind = kind.as_ref().map_or_else(String::new, |kind| format!(" ({})", line(kind)));
            text +=
                &format!("[{created_at}] {}{kind}:\n{}", text::quote_inline(author, NAME), text::quote(body));
            if let Some(left_out) = brief.messages_left_out.filter(|_| number == 0) {
                text += &format!("{} left out here.\n", text::count(left_out as u64, "message"));
            }
        }
    }
    text
}
