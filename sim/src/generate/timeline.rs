//! Makes up one conversation: when it was opened, who said what when, and where it stands.

use fastrand::Rng;

use crate::generate::compose::{Composer, Role};
use crate::generate::fields::AREA;
use crate::generate::people::{self, ADMINS, TEAMS};
use crate::generate::phrases::{Language, Topic};
use crate::generate::{Generator, Stream, TAGS, any_topic, stream};
use crate::world::fields::{Event, Fields, Rating};
use crate::world::thread::{Applied, Assignee, Depth, Part, Source, State, Thread, Writer};

const DAY: i64 = 86_400;
const FIRST_PART: u64 = 25_000_000_000;
/// Part ids that each conversation has for itself.
const PARTS_EACH: usize = 4096;

/// What makes up a conversation apart from the conversation itself.
struct Scene<'a> {
    generator: &'a Generator,
    index: u32,
    depth: Depth,
    language: &'static Language,
    topic: &'static Topic,
    admin: u8,
}

impl Generator {
    /// Returns a conversation as it was at the start.
    pub(crate) fn thread(&self, index: u32, depth: Depth) -> Thread {
        let mut rng = stream(self.seed, index, Stream::Shape);
        let created_at = self.created_at(index, &mut rng);
        let skew = rng.f64();
        let contact = (f64::from(self.contacts) * skew * skew) as u32;
        let language = people::language(self.seed, contact);
        let scene = Scene {
            generator: self,
            index,
            depth,
            language,
            topic: any_topic(&mut rng, language),
            admin: rng.u8(..ADMINS.len() as u8),
        };
        let source = scene.source(&mut rng, contact);
        let mut thread = Thread {
            index,
            created_at,
            opened_at: created_at,
            updated_at: created_at,
            title: scene.title(&mut rng),
            state: State::Open,
            snoozed_until: None,
            read: rng.u8(..4) > 0,
            priority: ["none", "none", "none", "none", "low", "medium", "high", "urgent"][rng.usize(..8)]
                .to_owned(),
            admin: None,
            team: None,
            contact,
            tags: Vec::new(),
            source,
            parts: Vec::new(),
            linked: Vec::new(),
            fields: Fields::default(),
            quiet: Vec::new(),
        };
        let ended = scene.play(&mut rng, &mut thread);
        scene.end(&mut rng, &mut thread, ended);
        scene.tags(&mut rng, &mut thread);
        if depth >= Depth::Header {
            self.fields(&mut thread);
        }
        thread
    }

    /// Later conversations are younger, and the closer to the start the denser they lie.
    fn created_at(&self, index: u32, rng: &mut Rng) -> i64 {
        let age = 1.0 - (f64::from(index) + rng.f64()) / f64::from(self.count);
        self.start - (self.history as f64 * age.powf(1.6)) as i64
    }
}

