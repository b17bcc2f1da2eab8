//! What travels between the programs, and how.
//!
//! On the socket bincode carries neither field names nor types, so nothing in [`types`] may use `flatten`, `untagged`, `tag` or
//! `skip_serializing_if`, be recursive, or hold a `Vec` of a zero-sized type. What looks another way in JSON, such as an
//! instant, sees by `is_human_readable` which of the two is asked for. The names in JSON are only ever added to; it is
//! written, never read.

pub(crate) mod codec;
pub(crate) mod error;
pub(crate) mod service;
pub(crate) mod timestamp;
pub mod transport;
pub mod types;

pub use self::error::{ApiError, Starting, in_one_line};
pub use self::service::{Syncd, SyncdClient, SyncdRequest, SyncdResponse};
pub use self::timestamp::{Interval, Timestamp};
