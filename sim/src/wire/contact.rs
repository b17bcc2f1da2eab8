//! Contacts in the answer of a search.

use serde_json::{Value, json};

use crate::generate::people::Contact;
use crate::search::Page;
use crate::wire::Pages;

/// `POST /contacts/search`.
pub(crate) fn list(contacts: &[Contact], workspace_id: &str, page: &Page, oddities: bool) -> Value {
    json!({
        "type": "list",
        "data": contacts.iter().map(|contact| body(contact, workspace_id)).collect::<Value>(),
        "total_count": page.total_count,
        "pages": Pages::of(page, oddities),
    })
}

fn body(contact: &Contact, workspace_id: &str) -> Value {
    let linked = |what: &str, data: Vec<Value>| {
        let url = format!("/contacts/{}/{what}", contact.id);
        json!({"url": url, "total_count": data.len(), "data": data, "has_more": false})
    };
    let companies = contact.companies.iter().map(|name| {
        let id = name.bytes().fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        json!({"type": "company", "id": id, "name": name})
    });
    json!({
        "type": "contact",
        "id": contact.id,
        "external_id": contact.external_id,
        "workspace_id": workspace_id,
        "role": contact.role,
        "email": contact.email,
        "email_domain": contact.email.split_once('@').map_or("", |(_, domain)| domain),
        "phone": null,
        "name": contact.name,
        "owner_id": null,
        "has_hard_bounced": false,
        "marked_email_as_spam": false,
        "unsubscribed_from_emails": false,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "signed_up_at": null,
        "last_seen_at": contact.last_seen_at,
        "last_replied_at": null,
        "last_contacted_at": null,
        "last_email_opened_at": null,
        "last_email_clicked_at": null,
        "language_override": null,
        "browser": "firefox",
        "browser_version": "140.0",
        "browser_language": contact.language.code,
        "os": "Linux",
        "custom_attributes": contact.attributes,
        "avatar": null,
        "tags": linked("tags", Vec::new()),
        "notes": linked("notes", Vec::new()),
        "companies": linked("companies", companies.collect()),
        "location": {"type": "location", "country": contact.country, "region": null, "city": null},
        "social_profiles": {"data": []},
    })
}
