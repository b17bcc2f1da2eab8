//! What the daemon keeps to itself: the access token, its memory, its files, and whom it talks to.

pub(crate) mod home;
mod leaks;
mod modes;
mod network;
mod process;
