//! Changes that happen on their own, in the proportions of a busy support inbox.

use std::time::Duration;

use fastrand::Rng;
use tokio::time::{Instant, sleep_until};

use crate::change::{Author, New};
use crate::generate::compose::Role;
use crate::generate::{conversation_id, conversation_index};
use crate::handle::Sim;
use crate::world::thread::Depth;

/// What [`Sim::random_change`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomChange {
    /// The kind of change, such as `reply`.
    pub what: &'static str,
    /// Ids of the conversations that changed.
    pub ids: Vec<String>,
}

/// Most recent conversations that changes prefer.
const LIVELY: usize = 200;

impl Sim {
    /// Makes one random change. The same generator state on the same workspace makes the same change.
    pub fn random_change(&self, rng: &mut Rng) -> RandomChange {
        let Some(id) = self.some_conversation(rng) else { return self.new_conversation(rng) };
        let admin = rng.usize(..8);
        let what = match rng.u8(..100) {
            0..=29 => self.said(rng, &id, Author::Customer, Role::Followup),
            30..=51 => self.said(rng, &id, Author::Admin(admin), Role::Answer),
            52..=66 => return self.new_conversation(rng),
            67..=73 => {
                let body = self.message(rng, &id, Role::Note);
                self.note(&id, admin, &body);
                "note"
            }
            74..=78 => {
                self.tag(&id, &self.some_tag(rng));
                "tag"
            }
            79 | 80 => {
                self.untag(&id, &self.some_tag(rng));
                "untag"
            }
            81..=87 => {
                self.close(&id);
                "close"
            }
            88 | 89 => {
                self.reopen(&id);
                "reopen"
            }
            90 | 91 => {
                self.snooze(&id, self.now() + rng.i64(3600..7 * 86_400));
                "snooze"
            }
            92..=94 => {
                self.assign(&id, (rng.u8(..5) > 0).then_some(admin));
                "assign"
            }
            95 => {
                self.delete(&id);
                "delete"
            }
            96 | 97 => return self.redact_something(rng, id),
            98 => return self.merge_with_another(rng, id),
            _ => return self.touch_some(rng, id),
        };
        RandomChange { what, ids: vec![id] }
    }

    /// Makes random changes at the rate of the options, for as long as the server runs.
    pub(crate) async fn change_on_its_own(self) {
        let rate = self.shared.options.changes_per_second;
        if rate <= 0.0 {
            return;
        }
        let pause = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX);
        let mut rng = Rng::with_seed(self.shared.options.seed);
        let mut next = Instant::now();
        loop {
            next = next.checked_add(pause).unwrap_or(next);
            sleep_until(next).await;
            self.random_change(&mut rng);
        }
    }

    fn said(&self, rng: &mut Rng, id: &str, author: Author, role: Role) -> &'static str {
        let body = self.message(rng, id, role);
        self.reply(id, author, &body);
        "reply"
    }

    fn new_conversation(&self, rng: &mut Rng) -> RandomChange {
        let (contact, body) = {
            let world = self.shared.world();
            let contact = world.contact(rng.u32(..world.contact_count()));
            let body = world.generator.message(rng, contact.language, Role::Problem, self.now());
            (contact.id, body)
        };
        let id = self.create(New { contact: Some(contact), body, ..New::default() });
        RandomChange { what: "create", ids: vec![id] }
    }

    fn redact_something(&self, rng: &mut Rng, id: String) -> RandomChange {
        let messages = self.conversation(&id).map(|truth| truth.messages).unwrap_or_default();
        if let Some(message) = rng.choice(&messages) {
            self.redact(&id, &message.id);
        }
        RandomChange { what: "redact", ids: vec![id] }
    }

    fn merge_with_another(&self, rng: &mut Rng, id: String) -> RandomChange {
        let Some(other) = self.some_conversation(rng).filter(|other| *other != id) else {
            return self.new_conversation(rng);
        };
        self.merge(&id, &other);
        RandomChange { what: "merge", ids: vec![id, other] }
    }

    fn touch_some(&self, rng: &mut Rng, id: String) -> RandomChange {
        let more = rng.usize(1..20);
        let mut ids = vec![id];
        ids.extend((0..more).filter_map(|_| self.some_conversation(rng)));
        ids.sort_unstable();
        ids.dedup();
        self.touch_all(&ids);
        RandomChange { what: "touch", ids }
    }

    /// Returns a conversation that is not deleted, mostly one that changed lately.
    fn some_conversation(&self, rng: &mut Rng) -> Option<String> {
        let mut world = self.shared.world();
        world.settle(self.shared.clock.now_ms());
        let all = world.sorted.window(i64::MIN, i64::MAX);
        let from = if rng.u8(..5) > 0 { all.len().saturating_sub(LIVELY) } else { 0 };
        let found = (0..8).find_map(|_| {
            let (_, index) = rng.choice(&all[from..])?;
            (!world.is_deleted(*index)).then_some(*index)
        });
        found.map(|index| conversation_id(index).to_string())
    }

    fn some_tag(&self, rng: &mut Rng) -> String {
        rng.choice(&self.shared.world().tags).cloned().unwrap_or_default()
    }

    fn message(&self, rng: &mut Rng, id: &str, role: Role) -> String {
        let world = self.shared.world();
        let index = conversation_index(id);
        let contact =
            index.and_then(|index| world.thread(index, Depth::Outline)).map_or(0, |thread| thread.contact);
        let language = world.contact(contact).language;
        world.generator.message(rng, language, role, self.now())
    }
}