impl Scene<'_> {
    fn source(&self, rng: &mut Rng, contact: u32) -> Source {
        let (author, delivered_as) = match rng.u8(..100) {
            0..=88 => (Writer::Contact(contact), "customer_initiated"),
            89..=95 => (Writer::Admin(self.admin), "admin_initiated"),
            96 | 97 => (Writer::Bot, "operator_initiated"),
            _ => (Writer::Bot, "automated"),
        };
        let kind = match rng.u8(..100) {
            0..=63 => "conversation",
            64..=84 => "email",
            85..=90 => "whatsapp",
            91..=93 => "facebook",
            94..=96 => "instagram",
            97 if self.generator.oddities => "unknown",
            _ => "push",
        };
        let body = if self.depth < Depth::Header {
            String::new()
        } else {
            let role = if matches!(author, Writer::Contact(_)) { Role::Problem } else { Role::Answer };
            self.composer(Stream::Source).html(role)
        };
        let attachment = rng.u8(..25) == 0;
        Source {
            id: 990_000_000 + u64::from(self.index),
            kind: kind.to_owned(),
            delivered_as,
            body,
            author,
            redacted: false,
            attachment,
        }
    }

    fn title(&self, rng: &mut Rng) -> Option<String> {
        let titled = rng.u8(..10) < 7;
        if !titled || self.depth < Depth::Header {
            return None;
        }
        Some(self.composer(Stream::Title).title())
    }

    /// Adds parts until the planned number or the start of the workspace is reached; returns whether it ended.
    fn play(&self, rng: &mut Rng, thread: &mut Thread) -> bool {
        let (wanted, long) = self.part_count(rng);
        let mut customers_turn = !matches!(thread.source.author, Writer::Contact(_));
        let mut at = thread.created_at;
        while thread.parts.len() < wanted {
            at += gap(rng, long);
            if at > self.generator.start {
                return false;
            }
            let number = thread.parts.len();
            let mut part = self.part(number, at);
            self.cast(rng, thread, &mut part, &mut customers_turn);
            if part.says {
                if self.depth == Depth::Full {
                    part.body =
                        Some(self.composer(Stream::Part(number as u32)).html(role(&part, number, wanted)));
                }
                part.attachment = rng.u8(..40) == 0;
            }
            thread.push(part);
        }
        true
    }

    /// Decides what a part is: who writes it, of what type, whether it says something.
    fn cast(&self, rng: &mut Rng, thread: &Thread, part: &mut Part, customers_turn: &mut bool) {
        let roll = rng.u8(..100);
        match (thread.parts.len(), roll) {
            (0, 0..=24) if self.generator.oddities => {
                part.kind = "language_detection_details";
                part.author = Writer::Bot;
            }
            (0 | 1, 25..=59) if thread.team.is_none() => {
                part.kind = "default_assignment";
                part.author = Writer::Bot;
                part.assigned_to = Some(Assignee::Team(ADMINS[usize::from(self.admin)].2));
            }
            (0..=3, 60..=89) if thread.admin.is_none() => {
                part.kind = "assignment";
                part.assigned_to = Some(Assignee::Admin(self.admin));
                part.says = roll > 80;
            }
            (_, 0..=6) => {
                part.kind = "note";
                part.says = true;
            }
            (_, 7..=9) => {
                part.kind = "conversation_attribute_updated_by_admin";
                part.event = Some(self.area_changed());
            }
            (_, 10) if self.generator.oddities => {
                part.kind = "custom_action_finished";
                part.author = Writer::Bot;
            }
            (_, 11) if self.generator.oddities => {
                part.kind = "workflow_checkpoint_reached";
                part.author = Writer::Bot;
            }
            (_, 12 | 13) => {
                part.says = true;
                part.author = Writer::Bot;
            }
            _ => {
                part.says = true;
                if *customers_turn {
                    part.author = Writer::Contact(thread.contact);
                }
                *customers_turn = rng.u8(..5) == 0 || !*customers_turn;
            }
        }
    }

    /// Lets the conversation end as most do: closed, some snoozed or left open, recent ones more often.
    fn end(&self, rng: &mut Rng, thread: &mut Thread, ended: bool) {
        let start = self.generator.start;
        let recent = start - thread.updated_at < 3 * DAY;
        let roll = rng.u8(..100);
        let open = match (ended, recent) {
            (false, _) => 90,
            (true, true) => 55,
            (true, false) => 19,
        };
        let at = (thread.updated_at + rng.i64(30..4 * 3600)).min(start);
        if roll < open {
            return;
        }
        let mut part = self.part(thread.parts.len(), at);
        if roll < open + 3 {
            part.kind = "snoozed";
            part.state = State::Snoozed;
            thread.snoozed_until = Some(start.max(at) + rng.i64(1..8) * DAY);
        } else {
            part.kind = "close";
            part.state = State::Closed;
            part.says = rng.u8(..4) == 0;
            if part.says && self.depth == Depth::Full {
                part.body = Some(self.composer(Stream::Part(thread.parts.len() as u32)).html(Role::Farewell));
            }
            thread.fields.rating =
                (rng.u8(..6) == 0).then(|| Rating { score: rng.i64(1..6), remark: String::new(), at });
        }
        thread.push(part);
    }

    fn tags(&self, rng: &mut Rng, thread: &mut Thread) {
        let at = thread.parts.first().map_or(thread.created_at, |part| part.created_at);
        let by = self.admin;
        let own = TAGS.iter().position(|tag| *tag == self.topic.name).filter(|_| rng.u8(..10) < 6);
        let other = (rng.u8(..6) == 0).then(|| rng.usize(..TAGS.len())).filter(|tag| Some(*tag) != own);
        thread.tags.extend(own.into_iter().chain(other).map(|tag| Applied { tag: tag as u8, at, by }));
    }

    /// Tells that the product area became what it is.
    fn area_changed(&self) -> Event {
        let area = self.generator.area(self.index).to_owned();
        Event::Attribute(AREA.to_owned(), Some("Accounts".to_owned()), Some(area))
    }

    fn part(&self, number: usize, at: i64) -> Part {
        Part {
            id: FIRST_PART + u64::from(self.index) * PARTS_EACH as u64 + number as u64,
            kind: "comment",
            says: false,
            body: None,
            created_at: at,
            updated_at: at,
            author: Writer::Admin(self.admin),
            assigned_to: None,
            event: None,
            state: State::Open,
            redacted: false,
            attachment: false,
        }
    }

    fn part_count(&self, rng: &mut Rng) -> (usize, bool) {
        let parts = self.generator.parts;
        let most = PARTS_EACH - 1;
        let roll = rng.f64();
        if rng.f64() < parts.long_share {
            return (parts.long.min(most), true);
        }
        // One part is the close that most conversations end with.
        let drawn = -(1.0 - roll).ln() * (parts.mean - 0.7).max(0.0);
        ((drawn.round() as usize).min(parts.most).min(most), false)
    }

    fn composer(&self, of: Stream) -> Composer<'static> {
        let mut rng = stream(self.generator.seed, self.index, of);
        let colleague = ADMINS[rng.usize(..ADMINS.len())].0;
        Composer { rng, language: self.language, topic: self.topic, at: self.generator.start, colleague }
    }
}

impl Thread {
    fn push(&mut self, part: Part) {
        self.updated_at = part.created_at;
        self.state = part.state;
        match part.assigned_to {
            Some(Assignee::Admin(admin)) => self.admin = Some(admin),
            Some(Assignee::Team(team)) => self.team = Some(team.min(TEAMS.len() as u8 - 1)),
            Some(Assignee::Nobody) | None => {}
        }
        self.parts.push(part);
    }
}

fn role(part: &Part, number: usize, wanted: usize) -> Role {
    match part.author {
        _ if part.kind == "note" => Role::Note,
        Writer::Contact(_) if number + 2 >= wanted => Role::Closing,
        Writer::Contact(_) => Role::Followup,
        Writer::Admin(_) | Writer::Bot => Role::Answer,
    }
}

/// Seconds between two parts: mostly minutes, sometimes hours or days.
fn gap(rng: &mut Rng, long: bool) -> i64 {
    match rng.u8(..10) {
        0..=5 => rng.i64(5..900),
        _ if long => rng.i64(5..3600),
        6..=8 => rng.i64(900..6 * 3600),
        _ => rng.i64(6 * 3600..3 * DAY),
    }
}
