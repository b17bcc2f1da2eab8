//! From answers to text for people. Prints nothing and asks nothing; every text ends up in a [`Buffer`].

mod buffer;
mod clean;
mod columns;
mod conversation;
mod explanation;
mod fields;
mod hits;
mod people;
mod screen;
mod snippet;
mod stats;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod topics;
mod unknown;
mod verdict;

pub(crate) use buffer::{Buffer, is_web_address, style};
pub(crate) use clean::{clean, clean_json, clean_line};
pub(crate) use conversation::{conversation, incoming};
pub(crate) use fields::fields;
pub(crate) use hits::hits;
pub(crate) use people::customer;
#[cfg(test)]
pub(crate) use screen::samples;
pub(crate) use screen::{Screen, local_zone};
pub(crate) use stats::{Shape, span_name, stats};
pub(crate) use status::status;
pub(crate) use table::table;
pub(crate) use topics::topics;
pub(crate) use unknown::unknown;
pub(crate) use verdict::{verdict, warning};
