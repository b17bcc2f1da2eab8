//! Names that change without any activity: of contacts, of what they have, and of tags; and since when they are known.

use proto::types::{Field, FieldAge, FieldValue, Grouping, TimeField, Value};

use super::*;
use crate::model::{FoundContact, Register};

fn found(id: &str, name: Option<&str>, email: Option<&str>) -> FoundContact {
    let contact =
        Contact { id: Some(id.to_owned()), name: name.map(str::to_owned), email: email.map(str::to_owned) };
    FoundContact { contact, updated_at: None, fields: Vec::new() }
}

#[tokio::test]
async fn a_contact_that_becomes_known_makes_its_conversations_findable() {
    let (_dir, store) = open();
    let mut silent = conversation("1", NOON, NOON, "text");
    silent.contacts.push(Contact { id: Some("c2".to_owned()), ..Contact::default() });
    put(&store, [silent]).await;
    assert_eq!(store.read(|snapshot| snapshot.nameless_contacts(9)).await.unwrap(), ["c2"]);
    let told = found("c2", Some("Zoë Quist"), Some("zoe@example.com"));
    store.commit_contacts(vec![told], Timestamp(NOON + 90), None).await.unwrap();
    assert!(store.read(|snapshot| snapshot.nameless_contacts(9)).await.unwrap().is_empty());
    assert_eq!(ids(&store, question("zoe quist text")).await, ["1"]);
    let mut by_customer = question("");
    by_customer.question.query = Expr::is(Field::Customer, "ZOE@example.com");
    assert_eq!(ids(&store, by_customer).await, ["1"]);
}

fn known(name: Option<&str>, email: Option<&str>) -> Contact {
    Contact { id: Some("c1".to_owned()), name: name.map(str::to_owned), email: email.map(str::to_owned) }
}

fn from(address: &str) -> Search {
    let mut search = question("");
    search.question.query = Expr::is(Field::Customer, address);
    search
}

#[tokio::test]
async fn an_address_or_name_that_changed_is_found_in_every_conversation_of_the_contact() {
    let (_dir, store) = open();
    let of = |name: &str, at: i64, contact: Contact| {
        let mut conversation = conversation(name, at, at, "text");
        conversation.contacts = vec![contact];
        conversation
    };
    // A teammate began the second one: it tells nothing of the contact.
    let old = || known(Some("Anna Bell"), Some("anna@example.com"));
    put(&store, [of("1", NOON, old()), of("2", NOON + 1, known(None, None)), of("3", NOON + 2, old())]).await;
    let mut bystander = of("4", NOON + 3, old());
    bystander.contacts[0].id = Some("c2".to_owned());
    put(&store, [bystander]).await;
    assert_eq!(ids(&store, from("anna@example.com")).await, ["4", "3", "2", "1"]);

    put(&store, [of("3", NOON + 500, known(Some("Anna Moor"), Some("moor@example.com")))]).await;
    assert_eq!(ids(&store, from("moor@example.com")).await, ["3", "2", "1"]);
    assert_eq!(ids(&store, from("anna@example.com")).await, ["4"]);
    assert_eq!(ids(&store, question("moor text")).await, ["3", "2", "1"]);
    assert_eq!(ids(&store, question("bell")).await, ["4"]);

    // What an older read tells is older; what a look-up tells is true.
    store.commit_details(vec![fetched(of("5", NOON + 100, old()))]).await.unwrap();
    assert_eq!(ids(&store, from("moor@example.com")).await, ["3", "5", "2", "1"]);
    let ruiz = || found("c1", Some("Anna Ruiz"), None);
    store.commit_contacts(vec![ruiz()], Timestamp(NOON + 90), None).await.unwrap();
    assert!(
        ids(&store, question("ruiz")).await.is_empty(),
        "a conversation that was read later told another name"
    );
    store.commit_contacts(vec![ruiz()], Timestamp(NOON + 900), None).await.unwrap();
    assert_eq!(ids(&store, question("ruiz")).await, ["3", "5", "2", "1"]);
    assert!(!store.read(|snapshot| snapshot.is_unpurged()).await.unwrap(), "none of it is a redaction");
}

