//! What the daemon keeps to itself: the access token, its memory, its files, and whom it talks to.

mod home;
mod leaks;
mod modes;
mod network;
mod process;
