//! What can be asked for.

use serde::{Deserialize, Serialize};

use crate::types::Field;

/// Asks for values that a condition can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestRequest {
    /// What the condition is about.
    pub field: Field,
    /// What was typed of it so far: a word of the value begins with it, whatever the case. Empty: any.
    pub text: String,
    /// Most values wanted; the daemon returns at most 100.
    pub limit: u32,
}

/// A value that stored conversations have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What to write: a tag, a state, a teammate's name (the id where names are the same), an e-mail address.
    pub value: String,
    /// What else it is known by: the customer's name, the teammate's address.
    pub note: Option<String>,
    /// How many stored conversations have it.
    pub conversations: u64,
}
