//! What comes in.

use serde::{Deserialize, Serialize};

use crate::wire::timestamp::Timestamp;

/// A moment in the stream of news, of one run of the daemon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsMark {
    /// Which run.
    pub run: u64,
    /// How many pieces of news there were.
    pub sequence: u64,
}

/// Asks for what came in after a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsRequest {
    /// The mark of the last reply; `None` asks for the present one, and is answered at once.
    pub after: Option<NewsMark>,
}

/// A conversation that is new, or has changed in Intercom since it was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Which one.
    pub id: String,
    /// Its activity time: a backfill's are old.
    pub updated_at: Timestamp,
    /// Whether it was not stored before.
    pub new: bool,
}

/// What came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsReply {
    /// The moment after these.
    pub mark: NewsMark,
    /// What came in, in the order of storing; a conversation may come again.
    pub news: Vec<News>,
    /// There was more than is remembered, or the daemon was restarted: anything may have changed.
    pub missed: bool,
}
