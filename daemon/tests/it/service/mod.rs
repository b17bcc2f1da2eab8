//! The daemon as a service: what it tells systemd, and the shipped units under a real `systemd --user`.

mod finding;
mod manager;
mod notify;
mod sandbox;
mod setup;
mod units;
