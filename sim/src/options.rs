//! What a simulated workspace is made from. Plain data with defaults; it checks and starts nothing.

use std::time::Duration;

/// How a workspace is made and how its server behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Seed of everything that is generated: the same seed, count and start instant give the same workspace.
    pub seed: u64,
    /// Number of conversations that exist at the start.
    pub conversations: usize,
    /// How many parts generated conversations have.
    pub parts: Parts,
    /// Span before the start over which the conversations were created.
    pub history: Duration,
    /// The bearer token that is accepted.
    pub token: String,
    /// The workspace's `app.id_code`.
    pub workspace_id: String,
    /// The workspace's `app.region`: `US`, `EU` or `AU`.
    pub region: String,
    /// The workspace's `app.name`.
    pub name: String,
    /// Calls allowed in a window of 10 seconds; `None` sends no rate-limit headers and never answers 429.
    pub rate_limit: Option<u32>,
    /// Time that every answer is held back.
    pub latency: Duration,
    /// Time after which search sees a change.
    pub index_lag: Duration,
    /// What search shows of the conversations that it finds.
    pub rows: Rows,
    /// Whether a search page fails, 404, on which a conversation would stand that was deleted while the index still has it.
    pub deleted_rows_fail: bool,
    /// Random changes a second that happen on their own; 0 for none.
    pub changes_per_second: f64,
    /// The workspace's clock.
    pub clock: Clock,
    /// Whether answers show the departures from the documented schema that real ones do.
    pub oddities: bool,
    /// Whether `>` and `<` of conversation search mean "or equal", as documented, rather than strictly, as observed.
    pub inclusive_operators: bool,
    /// Loopback port; 0 takes any free one.
    pub port: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            conversations: 100,
            parts: Parts::default(),
            history: Duration::from_secs(365 * 86_400),
            token: "sim-token".to_owned(),
            workspace_id: "sim12345".to_owned(),
            region: "US".to_owned(),
            name: "Example Workspace".to_owned(),
            rate_limit: None,
            latency: Duration::ZERO,
            index_lag: Duration::ZERO,
            rows: Rows::Indexed,
            deleted_rows_fail: false,
            changes_per_second: 0.0,
            clock: Clock::Real,
            oddities: true,
            inclusive_operators: false,
            port: 0,
        }
    }
}

/// How many parts generated conversations have, the opening message not counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// Mean of the exponential distribution that most conversations follow.
    pub mean: f64,
    /// Most parts that such a conversation has.
    pub most: usize,
    /// Share of conversations, 0 to 1, that have `long` parts instead.
    pub long_share: f64,
    /// Parts of a long conversation; details return only the newest 500.
    pub long: usize,
}

impl Default for Parts {
    fn default() -> Self {
        Self { mean: 8.0, most: 80, long_share: 0.0, long: 620 }
    }
}

/// Which state of a conversation stands on a search page. Which are found, and in what order, is the index's in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The one that the index knows.
    Indexed,
    /// The one that the database holds, ahead of the index by its lag: a row can bear a later time than its place says.
    Current,
}

/// The clock that stamps changes, the `Date` header and the rate-limit windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// The machine's clock shifted by this many seconds.
    Offset(i64),
    /// A clock that starts at this Unix second and goes on as the runtime's time does, paused or not.
    From(i64),
    /// A clock that starts at this Unix second and moves only by [`Sim::advance`](crate::Sim::advance) and
    /// [`Sim::set_clock`](crate::Sim::set_clock).
    Manual(i64),
}
