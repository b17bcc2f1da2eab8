//! Names that change without any activity are known soon, and an answer that rests on them says how old they are.

use std::time::Duration;

use proto::Timestamp;
use proto::types::{
    Field, Grouping, Question, SearchRequest, SqlRequest, State, StatsRequest, SyncInfo, Window,
};
use serde_json::json;
use sim::{Body, Fault, FaultKind, Options, Person, Target};
use tokio::time::sleep;

use crate::support::{Bench, workspace};

async fn search(bench: &Bench, words: &str) -> (Vec<String>, SyncInfo) {
    let question = Question::of(proto::query::parse(words, &chrono::Utc::now()).unwrap().query);
    let (ids, reply) = bench.search_all(SearchRequest { question, ..SearchRequest::default() }).await;
    (ids, reply.sync_info)
}

/// Lets so much time pass that everything is read again.
async fn a_while(bench: &Bench) {
    sleep(Duration::from_secs(130)).await;
    bench.sync().await;
}

#[tokio::test(start_paused = true)]
async fn what_changes_of_a_contact_is_known_within_the_tolerance_with_no_conversation_read() {
    let bench = Bench::start(workspace(40)).await;
    bench.sync().await;
    a_while(&bench).await;
    let truth = bench.sim.conversation(&bench.sim.ids()[0]).unwrap();
    let contact = &truth.customer.id;
    bench.sim.reset_requests();
    for person in [
        Person::Name("Zuleika Dobson".to_owned()),
        Person::Email("zuleika@oxford.example.com".to_owned()),
        Person::Companies(vec!["Judas College".to_owned()]),
        Person::Attribute("Plan name".to_owned(), json!("Enterprise")),
        Person::Role("lead"),
    ] {
        assert!(bench.sim.change_contact(contact, person));
    }
    a_while(&bench).await;
    let mut expected: Vec<String> = bench
        .sim
        .ids()
        .into_iter()
        .filter(|id| bench.sim.conversation(id).unwrap().customer.id == *contact)
        .collect();
    expected.sort();
    for asked in [
        "from:zuleika@oxford.example.com",
        "from:\"Zuleika Dobson\"",
        "domain:oxford.example.com",
        "company:\"judas college\"",
        "contact.\"Plan name\":enterprise",
    ] {
        let (mut found, info) = search(&bench, asked).await;
        found.sort();
        assert_eq!(found, expected, "{asked}");
        let age = &info.fields[0];
        assert!(age.as_of.is_some(), "{asked} {info:?}");
        if !asked.starts_with("company") {
            assert_eq!(info.state, State::Fresh, "{asked} {info:?}");
            assert!(bench.sim.now() - age.as_of.unwrap().0 < 120, "{asked} {info:?}");
        }
    }
    let requests = bench.sim.requests();
    assert_eq!(requests.details, 0);
    assert!(requests.contacts <= 3, "{requests:?}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn renamed_tags_admins_and_teams_are_known_within_the_tolerance() {
    let bench = Bench::start(workspace(60)).await;
    let id = bench.sim.ids()[0].clone();
    bench.sim.tag(&id, "billing");
    bench.sim.assign(&id, None);
    bench.sim.assign_team(&id, 1);
    bench.sync().await;
    a_while(&bench).await;
    assert!(bench.sim.rename_tag("billing", "Money matters"));
    bench.sim.rename_team(1, "Accounts");
    bench.sim.rename_admin(0, "Ada Byron");
    a_while(&bench).await;
    for (asked, is_found) in [
        ("tag:\"money matters\"", true),
        ("tag:billing", false),
        ("team:accounts", true),
        ("assignee:Accounts", true),
    ] {
        let (found, info) = search(&bench, asked).await;
        assert_eq!(found.contains(&id), is_found, "{asked}");
        assert_eq!((info.state, info.fields.len()), (State::Fresh, 1), "{asked} {info:?}");
    }
    let request =
        StatsRequest { grouping: Grouping::Field(Field::Responder), limit: 100, ..StatsRequest::default() };
    let groups = bench.client.stats(&request).await.unwrap().groups;
    assert!(groups.iter().any(|group| group.name.as_deref() == Some("Ada Byron")), "{groups:?}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_rests_on_names_which_cannot_be_read_says_how_old_they_are() {
    let bench = Bench::start(workspace(40)).await;
    bench.sync().await;
    let failing = |target| {
        let kind = FaultKind::Status { code: 503, body: Body::Empty };
        bench.sim.inject(Fault::always(target, kind));
    };
    let email = bench.sim.conversation(&bench.sim.ids()[0]).unwrap().customer.email;
    let (from, tag) = (format!("from:{email}"), "tag:bug");
    assert_eq!(search(&bench, tag).await.1.state, State::Fresh);
    failing(Target::Contacts);
    failing(Target::Directory);
    sleep(Duration::from_secs(900)).await;
    bench.sync().await;
    let sql = async |sql: &str| {
        let request = SqlRequest { sql: sql.to_owned(), window: Window::default(), max_rows: 9 };
        bench.client.sql(&request).await.unwrap().sync_info
    };
    for (info, field) in [
        (search(&bench, &from).await.1, "customer"),
        (search(&bench, tag).await.1, "tag"),
        (search(&bench, "assignee:\"Ada Lindqvist\"").await.1, "assignee"),
        (sql("SELECT count(*) FROM conversations WHERE customer_email LIKE '%a%'").await, "customer"),
        (sql("SELECT name, count(*) FROM tags GROUP BY 1").await, "tag"),
        (sql("SELECT count(*) FROM conversations WHERE matches(id, 'tag:bug')").await, "tag"),
        (sql("WITH t AS (SELECT * FROM tags) SELECT count(*) FROM t WHERE name = 'bug'").await, "tag"),
    ] {
        assert_eq!((info.state, info.data_complete), (State::Partial, false), "{field} {info:?}");
        let age = &info.fields[0];
        assert_eq!(age.name, field, "{info:?}");
        let as_of = age.as_of.unwrap();
        assert!(as_of < Timestamp(bench.sim.now() - 800), "{info:?}");
        let said = format!("Values of {field} are as of {} or later", as_of.to_minute());
        assert!(info.message.as_deref().is_some_and(|message| message.contains(&said)), "{info:?}");
    }
    // What does not rest on them is fresh, and syncing goes on.
    assert_eq!(search(&bench, "state:open").await.1.state, State::Fresh);
    let plain = sql("SELECT state, channel, count(*) FROM conversations GROUP BY 1, 2").await;
    assert_eq!((plain.state, plain.fields.len()), (State::Fresh, 0), "{plain:?}");
    assert!(bench.client.status().await.unwrap().last_error.is_some());
    // What ended long ago is as it was read since.
    let question = Question {
        window: Window { start: None, end: Some(Timestamp(bench.sim.now() - 3_600)) },
        ..Question::of(proto::query::parse(tag, &chrono::Utc::now()).unwrap().query)
    };
    let reply = bench.client.search(&SearchRequest { question, ..SearchRequest::default() }).await.unwrap();
    assert_eq!((reply.sync_info.state, reply.sync_info.fields.len()), (State::Fresh, 1));
    bench.sim.clear_faults();
    sleep(Duration::from_secs(200)).await;
    assert_eq!(search(&bench, &from).await.1.state, State::Fresh);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn more_contacts_than_a_page_that_changed_at_once_are_all_known() {
    let bench = Bench::start(workspace(900)).await;
    bench.sync().await;
    a_while(&bench).await;
    let mut contacts: Vec<String> =
        bench.sim.ids().iter().map(|id| bench.sim.conversation(id).unwrap().customer.id).collect();
    contacts.sort();
    contacts.dedup();
    assert!(contacts.len() > 200, "more than a page");
    for (number, id) in contacts.iter().enumerate() {
        bench.sim.change_contact(id, Person::Email(format!("new{number}@changed.example.com")));
    }
    // The rest of the pages are read after the next instant, and what changes meanwhile too.
    a_while(&bench).await;
    a_while(&bench).await;
    let (found, info) = search(&bench, "domain:changed.example.com").await;
    assert_eq!((found.len(), info.state), (900, State::Fresh), "{info:?}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_contact_that_moves_while_pages_are_read_is_not_claimed() {
    let bench = Bench::start(Options { latency: Duration::from_secs(2), ..workspace(900) }).await;
    bench.sync().await;
    a_while(&bench).await;
    let ids = bench.sim.ids();
    let mut contacts: Vec<String> =
        ids.iter().map(|id| bench.sim.conversation(id).unwrap().customer.id).collect();
    contacts.sort();
    contacts.dedup();
    let email = |name: &str| Person::Email(format!("{name}@moves.example.com"));
    bench.sim.change_contact(&contacts[0], email("one"));
    sleep(Duration::from_secs(2)).await;
    // It stands on the last page now.
    for id in &contacts[1..] {
        bench.sim.change_contact(id, Person::Country(Some("Malta".to_owned())));
    }
    bench.sim.reset_requests();
    let is_first_read = || async { (bench.sim.requests().contacts > 1).then_some(()) };
    bench.eventually("the first page", is_first_read).await;
    bench.sim.change_contact(&contacts[0], email("two"));
    // All pages take some fourteen seconds, and the next look would begin long after.
    sleep(Duration::from_secs(22)).await;
    let (found, info) = search(&bench, "domain:moves.example.com").await;
    assert!(!found.is_empty(), "it is met in the second round: {info:?}");
    assert_eq!(search(&bench, "from:two@moves.example.com").await.0, found);
    bench.end().await;
}