#[tokio::test]
async fn what_a_contact_has_is_found_and_grouped_and_what_it_no_longer_has_is_not() {
    let (_dir, store) = open();
    let mut own = conversation("1", NOON, NOON, "text");
    own.fields = vec![FieldValue::new(Field::Company, Value::Text("Own & Co".to_owned()))];
    put(&store, [own, conversation("2", NOON, NOON + 1, "text")]).await;
    let with = |plan: &str, company: &str| {
        let contact = |name: &str, value: Value| FieldValue::new(Field::Contact(name.to_owned()), value);
        FoundContact {
            fields: vec![
                contact("role", Value::Text("lead".to_owned())),
                contact("last_seen_at", Value::Time(Timestamp(NOON))),
                contact("Plan", Value::Text(plan.to_owned())),
                FieldValue::new(Field::Company, Value::Text(company.to_owned())),
            ],
            ..found("c1", Some("Anna Bell"), None)
        }
    };
    store.commit_contacts(vec![with("Pro", "Acme")], Timestamp(NOON + 100), None).await.unwrap();
    for (asked, expected) in [
        ("contact.plan:pro", &["2", "1"][..]),
        ("customer.role:lead", &["2", "1"]),
        ("company:acme", &["2", "1"]),
        ("company:\"own & co\"", &["1"]),
        ("-contact.Plan:Pro", &[]),
    ] {
        assert_eq!(ids(&store, question(asked)).await, expected, "{asked}");
    }
    let plans = Question { query: Expr::default(), window: ALWAYS, by: TimeField::Created };
    let by_plan = Grouping::Field(Field::Contact("plan".to_owned()));
    let counting = Counting { limit: 9, waiting: 0, ..counting(plans, by_plan) };
    let counted = store.read(move |snapshot| snapshot.stats(&counting)).await.unwrap();
    let groups = counted.groups.iter().map(|group| (group.key.as_deref(), group.figures.conversations));
    assert_eq!(groups.collect::<Vec<_>>(), [(Some("Pro"), 2)]);
    let used = store.read(|snapshot| snapshot.fields_in_use(9, Timestamp(NOON))).await.unwrap();
    let names: Vec<String> = used.iter().map(|one| one.field.to_string()).collect();
    assert!(
        names.contains(&"contact.Plan".to_owned()) && !names.contains(&"contact.last_seen_at".to_owned())
    );

    store.commit_contacts(vec![with("Free", "Bright")], Timestamp(NOON + 200), None).await.unwrap();
    for (asked, expected) in [
        ("contact.plan:pro", &[][..]),
        ("contact.plan:free", &["2", "1"]),
        ("company:acme", &[]),
        ("company:bright", &["2", "1"]),
        ("company:\"own & co\"", &["1"]),
    ] {
        assert_eq!(ids(&store, question(asked)).await, expected, "{asked}");
    }
    // A conversation that is read anew has what its contact has.
    put(&store, [conversation("3", NOON, NOON + 900, "text")]).await;
    assert_eq!(ids(&store, question("contact.plan:free")).await, ["3", "2", "1"]);
}

#[tokio::test]
async fn a_renamed_tag_has_its_new_name_in_every_conversation_however_old_the_read() {
    let (_dir, store) = open();
    let tagged = |name: &str, at: i64, tag: &str| {
        let mut conversation = conversation(name, NOON, at, "text");
        conversation.tags = vec![Tag { id: "7".to_owned(), name: tag.to_owned() }, super::tag("other")];
        conversation
    };
    put(&store, [tagged("1", NOON, "Billing"), tagged("2", NOON + 1, "Billing")]).await;
    let list = |name: &str| vec![Tag { id: "7".to_owned(), name: name.to_owned() }, super::tag("other")];
    store.commit_tags(list("Invoices"), Timestamp(NOON + 500)).await.unwrap();
    assert_eq!(ids(&store, question("tag:invoices")).await, ["2", "1"]);
    assert!(ids(&store, question("tag:billing")).await.is_empty());
    assert_eq!(ids(&store, question("tag:other")).await, ["2", "1"]);
    // What was read before the list was is older, what was read after it is newer.
    put(&store, [tagged("3", NOON + 2, "Billing")]).await;
    assert_eq!(ids(&store, question("tag:invoices")).await, ["3", "2", "1"]);
    put(&store, [tagged("4", NOON + 900, "Money")]).await;
    assert_eq!(ids(&store, question("tag:money")).await, ["4"]);
    store.commit_tags(list("Money"), Timestamp(NOON + 2_000)).await.unwrap();
    assert_eq!(ids(&store, question("tag:money")).await, ["4", "3", "2", "1"]);
    let hit = ask(&store, question("tag:money")).await.hits.remove(0);
    assert_eq!(hit.tags, ["Money", "other"]);
}

