//! The real program over its standard input and output, before a daemon that is made up here, on a real socket.

#![allow(clippy::unwrap_used)]

mod connection;
mod freshness;
mod handshake;
mod offers;
mod support;
mod tools;
