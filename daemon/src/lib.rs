//! The daemon: it alone owns the database, talks to Intercom and decides what to fetch.

pub mod config;
pub mod freshness;
pub mod intercom;
pub mod model;
pub mod store;
