//! The simulated workspace as clients and tests see it, over real HTTP.

#![allow(clippy::unwrap_used)]

mod changes;
mod endpoints;
mod faults;
mod fields;
mod program;
mod search;
mod support;
mod truth;
