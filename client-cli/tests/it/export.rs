//! Exports: read back as their formats' own readers see them, and what is left of one that did not come to its end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use parquet::basic::{LogicalType, TimeUnit, Type};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use proto::ApiError;
use proto::types::{self, Attachment, ListReply, ReadReply, State, SyncInfo};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::support::samples::{info, listed, read, shown};
use crate::support::{Home, Script};

/// Text that quoting, lines, formulas and terminals are tried with.
const BODY: &str = "=SUM(A1), \"quoted\"\nsecond line\x1b[2J 返金";

fn reading() -> ReadReply {
    let mut reply = read(&["7", "8"]);
    let first = &mut reply.conversations[0];
    first.summary.tags = vec!["vip".to_owned(), "a; b".to_owned()];
    first.messages[0].body = BODY.to_owned();
    let file = Attachment { name: Some("lamp.jpg".to_owned()), ..Attachment::default() };
    first.messages[0].attachments = vec![file];
    reply
}

/// What the daemon says of the timeframe once everything is read.
fn fresh() -> VecDeque<Result<SyncInfo, ApiError>> {
    [Ok(info(State::Fresh))].into()
}

fn exporting(read: ReadReply) -> Home {
    let lists = [Ok(listed(&["7", "8"], State::Fresh))].into();
    Home::with(Script { lists, reads: [Ok(read)].into(), checks: fresh(), ..Script::default() })
}

/// Returns what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Exports into a file of this name in a folder of its own, and returns its path.
fn file(home: &Home, name: &str, flags: &[&str]) -> std::path::PathBuf {
    let folder = home.path().join("exports");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    let ended = home.run(&[&["export", "-o", path.to_str().unwrap()], flags].concat());
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{ended:?}");
    assert!(names(&folder).iter().all(|name| !name.starts_with('.')), "{:?}", names(&folder));
    path
}

#[test]
fn json_lines_are_conversations_as_show_prints_them() {
    let home = exporting(reading());
    let ended = home.run(&["export"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["messages"][0]["body"], json!(BODY));
    assert_eq!(lines[0]["tags"], json!(["vip", "a; b"]));
    let summary = "exported 2 conversations with 4 messages\nfresh: everything in the timeframe is in it\n";
    assert_eq!(ended.stderr, summary);
    let mut reply = shown(&[], 0, None);
    reply.conversation = reading().conversations.remove(0);
    let shows = Home::with(Script { shows: [Ok(reply)].into(), ..Script::default() });
    assert_eq!(lines[0], shows.run(&["show", "7", "--json"]).json()["conversation"]);
}

#[test]
fn pages_batches_and_long_conversations_are_followed_to_their_ends() {
    let first = ListReply { more: true, total: 3, ..listed(&["7", "8"], State::Fresh) };
    let mut cut = read(&["7"]);
    cut.conversations[0].next_offset = Some(2);
    let home = Home::with(Script {
        lists: [Ok(first), Ok(listed(&["9"], State::Partial))].into(),
        reads: [Ok(cut), Ok(read(&["8"])), Ok(read(&["9"]))].into(),
        checks: fresh(),
        shows: [Ok(shown(&["7-3"], 2, Some(3))), Ok(shown(&["7-4"], 3, None))].into(),
        ..Script::default()
    });
    let ended = home.run(&["export", "--require-fresh"]);
    assert_eq!(ended.code, 6, "{ended:?}");
    let lines: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = |line: &Value| -> Vec<String> {
        let messages = line["messages"].as_array().unwrap();
        messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&lines[0]), ["7-1", "7-2", "7-3", "7-4"]);
    assert_eq!(
        (ids(&lines[1]), ids(&lines[2])),
        (vec!["8-1".into(), "8-2".into()], vec!["9-1".into(), "9-2".into()])
    );
    assert!(ended.stderr.contains("partial: "), "{ended:?}");
    let asked = home.asked.lock().unwrap();
    let after: Vec<_> = asked.lists.iter().map(|request| request.after.as_deref()).collect();
    assert_eq!(after, [None, Some("8")]);
    let batches: Vec<_> = asked.reads.iter().map(|request| request.ids.join(" ")).collect();
    assert_eq!(batches, ["7 8", "8", "9"]);
}

