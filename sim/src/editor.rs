//! The mechanics of a change: one lock, one instant, and a part that is stamped and recorded. Which changes there are
//! stands in `change`.

use std::sync::MutexGuard;

use crate::change::Author;
use crate::clock::millis;
use crate::generate::conversation_index;
use crate::generate::people::ADMINS;
use crate::handle::Sim;
use crate::world::World;
use crate::world::thread::{Change, ChangeKind, Depth, Part, State, Thread, Writer};

/// A change in the making: the locked world and the instants that go with it.
pub(crate) struct Editor<'a> {
    pub(crate) world: MutexGuard<'a, World>,
    pub(crate) now: i64,
    pub(crate) visible_at_ms: i64,
    pub(crate) is_silent: bool,
}

impl Sim {
    /// Locks the world for changes at the workspace's now.
    pub(crate) fn edit(&self) -> Editor<'_> {
        let world = self.shared.world();
        let now_ms = self.shared.clock.now_ms();
        let visible_at_ms = now_ms.saturating_add(millis(self.index_lag));
        Editor { world, now: now_ms.div_euclid(1000), visible_at_ms, is_silent: self.is_silent }
    }
}

impl Editor<'_> {
    /// Returns the number of a conversation that is there.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        let index = conversation_index(id)?;
        ((index as usize) < self.world.rows.len() && !self.world.is_deleted(index)).then_some(index)
    }

    /// Records what happened to a conversation.
    pub(crate) fn record(&mut self, index: u32, kind: ChangeKind) {
        // The clock may have been set back; a conversation's own time never goes back.
        let at = match self.world.updated_at(index) {
            Some(updated_at) if self.is_silent => updated_at,
            Some(updated_at) => self.now.max(updated_at),
            None => self.now,
        };
        self.world.change(index, self.visible_at_ms, Change { at, kind });
    }

    /// Adds a part that `shape` finishes, told the conversation's state before.
    pub(crate) fn part(
        &mut self,
        id: &str,
        author: Author,
        shape: impl Fn(&mut Part, State),
    ) -> Option<String> {
        self.part_of(id, author, shape, ChangeKind::Part)
    }

    /// Adds a part that is recorded as `kind` wants.
    pub(crate) fn part_of(
        &mut self,
        id: &str,
        author: Author,
        shape: impl Fn(&mut Part, State),
        kind: impl Fn(Part) -> ChangeKind,
    ) -> Option<String> {
        let index = self.find(id)?;
        let thread = self.world.thread(index, Depth::Outline)?;
        let part = self.stamped(&thread, author, shape);
        let part_id = part.id;
        self.record(index, kind(part));
        Some(part_id.to_string())
    }

    /// Records what happened to a message: a part with a body, or the opening message, told as no part's id.
    pub(crate) fn message(
        &mut self,
        id: &str,
        part: &str,
        kind: impl FnOnce(Option<u64>) -> ChangeKind,
    ) -> bool {
        let Some(index) = self.find(id) else { return false };
        let Some(thread) = self.world.thread(index, Depth::Outline) else { return false };
        let Ok(wanted) = part.parse::<u64>() else { return false };
        let target = (wanted != thread.source.id).then_some(wanted);
        if target.is_some() && !thread.parts.iter().any(|part| part.id == wanted && part.says) {
            return false;
        }
        self.record(index, kind(target));
        true
    }

    /// Makes a part of a conversation, which is yet to be recorded.
    pub(crate) fn stamped(
        &mut self,
        thread: &Thread,
        author: Author,
        shape: impl Fn(&mut Part, State),
    ) -> Part {
        let at = if self.is_silent { thread.updated_at } else { self.now.max(thread.updated_at) };
        let mut part = Part {
            id: self.world.new_part_id(),
            kind: "comment",
            says: false,
            body: None,
            created_at: at,
            updated_at: at,
            author: writer(author, thread.contact),
            assigned_to: None,
            event: None,
            state: thread.state,
            redacted: false,
            attachment: false,
        };
        shape(&mut part, thread.state);
        part
    }
}

impl Part {
    /// Gives the part a body.
    pub(crate) fn says_html(&mut self, html: &str) {
        self.says = !html.is_empty();
        self.body = self.says.then(|| html.to_owned());
    }
}

/// Returns the author of a part in a conversation with a contact.
pub(crate) fn writer(author: Author, contact: u32) -> Writer {
    match author {
        Author::Customer => Writer::Contact(contact),
        Author::Admin(admin) => Writer::Admin(wrap(admin, ADMINS.len())),
        Author::Bot => Writer::Bot,
    }
}

/// Numbers of people and tags are small; what is beyond the last one starts over.
pub(crate) fn wrap(number: usize, count: usize) -> u8 {
    u8::try_from(number % count).unwrap_or(u8::MAX)
}
