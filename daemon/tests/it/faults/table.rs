//! The faults: how each is put on, what its users are told while it lasts, how many calls it may cost, and how soon it
//! is over.

use std::time::Duration;

use sim::{Author, Body, Fault as Struck, FaultKind, New, Sim, Target};

/// A fault and what has to come of it.
pub(super) struct Fault {
    /// How a first sync meets it.
    pub(super) first: Meeting,
    /// Conversations in the workspace.
    pub(super) conversations: usize,
    /// Mean number of their parts.
    pub(super) parts: f64,
    /// Puts it on.
    pub(super) begin: fn(&Sim),
    /// It shows only to a daemon that starts.
    pub(super) restart: bool,
    /// How long after it began the workspace goes on changing.
    pub(super) settles: Duration,
    /// What people do in the workspace meanwhile.
    pub(super) change: fn(&Sim),
    /// What its users are told.
    pub(super) told: Told,
    /// Intercom refuses until somebody acts: whoever asks for a sync is told so at once.
    pub(super) refused: bool,
    /// How long it lasts.
    pub(super) lasts: Duration,
    /// Most conversations that are blamed for it while it lasts.
    pub(super) blamed: u64,
    /// Most calls in any minute of it.
    pub(super) calls: u64,
    /// The copy is the workspace so long after its end.
    pub(super) healed: Duration,
}

/// When a first sync meets a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meeting {
    /// From its first call on.
    AtOnce,
    /// When some conversations are stored and most are not.
    Midway,
}

/// What users are told of a fault.
#[derive(Clone, Copy)]
pub(super) enum Told {
    /// Nothing: it only takes longer.
    Nothing,
    /// Why syncing does not work, in these words, once so many seconds have passed.
    Error {
        /// All of them are said.
        words: &'static [&'static str],
        /// When.
        within: u64,
    },
    /// That conversations are missing; the last error has these words.
    Missing(&'static [&'static str]),
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Returns a fault that is told in these words soon.
fn fault(begin: fn(&Sim), words: &'static [&'static str]) -> Fault {
    Fault {
        first: Meeting::AtOnce,
        conversations: 40,
        parts: 6.0,
        begin,
        restart: false,
        settles: Duration::ZERO,
        change,
        told: Told::Error { words, within: 10 },
        refused: false,
        lasts: seconds(150),
        blamed: 0,
        calls: 60,
        healed: seconds(75),
    }
}

/// Returns a fault that Intercom's refusal is, in these words.
fn refusal(begin: fn(&Sim), words: &'static [&'static str]) -> Fault {
    Fault { refused: true, ..fault(begin, words) }
}

/// Returns a fault of pages that cannot be right, which is told in these words. Some of them are gone around before it is clear
/// that all are so; a span that could not be read is tried again after a pause of its own, of minutes at last.
fn odd(begin: fn(&Sim), words: &'static [&'static str]) -> Fault {
    Fault { calls: 200, healed: seconds(150), ..fault(begin, words) }
}

/// What people do on any day.
fn change(sim: &Sim) {
    for id in sim.ids().iter().take(12) {
        sim.reply(id, Author::Customer, "<p>Any news?</p>");
    }
    sim.create(New { body: "<p>It does not start</p>".to_owned(), ..New::default() });
}

fn always(sim: &Sim, on: Target, kind: FaultKind) {
    sim.inject(Struck::always(on, kind));
}

fn nothing(_: &Sim) {}

pub(super) fn timeout() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        told: Told::Error { words: &["answer came in time"], within: 70 },
        healed: seconds(150),
        ..fault(|sim| always(sim, Target::Any, FaultKind::Hang), &[])
    }
}

pub(super) fn reset() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        ..fault(|sim| always(sim, Target::Any, FaultKind::Reset), &["the connection broke"])
    }
}

pub(super) fn rate_limit_storm() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        healed: seconds(20),
        ..fault(
            |sim| always(sim, Target::Any, FaultKind::RateLimited { headers: true, retry_after: None }),
            &["rate limit"],
        )
    }
}

pub(super) fn rate_limit_without_headers() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        calls: 20,
        ..fault(
            |sim| always(sim, Target::Any, FaultKind::RateLimited { headers: false, retry_after: None }),
            &["rate limit"],
        )
    }
}

pub(super) fn server_errors_for_minutes() -> Fault {
    let kind = |sim: &Sim| {
        let body = Body::ErrorList("server_error".to_owned());
        always(sim, Target::Any, FaultKind::Status { code: 500, body });
    };
    Fault { first: Meeting::Midway, conversations: 200, ..fault(kind, &["500", "server_error"]) }
}

pub(super) fn html_instead_of_json() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        ..fault(
            |sim| always(sim, Target::Any, FaultKind::HtmlBody),
            &["a web page", "a proxy or a login page"],
        )
    }
}

pub(super) fn truncated_json() -> Fault {
    fault(|sim| always(sim, Target::Any, FaultKind::MalformedJson), &["cannot be read"])
}

