//! What the daemon answers, as JSON and as text; what it is asked.

use proto::Timestamp;
use proto::types::{
    Field, Phase, SearchReply, Sort, State, SyncMode, SyncTicket, TimeField, Unknown, Window,
};
use serde_json::json;

use crate::support::samples::{found, info, report, shown, status};
use crate::support::{Home, Script};

fn searching(reply: proto::types::SearchReply) -> Home {
    Home::with(Script { searches: [Ok(reply)].into(), ..Script::default() })
}

#[test]
fn search_prints_one_document_with_the_fields_of_the_contract() {
    let ended = searching(found(&["7", "8"], State::Fresh)).run(&["search", "refund", "--json"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    assert_eq!(ended.stdout.lines().count(), 1);
    let document = ended.json();
    assert_eq!(document["total"], json!(2));
    assert_eq!(document["next_page"], json!(null));
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
    assert_eq!(document["sync_info"]["data_complete"], json!(true));
    let hit = &document["conversations"][0];
    assert_eq!(hit["id"], json!("7"));
    assert_eq!(hit["updated_at"], json!("2026-10-01T11:00:00Z"));
    assert_eq!(hit["customer"], json!({ "name": null, "email": "ada@example.com", "id": null }));
    assert_eq!(hit["snippet"], json!("a refund, please"));
    assert_eq!(hit["snippet_author"], json!({ "type": "user", "name": "Ada" }));
}

#[test]
fn a_search_that_was_cut_short_goes_on_and_is_whole_when_the_end_is_reached() {
    let cut = |ids: &[&str], page: &str| SearchReply {
        next_page: Some(page.to_owned()),
        cut_short: true,
        total: None,
        ..found(ids, State::Partial)
    };
    let last = SearchReply { total: None, ..found(&["8"], State::Fresh) };
    let script = [Ok(cut(&["7"], "one")), Ok(cut(&[], "two")), Ok(last)];
    let home = Home::with(Script { searches: script.into(), ..Script::default() });
    let ended = home.run(&["search", "refund", "--limit", "5", "--json"]);
    let document = ended.json();
    assert_eq!(document["conversations"].as_array().unwrap().len(), 2);
    assert_eq!((&document["next_page"], &document["cut_short"]), (&json!(null), &json!(false)));
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
    let asked = home.asked.lock().unwrap();
    let pages: Vec<_> = asked.searches.iter().map(|request| request.page.as_deref()).collect();
    assert_eq!(pages, [None, Some("one"), Some("two")]);
}

#[test]
fn a_search_that_is_full_keeps_what_its_last_page_said() {
    let cut =
        SearchReply { next_page: Some("one".to_owned()), cut_short: true, ..found(&["7"], State::Partial) };
    let ended = searching(cut).run(&["search", "refund", "--limit", "1", "--json"]);
    let document = ended.json();
    assert_eq!((&document["next_page"], &document["cut_short"]), (&json!("one"), &json!(true)));
    assert_eq!(document["sync_info"]["state"], json!("partial"));
}

#[test]
fn search_asks_what_the_flags_say() {
    let home = searching(found(&[], State::Fresh));
    let line = "search refund lamp --since 2026-10-01T00:00:00Z --until 2026-10-02T00:00:00Z --by created \
                --customer ada@example.com --state snoozed --tag vip --assignee none --sort relevance --limit 5 \
                --page abc";
    assert_eq!(home.run(&line.split_whitespace().collect::<Vec<_>>()).code, 0);
    let asked = home.asked.lock().unwrap();
    let request = &asked.searches[0];
    let question = &request.question;
    let day = Window { start: Some(Timestamp(1_790_812_800)), end: Some(Timestamp(1_790_899_200)) };
    assert_eq!(question.window, day);
    assert_eq!((question.by, request.sort, request.limit), (TimeField::Created, Sort::Relevance, 5));
    assert_eq!(request.page.as_deref(), Some("abc"));
    let query = "refund lamp customer:ada@example.com state:snoozed tag:vip assignee:none";
    assert_eq!(question.query.to_string(), query);
}

#[test]
fn conditions_in_the_text_and_by_flags_all_hold() {
    let home = searching(found(&[], State::Fresh));
    let line = "search refund tag:billing after:2026-09-30 --until 2026-10-02T00:00:00Z --state open";
    let ended = home.run(&line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(ended.code, 0, "{ended:?}");
    let asked = home.asked.lock().unwrap();
    let question = &asked.searches[0].question;
    let days = Window { start: Some(Timestamp(1_790_812_800)), end: Some(Timestamp(1_790_899_200)) };
    assert_eq!(question.window, days);
    assert_eq!(question.query.to_string(), "refund tag:billing state:open");
}

#[test]
fn a_limit_beyond_a_page_takes_as_many_pages_as_it_needs_and_the_worst_verdict_of_them() {
    let ids: Vec<_> = (0..200).map(|id| id.to_string()).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let mut first = found(&ids, State::Fresh);
    first.next_page = Some("second".to_owned());
    let mut second = found(&["a", "b"], State::Partial);
    second.next_page = Some("third".to_owned());
    let home = Home::with(Script { searches: [Ok(first), Ok(second)].into(), ..Script::default() });
    let document = home.run(&["search", "--limit", "202", "--json"]).json();
    assert_eq!(document["conversations"].as_array().unwrap().len(), 202);
    assert_eq!(document["next_page"], json!("third"));
    assert_eq!(document["sync_info"]["state"], json!("partial"));
    let asked = home.asked.lock().unwrap();
    let pages: Vec<_> =
        asked.searches.iter().map(|request| (request.limit, request.page.as_deref())).collect();
    assert_eq!(pages, [(200, None), (2, Some("second"))]);
}

#[test]
fn an_answer_that_is_not_fresh_is_printed_with_a_warning_and_refused_only_when_asked_to() {
    let home = searching(found(&["7"], State::Partial));
    for (flags, code) in [(&["search"][..], 0), (&["search", "--require-fresh"], 6)] {
        let ended = home.run(flags);
        assert_eq!(ended.code, code);
        assert!(ended.stdout.contains("Conversation 7"), "{ended:?}");
        let warning = "partial: 3 conversations in this timeframe are not fully synced yet\n         \
                       asked about 2026-09-30 12:00 to 2026-10-01 12:00 (+00:00)\n";
        assert_eq!(ended.stderr, warning);
    }
}

#[test]
fn text_has_no_escape_sequences_unless_they_are_asked_for() {
    let home = searching(found(&["7"], State::Fresh));
    assert!(!home.run(&["search"]).stdout.contains('\x1b'));
    assert!(home.run(&["search", "--color", "always"]).stdout.contains("\x1b[1m\x1b[4mrefund"));
}

#[test]
fn what_is_said_beside_the_answer_is_as_much_as_was_asked_for() {
    let home = searching(found(&["7"], State::Partial));
    let quiet = home.run(&["search", "--quiet"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
    assert!(quiet.stdout.contains("Conversation 7"), "{quiet:?}");
    let verbose = home.run(&["search", "--verbose"]);
    let asked = format!("asking syncd at {}\n", home.socket().display());
    assert!(verbose.stderr.starts_with(&asked) && verbose.stderr.contains("took "), "{verbose:?}");
    assert_eq!(home.run(&["search", "--verbose", "--quiet"]).code, 2);
    assert_eq!(Home::empty().run(&["search", "--quiet"]).stderr.lines().count(), 2);
}

#[test]
fn a_tag_that_nothing_has_is_told_with_what_may_have_been_meant() {
    let unknown = Unknown {
        field: Field::Tag,
        value: "bilingr".to_owned(),
        similar: vec!["billing".to_owned()],
        held: true,
    };
    let home = searching(SearchReply { unknown: vec![unknown], ..found(&[], State::Fresh) });
    let ended = home.run(&["search", "--tag", "bilingr"]);
    assert_eq!(ended.stderr, "note: no conversation has the tag “bilingr”; did you mean “billing”?\n");
    assert_eq!(home.run(&["search", "--json"]).json()["unknown"][0]["similar"], json!(["billing"]));
}

#[test]
fn show_joins_the_pages_of_a_long_conversation() {
    let pages = [Ok(shown(&["m1", "m2"], 0, Some(2))), Ok(shown(&["m3"], 2, None))];
    let home = Home::with(Script { shows: pages.into(), ..Script::default() });
    let ended = home.run(&["show", "215", "--refresh", "--json"]);
    assert_eq!(ended.code, 0);
    let document = ended.json();
    let bodies: Vec<_> =
        document["conversation"]["messages"].as_array().unwrap().iter().map(|m| &m["body"]).collect();
    assert_eq!(bodies, ["body of m1", "body of m2", "body of m3"]);
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
    assert_eq!(document["window"]["start_date"], document["conversation"]["updated_at"]);
    let asked = home.asked.lock().unwrap();
    let refreshes: Vec<_> = asked.shows.iter().map(|request| (request.offset, request.refresh)).collect();
    assert_eq!(refreshes, [(0, true), (2, false)]);
}

#[test]
fn check_prints_the_verdict_itself() {
    let home = Home::with(Script { checks: [Ok(info(State::Stale))].into(), ..Script::default() });
    let ended = home.run(&["check", "--timeframe", "last 7 days", "--require-fresh", "--json"]);
    assert_eq!(ended.code, 6);
    assert_eq!(ended.json()["state"], json!("stale"));
    assert!(ended.json()["window"]["end_date"].is_string(), "{ended:?}");
    let window = home.asked.lock().unwrap().checks[0].window;
    assert!(window.start.is_some() && window.end.is_none());
}

#[test]
fn status_prints_what_the_daemon_knows() {
    let home = Home::with(Script { statuses: [Ok(status())].into(), ..Script::default() });
    let document = home.run(&["status", "--json"]).json();
    assert_eq!(document["last_sync"], json!("2026-10-01T12:00:00Z"));
    assert_eq!(document["total_conversations"], json!(5));
    assert!(home.run(&["status"]).stdout.contains("/data/syncd.db"));
}

#[test]
fn sync_is_as_thorough_as_its_flags_say() {
    let cases: [(&[&str], SyncMode, bool); 5] = [
        (&[], SyncMode::New, false),
        (&["--since", "2026-10-01"], SyncMode::Relist, true),
        (&["--timeframe", "last week"], SyncMode::Relist, true),
        (&["--days", "3"], SyncMode::Relist, true),
        (&["--full"], SyncMode::Full, false),
    ];
    for (flags, mode, from) in cases {
        let home = Home::with(Script {
            syncs: [Ok(SyncTicket(9))].into(),
            reports: [Ok(report(1, Phase::Listing)), Ok(report(2, Phase::Done))].into(),
            checks: [Ok(info(State::Fresh))].into(),
            ..Script::default()
        });
        let ended = home.run(&[&["sync", "--json"], flags].concat());
        assert_eq!(ended.code, 0, "{flags:?} {ended:?}");
        let outcome = json!({
            "ticket": 9, "phase": "done", "done": 40, "total": 40, "fetched": 12, "error": null
        });
        assert_eq!(ended.json()["sync"], outcome);
        assert_eq!(ended.json()["sync_info"]["state"], json!("fresh"));
        assert_eq!(ended.json()["window"]["start_date"] == json!("2025-10-01T12:00:00Z"), !from);
        let asked = home.asked.lock().unwrap();
        assert_eq!((asked.syncs[0].mode, asked.syncs[0].window.start.is_some()), (mode, from), "{flags:?}");
    }
}

#[test]
fn a_sync_that_nobody_waits_for_is_told_by_its_ticket() {
    let home = Home::with(Script {
        syncs: [Ok(SyncTicket(9))].into(),
        reports: [Ok(report(1, Phase::Queued))].into(),
        checks: [Ok(info(State::Stale))].into(),
        ..Script::default()
    });
    let ended = home.run(&["sync", "--no-wait"]);
    assert_eq!(ended.code, 0);
    assert!(ended.stdout.contains("sync 9, now queued"), "{ended:?}");
    assert_eq!(home.asked.lock().unwrap().watches, 1);
}

#[test]
fn reset_deletes_only_after_a_yes() {
    let home = Home::with(Script { resets: [Ok(())].into(), ..Script::default() });
    assert_eq!(home.run(&["reset"]).code, 2);
    assert_eq!(home.asked.lock().unwrap().resets, 0);
    assert_eq!(home.run(&["reset", "--yes", "--json"]).json(), json!({ "reset": true }));
    assert_eq!(home.asked.lock().unwrap().resets, 1);
}
