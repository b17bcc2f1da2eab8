//! The people of the workspace: contacts made up from their number, and the fixed admins, teams and bot.

use fastrand::Rng;
use serde_json::{Map, Value};

use crate::generate::phrases::{Language, pick};
use crate::generate::{Stream, stream};

/// A teammate: name, local part of the e-mail address, number of the team.
pub(crate) const ADMINS: [(&str, &str, u8); 8] = [
    ("Ada Lindqvist", "ada", 0),
    ("Bruno Carvalho", "bruno", 0),
    ("Chiara Fontana", "chiara", 1),
    ("Dmitri Volkov", "dmitri", 1),
    ("Élise Garnier", "elise", 2),
    ("Farid Haddad", "farid", 2),
    ("Grace Adeyemi", "grace", 0),
    ("橋本 葵", "aoi", 1),
];

/// The teams' names.
pub(crate) const TEAMS: [&str; 3] = ["Support", "Billing", "Technical"];

/// Returns the id of an admin.
pub(crate) fn admin_id(admin: u8) -> u64 {
    7_000_001 + u64::from(admin)
}

/// Returns the id of a team.
pub(crate) fn team_id(team: u8) -> u64 {
    8_000_001 + u64::from(team)
}

/// Returns the id of a tag.
pub(crate) fn tag_id(tag: usize) -> u64 {
    9_000_001 + tag as u64
}

/// Id of the bot that writes as part of the workspace.
pub(crate) const BOT_ID: u64 = 7_000_099;

/// A person who writes in.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    /// 24 hexadecimal digits.
    pub(crate) id: String,
    /// Missing for some leads.
    pub(crate) name: Option<String>,
    pub(crate) email: String,
    /// `user` or `lead`.
    pub(crate) role: &'static str,
    pub(crate) external_id: Option<String>,
    pub(crate) language: &'static Language,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) last_seen_at: Option<i64>,
    pub(crate) country: Option<String>,
    /// Names of companies.
    pub(crate) companies: Vec<String>,
    /// Custom attributes by name.
    pub(crate) attributes: Map<String, Value>,
}

/// Where contacts are.
const COUNTRIES: [&str; 4] = ["Ireland", "Malta", "日本", "Brazil"];
/// Where they work.
const COMPANIES: [&str; 5] = ["Acme", "Bright & Sons", "Kupfer GmbH", "Plain Paper Co.", "Überholz"];

/// First eight digits of the id of contact 0; they count up.
const FIRST_ID: u32 = 0x6540_0000;

/// Returns the id of a contact.
pub(crate) fn contact_id(seed: u64, number: u32) -> String {
    let tail = stream(seed, number, Stream::ContactId).u64(..);
    format!("{:08x}{tail:016x}", FIRST_ID.wrapping_add(number))
}

/// Returns the number of the contact that an id may belong to; the id must still be compared.
pub(crate) fn contact_number(id: &str) -> Option<u32> {
    let head = u32::from_str_radix(id.get(..8)?, 16).ok()?;
    Some(head.wrapping_sub(FIRST_ID))
}

/// Returns the contact with a number, who has been known since before `since`.
pub(crate) fn contact(seed: u64, number: u32, since: i64) -> Contact {
    let mut rng = stream(seed, number, Stream::Contact);
    let language = Language::choose(&mut rng);
    let (name, slug) = full_name(&mut rng, language);
    let is_user = rng.u8(..4) > 0;
    let role = if is_user { "user" } else { "lead" };
    let external_id = is_user.then(|| format!("cust-{}", 1000 + number));
    let name = (is_user || rng.bool()).then_some(name);
    let created_at = since - rng.i64(0..300 * 86_400);
    let country = rng.choice(COUNTRIES).filter(|_| is_user).map(str::to_owned);
    let companies = rng.choice(COMPANIES).filter(|_| number.is_multiple_of(2)).map(str::to_owned);
    let tier = if rng.bool() { "gold" } else { "silver" };
    let attributes = [("tier", Value::from(tier)), ("seats", Value::from(rng.i64(1..50)))];
    Contact {
        id: contact_id(seed, number),
        name,
        email: format!("{slug}{number}@example.com"),
        role,
        external_id,
        language,
        created_at,
        updated_at: created_at,
        last_seen_at: None,
        country,
        companies: companies.into_iter().collect(),
        attributes: attributes.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
    }
}

/// Returns the language of a contact without making up the rest.
pub(crate) fn language(seed: u64, number: u32) -> &'static Language {
    Language::choose(&mut stream(seed, number, Stream::Contact))
}

fn full_name(rng: &mut Rng, language: &Language) -> (String, String) {
    let (first, first_slug) = split(pick(rng, &language.first));
    let (last, last_slug) = split(pick(rng, &language.last));
    let name = match language.code {
        "ja" | "zh" | "ko" => format!("{last}{first}"),
        _ => format!("{first} {last}"),
    };
    (name, format!("{first_slug}.{last_slug}"))
}

fn split(entry: &'static str) -> (&'static str, &'static str) {
    entry.split_once(' ').unwrap_or((entry, "someone"))
}