pub(super) fn wrong_types() -> Fault {
    // Each answer to a look is read to the end of a page, and so are the deletions'.
    Fault { calls: 80, ..fault(|sim| always(sim, Target::Any, FaultKind::WrongTypes), &["the answer"]) }
}

pub(super) fn repeated_cursor() -> Fault {
    odd(
        |sim| always(sim, Target::Search, FaultKind::RepeatedCursor),
        &["the same cursor", "read again from its start"],
    )
}

pub(super) fn wrong_order() -> Fault {
    let change = |sim: &Sim| {
        for id in sim.ids().iter().take(5) {
            sim.reply(id, Author::Customer, "<p>Any news?</p>");
            sim.advance(seconds(1));
        }
    };
    let told = Told::Missing(&["not in the order"]);
    Fault { change, told, ..odd(|sim| always(sim, Target::Search, FaultKind::WrongOrder), &[]) }
}

pub(super) fn page_with_nothing_new() -> Fault {
    odd(
        |sim| always(sim, Target::Search, FaultKind::NothingNew),
        &["nothing that was not on one before it", "read again from its start"],
    )
}

pub(super) fn token_revoked() -> Fault {
    refusal(
        |sim| always(sim, Target::Any, FaultKind::TokenRevoked),
        &["token_revoked", "access token", "Developer Hub"],
    )
}

pub(super) fn scope_missing() -> Fault {
    let begin = |sim: &Sim| {
        always(sim, Target::Search, FaultKind::ScopeMissing);
        always(sim, Target::Details(None), FaultKind::ScopeMissing);
    };
    refusal(begin, &["403", "\"Read conversations\"", "Developer Hub"])
}

pub(super) fn scope_missing_as_401() -> Fault {
    let begin = |sim: &Sim| {
        always(sim, Target::Search, FaultKind::ScopeUnauthorized);
        always(sim, Target::Details(None), FaultKind::ScopeUnauthorized);
    };
    // Each 401 has it asked whether the token works.
    Fault { calls: 100, ..refusal(begin, &["401", "\"Read conversations\"", "Developer Hub"]) }
}

pub(super) fn workspace_swapped() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        restart: true,
        ..fault(
            |sim| always(sim, Target::Me, FaultKind::OtherWorkspace("other123".to_owned())),
            &["other123", "sim12345", "syncctl reset"],
        )
    }
}

pub(super) fn plan_restricted() -> Fault {
    refusal(
        |sim| always(sim, Target::Any, FaultKind::PlanRestricted),
        &["api_plan_restricted", "plan", "Intercom"],
    )
}

pub(super) fn redirect_elsewhere() -> Fault {
    refusal(
        |sim| always(sim, Target::Any, FaultKind::Redirect("http://elsewhere.example.com/me".to_owned())),
        &["redirects to http://elsewhere.example.com/me", "token"],
    )
}

pub(super) fn redirect_to_itself() -> Fault {
    refusal(
        |sim| always(sim, Target::Any, FaultKind::Redirect(format!("{}/me", sim.url()))),
        &["redirects to http://127.0.0.1", "token"],
    )
}

pub(super) fn slow_drip_body() -> Fault {
    Fault {
        told: Told::Error { words: &["too slowly"], within: 70 },
        healed: seconds(150),
        // A byte a second.
        ..fault(
            |sim| always(sim, Target::Any, FaultKind::SlowDrip { pieces: u32::MAX, pause: seconds(1) }),
            &[],
        )
    }
}

pub(super) fn ten_megabyte_conversation() -> Fault {
    let change = |sim: &Sim| sim.reply_at_length(&sim.ids()[0], 400, 26 << 10);
    // All else is copied in the first minute, and contacts are looked up as they come.
    Fault { change, told: Told::Nothing, lasts: seconds(64), calls: 80, ..fault(nothing, &[]) }
}

pub(super) fn five_thousand_in_one_second() -> Fault {
    Fault {
        conversations: 5_000,
        parts: 0.2,
        change: |sim| sim.touch_all(&sim.ids()),
        told: Told::Nothing,
        lasts: seconds(64),
        // Who waits has them read in the second of their change, and so once more.
        calls: 10_400,
        ..fault(nothing, &[])
    }
}

pub(super) fn not_found_on_details() -> Fault {
    Fault {
        told: Told::Missing(&["404", "not_found"]),
        // A copy's conversations are all asked for before the first answer comes, each of them twice.
        calls: 120,
        ..fault(|sim| always(sim, Target::Details(None), FaultKind::NotFound), &[])
    }
}

pub(super) fn server_clock_jumps_back() -> Fault {
    Fault {
        first: Meeting::Midway,
        conversations: 200,
        settles: seconds(8),
        told: Told::Nothing,
        lasts: seconds(64),
        calls: 300,
        ..fault(|sim| sim.shift_clock(-3_600), &[])
    }
}
