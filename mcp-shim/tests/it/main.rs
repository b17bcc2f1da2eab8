//! The real program over its standard input and output, before a daemon that is made up here, on a real socket.

#![allow(clippy::unwrap_used)]

mod arguments;
mod budget;
mod completions;
mod connection;
mod freshness;
mod handshake;
mod http;
mod news;
mod offers;
mod stats;
mod support;
mod tools;
mod topics;
