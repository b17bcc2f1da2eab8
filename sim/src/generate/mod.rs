//! Makes up the workspace: every conversation, contact and text is a function of the seed and a number, so that
//! nothing of it has to be held. It knows nothing of changes, clocks or HTTP.

pub(crate) mod compose;
mod fields;
pub(crate) mod people;
mod phrases;
mod timeline;

use std::io;

use fastrand::Rng;

use crate::generate::compose::{Composer, Role};
use crate::generate::people::Contact;
use crate::generate::phrases::{Language, Topic};
use crate::options::{Options, Parts};

/// The tags that exist at the start; each topic has the one of its name.
pub(crate) const TAGS: [&str; 12] = [
    "login",
    "billing",
    "shipping",
    "export",
    "bug",
    "refund",
    "integration",
    "mobile",
    "performance",
    "feature-request",
    "security",
    "onboarding",
];

/// Id of the first conversation; the others count up.
const FIRST_ID: u64 = 215_473_000_000_101;

/// Returns the id of a conversation.
pub(crate) fn conversation_id(index: u32) -> u64 {
    FIRST_ID + u64::from(index)
}

/// Returns the number of the conversation that an id would belong to.
pub(crate) fn conversation_index(id: &str) -> Option<u32> {
    let id: u64 = id.parse().ok()?;
    u32::try_from(id.checked_sub(FIRST_ID)?).ok()
}

/// Which random numbers: each use has its own, so that leaving one out moves none of the others.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Shape,
    Title,
    Source,
    Part(u32),
    Contact,
    ContactId,
    Attributes,
}

/// Returns the random numbers for one use of one numbered thing.
pub(crate) fn stream(seed: u64, number: u32, stream: Stream) -> Rng {
    let stream = match stream {
        Stream::Shape => 0,
        Stream::Title => 1,
        Stream::Source => 2,
        Stream::Contact => 3,
        Stream::ContactId => 4,
        Stream::Attributes => 5,
        Stream::Part(part) => 16 + u64::from(part),
    };
    Rng::with_seed(mix(seed ^ mix((u64::from(number) << 24) ^ stream)))
}

/// The finaliser of splitmix64: neighbouring numbers give unrelated ones.
fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The source of everything that exists at the start.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) seed: u64,
    /// Conversations that exist at the start.
    pub(crate) count: u32,
    /// Contacts that exist at the start.
    pub(crate) contacts: u32,
    /// The instant that the workspace was made; nothing generated is later.
    pub(crate) start: i64,
    history: i64,
    parts: Parts,
    oddities: bool,
}

impl Generator {
    /// Returns a generator for a workspace made at `start`.
    pub(crate) fn new(options: &Options, start: i64) -> io::Result<Self> {
        let count = u32::try_from(options.conversations)
            .ok()
            .filter(|count| *count <= 1 << 26)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "more conversations than ids"))?;
        Ok(Self {
            seed: options.seed,
            count,
            contacts: count / 5 * 2 + 1,
            start,
            history: i64::try_from(options.history.as_secs()).unwrap_or(start).clamp(1, start.max(1)),
            parts: options.parts,
            oddities: options.oddities,
        })
    }

    /// Returns the contact with a number.
    pub(crate) fn contact(&self, number: u32) -> Contact {
        people::contact(self.seed, number, self.oldest())
    }

    /// Returns the instant before which no conversation was generated.
    pub(crate) fn oldest(&self) -> i64 {
        self.start - self.history
    }

    /// Returns a message that fits nobody in particular, for conversations that change after the start.
    pub(crate) fn message(&self, rng: &mut Rng, language: &'static Language, role: Role, at: i64) -> String {
        let topic = any_topic(rng, language);
        let colleague = people::ADMINS[rng.usize(..people::ADMINS.len())].0;
        Composer { rng: rng.fork(), language, topic, at, colleague }.html(role)
    }
}

fn any_topic(rng: &mut Rng, language: &'static Language) -> &'static Topic {
    &language.topics[rng.usize(..language.topics.len())]
}