#[test]
fn what_was_taken_back_while_it_was_read_is_not_called_complete() {
    let home = Home::with(Script {
        lists: [Ok(listed(&["7", "8"], State::Fresh))].into(),
        reads: [Ok(ReadReply { done: 2, ..read(&["7"]) })].into(),
        checks: [Ok(info(State::Partial))].into(),
        ..Script::default()
    });
    let ended = home.run(&["export", "--require-fresh"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (6, 1), "{ended:?}");
    assert!(ended.stderr.contains("partial: ") && !ended.stderr.contains("fresh: "), "{ended:?}");
    let asked = home.asked.lock().unwrap();
    assert_eq!(asked.checks[0].window.end, Some(listed(&[], State::Fresh).window.end));
}

#[test]
fn csv_has_a_row_for_each_message_and_keeps_every_character() {
    let home = exporting(reading());
    let path = file(&home, "x.csv", &[]);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    let cell = |row: usize, name: &str| {
        rows[row].get(head.iter().position(|head| head == name).unwrap()).unwrap().to_owned()
    };
    assert_eq!((cell(0, "conversation_id"), cell(0, "message_id")), ("7".into(), "7-1".into()));
    assert_eq!(cell(0, "body"), BODY);
    assert_eq!(cell(0, "tags"), "vip; a; b");
    assert_eq!(cell(0, "created_at"), "2026-10-01T10:00:00Z");
    assert_eq!(cell(0, "attachments"), "lamp.jpg");
    assert_eq!((cell(3, "conversation_id"), cell(3, "redacted")), ("8".into(), "false".into()));
}

/// Returns a part of a workbook, as XML.
fn part(workbook: &Path, name: &str) -> String {
    let mut archive = ZipArchive::new(File::open(workbook).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_workbook_has_times_in_the_users_zone_ids_as_text_and_no_formulas() {
    let mut reply = reading();
    reply.conversations[0].messages[1].body = "ab".repeat(20_000);
    let home = exporting(reply);
    let path = home.path().join("x.xlsx");
    let ended = home.run(&["export", "-o", path.to_str().unwrap(), "--json"]);
    assert_eq!((ended.code, &ended.json()["cut"]), (0, &json!(1)), "{ended:?}");
    assert!(ended.stderr.contains("cut: 1 text that is longer than a cell can hold"), "{ended:?}");
    let sheet = part(&path, "xl/worksheets/sheet1.xml");
    for words in [
        "t=\"inlineStr\"><is><t>7-1</t></is></c>",
        // 2026-10-01 10:00, in the zone of the tests' programs.
        "<v>46296.41666666667</v>",
        "=SUM(A1), \"quoted\"\nsecond line_x001B_[2J 返金</t>",
    ] {
        assert!(sheet.contains(words), "{words}");
    }
    assert!(sheet.contains("… [cut: 7313 more characters do not fit into a cell]</t>"));
    assert!(!sheet.contains("<f>") && !sheet.contains("<hyperlink"));
    let about = part(&path, "xl/worksheets/sheet2.xml");
    assert!(about.contains("in the zone UTC0 (+00:00)"), "{about}");
    assert!(about.contains("fresh: everything in the timeframe is in it"), "{about}");
}

#[test]
fn a_workbook_on_a_full_disk_says_so_and_leaves_nothing() {
    let mut reply = reading();
    reply.conversations[0].messages[1].body = "ab".repeat(10_000);
    let home = exporting(reply);
    let folder = home.path().join("exports");
    std::fs::create_dir(&folder).unwrap();
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" export -o \"$1\"";
    let ended = std::process::Command::new("sh")
        .env_clear()
        .envs([("HOME", home.path()), ("SYNCD_SOCKET", home.socket().as_path())])
        .args(["-c", script, env!("CARGO_BIN_EXE_syncctl"), folder.join("x.xlsx").to_str().unwrap()])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("x.xlsx: ") && !stderr.contains("panicked"), "{stderr}");
    assert!(names(&folder).is_empty());
}

#[test]
fn a_dash_is_standard_output() {
    let ended = exporting(reading()).run(&["export", "-o", "-", "--format", "csv"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.starts_with("conversation_id,"), "{ended:?}");
}

#[test]
fn a_table_of_conversations_has_a_row_for_each() {
    let home = exporting(reading());
    let path = file(&home, "x.CSV", &["--rows", "conversations"]);
    let rows: Vec<_> = csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[1][0], &rows[1][2]), ("8", "Conversation 8"));
}

#[test]
fn tables_have_the_fields_of_each_conversation_last() {
    let mut reply = reading();
    let attribute = |name: &str, value: types::Value| {
        types::FieldValue::new(types::Field::Attribute(name.to_owned()), value)
    };
    reply.conversations[0].fields = vec![
        types::FieldValue::new(types::Field::Channel, types::Value::Text("email".to_owned())),
        types::FieldValue::new(types::Field::Rating, types::Value::Whole(2)),
        attribute("Plan", types::Value::Text("Pro, \"new\"".to_owned())),
        attribute("seats", types::Value::Whole(12)),
    ];
    let home = exporting(reply.clone());
    let path = file(&home, "x.csv", &["--rows", "conversations"]);
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let cell =
        |row: usize, name: &str| rows[row][head.iter().position(|column| column == name).unwrap()].to_owned();
    assert_eq!((cell(0, "channel"), cell(0, "rating")), ("email".to_owned(), "2".to_owned()));
    assert_eq!(cell(0, "attributes"), r#"{"Plan":"Pro, \"new\"","seats":12}"#);
    assert_eq!((cell(1, "channel"), cell(1, "attributes")), (String::new(), String::new()));
    assert_eq!(head.iter().next_back(), Some("attributes"));

    let home = exporting(reply);
    let path = file(&home, "x.parquet", &[]);
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    let rating = row.get_column_iter().find(|(name, _)| *name == "rating").unwrap().1;
    assert_eq!(*rating, Field::Long(2));
}

#[test]
fn parquet_has_typed_columns() {
    let home = exporting(reading());
    let path = file(&home, "x.parquet", &[]);
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema_descr();
    let kind = |name: &str| {
        let column = schema.columns().iter().find(|column| column.path().parts()[0] == name).unwrap();
        (column.physical_type(), column.logical_type_ref().cloned())
    };
    assert_eq!(kind("created_at"), (Type::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))));
    assert_eq!(kind("redacted"), (Type::BOOLEAN, None));
    assert_eq!(kind("body"), (Type::BYTE_ARRAY, Some(LogicalType::String)));
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    let column = |row: usize, name: &str| {
        rows[row].get_column_iter().find(|(found, _)| *found == name).unwrap().1.clone()
    };
    assert_eq!(column(0, "body"), Field::Str(BODY.to_owned()));
    assert_eq!(column(0, "created_at"), Field::TimestampMillis(1_790_848_800_000));
    let texts = |row, name| match column(row, name) {
        Field::ListInternal(list) => list.elements().to_vec(),
        other => panic!("{name} is {other}"),
    };
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(texts(0, "tags"), [text("vip"), text("a; b")]);
    assert_eq!(texts(1, "tags"), [text("vip"), text("a; b")]);
    assert_eq!(texts(2, "tags"), []);
    assert_eq!(texts(0, "attachments"), [text("lamp.jpg")]);
    assert_eq!(texts(1, "attachments"), []);
    assert!((0..4).all(|row| column(row, "customer_name") == Field::Null));
}

