//! What the programs share: no line of it travels.

pub mod display;
pub mod fields;
pub mod keyring;
pub mod link;
pub mod local;
pub mod private;
pub mod query;
pub mod setup;
pub mod timeframe;
