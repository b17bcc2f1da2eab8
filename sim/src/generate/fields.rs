//! Makes up what a conversation has besides its state, people, tags and parts.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::generate::{Generator, Stream, stream};
use crate::world::fields::{Agent, Sla, Ticket};
use crate::world::thread::{State, Thread};

/// The attribute that says what part of the product it is about.
pub(crate) const AREA: &str = "Product area";

const AREAS: [&str; 4] = ["Accounts", "Payments", "Logistics", "Reports"];
const COMPANIES: [&str; 6] =
    ["Northwind Traders", "Kestrel & Sons", "Blåbær AS", "株式会社あおば", "Sol y Mar", "Tern Logistics"];
const REMARKS: [&str; 5] =
    ["Took far too long", "Nobody understood me", "It was all right", "Quick and kind", "Perfect, thank you"];
const RESOLUTIONS: [&str; 4] =
    ["assumed_resolution", "confirmed_resolution", "escalated", "negative_feedback"];

impl Generator {
    /// Returns the product area of a conversation.
    pub(crate) fn area(&self, index: u32) -> &'static str {
        AREAS[stream(self.seed, index, Stream::Attributes).usize(..AREAS.len())]
    }

    /// Gives a conversation its fields; a rating has to be there already.
    pub(crate) fn fields(&self, thread: &mut Thread) {
        let mut rng = stream(self.seed, thread.index, Stream::Attributes);
        let area = pick(&mut rng, &AREAS);
        let fields = &mut thread.fields;
        let mut set = |name: &str, value: Value| drop(fields.attributes.insert(name.to_owned(), value));
        set(AREA, json!(area));
        set("Seats", json!(rng.u32(1..500)));
        if self.oddities {
            set("Copilot used", json!(rng.bool()));
            set("Amount", json!(f64::from(rng.u32(..100_000)) / 2.0));
            set("Plan", json!(["Free", "Pro", "Enterprise"][rng.usize(..3)]));
            match rng.u8(..8) {
                0 => set("契約.Start date", json!(self.start - rng.i64(0..900 * 86_400))),
                1 => set("Regions", json!(["north", "west"])),
                2 => set(
                    "Order",
                    json!({"type": "order.list", "instances": [{"id": "31", "custom_attributes": {"total": 12.5}}]}),
                ),
                3 => set("Nothing", Value::Null),
                _ => {}
            }
        }
        if let Some(rating) = &mut fields.rating
            && rng.u8(..3) == 0
        {
            rating.remark =
                REMARKS[usize::try_from(rating.score - 1).unwrap_or(0) % REMARKS.len()].to_owned();
        }
        if rng.u8(..4) == 0 {
            let resolution = pick(&mut rng, &RESOLUTIONS);
            fields.ai = Some(Agent {
                resolution: (rng.u8(..8) > 0).then(|| resolution.to_owned()),
                rating: (rng.u8(..5) == 0).then(|| rng.i64(1..6)),
                remark: None,
                source: Some("First answers".to_owned()),
                content: vec![format!("How {area} work")],
            });
            fields.topics = vec![format!("{area} questions")];
        }
        if rng.u8(..5) == 0 {
            let status = match thread.state {
                State::Closed => ["hit", "hit", "missed", "cancelled"][rng.usize(..4)],
                State::Open | State::Snoozed => ["active", "missed"][rng.usize(..2)],
            };
            fields.sla = Some(Sla { name: "First answer in 4 h".to_owned(), status: status.to_owned() });
        }
        fields.company = (rng.u8(..3) == 0).then(|| pick(&mut rng, &COMPANIES).to_owned());
        if rng.u8(..12) == 0 {
            let state = match thread.state {
                State::Closed => "resolved",
                State::Open => "in_progress",
                State::Snoozed => "waiting_on_customer",
            };
            fields.ticket = Some(Ticket {
                kind: ["Bug", "Order problem"][rng.usize(..2)].to_owned(),
                state: state.to_owned(),
                title: format!("{area}: figures do not add up"),
                description: "Steps to see it, as far as they are known".to_owned(),
                attributes: [("Severity".to_owned(), json!(rng.u8(1..4)))].into_iter().collect(),
            });
        }
    }
}

fn pick(rng: &mut Rng, words: &[&'static str]) -> &'static str {
    words[rng.usize(..words.len())]
}
