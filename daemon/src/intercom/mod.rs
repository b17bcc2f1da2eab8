//! The only code that speaks HTTP: Intercom's API as typed calls, one request answered per call, within its rate
//! limit. Must not store anything, and must not decide what is to be read.

mod call;
mod changes;
mod client;
mod clock;
mod contacts;
mod error;
mod gate;
mod header;
mod html;
mod lenient;
mod limits;
mod parse;
mod people;
mod retry;
mod route;
mod transport;
mod trouble;
mod wire;

#[cfg(test)]
mod tests;

pub use client::{Cursor, DeletedPage, Intercom, Page, SearchQuery, Settings};
pub use clock::ServerClock;
pub use contacts::ContactPage;
pub use error::{Advice, Error, Refusal};
pub use limits::Priority;
pub use parse::stored_conversation;
pub use route::{Certificates, Proxy, Route};
