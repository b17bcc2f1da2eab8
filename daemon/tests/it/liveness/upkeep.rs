//! Reading again, purging and learning of deletions need no calm, and nothing that fails beside them stops them.

use std::path::Path;
use std::time::Duration;

use proto::types::{Expr, Field, Question, SearchRequest};
use sim::{Author, Fault, FaultKind, New, Options, Sim, Target};
use tokio::time::{Instant, sleep};

use super::{BEHIND, INTERVAL, copied, is_full, keeps_up, usual};
use crate::storage::files_with;
use crate::support::{Bench, truth, workspace};

const HOUR: Duration = Duration::from_secs(3_600);

/// Waits until the copy shows these conversations as they are, deleted ones not at all; at most an hour.
async fn right_within_an_hour(bench: &Bench, ids: &[String]) {
    let began = Instant::now();
    for id in ids {
        loop {
            let shown = bench.client.show_whole(id, false).await;
            let wrong = match (shown, bench.sim.conversation(id)) {
                (Ok(shown), Some(truth)) => truth::difference(&shown.conversation, &truth),
                (Err(_), None) => None,
                (shown, truth) => Some(format!("shown {shown:?} instead of {truth:?}")),
            };
            let Some(wrong) = wrong else { break };
            assert!(began.elapsed() < HOUR, "{id}: {wrong}");
            sleep(Duration::from_secs(5)).await;
        }
    }
}

/// Changes something about seven conversations without anything telling of it, and returns their ids.
fn change_silently(sim: &Sim) -> Vec<String> {
    let ids = sim.ids();
    let open = ids.iter().filter(|id| sim.conversation(id).is_some_and(|truth| truth.state == "open"));
    let ids: Vec<String> = open.take(7).cloned().collect();
    let silent = sim.silently();
    let opening = |id: &str| sim.conversation(id).unwrap().messages[0].id.clone();
    silent.close(&ids[0]).unwrap();
    assert!(silent.tag(&ids[1], "vip"));
    let tag = sim.conversation(&ids[2]).unwrap().tags.first().cloned();
    assert!(tag.is_none_or(|tag| silent.untag(&ids[2], &tag)));
    assert!(silent.retitle(&ids[3], "Printer on the second floor"));
    assert!(silent.redact(&ids[4], &opening(&ids[4])));
    assert!(silent.reword(&ids[5], &opening(&ids[5]), "<p>It is the other printer</p>"));
    assert!(silent.delete(&ids[6]));
    ids
}

/// A workspace whose limit is so many calls a minute, in proportion to its size as ten thousand calls are to ten thousand
/// conversations; `SYNCD_LIVENESS=full` makes it that large.
fn large() -> Options {
    let conversations = if is_full() { 10_000 } else { 600 };
    Options { rate_limit: Some(conversations / 6), ..workspace(conversations as usize) }
}

#[tokio::test(start_paused = true)]
async fn what_changed_silently_is_right_within_an_hour() {
    let bench = copied(large()).await;
    let changed = change_silently(&bench.sim);
    right_within_an_hour(&bench, &changed).await;
    assert_eq!(bench.sim.requests().rate_limited, 0);
}

#[tokio::test(start_paused = true)]
async fn a_workspace_that_never_rests_is_read_again_and_purged_all_the_same() {
    let hours = if is_full() { 48 } else { 1 };
    let bench = copied(Options { latency: Duration::from_millis(400), ..workspace(80) }).await;
    let ids = bench.sim.ids();
    let data = bench.home.path().join("data");
    let mut resident = Vec::new();
    for hour in 0..hours {
        let secret = format!("Xylophonist{hour}q");
        let is_open = |id: &&String| bench.sim.conversation(id).is_some_and(|truth| truth.state == "open");
        let quiet: Vec<&String> = ids[41..].iter().filter(is_open).collect();
        let (told, silent) = (&ids[40], quiet[hour % quiet.len()]);
        let part = bench.sim.reply(told, Author::Customer, &format!("<p>Ask the {secret}</p>")).unwrap();
        bench.sim.silently().retitle(silent, &format!("Title of hour {hour}"));
        let mut redacted = None;
        bench.sim.reset_requests();
        // Never a second without a change.
        for second in 0..3_600_usize {
            let busy = &ids[second % 40];
            // What is said stays, and would be read again and again: most changes are of another kind.
            if second % 30 == 0 {
                bench.sim.reply(busy, Author::Customer, "<p>Any news?</p>");
            } else {
                bench.sim.touch_all(&[busy]);
            }
            sleep(Duration::from_secs(1)).await;
            if second == 60 {
                let found = files_with(&data, &[secret.to_lowercase().into_bytes()]);
                assert!(!found.is_empty(), "the test looks for it");
                assert!(bench.sim.redact(told, &part));
                redacted = Some(second);
            }
            let settled = redacted.is_some_and(|at| second > at + 60) && second % 60 == 0;
            if settled && !is_full() && left_undone(&bench, &data, &secret, silent).await.is_none() {
                break;
            }
        }
        assert_eq!(left_undone(&bench, &data, &secret, silent).await, None, "within hour {hour}");
        resident.push(resident_kilobytes());
        let read = bench.sim.requests().details_by_id;
        let unread: Vec<&&String> = quiet.iter().filter(|id| !read.contains_key(**id)).collect();
        assert!(unread.is_empty(), "not read again in hour {hour}: {unread:?}");
        keeps_up(&bench, 5, BEHIND, |_| ()).await;
    }
    // The simulated workspace is in the same process and keeps its history, whose room doubles now and then.
    if let Some((before, after)) = resident.last_chunk::<24>().map(|hours| hours.split_at(12)) {
        let [before, after] = [before, after].map(median);
        assert!(after < before + 24 * 1_024, "memory grows: {resident:?}");
    }
}

