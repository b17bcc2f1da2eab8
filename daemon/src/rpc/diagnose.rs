//! What only the daemon can check of itself, one line each.

use proto::types::{CountState, Diagnosis, Health, Status};

use super::service::Parts;
use crate::intercom::Priority;

/// How long Intercom may take to answer the doctor.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// A local clock that is further off than this is worth telling, in seconds.
const CLOCK: i64 = 60;

/// Checks token, workspace, syncing, database, clock and limits.
pub(super) async fn run(parts: &Parts, status: &Status) -> Vec<Diagnosis> {
    vec![
        token(parts),
        intercom(parts).await,
        workspace(status),
        coverage(status),
        conversations(status),
        settling(status),
        verification(status),
        counts(status),
        deletions(status),
        clock(status),
        limits(status),
        database(parts, status),
    ]
}

fn ok(subject: &str, finding: String) -> Diagnosis {
    Diagnosis { subject: subject.to_owned(), health: Health::Ok, finding, remedy: None }
}

fn warning(subject: &str, finding: String, remedy: &str) -> Diagnosis {
    Diagnosis {
        subject: subject.to_owned(),
        health: Health::Warning,
        finding,
        remedy: Some(remedy.to_owned()),
    }
}

fn failed(subject: &str, finding: String, remedy: &str) -> Diagnosis {
    Diagnosis {
        subject: subject.to_owned(),
        health: Health::Failed,
        finding,
        remedy: Some(remedy.to_owned()),
    }
}

fn token(parts: &Parts) -> Diagnosis {
    match parts.sync.intercom() {
        Some(_) => ok("access token", format!("from {}", parts.sync.access().token_origin)),
        None => failed("access token", "there is none".to_owned(), "set one up: syncctl init"),
    }
}

async fn intercom(parts: &Parts) -> Diagnosis {
    let subject = "Intercom";
    let Some(intercom) = parts.sync.intercom() else {
        return failed(subject, "not asked: there is no token".to_owned(), "set the access token first");
    };
    let Ok(answer) = tokio::time::timeout(PATIENCE, intercom.me(Priority::Waiting)).await else {
        let finding = intercom.trouble().unwrap_or_else(|| "no answer yet".to_owned());
        return failed(
            subject,
            finding,
            "check the network and status.intercom.com; syncd goes on trying by itself",
        );
    };
    match answer {
        Ok(workspace) => {
            let name = workspace.name.unwrap_or_else(|| workspace.id.clone());
            ok(subject, format!("{} answers for {name}{}", parts.sync.access().api_url, intercom.way()))
        }
        Err(error) => failed(
            subject,
            error.to_string(),
            "check the token, the region and the network; syncd goes on trying by itself",
        ),
    }
}

fn workspace(status: &Status) -> Diagnosis {
    match (&status.workspace, &status.sync_error) {
        (_, Some(error)) => {
            failed("syncing", error.clone(), "do what it says; stored answers stay available")
        }
        (Some(workspace), None) => {
            let name = workspace.name.as_deref().unwrap_or("unnamed");
            ok("syncing", format!("works, workspace {name} ({})", workspace.id))
        }
        (None, None) => {
            warning("syncing", "has not reached Intercom yet".to_owned(), "wait a moment and ask again")
        }
    }
}

fn coverage(status: &Status) -> Diagnosis {
    let subject = "coverage";
    match status.sync_coverage {
        None => warning(
            subject,
            "nothing is covered yet".to_owned(),
            "wait, or watch with: syncctl status --watch",
        ),
        Some(head) if head.start > status.horizon || status.coverage.len() > 1 => warning(
            subject,
            format!(
                "from {} to {}, older history is still being synced",
                head.start.to_minute(),
                head.end.to_minute()
            ),
            "wait, or watch with: syncctl status --watch",
        ),
        Some(head) => ok(subject, format!("from {} to {}", head.start.to_minute(), head.end.to_minute())),
    }
}

fn conversations(status: &Status) -> Diagnosis {
    let found = format!(
        "{} stored, {} pending, {} failed, {} truncated by Intercom",
        status.total_conversations, status.pending, status.failed, status.truncated
    );
    if status.failed > 0 {
        warning(
            "conversations",
            found,
            "the failed ones are retried by themselves; last_error in status says why",
        )
    } else {
        ok("conversations", found)
    }
}

