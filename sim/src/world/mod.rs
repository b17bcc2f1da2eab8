//! The workspace: what was generated, what changed since, and what the search index has taken in of it.
//! It answers what is and was; how that is asked for and written lies elsewhere.

pub(crate) mod fields;
pub(crate) mod index;
pub(crate) mod thread;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;

use crate::generate::people::{self, Contact};
use crate::generate::{Generator, TAGS, conversation_id};
use crate::options::Options;
use crate::world::index::{Move, Row, Sorted};
use crate::world::thread::{Change, Depth, Thread};

/// All that the simulated workspace consists of.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) generator: Generator,
    pub(crate) rows: Vec<Row>,
    pub(crate) sorted: Sorted,
    pub(crate) tags: Vec<String>,
    /// What was deleted, in that order.
    pub(crate) deleted: Vec<Deletion>,
    overlays: HashMap<u32, Overlay>,
    /// Contacts that came after the start.
    newcomers: Vec<Contact>,
    /// What contacts became after the start, and when search sees it.
    contact_changes: HashMap<u32, Vec<(i64, Contact)>>,
    pub(crate) admins: Vec<String>,
    pub(crate) teams: Vec<String>,
    pending: BinaryHeap<Reverse<Pending>>,
    next_part: u64,
}

/// A conversation that was deleted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deletion {
    pub(crate) index: u32,
    pub(crate) at: i64,
    /// Whether the list of deletions has it.
    pub(crate) is_told: bool,
}

/// What happened to one conversation after the start.
#[derive(Debug, Default)]
struct Overlay {
    /// The conversation itself, if it was created after the start.
    origin: Option<Box<Thread>>,
    changes: Vec<Change>,
    deleted_at: Option<i64>,
}

/// A state of a conversation on its way to the index. The order of the fields is the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pending {
    visible_at_ms: i64,
    version: u32,
    index: u32,
}

/// Part ids of changes start here, above all generated ones.
const FIRST_CHANGED_PART: u64 = 900_000_000_000;

/// Tags that a workspace can have; the index keeps one bit for each.
pub(crate) const MOST_TAGS: usize = 64;

impl World {
    /// Returns the workspace as it is at the start.
    pub(crate) fn new(options: &Options, start: i64) -> io::Result<Self> {
        let generator = Generator::new(options, start)?;
        let rows: Vec<Row> =
            (0..generator.count).map(|index| Row::of(&generator.thread(index, Depth::Outline), 0)).collect();
        Ok(Self {
            sorted: Sorted::new(&rows),
            rows,
            generator,
            tags: TAGS.iter().map(|tag| (*tag).to_owned()).collect(),
            deleted: Vec::new(),
            overlays: HashMap::new(),
            newcomers: Vec::new(),
            contact_changes: HashMap::new(),
            admins: people::ADMINS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            teams: people::TEAMS.iter().map(|name| (*name).to_owned()).collect(),
            pending: BinaryHeap::new(),
            next_part: FIRST_CHANGED_PART,
        })
    }

    /// Returns a conversation as it is now; nothing of one that is deleted or never was.
    pub(crate) fn thread(&self, index: u32, depth: Depth) -> Option<Thread> {
        if self.is_deleted(index) {
            return None;
        }
        self.thread_after(index, u32::MAX, depth)
    }

    /// Returns a conversation after its first `version` changes, deleted or not.
    pub(crate) fn thread_after(&self, index: u32, version: u32, depth: Depth) -> Option<Thread> {
        if index as usize >= self.rows.len() {
            return None;
        }
        let Some(overlay) = self.overlays.get(&index) else {
            return Some(self.generator.thread(index, depth));
        };
        let mut thread = match &overlay.origin {
            Some(origin) => (**origin).clone(),
            None => self.generator.thread(index, depth),
        };
        for change in overlay.changes.iter().take(version as usize) {
            thread.apply(change);
        }
        Some(thread)
    }

    /// Returns how often a conversation has changed since the start.
    pub(crate) fn changes(&self, index: u32) -> u32 {
        let changes = self.overlays.get(&index).map_or(0, |overlay| overlay.changes.len());
        u32::try_from(changes).unwrap_or(u32::MAX)
    }

    /// Returns whether a conversation was deleted.
    pub(crate) fn is_deleted(&self, index: u32) -> bool {
        self.overlays.get(&index).is_some_and(|overlay| overlay.deleted_at.is_some())
    }

    /// Returns the `updated_at` that a conversation has now, ahead of what the index shows.
    pub(crate) fn updated_at(&self, index: u32) -> Option<i64> {
        let row = self.rows.get(index as usize)?;
        let Some(overlay) = self.overlays.get(&index) else { return Some(row.updated_at) };
        let last = overlay.changes.last().map(|change| change.at);
        last.or(overlay.origin.as_ref().map(|origin| origin.updated_at)).or(Some(row.updated_at))
    }

    /// Adds a conversation that `build` makes for the number it gets; the index sees it at `visible_at_ms`.
    pub(crate) fn create(&mut self, visible_at_ms: i64, build: impl FnOnce(u32) -> Thread) -> u32 {
        // Ids are as many as u32 holds; a simulation ends long before.
        let index = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let thread = build(index);
        self.rows.push(Row { present: false, ..Row::of(&thread, 0) });
        self.overlays.insert(index, Overlay { origin: Some(Box::new(thread)), ..Overlay::default() });
        self.pending.push(Reverse(Pending { visible_at_ms, version: 0, index }));
        index
    }

