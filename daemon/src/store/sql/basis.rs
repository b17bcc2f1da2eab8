//! Which fields an answer rests on, by the columns that its statement reads.

use std::sync::{Arc, Mutex, PoisonError};

use proto::fields::Field;

use super::header::HEADER;

/// What a statement reads that may have changed without any activity.
#[derive(Clone, Default)]
pub(super) struct Basis(Arc<Mutex<Vec<Field>>>);

impl Basis {
    /// Takes note that a column of a documented view is read.
    pub(super) fn note(&self, view: &str, column: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(fields(&view.to_lowercase(), &column.to_lowercase()));
    }

    /// Returns the fields, each once.
    pub(super) fn fields(&self) -> Vec<Field> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort();
        all.dedup();
        all
    }
}

fn fields(view: &str, column: &str) -> Vec<Field> {
    match (view, column) {
        ("conversations", "customer_name" | "customer_email" | "customer_id") => vec![Field::Customer],
        ("conversations", "assignee_name") => vec![Field::Assignee],
        ("conversations", "team_name") => vec![Field::Team],
        ("conversations", "tags") | ("tags", "name") => vec![Field::Tag],
        ("conversations", column) => {
            HEADER.iter().filter(|field| field.name == column).map(|field| field.field.clone()).collect()
        }
        ("messages" | "events", "author_name" | "author_email") => vec![Field::Responder, Field::Customer],
        ("contacts", _) => vec![Field::Customer],
        ("companies", _) => vec![Field::Contact("companies".to_owned())],
        ("teammates", _) => vec![Field::Assignee],
        // Any of them: the empty name stands for all.
        ("attributes", _) => vec![Field::Attribute(String::new())],
        _ => Vec::new(),
    }
}
