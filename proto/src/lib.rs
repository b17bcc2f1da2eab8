//! The contract between `syncd` and its clients.
//!
//! What travels, and how:
//!
//! * [`Syncd`] is the RPC service: one method per question that a client can ask.
//! * [`types`] are the values that travel, and what the JSON of both clients is made of. On the socket bincode carries
//!   neither field names nor types, so nothing here may use `flatten`, `untagged`, `tag` or `skip_serializing_if`, be
//!   recursive, or hold a `Vec` of a zero-sized type. What looks another way in JSON, such as an instant, sees by
//!   `is_human_readable` which of the two is asked for. The names in JSON are only ever added to; it is written, never read.
//! * [`transport`] frames a Unix stream, checks both sides' [`PROTOCOL`] before the first call, and limits sizes.
//!
//! The client:
//!
//! * [`client`] is what both programs use: connect, ask, wait for a stale window's sync, ask again.
//!
//! What the programs share:
//!
//! * [`fields`] is the one list of what a conversation has that can be asked for.
//! * [`query`] reads what a person types to search; [`timeframe`] reads times and timeframes in words; [`link`] finds the
//!   conversation in a link.
//! * [`local`] is what the programs of one user share: where things are, which daemon runs, how one is started;
//!   [`private`] keeps files from other users, [`keyring`] reaches the access token's entry in the desktop's keyring.
//! * [`setup`] is what the daemon's program tells before there is a daemon.
//! * [`display`] says which characters of text from elsewhere do more than show themselves, and words durations.
//!
//! Nothing here opens the database or talks to Intercom.

pub mod client;
mod codec;
pub mod display;
mod error;
pub mod fields;
pub mod keyring;
pub mod link;
pub mod local;
pub mod private;
pub mod query;
mod service;
pub mod setup;
pub mod timeframe;
mod timestamp;
pub mod transport;
pub mod types;

pub use error::{ApiError, Starting, in_one_line};
pub use service::{Syncd, SyncdClient, SyncdRequest, SyncdResponse};
pub use timestamp::{Interval, Timestamp};

/// Number of the protocol that this build speaks; raised on every change to what travels.
///
/// The three programs ship together, so there is no compatibility across numbers: a mismatch is reported with what
/// to restart.
pub const PROTOCOL: u16 = 4;

/// Version of the package this library was built from, as told to the other side.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
