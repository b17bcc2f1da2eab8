//! The JSON face of the answers, as users and other programs see it: documented names, RFC 3339 instants, only ever
//! added to. The command line prints these; the MCP server returns them, with their schemas (feature `schema`).

mod calibration;
mod conversation;
mod fields;
mod freshness;
mod search;
mod sql;
mod stats;
mod status;
mod topics;

pub use calibration::{Calibration, CountCheck, LateArrival, Verification};
pub use conversation::{Attachment, Author, Change, Conversation, Event, Message, ShowReply, fields, value};
pub use fields::{FieldUse, FieldsReply};
pub use freshness::{FieldAge, Incomplete, Span, SyncInfo};
pub use search::{
    Assignee, Customer, Explanation, Nearest, Piece, SearchReply, Similar, Snippet, Speaker, Summary, Unknown,
};
pub use sql::{SqlColumn, SqlReply, SqlSchema, SqlValue, SqlView};
pub use stats::{Figures, Group, Spread, StatsBefore, StatsReply, Waiting};
pub use status::{ApiBudget, Daemon, Database, Progress, Status, Workspace};
pub use topics::{Topic, TopicExample, TopicsBefore, TopicsReply, percent};
