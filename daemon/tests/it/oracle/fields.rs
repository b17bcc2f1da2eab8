//! Truth per field: whatever changes with and without moving a conversation's time, an answer that says fresh was true of each
//! conversation at some instant within the tolerance. `SYNCD_ORACLE_FIELDS=N` plays N workspaces.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use fastrand::Rng;
use proto::types::{
    Field, Grouping, Question, SearchRequest, SqlRequest, SqlValue, State, StatsRequest, SyncInfo, Window,
};
use serde_json::json;
use sim::{Agent, Body, Fault, FaultKind, Person, Set, Sim, Sla, Target, Ticket, Truth};
use tokio::time::sleep;

use super::number;
use crate::support::{Bench, workspace};

/// The tolerance, and what an answer takes.
const TOLERANCE: i64 = 300 + 2;
/// What happens in one workspace.
const STEPS: u32 = 70;

/// What each conversation is found by: field and value, as one text.
type Facts = HashMap<String, BTreeSet<(&'static str, String)>>;

struct Play {
    bench: Bench,
    dice: Rng,
    /// What was true until an instant, oldest first; the last holds until now.
    past: Vec<(i64, Facts)>,
    /// Which names became which, and when: conversations and names are read at different instants within the tolerance.
    renamed: Vec<(i64, String, String)>,
    /// Which fields of which conversations changed silently: until an audit has seen one, nothing is promised of those.
    silent: HashSet<(String, &'static str)>,
    names: u32,
    fresh: u32,
    asked: u32,
}

#[test]
fn no_answer_that_says_fresh_rests_on_a_stale_field() {
    let (mut fresh, mut asked) = (0, 0);
    let seeds = match number("SYNCD_ORACLE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SYNCD_ORACLE_FIELDS").unwrap_or(3),
    };
    for seed in seeds {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let (of_these, all) =
            runtime.block_on(play(seed)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        fresh += of_these;
        asked += all;
    }
    println!("{fresh} of {asked} answers said fresh");
    assert!(fresh * 3 > asked, "{fresh} of {asked} answers said fresh");
}

async fn play(seed: u64) -> Result<(u32, u32), String> {
    let bench = Bench::start(workspace(30)).await;
    bench.sync().await;
    let dice = Rng::with_seed(seed);
    let (past, renamed, silent) = (Vec::new(), Vec::new(), HashSet::new());
    let mut play = Play { bench, dice, past, renamed, silent, names: 0, fresh: 0, asked: 0 };
    for number in 0..STEPS {
        play.step().await.map_err(|error| format!("at step {number}: {error}"))?;
    }
    play.bench.end().await;
    Ok((play.fresh, play.asked))
}

impl Play {
    fn facts(&self) -> Facts {
        let truths = self.bench.sim.ids().into_iter().filter_map(|id| self.bench.sim.conversation(&id));
        truths.map(|truth| (truth.id.clone(), facts(&truth))).collect()
    }

    fn name(&mut self, what: &str) -> String {
        self.names += 1;
        format!("{what} {}", self.names)
    }

    /// Returns a new name for what had this one.
    fn renamed(&mut self, old: &str, what: &str) -> String {
        let name = self.name(what);
        self.renamed.push((self.bench.sim.now(), old.to_lowercase(), name.clone()));
        name
    }

    async fn step(&mut self) -> Result<(), String> {
        match self.dice.u8(..100) {
            0..=44 => self.change(),
            45..=64 => {
                let ms = [self.dice.u64(..3_000), self.dice.u64(..90_000), self.dice.u64(..900_000)];
                sleep(Duration::from_millis(ms[self.dice.usize(..3)])).await;
            }
            65..=67 => {
                let on = [Target::Contacts, Target::Directory][self.dice.usize(..2)].clone();
                let kind = FaultKind::Status { code: 503, body: Body::Empty };
                self.bench.sim.inject(Fault::times(on, kind, self.dice.u32(1..40)));
            }
            _ => self.ask().await?,
        }
        Ok(())
    }

    /// Changes something, with or without moving the time of a conversation.
    fn change(&mut self) {
        let before = self.facts();
        let sim = self.bench.sim.clone();
        let ids = sim.ids();
        let id = ids[self.dice.usize(..ids.len())].clone();
        let contact = sim.conversation(&id).map(|truth| truth.customer.id).unwrap_or_default();
        let pick = |dice: &mut Rng, all: &[&str]| all[dice.usize(..all.len())].to_owned();
        let tag = {
            let tags = sim.tags();
            tags[self.dice.usize(..tags.len())].clone()
        };
        let which = self.dice.usize(..8);
        match self.dice.u8(..20) {
            0 => {
                let host = self.dice.u8(..4);
                let email = format!("{}@h{host}.example.com", self.name("mail").replace(' ', ""));
                _ = sim.change_contact(&contact, Person::Email(email));
            }
            1 => {
                let company = pick(&mut self.dice, &["Acme", "Bright & Sons", "Zenith"]);
                _ = sim.change_contact(&contact, Person::Companies(vec![company]));
            }
            2 => {
                let tier = pick(&mut self.dice, &["gold", "silver", "tin"]);
                _ = sim.change_contact(&contact, Person::Attribute("tier".to_owned(), json!(tier)));
            }
            3 => {
                let name = self.renamed(&tag, "tag");
                sim.rename_tag(&tag, &name);
            }
            4 => {
                let (admins, number) = (sim.admins(), which % sim.admins().len());
                sim.rename_admin(number, &self.renamed(&admins[number].1, "admin"));
            }
            5 => {
                let (teams, number) = (sim.teams(), which % sim.teams().len());
                sim.rename_team(number, &self.renamed(&teams[number].1, "team"));
            }
            6 => _ = sim.tag(&id, &tag),
            7 => _ = sim.assign(&id, Some(which)),
            8 => _ = sim.assign_team(&id, which),
            9 => {
                let is_open = sim.conversation(&id).is_some_and(|truth| truth.state == "open");
                let (sim, fields) = self.told_or_not(&sim, &id, &["state"]);
                _ = if is_open { sim.close(&id) } else { sim.reopen(&id) };
                self.silent.extend(fields);
            }
            _ => {
                let (fields, set) = some_field(&mut self.dice);
                let (sim, fields) = self.told_or_not(&sim, &id, fields);
                sim.set(&id, set);
                self.silent.extend(fields);
            }
        }
        self.past.push((sim.now(), before));
    }

    /// Returns a workspace that tells of a change to these fields by its time, or one that does not, with what nothing is
    /// promised of then.
    fn told_or_not(
        &mut self,
        sim: &Sim,
        id: &str,
        fields: &[&'static str],
    ) -> (Sim, Vec<(String, &'static str)>) {
        if self.dice.bool() {
            return (sim.clone(), Vec::new());
        }
        (sim.silently(), fields.iter().map(|field| (id.to_owned(), *field)).collect())
    }

    async fn ask(&mut self) -> Result<(), String> {
        let now = self.facts();
        let known = self.past.iter().map(|(_, facts)| facts).chain([&now]);
        let mut values: Vec<(&'static str, String)> =
            known.flat_map(|facts| facts.values().flatten().cloned()).collect();
        values.sort();
        values.dedup();
        let (field, value) = values[self.dice.usize(..values.len())].clone();
        self.asked += 1;
        match self.dice.u8(..3) {
            0 => self.search(field, &value).await,
            1 => self.count(field, &value).await,
            _ => self.sql(field, &value).await,
        }
    }

    /// Says what may be: all that was so at an instant within the tolerance, as far as it is promised; nothing of an answer that
    /// does not say fresh.
    fn allowed(
        &mut self,
        field: &'static str,
        value: &str,
        info: &SyncInfo,
    ) -> Option<HashMap<String, [bool; 2]>> {
        if info.state != State::Fresh {
            return None;
        }
        self.fresh += 1;
        let now = self.bench.sim.now();
        let is_judged = info.fields.iter().any(|age| age.name == field);
        let current = self.facts();
        let recent = self.past.iter().filter(|(until, _)| *until >= now - TOLERANCE).map(|(_, facts)| facts);
        let mut names = vec![value.to_owned()];
        let lately = |at: i64| at >= now - TOLERANCE;
        for (_, old, new) in self.renamed.iter().filter(|(at, ..)| lately(*at)) {
            if names.contains(old) {
                names.push(new.clone());
            }
        }
        let is_new = self.renamed.iter().any(|(at, _, new)| lately(*at) && new == value);
        let mut allowed: HashMap<String, [bool; 2]> = HashMap::new();
        for facts in recent.chain([&current]) {
            for (id, facts) in facts {
                let has = |name: &String| facts.contains(&(field, name.clone()));
                let allowed = allowed.entry(id.clone()).or_default();
                allowed[1] |= names.iter().any(has);
                allowed[0] |= is_new || !has(&names[0]);
            }
        }
        for (id, allowed) in &mut allowed {
            if !is_judged && self.silent.contains(&(id.clone(), field)) {
                *allowed = [true; 2];
            }
        }
        Some(allowed)
    }

    fn judge(
        &mut self,
        field: &'static str,
        value: &str,
        info: &SyncInfo,
        found: &[String],
    ) -> Result<(), String> {
        let Some(allowed) = self.allowed(field, value, info) else { return Ok(()) };
        let wrong = allowed.iter().find(|(id, allowed)| !allowed[usize::from(found.contains(id))]);
        wrong.map_or(Ok(()), |(id, _)| {
            Err(format!("{field}:{value} says fresh, and {id} is wrong in {found:?}: {info:?}"))
        })
    }

    async fn search(&mut self, field: &'static str, value: &str) -> Result<(), String> {
        let question = Question::default().with(Field::named(field).unwrap(), Some(value.to_owned()));
        let request = SearchRequest { question, limit: 200, ..SearchRequest::default() };
        let reply = self.bench.client.search(&request).await.map_err(|error| error.to_string())?;
        let found: Vec<String> = reply.hits.into_iter().map(|hit| hit.id).collect();
        self.judge(field, value, &reply.sync_info, &found)
    }

    async fn count(&mut self, field: &'static str, value: &str) -> Result<(), String> {
        let grouping = match field {
            "customer" => return self.search(field, value).await,
            field => Grouping::Field(Field::named(field).unwrap()),
        };
        let request = StatsRequest { grouping, limit: 1_000, ..StatsRequest::default() };
        let reply = self.bench.client.stats(&request).await.map_err(|error| error.to_string())?;
        let group = reply.groups.iter().find(|group| {
            group.name.as_ref().or(group.key.as_ref()).is_some_and(|name| name.to_lowercase() == value)
        });
        let count = group.map_or(0, |group| group.figures.conversations) as usize;
        let Some(allowed) = self.allowed(field, value, &reply.sync_info) else { return Ok(()) };
        let least = allowed.values().filter(|allowed| !allowed[0]).count();
        let most = allowed.values().filter(|allowed| allowed[1]).count();
        // Of an assignee's group, those are a team's that no admin has.
        if (least..=most).contains(&count) || (field == "assignee" && count < least) {
            return Ok(());
        }
        Err(format!("{count} have {field}:{value}, instead of {least} to {most}: {:?}", reply.sync_info))
    }

    async fn sql(&mut self, field: &'static str, value: &str) -> Result<(), String> {
        let condition = match field {
            "customer" => format!("lower(customer_email) = '{value}'"),
            "tag" => format!("id IN (SELECT conversation_id FROM tags WHERE lower(name) = '{value}')"),
            "team" => format!("lower(team_name) = '{value}'"),
            "priority" => format!("priority = '{value}'"),
            "attr.Plan" => format!(
                "id IN (SELECT conversation_id FROM attributes WHERE name = 'Plan' AND lower(value) = '{value}')"
            ),
            field => format!("matches(id, '{field}:\"{value}\"')"),
        };
        let sql = format!("SELECT id FROM conversations WHERE {condition}");
        let request = SqlRequest { sql, window: Window::default(), max_rows: 1_000 };
        let reply = self.bench.client.sql(&request).await.map_err(|error| error.to_string())?;
        let text = |value: &SqlValue| match value {
            SqlValue::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let found: Vec<String> = reply.rows.iter().map(|row| text(&row[0])).collect();
        let mut info = reply.sync_info;
        // Any attribute stands for all of them.
        info.fields.iter_mut().filter(|age| age.name == "attr.").for_each(|age| age.name.push_str("Plan"));
        self.judge(field, value, &info, &found)
    }
}

/// Returns a field of a conversation with a value for it, and by which names it is asked for.
fn some_field(dice: &mut Rng) -> (&'static [&'static str], Set) {
    let mut pick = |all: &[&str]| all[dice.usize(..all.len())].to_owned();
    match pick(&["priority", "plan", "channel", "rating", "sla", "ticket", "ai"]).as_str() {
        "priority" => (&["priority"], Set::Priority(pick(&["low", "high", "urgent"]))),
        "plan" => (&["attr.Plan"], Set::Attribute("Plan".to_owned(), json!(pick(&["Pro", "Free", "Team"])))),
        "channel" => (&["channel"], Set::Channel(pick(&["email", "whatsapp", "phone_call"]))),
        "rating" => {
            (&["rating"], Set::Rating(pick(&["1", "3", "5"]).parse().unwrap(), "As it is".to_owned()))
        }
        "sla" => {
            let (name, status) = ("Gold".to_owned(), pick(&["hit", "missed", "active"]));
            (&["sla"], Set::Sla(Some(Sla { name, status })))
        }
        "ticket" => {
            let (kind, state) = (pick(&["Bug", "Request"]), pick(&["submitted", "in_progress", "resolved"]));
            let (title, description) = ("Figures are wrong".to_owned(), "Since Monday".to_owned());
            let attributes = serde_json::Map::new();
            (
                &["ticket", "ticket_state"],
                Set::Ticket(Some(Ticket { kind, state, title, description, attributes })),
            )
        }
        _ => {
            let resolution = Some(pick(&["confirmed_resolution", "escalated", "negative_feedback"]));
            let rating = Some(pick(&["1", "4"]).parse().unwrap());
            let agent = Agent { resolution, rating, ..Agent::default() };
            (&["ai", "ai_rating"], Set::Agent(Some(agent)))
        }
    }
}

fn facts(truth: &Truth) -> BTreeSet<(&'static str, String)> {
    let customer = &truth.customer;
    let mut facts: Vec<(&'static str, String)> =
        vec![("customer", customer.email.clone()), ("priority", truth.priority.clone())];
    facts.extend(customer.email.split_once('@').map(|(_, domain)| ("domain", domain.to_owned())));
    facts.extend(truth.tags.iter().map(|tag| ("tag", tag.clone())));
    facts.extend(truth.team.iter().map(|team| ("team", team.clone())));
    let channel = if truth.channel == "conversation" { "chat" } else { &truth.channel };
    facts.extend([("state", truth.state.to_owned()), ("channel", channel.to_owned())]);
    facts.extend(truth.rating.iter().map(|(rating, _)| ("rating", rating.to_string())));
    facts.extend(truth.sla.iter().map(|sla| ("sla", sla.status.clone())));
    if let Some(ticket) = &truth.ticket {
        facts.extend([("ticket", ticket.kind.clone()), ("ticket_state", ticket.state.clone())]);
    }
    if let Some(agent) = &truth.agent {
        facts.extend(agent.rating.map(|rating| ("ai_rating", rating.to_string())));
        facts.extend(agent.resolution.clone().map(|resolution| ("ai", resolution)));
    }
    facts.extend(truth.assignee.iter().chain(&truth.team).map(|name| ("assignee", name.clone())));
    let text = |value: Option<&serde_json::Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    facts.extend(text(customer.attributes.get("tier")).map(|tier| ("contact.tier", tier)));
    facts.extend(text(truth.attributes.get("Plan")).map(|plan| ("attr.Plan", plan)));
    facts.into_iter().map(|(field, value)| (field, value.to_lowercase())).collect()
}