fn settling(status: &Status) -> Diagnosis {
    let subject = "settle margin";
    let margin = status.settle_seconds;
    let found = match status.calibration.late_arrival {
        None => format!("{margin} s; no change came late in the last 7 days"),
        Some(late) => {
            let seen_at = late.seen_at.to_minute();
            format!("{margin} s, because a change came {} s late, seen at {seen_at}", late.delay_seconds)
        }
    };
    if margin > status.tolerance_seconds {
        let remedy = "nothing is wrong with the copy, but answers about the present stay partial; a freshness above \
                      the margin lets them count as fresh";
        return warning(subject, found, remedy);
    }
    ok(subject, found)
}

fn verification(status: &Status) -> Diagnosis {
    let subject = "verification";
    let round = status.calibration.verification;
    let far = round.read_since.map_or_else(
        || "none is stored yet".to_owned(),
        |at| format!("all were read at {} or later", at.to_minute()),
    );
    let found = format!(
        "{} conversations read again, {} of them had changed without a new activity time; {far}",
        round.verified, round.differences
    );
    ok(subject, found)
}

fn counts(status: &Status) -> Diagnosis {
    let subject = "count check";
    let Some(check) = status.calibration.count_check else {
        return ok(subject, "not made yet".to_owned());
    };
    let found = format!(
        "Intercom counted {} conversations and {} were stored at {}",
        check.intercom,
        check.stored,
        check.checked_at.to_minute()
    );
    match check.state {
        CountState::Equal => ok(subject, found),
        CountState::Doubtful => ok(subject, format!("{found}; they are counted again soon")),
        CountState::Different => warning(
            subject,
            found,
            "syncd lists and reads again what differs, by itself; if it stays so: syncctl sync --full",
        ),
    }
}

fn deletions(status: &Status) -> Diagnosis {
    let subject = "deletions";
    let known = status
        .deletions_as_of
        .map_or_else(|| "not known yet".to_owned(), |at| format!("known up to {}", at.to_minute()));
    match &status.calibration.deletions_error {
        None => ok(subject, known),
        Some(error) => warning(
            subject,
            format!("{known}; {error}"),
            "give the token permission to read conversations; until then, deleted ones stay until a read does not find them",
        ),
    }
}

fn clock(status: &Status) -> Diagnosis {
    match status.clock_offset_seconds {
        None => ok("clock", "not compared with Intercom's yet".to_owned()),
        Some(offset) if offset.abs() <= CLOCK => ok("clock", format!("{offset:+} s from Intercom's")),
        Some(offset) => warning(
            "clock",
            format!("Intercom's clock is {offset:+} s from this machine's"),
            "set this machine's clock; answers are right all the same",
        ),
    }
}

fn limits(status: &Status) -> Diagnosis {
    let api = status.api;
    let found = match (api.limit, api.remaining) {
        (Some(limit), Some(remaining)) => format!("{remaining} of {limit} calls left in this window"),
        _ => "Intercom has not told one".to_owned(),
    };
    ok("rate limit", format!("{found}; {} calls so far, {} of them refused", api.requests, api.rate_limited))
}

/// Some times what the log comes to while everything is synced.
const LARGE_LOG: u64 = 256 << 20;

fn database(parts: &Parts, status: &Status) -> Diagnosis {
    let subject = "database";
    let mebibytes = status.database.bytes.div_ceil(1 << 20);
    let found = format!("{} ({mebibytes} MiB)", status.database.path);
    let log = parts.store.log_bytes();
    if log > LARGE_LOG {
        return warning(
            subject,
            format!(
                "{found}; its write-ahead log has grown to {} MiB, since another program reads it",
                log >> 20
            ),
            "end what has the database open (a database browser, a backup): fuser shows it; the log is emptied then",
        );
    }
    let aside = parts.store.set_aside();
    match aside.last() {
        None => ok(subject, found),
        Some(last) => warning(
            subject,
            format!(
                "{found}; {} before it set aside as damaged, the last as {}",
                aside.len(),
                last.display()
            ),
            "delete them when you do not need them: rm with the name and a *, or syncctl reset for all; check the disk if \
             this happens again",
        ),
    }
}