async fn as_of(store: &Store, field: Field) -> Option<Timestamp> {
    let window = Interval { start: Timestamp(0), end: Timestamp(NOON + 9 * DAY) };
    let ages = store.read(move |snapshot| snapshot.ages(&[field], window, window.end)).await.unwrap();
    let [FieldAge { as_of, .. }] = ages.as_slice() else { panic!("{ages:?}") };
    *as_of
}

#[tokio::test]
async fn names_are_as_of_the_last_read_of_all_of_them() {
    let (_dir, store) = open();
    assert_eq!(as_of(&store, Field::Tag).await, None);
    store.commit_tags(Vec::new(), Timestamp(NOON)).await.unwrap();
    assert_eq!(as_of(&store, Field::Tag).await, Some(Timestamp(NOON)));
    put_teammates(&store).await;
    store.commit_teammates(TeammateKind::Admin, Vec::new(), Timestamp(NOON + 50)).await.unwrap();
    assert_eq!(as_of(&store, Field::Responder).await, Some(Timestamp(NOON + 50)));
    assert_eq!(as_of(&store, Field::Assignee).await, Some(Timestamp(NOON)), "teams were read before");

    store.begin_contacts(Timestamp(NOON)).await.unwrap();
    assert_eq!(as_of(&store, Field::Customer).await, Some(Timestamp(NOON)));
    put(&store, [conversation("1", NOON, NOON + 10, "text")]).await;
    let through = async |at: i64| {
        store.commit_contacts(Vec::new(), Timestamp(at), Some(Timestamp(at))).await.unwrap();
        as_of(&store, Field::Customer).await
    };
    assert_eq!(through(NOON + 400).await, Some(Timestamp(NOON + 70)), "one is known by a conversation alone");
    store.commit_contacts(vec![found("c1", None, None)], Timestamp(NOON + 500), None).await.unwrap();
    assert_eq!(as_of(&store, Field::Customer).await, Some(Timestamp(NOON + 400)));
    assert_eq!(through(NOON + 600).await, Some(Timestamp(NOON + 600)));
    // Intercom's clock was ahead.
    store.retract(Timestamp(NOON + 550)).await.unwrap();
    assert_eq!(as_of(&store, Field::Customer).await, Some(Timestamp(NOON + 550)));
    let known = store.read(|snapshot| snapshot.changes_as_of(Register::Contacts)).await.unwrap();
    assert_eq!(known, Some(Timestamp(NOON + 550)));
}

#[tokio::test]
async fn a_tag_or_assignee_that_an_audit_saw_change_silently_makes_its_field_silent() {
    let (_dir, store) = open();
    put(&store, [conversation("1", NOON, NOON, "text")]).await;
    let silent = async |field: Field| {
        let window = Interval { start: Timestamp(0), end: Timestamp(NOON + DAY) };
        let ages = store.read(move |snapshot| snapshot.ages(&[field], window, window.end)).await.unwrap();
        ages.first().and_then(|age| age.as_of)
    };
    assert_eq!(silent(Field::State).await, None);
    store.commit_tags(Vec::new(), Timestamp(NOON + 5_000)).await.unwrap();
    let mut closed = conversation("1", NOON, NOON, "text");
    closed.state = "closed".to_owned();
    closed.tags = vec![tag("VIP")];
    let read = Fetched { conversation: closed, asked_at: Timestamp(NOON + 900) };
    store.commit_details(vec![read]).await.unwrap();
    assert_eq!(silent(Field::State).await, Some(Timestamp(NOON + 900)));
    assert_eq!(
        silent(Field::Tag).await,
        Some(Timestamp(NOON + 900)),
        "not as of the names, but of the reads"
    );
    assert_eq!(silent(Field::Channel).await, None);
}
