//! Changes of people and names, which no conversation's time tells of: contacts, tags, admins and teams.

use serde_json::Value;

use crate::generate::people::{ADMINS, TEAMS, admin_id, team_id};
use crate::handle::Sim;
use crate::truth::TruthCustomer;

/// What a contact is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// Another name.
    Name(String),
    /// Another address.
    Email(String),
    /// Another role: `user` or `lead`.
    Role(&'static str),
    /// The names of their companies.
    Companies(Vec<String>),
    /// The country that they are in.
    Country(Option<String>),
    /// When they were there last.
    LastSeen(i64),
    /// A custom attribute; null takes it away.
    Attribute(String, Value),
}

impl Sim {
    /// Changes a contact, which search shows after the handle's index lag; returns whether there is one of this id.
    pub fn change_contact(&self, id: &str, person: Person) -> bool {
        let mut editor = self.edit();
        let (now, visible_at_ms) = (editor.now, editor.visible_at_ms);
        let Some(number) = editor.world.contact_number(id) else { return false };
        let mut contact = editor.world.contact(number);
        contact.updated_at = now.max(contact.updated_at);
        match person {
            Person::Name(name) => contact.name = Some(name),
            Person::Email(email) => contact.email = email,
            Person::Role(role) => contact.role = role,
            Person::Companies(companies) => contact.companies = companies,
            Person::Country(country) => contact.country = country,
            Person::LastSeen(at) => contact.last_seen_at = Some(at),
            Person::Attribute(name, Value::Null) => drop(contact.attributes.remove(&name)),
            Person::Attribute(name, value) => drop(contact.attributes.insert(name, value)),
        }
        editor.world.change_contact(number, contact, visible_at_ms);
        true
    }

    /// Renames a tag; returns whether there is one, and none of the new name.
    pub fn rename_tag(&self, old: &str, new: &str) -> bool {
        let tags = &mut self.edit().world.tags;
        if tags.iter().any(|tag| tag == new) {
            return false;
        }
        let Some(tag) = tags.iter_mut().find(|tag| *tag == old) else { return false };
        new.clone_into(tag);
        true
    }

    /// Renames an admin; numbers wrap around.
    pub fn rename_admin(&self, number: usize, name: &str) {
        name.clone_into(&mut self.edit().world.admins[number % ADMINS.len()]);
    }

    /// Renames a team; numbers wrap around.
    pub fn rename_team(&self, number: usize, name: &str) {
        name.clone_into(&mut self.edit().world.teams[number % TEAMS.len()]);
    }

    /// Returns the ids and names of the admins.
    pub fn admins(&self) -> Vec<(String, String)> {
        (0..)
            .zip(&self.shared.world().admins)
            .map(|(n, name)| (admin_id(n).to_string(), name.clone()))
            .collect()
    }

    /// Returns the ids and names of the teams.
    pub fn teams(&self) -> Vec<(String, String)> {
        (0..)
            .zip(&self.shared.world().teams)
            .map(|(n, name)| (team_id(n).to_string(), name.clone()))
            .collect()
    }

    /// Returns the names of the tags.
    pub fn tags(&self) -> Vec<String> {
        self.shared.world().tags.clone()
    }

    /// Returns a contact as it is now.
    pub fn contact(&self, id: &str) -> Option<TruthCustomer> {
        let world = self.shared.world();
        Some(world.contact(world.contact_number(id)?).into())
    }
}
