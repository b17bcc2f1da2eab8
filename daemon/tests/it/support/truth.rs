//! What a claim means: the copy holds each conversation in a state that the workspace had at the claim's end, or later.

use proto::Timestamp;
use proto::types::{Conversation, Message, SyncInfo};
use sim::{Sim, Truth, TruthMessage};

use super::Bench;

/// Says in what a stored conversation differs from a state that the workspace had.
pub(crate) fn difference(stored: &Conversation, truth: &Truth) -> Option<String> {
    let summary = &stored.summary;
    let differs = |what: &str, ours: &dyn std::fmt::Debug, true_one: &dyn std::fmt::Debug| {
        Some(format!("its {what} is {ours:?} instead of {true_one:?}"))
    };
    if summary.updated_at.0 != truth.updated_at {
        return differs("time of change", &summary.updated_at.0, &truth.updated_at);
    }
    if summary.state != truth.state {
        return differs("state", &summary.state, &truth.state);
    }
    if summary.title != truth.title {
        return differs("title", &summary.title, &truth.title);
    }
    let (mut tags, mut true_tags) = (summary.tags.clone(), truth.tags.clone());
    tags.sort_unstable();
    true_tags.sort_unstable();
    if tags != true_tags {
        return differs("tags", &tags, &true_tags);
    }
    let admin = summary.assignee.as_ref().filter(|assignee| assignee.kind == "admin");
    let admin = admin.and_then(|assignee| assignee.name.clone());
    // Names are learned by and by; nobody is nobody at once.
    if admin.is_some() && admin != truth.assignee {
        return differs("assignee", &admin, &truth.assignee);
    }
    if stored.messages.len() != truth.messages.len() {
        return differs("number of messages", &stored.messages.len(), &truth.messages.len());
    }
    let mut pairs = stored.messages.iter().zip(&truth.messages);
    let other = pairs.find(|(said, true_one)| !is_same(said, true_one))?;
    differs("message", &other.0, &other.1)
}

fn is_same(said: &Message, truth: &TruthMessage) -> bool {
    let same_body = match &said.body_html {
        Some(html) => *html == truth.html,
        None => !truth.html.contains('<') && said.body.split_whitespace().eq(truth.text.split_whitespace()),
    };
    said.id == truth.id
        && said.created_at.0 == truth.created_at
        && said.author.kind == truth.author_type
        && same_body
}

/// Says how a conversation falls short of what a claim that ends at `last_sync` promises of it.
pub(crate) fn shortfall(sim: &Sim, id: &str, stored: &Conversation, last_sync: Timestamp) -> Option<String> {
    let current = sim.conversation(id)?;
    difference(stored, &current)?;
    let versions = sim.versions(id);
    let least = versions.iter().rposition(|version| version.updated_at <= last_sync.0)?;
    let allowed = &versions[least..];
    if allowed.iter().any(|version| difference(stored, version).is_none()) {
        return None;
    }
    let closest = allowed.iter().find(|version| version.updated_at == stored.summary.updated_at.0);
    difference(stored, closest.unwrap_or(&allowed[0]))
}

/// Checks a claim about the activity of `start..=end`; `excused` says of which conversations nothing is promised.
pub(crate) async fn backed(
    bench: &Bench,
    (start, end): (i64, i64),
    info: &SyncInfo,
    excused: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let Some(last_sync) = info.last_sync else {
        return Err(format!("complete without a last sync: {info:?}"));
    };
    for id in bench.sim.active_between(start, end.min(last_sync.0)) {
        if excused(&id) {
            continue;
        }
        match bench.client.show_whole(&id, false).await {
            Ok(shown) => {
                if let Some(lacks) = shortfall(&bench.sim, &id, &shown.conversation, last_sync) {
                    return Err(format!("{id}: {lacks}, though complete up to {}: {info:?}", last_sync.0));
                }
            }
            Err(_) if bench.sim.conversation(&id).is_none() => {}
            Err(error) => return Err(format!("{id} is missing: {error}; {info:?}")),
        }
    }
    Ok(())
}

/// Asserts that the daemon shows each of these conversations exactly as the workspace has it.
pub(crate) async fn assert_shown(bench: &Bench, ids: &[String]) {
    for id in ids {
        let truth = bench.sim.conversation(id).unwrap();
        let shown = bench.client.show_whole(id, false).await.unwrap().conversation;
        assert_eq!(difference(&shown, &truth), None, "{id}");
    }
}

/// Checks that the copy is the workspace, neither more nor less.
pub(crate) async fn equal(bench: &Bench) -> Result<(), String> {
    let ids = bench.sim.ids();
    let mut messages = 0;
    for id in &ids {
        let Some(truth) = bench.sim.conversation(id) else { continue };
        messages += truth.messages.len() as u64;
        let shown =
            bench.client.show_whole(id, false).await.map_err(|error| format!("{id} is missing: {error}"))?;
        if let Some(lacks) = difference(&shown.conversation, &truth) {
            return Err(format!("{id} after quiet: {lacks}"));
        }
    }
    let status = bench.client.status().await.map_err(|error| error.to_string())?;
    if (status.total_conversations, status.total_messages) != (ids.len() as u64, messages) {
        return Err(format!(
            "{} conversations with {} messages are stored instead of {} with {messages}",
            status.total_conversations,
            status.total_messages,
            ids.len()
        ));
    }
    for (id, _) in bench.sim.deleted() {
        if bench.client.show_whole(&id, false).await.is_ok() {
            return Err(format!("{id} is shown though it was deleted"));
        }
    }
    Ok(())
}
