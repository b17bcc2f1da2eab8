//! The values that travel between the daemon and its clients.

mod calibration;
mod conversation;
mod freshness;
mod search;
mod status;
mod sync;

pub use calibration::{Calibration, CountCheck, CountState, LateArrival, Verification};
pub use conversation::{
    Assignee, Attachment, Author, Conversation, Customer, Event, Message, ShowReply, ShowRequest,
};
pub use freshness::{CheckRequest, Incomplete, State, SyncInfo, Window};
pub use search::{Filters, SearchReply, SearchRequest, Snippet, Sort, Summary, TimeField};
pub use status::{ApiBudget, Database, Diagnosis, Health, Progress, Status, Workspace};
pub use sync::{Phase, SyncFailure, SyncMode, SyncReport, SyncRequest, SyncTicket, WatchRequest};