#[test]
fn parquet_of_nothing_is_a_table_without_rows() {
    let lists = [Ok(listed(&[], State::Fresh))].into();
    let home = Home::with(Script { lists, checks: fresh(), ..Script::default() });
    let path = file(&home, "x.parquet", &["--rows", "conversations"]);
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema();
    assert!(schema.get_fields().iter().any(|field| field.name() == "message_count"));
    assert_eq!(reader.get_row_iter(None).unwrap().count(), 0);
}

#[test]
fn what_became_of_an_export_is_one_document() {
    let home = exporting(reading());
    let path = home.path().join("x.jsonl");
    let ended = home.run(&["export", "-o", path.to_str().unwrap(), "--json"]);
    let document = ended.json();
    assert_eq!(document["file"], json!(path.canonicalize().unwrap()));
    assert_eq!((&document["conversations"], &document["messages"]), (&json!(2), &json!(4)));
    assert_eq!(document["sync_info"]["state"], json!("fresh"));
    assert_eq!(document["window"]["end_date"], json!("2026-10-01T12:00:00Z"));
}

#[test]
fn a_file_is_its_owners_and_replaces_the_one_before_even_behind_a_link() {
    let home = exporting(reading());
    let real = home.path().join("real.jsonl");
    let link = home.path().join("link.jsonl");
    std::fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    assert_eq!(home.run(&["export", "-o", link.to_str().unwrap()]).code, 0);
    assert!(link.is_symlink());
    assert_eq!(std::fs::read_to_string(&real).unwrap().lines().count(), 2);
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_export_that_fails_leaves_what_was_there() {
    let home = Home::with(Script {
        lists: [Ok(listed(&["7", "8"], State::Fresh))].into(),
        reads: [Ok(read(&["7"])), Err(ApiError::Internal("the disk is gone".to_owned()))].into(),
        ..Script::default()
    });
    let folder = home.path().join("exports");
    std::fs::create_dir(&folder).unwrap();
    for name in ["x.jsonl", "x.csv", "x.parquet", "x.xlsx"] {
        let path = folder.join(name);
        std::fs::write(&path, "old").unwrap();
        let ended = home.run(&["export", "-o", path.to_str().unwrap()]);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    }
    assert_eq!(names(&folder).len(), 4);
}

#[test]
fn an_export_that_is_ended_by_a_signal_ends_by_it_and_leaves_nothing() {
    let cases = [
        ("x.parquet", Signal::INT),
        ("x.xlsx", Signal::INT),
        ("x.csv", Signal::TERM),
        ("x.xlsx", Signal::HUP),
    ];
    for (name, signal) in cases {
        let home = Home::with(Script {
            lists: [Ok(listed(&["7", "8"], State::Fresh))].into(),
            reads: [Ok(read(&["7"]))].into(),
            stalls: true,
            ..Script::default()
        });
        let folder = home.path().join("exports");
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join(name);
        let child = std::process::Command::new(env!("CARGO_BIN_EXE_syncctl"))
            .env_clear()
            .envs([("HOME", home.path()), ("SYNCD_SOCKET", home.socket().as_path())])
            .args(["export", "-o", path.to_str().unwrap()])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The second question is asked when the first answer is written, into the file beside.
        let until = Instant::now() + Duration::from_secs(60);
        while home.asked.lock().unwrap().reads.len() < 2 {
            assert!(Instant::now() < until, "nothing was asked");
            std::thread::yield_now();
        }
        assert_eq!(names(&folder).len(), 1);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.signal(), Some(signal.as_raw()), "{ended:?}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("nothing was written"), "{ended:?}");
        assert!(names(&folder).is_empty());
    }
}

#[test]
fn what_cannot_be_exported_so_is_a_wrong_usage() {
    let home = exporting(reading());
    let folder = home.path().to_str().unwrap().to_owned();
    let lines: [&[&str]; 3] =
        [&["export", "--json"], &["export", "-o", "-", "--json"], &["export", "-o", &folder]];
    for line in lines {
        assert_eq!(home.run(line).code, 2, "{line:?}");
    }
    for name in ["x.ods", "x.tsv", "x.json", "x.jsonl.gz"] {
        let ended = home.run(&["export", "-o", name]);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.stderr.contains(".jsonl, .csv, .parquet or .xlsx"), "{ended:?}");
    }
    assert!(home.asked.lock().unwrap().reads.is_empty());
    let missing = home.run(&["export", "-o", "/nowhere/x.csv"]);
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("cannot write /nowhere/x.csv"), "{missing:?}");
}