    /// Records a change of an existing conversation, which is no earlier than the one before it.
    pub(crate) fn change(&mut self, index: u32, visible_at_ms: i64, change: Change) {
        let overlay = self.overlays.entry(index).or_default();
        overlay.changes.push(change);
        let version = u32::try_from(overlay.changes.len()).unwrap_or(u32::MAX);
        self.pending.push(Reverse(Pending { visible_at_ms, version, index }));
    }

    /// Deletes a conversation; the index forgets it at `visible_at_ms`.
    pub(crate) fn delete(&mut self, deletion: Deletion, visible_at_ms: i64) {
        let index = deletion.index;
        let overlay = self.overlays.entry(index).or_default();
        overlay.deleted_at = Some(deletion.at);
        self.deleted.push(deletion);
        self.pending.push(Reverse(Pending { visible_at_ms, version: u32::MAX, index }));
    }

    /// Lets the index take in everything that has become visible by an instant.
    pub(crate) fn settle(&mut self, now_ms: i64) {
        let mut moves = Vec::new();
        while let Some(Reverse(next)) = self.pending.peek().copied()
            && next.visible_at_ms <= now_ms
        {
            self.pending.pop();
            if let Some(step) = self.take_in(next) {
                moves.push(step);
            }
        }
        if !moves.is_empty() {
            self.sorted.apply(&moves, &self.rows);
        }
    }

    fn take_in(&mut self, next: Pending) -> Option<Move> {
        let index = next.index;
        let row = *self.rows.get(index as usize)?;
        let from = row.present.then_some(row.updated_at);
        // A deletion is the last version there is, so nothing that arrives after it counts.
        let outdated = if row.present { next.version <= row.version } else { next.version < row.version };
        if outdated || row.version == u32::MAX {
            return None;
        }
        let fresh = if next.version == u32::MAX {
            Row { present: false, version: u32::MAX, ..row }
        } else {
            Row::of(&self.thread_after(index, next.version, Depth::Outline)?, next.version)
        };
        self.rows[index as usize] = fresh;
        Some(Move { index, from, to: fresh.present.then_some(fresh.updated_at) })
    }

    /// Returns the contact with a number.
    pub(crate) fn contact(&self, number: u32) -> Contact {
        self.contact_seen_at(number, i64::MAX)
    }

    /// Returns the contact with a number as search shows it at an instant.
    pub(crate) fn contact_seen_at(&self, number: u32, now_ms: i64) -> Contact {
        let changes = self.contact_changes.get(&number);
        let seen = |changes: &Vec<(i64, Contact)>| {
            changes.iter().rev().find(|(visible_at_ms, _)| *visible_at_ms <= now_ms).cloned()
        };
        if let Some((_, contact)) = changes.and_then(seen) {
            return contact;
        }
        let newcomer =
            number.checked_sub(self.generator.contacts).and_then(|n| self.newcomers.get(n as usize));
        newcomer.cloned().unwrap_or_else(|| self.generator.contact(number))
    }

    /// Records what a contact became; search sees it at `visible_at_ms`.
    pub(crate) fn change_contact(&mut self, number: u32, contact: Contact, visible_at_ms: i64) {
        self.contact_changes.entry(number).or_default().push((visible_at_ms, contact));
    }

    /// Returns how many contacts there are.
    pub(crate) fn contact_count(&self) -> u32 {
        self.generator.contacts + self.newcomers.len() as u32
    }

    /// Returns the number of the contact with an id.
    pub(crate) fn contact_number(&self, id: &str) -> Option<u32> {
        let number = people::contact_number(id).filter(|number| *number < self.contact_count())?;
        (self.contact(number).id == id).then_some(number)
    }

    /// Adds a contact, or returns the newcomer who already has the address.
    pub(crate) fn meet(&mut self, name: Option<String>, email: String, at: i64) -> u32 {
        let known = self.newcomers.iter().position(|contact| contact.email == email);
        let place = known.unwrap_or(self.newcomers.len());
        let number = self.generator.contacts + place as u32;
        if known.is_none() {
            let made_up = self.generator.contact(number);
            self.newcomers.push(Contact {
                name,
                email,
                role: "user",
                created_at: at,
                updated_at: at,
                ..made_up
            });
        }
        number
    }

    /// Returns the number of a tag, which is made if it is new; nothing when there is room for no more.
    pub(crate) fn tag(&mut self, name: &str) -> Option<u8> {
        let place = self.tags.iter().position(|tag| tag == name).unwrap_or(self.tags.len());
        if place >= MOST_TAGS {
            return None;
        }
        if place == self.tags.len() {
            self.tags.push(name.to_owned());
        }
        u8::try_from(place).ok()
    }

    /// Returns an id for a part of a change.
    pub(crate) fn new_part_id(&mut self) -> u64 {
        self.next_part += 1;
        self.next_part
    }

    /// Returns the ids of what is not deleted, oldest first.
    pub(crate) fn ids(&self) -> Vec<String> {
        let all = 0..self.rows.len() as u32;
        all.filter(|index| !self.is_deleted(*index)).map(|index| conversation_id(index).to_string()).collect()
    }
}
