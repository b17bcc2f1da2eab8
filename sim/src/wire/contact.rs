//! Contacts in the answer of a search.

use serde::Serialize;
use serde_json::Map;

use crate::generate::people::Contact;
use crate::search::Page;
use crate::wire::Pages;

/// `POST /contacts/search`.
#[derive(Debug, Serialize)]
pub(crate) struct ContactList<'a> {
    r#type: &'static str,
    data: Vec<ContactBody<'a>>,
    total_count: usize,
    pages: Pages<'a>,
}

impl<'a> ContactList<'a> {
    pub(crate) fn new(
        contacts: &'a [Contact],
        workspace_id: &'a str,
        page: &'a Page,
        oddities: bool,
    ) -> Self {
        Self {
            r#type: "list",
            data: contacts.iter().map(|contact| ContactBody::new(contact, workspace_id)).collect(),
            total_count: page.total_count,
            pages: Pages::of(page, oddities),
        }
    }
}

#[derive(Debug, Serialize)]
struct ContactBody<'a> {
    r#type: &'static str,
    id: &'a str,
    external_id: Option<&'a str>,
    workspace_id: &'a str,
    role: &'static str,
    email: &'a str,
    email_domain: &'a str,
    phone: Option<&'static str>,
    name: Option<&'a str>,
    owner_id: Option<&'static str>,
    has_hard_bounced: bool,
    marked_email_as_spam: bool,
    unsubscribed_from_emails: bool,
    created_at: i64,
    updated_at: i64,
    signed_up_at: Option<i64>,
    last_seen_at: Option<i64>,
    last_replied_at: Option<i64>,
    last_contacted_at: Option<i64>,
    last_email_opened_at: Option<i64>,
    last_email_clicked_at: Option<i64>,
    language_override: Option<&'static str>,
    browser: &'static str,
    browser_version: &'static str,
    browser_language: &'static str,
    os: &'static str,
    custom_attributes: &'a Map<String, serde_json::Value>,
    avatar: Option<&'static str>,
    tags: Linked<'a>,
    notes: Linked<'a>,
    companies: Linked<'a>,
    location: Location<'a>,
    social_profiles: Profiles,
}

#[derive(Debug, Serialize)]
struct Linked<'a> {
    data: Vec<Company<'a>>,
    url: String,
    total_count: usize,
    has_more: bool,
}

#[derive(Debug, Serialize)]
struct Company<'a> {
    r#type: &'static str,
    id: String,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct Location<'a> {
    r#type: &'static str,
    country: Option<&'a str>,
    region: Option<&'static str>,
    city: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Profiles {
    data: [&'static str; 0],
}

impl<'a> ContactBody<'a> {
    fn new(contact: &'a Contact, workspace_id: &'a str) -> Self {
        let linked = |what: &str, data: Vec<Company<'a>>| Linked {
            url: format!("/contacts/{}/{what}", contact.id),
            total_count: data.len(),
            data,
            has_more: false,
        };
        let companies = contact.companies.iter().map(|name| Company {
            r#type: "company",
            id: name.bytes().fold(String::new(), |id, byte| format!("{id}{byte:02x}")),
            name,
        });
        Self {
            r#type: "contact",
            id: &contact.id,
            external_id: contact.external_id.as_deref(),
            workspace_id,
            role: contact.role,
            email: &contact.email,
            email_domain: contact.email.split_once('@').map_or("", |(_, domain)| domain),
            phone: None,
            name: contact.name.as_deref(),
            owner_id: None,
            has_hard_bounced: false,
            marked_email_as_spam: false,
            unsubscribed_from_emails: false,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
            signed_up_at: None,
            last_seen_at: contact.last_seen_at,
            last_replied_at: None,
            last_contacted_at: None,
            last_email_opened_at: None,
            last_email_clicked_at: None,
            language_override: None,
            browser: "firefox",
            browser_version: "140.0",
            browser_language: contact.language.code,
            os: "Linux",
            custom_attributes: &contact.attributes,
            avatar: None,
            tags: linked("tags", Vec::new()),
            notes: linked("notes", Vec::new()),
            companies: linked("companies", companies.collect()),
            location: Location {
                r#type: "location",
                country: contact.country.as_deref(),
                region: None,
                city: None,
            },
            social_profiles: Profiles { data: [] },
        }
    }
}
