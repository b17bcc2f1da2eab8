//! What comes in is printed as it comes in, once, whatever becomes of the daemon meanwhile.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use chrono::Utc;
use proto::Timestamp;
use proto::types::{Expr, Field, News, NewsMark, NewsReply, ReadReply, State, Status, TimeField};
use serde_json::{Value, json};

use crate::support::samples::{listed, read, status};
use crate::support::{Home, Script};

/// A `tail --json` that runs until the test ends.
struct Tail {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Tail {
    fn begin(home: &Home, flags: &[&str]) -> Self {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_syncctl"))
            .env_clear()
            .envs([("HOME", home.path()), ("SYNCD_SOCKET", home.socket().as_path())])
            .args(["tail", "--json"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for the next line, and returns the conversation's id and its messages' ids.
    fn next(&mut self) -> (String, Vec<String>) {
        let line: Value = serde_json::from_str(&self.lines.next().unwrap().unwrap()).unwrap();
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        (id(&line), line["messages"].as_array().unwrap().iter().map(id).collect())
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now() -> Timestamp {
    Timestamp::from(Utc::now())
}

/// Returns these conversations, with one message before the test began and one of now.
fn recent(ids: &[&str]) -> ReadReply {
    let mut reply = read(ids);
    for conversation in &mut reply.conversations {
        conversation.messages[1].created_at = now();
    }
    reply
}

fn reply(run: u64, sequence: u64, ids: &[(&str, Timestamp)]) -> NewsReply {
    let news = |(id, updated_at): &(&str, Timestamp)| News {
        id: (*id).to_owned(),
        updated_at: *updated_at,
        new: true,
    };
    NewsReply { mark: NewsMark { run, sequence }, news: ids.iter().map(news).collect(), missed: false }
}

fn script(news: Vec<NewsReply>, reads: Vec<ReadReply>) -> Script {
    Script {
        statuses: [Ok(status())].into(),
        news: news.into_iter().map(Ok).collect(),
        reads: reads.into_iter().map(Ok).collect(),
        ..Script::default()
    }
}

#[test]
fn new_messages_are_printed_once_and_what_a_backfill_brings_is_not() {
    let news = vec![
        reply(1, 0, &[]),
        reply(1, 3, &[("7", now()), ("old", now().minus(86_400)), ("7", now())]),
        reply(1, 4, &[("7", now()), ("8", now())]),
    ];
    let home = Home::with(script(news, vec![recent(&["7"]), recent(&["7", "8"])]));
    let mut tail = Tail::begin(&home, &[]);
    assert_eq!(tail.next(), ("7".to_owned(), vec!["7-2".to_owned()]));
    assert_eq!(tail.next(), ("8".to_owned(), vec!["8-2".to_owned()]));
    let asked = home.asked.lock().unwrap();
    let read: Vec<_> = asked.reads.iter().map(|request| request.ids.join(" ")).collect();
    assert_eq!(read, ["7", "7 8"]);
}

#[test]
fn the_daemon_is_asked_which_of_what_came_in_fulfils_the_conditions() {
    let first = now().minus(9);
    let news = vec![reply(1, 0, &[]), reply(1, 2, &[("7", now()), ("8", first)])];
    let lists = [Ok(listed(&["8", "9"], State::Fresh))].into();
    let home = Home::with(Script { lists, ..script(news, vec![recent(&["8"])]) });
    assert_eq!(Tail::begin(&home, &["--assignee", "Billing"]).next().0, "8");
    let asked = home.asked.lock().unwrap();
    assert_eq!(asked.reads[0].ids, ["8"]);
    let question = &asked.lists[0].question;
    assert_eq!(question.query, Expr::is(Field::Assignee, "Billing"));
    assert_eq!((question.by, question.window.start), (TimeField::Updated, Some(first)));
}

#[test]
fn what_is_news_is_told_by_intercoms_clock() {
    // This machine's is an hour ahead.
    let stamped = now().minus(3_600);
    let mut read = recent(&["7"]);
    read.conversations[0].messages[1].created_at = stamped;
    let known = Status { clock_offset_seconds: Some(-3_600), ..status() };
    let news = vec![reply(1, 0, &[]), reply(1, 1, &[("7", stamped)])];
    let home = Home::with(Script { statuses: [Ok(known)].into(), ..script(news, vec![read]) });
    assert_eq!(Tail::begin(&home, &[]).next(), ("7".to_owned(), vec!["7-2".to_owned()]));
}

#[test]
fn a_daemon_that_was_restarted_is_found_again_and_what_was_missed_is_asked_for() {
    let first = script(vec![reply(1, 0, &[]), reply(1, 1, &[("7", now())])], vec![recent(&["7"])]);
    let mut home = Home::with(first);
    let mut tail = Tail::begin(&home, &[]);
    assert_eq!(tail.next().0, "7");
    let missed = NewsReply { missed: true, ..reply(2, 5, &[]) };
    home.restart(Script {
        lists: [Ok(listed(&["7", "9"], State::Fresh))].into(),
        ..script(vec![missed], vec![recent(&["7", "9"])])
    });
    assert_eq!(tail.next(), ("9".to_owned(), vec!["9-2".to_owned()]));
    let asked = home.asked.lock().unwrap();
    let known = Some(NewsMark { run: 1, sequence: 1 });
    assert!(asked.news.iter().any(|request| request.after == known), "{:?}", asked.news);
    let start = asked.lists[0].question.window.start.unwrap();
    assert!(now().since(start) < 86_400, "{start}");
}

#[test]
fn text_names_the_conversation_and_shows_what_is_new() {
    let news = vec![reply(1, 0, &[]), reply(1, 1, &[("7", now())])];
    let home = Home::with(script(news, vec![recent(&["7"])]));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_syncctl"))
        .env_clear()
        .envs([("HOME", home.path()), ("SYNCD_SOCKET", home.socket().as_path())])
        .arg("tail")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let head = lines.next().unwrap();
    assert_eq!(head, "7  Conversation 7  open  ada@example.com, assigned to nobody");
    assert_eq!(lines.find(|line| line.contains("body of")).unwrap(), "    body of 7-2");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn without_a_daemon_at_first_tail_ends() {
    let ended = Home::empty().run(&["tail"]);
    assert_eq!((ended.code, json!(ended.stdout)), (3, json!("")));
}
