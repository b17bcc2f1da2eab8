//! Composes messages: picks phrases, fills their slots and wraps them in the HTML that messengers send.

use chrono::DateTime;
use fastrand::Rng;

use crate::generate::phrases::{Language, Topic, pick};

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Problem,
    Followup,
    Answer,
    Closing,
    Farewell,
    Note,
}

const PRODUCT_STARTS: [&str; 14] =
    ["Vel", "Tor", "Mira", "Ko", "Zen", "Lu", "Bra", "Quil", "Ora", "Pix", "Hal", "Nim", "Sy", "Cor"];
const PRODUCT_ENDS: [&str; 14] = [
    "tora", "vio", "nex", "lume", "desk", "flow", "grid", "line", "cast", "wave", "bay", "loom", "mint",
    "rix",
];
const PLANS: [&str; 6] = ["Starter", "Lite", "Team", "Business", "Pro", "Enterprise"];
const CITIES: [&str; 24] = [
    "Porto",
    "Kraków",
    "Zürich",
    "Nantes",
    "Sevilla",
    "Ōsaka",
    "Seoul",
    "Chiang Mai",
    "Bergen",
    "Montréal",
    "Accra",
    "Lima",
    "Tartu",
    "Leeds",
    "Austin",
    "Hobart",
    "Pune",
    "Göteborg",
    "Brno",
    "Graz",
    "Malmö",
    "Cádiz",
    "Lyon",
    "Busan",
];

/// A writer of messages about one topic in one language.
pub(crate) struct Composer<'a> {
    pub(crate) rng: Rng,
    pub(crate) language: &'static Language,
    pub(crate) topic: &'static Topic,
    /// The instant that dates in the text lie before.
    pub(crate) at: i64,
    /// Name of the colleague that texts mention.
    pub(crate) colleague: &'a str,
}

