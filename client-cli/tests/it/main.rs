//! The program as a user runs it, against a daemon that answers what the test wants.

#![allow(clippy::unwrap_used)]

mod answers;
mod doctor;
mod export;
mod failures;
mod figures;
mod init;
mod installer;
mod local;
mod mcp;
mod reporting;
mod skill;
mod sql;
mod support;
mod tailing;
mod terminal;
mod topics;
mod waiting;