/// Says where deleted text is left in the files, or that a silent change is not known.
async fn left_undone(bench: &Bench, data: &Path, secret: &str, silent: &str) -> Option<String> {
    let traces = [secret.as_bytes().to_vec(), secret.to_lowercase().into_bytes()];
    let files = files_with(data, &traces);
    if !files.is_empty() {
        return Some(format!("{secret} is in {files:?}"));
    }
    let shown = bench.client.show_whole(silent, false).await.unwrap().conversation;
    truth::difference(&shown, &bench.sim.conversation(silent)?)
}

fn median(values: &[u64]) -> u64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    values[values.len() / 2]
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    resident.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_cannot_be_read_stops_no_upkeep() {
    let bench = copied(workspace(60)).await;
    let troubled = bench.sim.ids()[50].clone();
    bench.sim.inject(Fault::always(Target::Details(Some(troubled.clone())), FaultKind::Outdated));
    bench.sim.reply(&troubled, Author::Customer, "<p>Any news?</p>");
    sleep(Duration::from_secs(60)).await;
    let changed: Vec<String> = change_silently(&bench.sim).into_iter().filter(|id| *id != troubled).collect();
    right_within_an_hour(&bench, &changed).await;
}

#[tokio::test(start_paused = true)]
async fn a_list_of_deletions_without_end_is_left_alone_and_stops_nothing() {
    for kind in
        [FaultKind::NothingNew, FaultKind::RepeatedCursor, FaultKind::MalformedJson, FaultKind::NotFound]
    {
        let prepare = |sim: &Sim| {
            sim.ids().iter().take(70).for_each(|id| _ = sim.delete(id));
            sim.inject(Fault::always(Target::Deleted, kind.clone()));
        };
        let bench = Bench::start_prepared(workspace(130), usual, prepare).await;
        bench.sync().await;
        keeps_up(&bench, 300, BEHIND, |_| ()).await;
        let calls = bench.sim.requests().deleted;
        assert!(calls <= 300 / INTERVAL.unsigned_abs(), "{kind:?}: {calls} calls");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_contact_that_is_refused_hides_no_other_name() {
    let bench = copied(workspace(10)).await;
    let written_to = |name: &str| {
        let body = "<p>How do you like it?</p>".to_owned();
        let (email, name) = (Some(format!("{name}@example.com")), Some(name.to_owned()));
        bench.sim.create(New { author: Author::Admin(0), email, name, body, ..New::default() })
    };
    let ids = ["ada", "ben", "cleo"].map(written_to);
    let refused = bench.sim.conversation(&ids[1]).unwrap().customer.id;
    let body = sim::Body::ErrorList("parameter_invalid".to_owned());
    bench.sim.inject(Fault::always(Target::Page(refused), FaultKind::Status { code: 400, body }));
    for (email, id) in [("ada@example.com", &ids[0]), ("cleo@example.com", &ids[2])] {
        let question = Question::of(Expr::is(Field::Customer, email));
        let request = SearchRequest { question, ..SearchRequest::default() };
        bench
            .eventually("the contact's address", || async {
                let (found, _) = bench.search_all(request.clone()).await;
                (found == [id.clone()]).then_some(())
            })
            .await;
    }
}
