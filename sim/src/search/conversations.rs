//! Runs conversation searches over the index: windows of `updated_at`, which is all that is asked of it.

use crate::generate::conversation_id;
use crate::search::cursor::{Ordered, Page};
use crate::search::{Refusal, Request};
use crate::world::World;

/// The searchable attribute of conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    UpdatedAt,
}

impl Field {
    /// Returns the attribute with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        (name == "updated_at").then_some(Self::UpdatedAt)
    }
}

/// Runs a search; `inclusive` widens `<` and `>` to "or equal".
pub(crate) fn search(world: &World, request: &Request<Field>, inclusive: bool) -> Result<Page, Refusal> {
    let bounds = request.query.bounds(Field::UpdatedAt, inclusive);
    if !bounds.exact {
        return Err(Refusal::new("parameter_invalid", "The query has to be a window of updated_at"));
    }
    let ascending = request.sort.is_some_and(|(_, ascending)| ascending);
    Ordered {
        rows: world.sorted.window(bounds.low, bounds.high),
        ascending,
        scale: 1000,
        first_id: conversation_id(0),
        per_page: request.per_page,
    }
    .page(request.starting_after.as_deref())
}
