//! `/me`, admins, teams, tags and the list of deletions.

use serde_json::{Value, json};

use crate::generate::conversation_id;
use crate::generate::people::{ADMINS, TEAMS, admin_id, tag_id, team_id};
use crate::options::Options;
use crate::world::Deletion;

/// `GET /me`.
pub(crate) fn me(options: &Options, workspace_id: &str, created_at: i64) -> Value {
    let (name, mailbox, _) = ADMINS[0];
    json!({
        "type": "admin",
        "id": admin_id(0).to_string(),
        "email": format!("{mailbox}@example.com"),
        "name": name,
        "email_verified": true,
        "has_inbox_seat": true,
        "avatar": {"type": "avatar", "image_url": null},
        "app": {
            "type": "app",
            "id_code": workspace_id,
            "name": options.name,
            "created_at": created_at,
            "identity_verification": false,
            "timezone": "Etc/UTC",
            "region": options.region,
        },
    })
}

/// `GET /admins`.
pub(crate) fn admins(names: &[String]) -> Value {
    let admins = (0..).zip(names).zip(ADMINS).map(|((number, name), (_, mailbox, team))| {
        json!({
            "type": "admin",
            "id": admin_id(number).to_string(),
            "name": name,
            "email": format!("{mailbox}@example.com"),
            "job_title": TEAMS[usize::from(team)],
            "away_mode_enabled": false,
            "away_mode_reassign": false,
            "has_inbox_seat": true,
            "team_ids": [team_id(team)],
        })
    });
    json!({"type": "admin.list", "admins": admins.collect::<Value>()})
}

/// `GET /teams`.
pub(crate) fn teams(names: &[String]) -> Value {
    let members =
        |team| (0..).zip(ADMINS).filter(move |(_, admin)| admin.2 == team).map(|(n, _)| admin_id(n));
    let teams = (0..).zip(names).map(|(number, name)| {
        let members: Value = members(number).collect();
        json!({"type": "team", "id": team_id(number).to_string(), "name": name, "admin_ids": members})
    });
    json!({"type": "team.list", "teams": teams.collect::<Value>()})
}

/// `GET /tags`.
pub(crate) fn tags(names: &[String]) -> Value {
    let tags = names.iter().enumerate();
    let tags = tags.map(|(tag, name)| json!({"type": "tag", "id": tag_id(tag).to_string(), "name": name}));
    json!({"type": "list", "data": tags.collect::<Value>()})
}

/// Where in the list of deletions a page lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeletedPage<'a> {
    pub(crate) page: usize,
    pub(crate) per_page: usize,
    pub(crate) order: &'a str,
    pub(crate) total_count: usize,
    /// The page that this one leads to, if it is not the next there is.
    pub(crate) leads_to: Option<usize>,
    /// The server's own address, for the link to the next page.
    pub(crate) base_url: &'a str,
}

/// `GET /conversations/deleted`.
pub(crate) fn deleted(deletions: &[&Deletion], at: DeletedPage<'_>) -> Value {
    let DeletedPage { page, per_page, order, total_count, leads_to, base_url } = at;
    let total_pages = total_count.div_ceil(per_page);
    let next = leads_to.or((page < total_pages).then(|| page + 1)).map(|next| {
        format!("{base_url}/conversations/deleted?page={next}&per_page={per_page}&order={order}")
    });
    let conversations = deletions.iter().map(|deletion| {
        json!({
            "type": "conversation",
            "id": conversation_id(deletion.index).to_string(),
            "metrics_retained": deletion.index.is_multiple_of(2),
            "deleted_at": deletion.at,
        })
    });
    json!({
        "type": "conversations.list",
        "conversations": conversations.collect::<Value>(),
        "total_count": total_count,
        "pages": {
            "type": "pages", "page": page, "next": next, "per_page": per_page, "total_pages": total_pages,
        },
    })
}
