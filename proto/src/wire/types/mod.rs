//! The values that travel between the daemon and its clients.

mod calibration;
mod clock;
mod compare;
mod conversation;
mod export;
mod expr;
mod fields;
mod freshness;
mod measure;
mod news;
mod search;
mod sql;
mod stats;
mod status;
mod suggest;
mod sync;
mod topics;

pub use crate::fields::Field;
pub use calibration::{Calibration, CountCheck, CountState, LateArrival, Verification};
pub use clock::{Clock, Cycle};
pub use compare::Compare;
pub use conversation::{
    Assignee, Attachment, Author, Change, Conversation, Customer, Event, FieldValue, Message, ShowReply,
    ShowRequest, Value,
};
pub use export::{ListReply, ListRequest, ReadReply, ReadRequest};
pub use expr::{Bound, Condition, Expr, Form, MOST_STEPS, Side, Test, Text};
pub use fields::{FieldUse, FieldsReply, FieldsRequest};
pub use freshness::{CheckReply, CheckRequest, FieldAge, Incomplete, State, SyncInfo, Window};
pub use measure::Measure;
pub use news::{News, NewsMark, NewsReply, NewsRequest};
pub use search::{
    Explanation, Marked, Nearest, Piece, Question, SearchReply, SearchRequest, Similar, Snippet, Sort,
    Speaker, Summary, TimeField, Unknown,
};
pub use sql::{SqlColumn, SqlCut, SqlReply, SqlRequest, SqlSchema, SqlValue, SqlView};
pub use stats::{
    Figures, Group, GroupKind, Grouping, NamedQuery, Spread, StatsBefore, StatsReply, StatsRequest, Waiting,
};
pub use status::{ApiBudget, Daemon, Database, Diagnosis, Health, Progress, Status, Workspace};
pub use suggest::{SuggestRequest, Suggestion};
pub use sync::{Phase, SyncFailure, SyncMode, SyncReport, SyncRequest, SyncTicket, WatchRequest};
pub use topics::{Topic, TopicExample, TopicsBefore, TopicsReply, TopicsRequest, percent};
