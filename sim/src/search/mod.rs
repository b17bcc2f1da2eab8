//! Search as Intercom's search endpoints define it: a grammar of filters, sorting, and keyset cursors.
//! `query` reads requests, `compare` compares, `cursor` writes and reads cursors, `conversations` and `contacts` run them over the world.

mod compare;
pub(crate) mod contacts;
pub(crate) mod conversations;
mod cursor;
mod query;

pub(crate) use cursor::{Page, unheard_of};
pub(crate) use query::Request;

/// A request that cannot be answered, as the error list of a 400 says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) field: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    fn on(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }
}
