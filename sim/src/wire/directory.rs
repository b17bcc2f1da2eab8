//! `/me`, admins, teams, tags and the list of deletions.

use serde::Serialize;

use crate::generate::people::{ADMINS, TEAMS, admin_id, tag_id, team_id};
use crate::options::Options;
use crate::wire::Digits;

/// `GET /me`.
#[derive(Debug, Serialize)]
pub(crate) struct Me<'a> {
    r#type: &'static str,
    id: Digits,
    email: String,
    name: &'static str,
    email_verified: bool,
    has_inbox_seat: bool,
    avatar: Avatar,
    app: App<'a>,
}

#[derive(Debug, Serialize)]
struct Avatar {
    r#type: &'static str,
    image_url: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct App<'a> {
    r#type: &'static str,
    id_code: &'a str,
    name: &'a str,
    created_at: i64,
    identity_verification: bool,
    timezone: &'static str,
    region: &'a str,
}

impl<'a> Me<'a> {
    pub(crate) fn new(options: &'a Options, workspace_id: &'a str, created_at: i64) -> Self {
        let (name, mailbox, _) = ADMINS[0];
        Self {
            r#type: "admin",
            id: Digits(admin_id(0)),
            email: format!("{mailbox}@example.com"),
            name,
            email_verified: true,
            has_inbox_seat: true,
            avatar: Avatar { r#type: "avatar", image_url: None },
            app: App {
                r#type: "app",
                id_code: workspace_id,
                name: &options.name,
                created_at,
                identity_verification: false,
                timezone: "Etc/UTC",
                region: &options.region,
            },
        }
    }
}

/// `GET /admins`.
#[derive(Debug, Serialize)]
pub(crate) struct Admins<'a> {
    r#type: &'static str,
    admins: Vec<Admin<'a>>,
}

#[derive(Debug, Serialize)]
struct Admin<'a> {
    r#type: &'static str,
    id: Digits,
    name: &'a str,
    email: String,
    job_title: &'static str,
    away_mode_enabled: bool,
    away_mode_reassign: bool,
    has_inbox_seat: bool,
    team_ids: [u64; 1],
}

impl<'a> Admins<'a> {
    pub(crate) fn all(names: &'a [String]) -> Self {
        let admins = (0..).zip(names).zip(ADMINS).map(|((number, name), (_, mailbox, team))| Admin {
            r#type: "admin",
            id: Digits(admin_id(number)),
            name,
            email: format!("{mailbox}@example.com"),
            job_title: TEAMS[usize::from(team)],
            away_mode_enabled: false,
            away_mode_reassign: false,
            has_inbox_seat: true,
            team_ids: [team_id(team)],
        });
        Self { r#type: "admin.list", admins: admins.collect() }
    }
}

/// `GET /teams`.
#[derive(Debug, Serialize)]
pub(crate) struct Teams<'a> {
    r#type: &'static str,
    teams: Vec<Team<'a>>,
}

#[derive(Debug, Serialize)]
struct Team<'a> {
    r#type: &'static str,
    id: Digits,
    name: &'a str,
    admin_ids: Vec<u64>,
}

impl<'a> Teams<'a> {
    pub(crate) fn all(names: &'a [String]) -> Self {
        let members =
            |team| (0..).zip(ADMINS).filter(move |(_, admin)| admin.2 == team).map(|(n, _)| admin_id(n));
        let teams = (0..).zip(names).map(|(number, name)| Team {
            r#type: "team",
            id: Digits(team_id(number)),
            name,
            admin_ids: members(number).collect(),
        });
        Self { r#type: "team.list", teams: teams.collect() }
    }
}

/// `GET /tags`.
#[derive(Debug, Serialize)]
pub(crate) struct Tags<'a> {
    r#type: &'static str,
    data: Vec<Tag<'a>>,
}

/// A tag by itself.
#[derive(Debug, Serialize)]
struct Tag<'a> {
    r#type: &'static str,
    id: Digits,
    name: &'a str,
}

impl<'a> Tags<'a> {
    pub(crate) fn all(names: &'a [String]) -> Self {
        let tags =
            names.iter().enumerate().map(|(tag, name)| Tag { r#type: "tag", id: Digits(tag_id(tag)), name });
        Self { r#type: "list", data: tags.collect() }
    }
}

/// `GET /conversations/deleted`.
#[derive(Debug, Serialize)]
pub(crate) struct DeletedList {
    r#type: &'static str,
    conversations: Vec<Deleted>,
    total_count: usize,
    pages: DeletedPages,
}

/// A conversation that was deleted.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted {
    pub(crate) r#type: &'static str,
    pub(crate) id: Digits,
    pub(crate) metrics_retained: bool,
    pub(crate) deleted_at: i64,
}

#[derive(Debug, Serialize)]
struct DeletedPages {
    r#type: &'static str,
    page: usize,
    next: Option<String>,
    per_page: usize,
    total_pages: usize,
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

impl DeletedList {
    pub(crate) fn new(conversations: Vec<Deleted>, at: DeletedPage<'_>) -> Self {
        let DeletedPage { page, per_page, order, total_count, leads_to, base_url } = at;
        let total_pages = total_count.div_ceil(per_page);
        let next = leads_to.or((page < total_pages).then(|| page + 1)).map(|next| {
            format!("{base_url}/conversations/deleted?page={next}&per_page={per_page}&order={order}")
        });
        let pages = DeletedPages { r#type: "pages", page, next, per_page, total_pages };
        Self { r#type: "conversations.list", conversations, total_count, pages }
    }
}
