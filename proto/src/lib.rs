//! The contract between `syncd` and its clients.
//!
//! In `wire`, what travels, and how:
//!
//! * [`Syncd`] is the RPC service: one method per question that a client can ask.
//! * [`types`] are the values that travel, and what the JSON of both clients is made of.
//! * [`transport`] frames a Unix stream, checks both sides' [`PROTOCOL`] before the first call, and limits sizes.
//!
//! In [`client`], what both programs use: connect, ask, wait for a stale window's sync, ask again.
//!
//! In `shared`, what the programs share:
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
mod shared;
mod wire;

pub use shared::{display, fields, keyring, link, local, private, query, setup, timeframe};
pub use wire::{
    ApiError, Interval, Starting, Syncd, SyncdClient, SyncdRequest, SyncdResponse, Timestamp, in_one_line,
    transport, types,
};

/// Number of the protocol that this build speaks; raised on every change to what travels.
///
/// The three programs ship together, so there is no compatibility across numbers: a mismatch is reported with what
/// to restart.
pub const PROTOCOL: u16 = 4;

/// Version of the package this library was built from, as told to the other side.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
