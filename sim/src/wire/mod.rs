//! What the server writes, in the shapes of Intercom's API 2.16. Types borrow from the world and serialize straight
//! to bytes: answers must cost less than what is tested with them.

pub(crate) mod contact;
pub(crate) mod conversation;
pub(crate) mod directory;
mod part;
mod shapes;
mod source;
mod statistics;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::search::Page;

/// A number that is written as a string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digits(pub(crate) u64);

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// `{"type", "id"}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Reference {
    pub(crate) r#type: &'static str,
    pub(crate) id: Digits,
}

/// A value that real answers hold as null, and that the schema wants left out.
pub(crate) type Maybe<T> = Option<Option<T>>;

/// Paging of the search endpoints.
#[derive(Debug, Serialize)]
pub(crate) struct Pages<'a> {
    r#type: &'static str,
    page: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Next<'a>>,
    per_page: usize,
    total_pages: usize,
}

#[derive(Debug, Serialize)]
struct Next<'a> {
    page: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_page: Option<usize>,
    starting_after: &'a str,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(page: &'a Page, oddities: bool) -> Self {
        let next = page.next.as_deref().map(|starting_after| Next {
            page: page.page + 1,
            per_page: (!oddities).then_some(page.per_page),
            starting_after,
        });
        Self {
            r#type: "pages",
            page: page.page,
            next,
            per_page: page.per_page,
            total_pages: page.total_count.div_ceil(page.per_page),
        }
    }
}

/// The body of every error.
pub(crate) fn error_list(request_id: &str, code: &str, message: &str, field: Option<&str>) -> Value {
    let mut error = json!({"code": code, "message": message});
    if let Some(field) = field {
        error["field"] = json!(field);
    }
    json!({"type": "error.list", "request_id": request_id, "errors": [error]})
}