impl Composer<'_> {
    /// Returns a title, as plain text.
    pub(crate) fn title(&mut self) -> String {
        let template = pick(&mut self.rng, &self.topic.titles);
        let mut out = String::new();
        self.fill(template, &mut out);
        out
    }

    /// Returns a message, as HTML.
    pub(crate) fn html(&mut self, role: Role) -> String {
        let mut out = String::with_capacity(512);
        match role {
            Role::Problem => self.problem(&mut out),
            Role::Followup => self.followup(&mut out),
            Role::Answer => self.answer(&mut out),
            Role::Closing => self.paragraph(&mut out, &[&self.language.closing]),
            Role::Farewell => self.paragraph(&mut out, &[&self.language.farewell]),
            Role::Note => self.paragraph(&mut out, &[&self.language.note]),
        }
        out
    }

    fn problem(&mut self, out: &mut String) {
        self.paragraph(out, &[&self.language.greeting]);
        self.paragraph(out, &[&self.topic.problems, &self.language.detail]);
        match self.rng.u8(..20) {
            0..=6 => self.paragraph(out, &[&self.language.detail, &self.language.detail]),
            7 | 8 => self.list(out, "ul", &self.language.detail),
            9 => self.log_line(out),
            10 => self.image(out),
            _ => {}
        }
    }

    fn followup(&mut self, out: &mut String) {
        match self.rng.u8(..10) {
            0 => {
                out.push_str("<blockquote>");
                self.paragraph(out, &[&self.language.ask]);
                out.push_str("</blockquote>");
                self.paragraph(out, &[&self.language.detail]);
            }
            1 => self.log_line(out),
            2 => self.list(out, "ol", &self.language.detail),
            _ => {}
        }
        self.paragraph(out, &[&self.language.followup]);
        if self.rng.bool() {
            self.paragraph(out, &[&self.language.detail]);
        }
    }

    fn answer(&mut self, out: &mut String) {
        match self.rng.u8(..4) {
            0 => self.paragraph(out, &[&self.language.ask]),
            1 => self.paragraph(out, &[&self.language.answer, &self.topic.replies]),
            _ => self.paragraph(out, &[&self.topic.replies]),
        }
        match self.rng.u8(..10) {
            0..=2 => self.link(out),
            3 => self.list(out, "ol", &self.language.answer),
            4 | 5 => self.paragraph(out, &[&self.language.answer, &self.language.ask]),
            _ => {}
        }
    }

    fn paragraph(&mut self, out: &mut String, sources: &[&[&'static str]]) {
        out.push_str("<p>");
        for (n, source) in sources.iter().enumerate() {
            if n > 0 {
                out.push_str(if self.rng.u8(..12) == 0 { "<br>" } else { " " });
            }
            let template = pick(&mut self.rng, source);
            self.fill_escaped(template, out);
        }
        out.push_str("</p>");
    }

    fn list(&mut self, out: &mut String, tag: &str, source: &[&'static str]) {
        out.push_str(&format!("<{tag}>"));
        for _ in 0..self.rng.u8(2..5) {
            out.push_str("<li>");
            let template = pick(&mut self.rng, source);
            self.fill_escaped(template, out);
            out.push_str("</li>");
        }
        out.push_str(&format!("</{tag}>"));
    }

    fn link(&mut self, out: &mut String) {
        let label = pick(&mut self.rng, &self.language.link);
        let topic = self.topic.name;
        let number = self.rng.u32(1000..9999);
        out.push_str(&format!(
            "<p><a href=\"https://help.example.com/articles/{number}-{topic}\" rel=\"nofollow\">"
        ));
        self.fill_escaped(label, out);
        out.push_str("</a></p>");
    }

    fn log_line(&mut self, out: &mut String) {
        let code = self.rng.u32(1000..9999);
        let millis = self.rng.u32(10..9000);
        out.push_str(&format!(
            "<pre><code>&lt;error code=&quot;E{code}&quot; after=&quot;{millis}ms&quot;/&gt; retry &amp; backoff</code></pre>"
        ));
    }

    fn image(&mut self, out: &mut String) {
        let number = self.rng.u32(10_000..99_999);
        out.push_str(&format!(
            "<p><img src=\"https://images.example.com/i/{number}/screen.png\" alt=\"\"></p>"
        ));
    }

    fn fill_escaped(&mut self, template: &str, out: &mut String) {
        let mut plain = String::with_capacity(template.len() + 32);
        self.fill(template, &mut plain);
        escape(&plain, out);
    }

    fn fill(&mut self, template: &str, out: &mut String) {
        let mut rest = template;
        while let Some((before, slot, after)) = next_slot(rest) {
            out.push_str(before);
            self.slot(slot, out);
            rest = after;
        }
        out.push_str(rest);
    }

    fn slot(&mut self, slot: &str, out: &mut String) {
        match slot {
            "product" => {
                out.push_str(PRODUCT_STARTS[self.rng.usize(..PRODUCT_STARTS.len())]);
                out.push_str(PRODUCT_ENDS[self.rng.usize(..PRODUCT_ENDS.len())]);
            }
            "plan" => out.push_str(PLANS[self.rng.usize(..PLANS.len())]),
            "city" => out.push_str(CITIES[self.rng.usize(..CITIES.len())]),
            "order" => out.push_str(&format!("A-{}", self.rng.u32(10_000..999_999))),
            "code" => out.push_str(&format!("E{}", self.rng.u32(1000..9999))),
            "digits" => out.push_str(&format!("{:04}", self.rng.u32(..10_000))),
            "count" => out.push_str(&self.rng.u32(2..60).to_string()),
            "amount" => out.push_str(&format!("{}.{:02} €", self.rng.u32(5..900), self.rng.u32(..100))),
            "person" => out.push_str(self.colleague),
            "date" => {
                let day = self.at - self.rng.i64(0..40) * 86_400;
                let date = DateTime::from_timestamp(day, 0).unwrap_or_default();
                out.push_str(&date.format("%Y-%m-%d").to_string());
            }
            other => out.push_str(other),
        }
    }
}

/// Appends text with the characters that mean something in HTML written as entities.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}

fn next_slot(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (slot, after) = rest.split_once('}')?;
    Some((before, slot, after))
}
