//! The whole daemon against a simulated workspace: real HTTP, real SQLite, the real socket.
#![allow(clippy::unwrap_used)]

mod allocator;
mod calibration;
mod documents;
mod evaluation;
mod faults;
mod fields;
mod figures;
mod first_sync;
mod healing;
mod hours;
mod liveness;
mod names;
mod oracle;
mod route;
mod searches;
mod secrets;
mod service;
mod socket;
mod sql;
mod starting;
mod storage;
mod support;
mod token_check;
mod topics;
mod workspaces;
