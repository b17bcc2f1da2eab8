//! What has to be done now and then besides syncing: learn of deletions.
//!
//! It does not hold up a sync, and its failures are noted, not raised: coverage does not speak of it.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Context;
use super::error::Error;
use crate::intercom::{Advice, Intercom};
use crate::model::ConversationId;

/// How often deletions are looked for.
pub(crate) const DELETIONS: Duration = Duration::from_secs(60);
/// How long to leave a call alone that Intercom refuses to this token or plan.
pub(crate) const REFUSED: Duration = Duration::from_secs(3_600);

/// Learns of conversations that were deleted; returns how long to wait before the next look.
pub(crate) async fn deletions(context: &Context, intercom: &Intercom) -> Duration {
    let result = read_deletions(context, intercom).await;
    context.board.update(|state| {
        state.calibration.deletions_error = result.as_ref().err().map(ToString::to_string);
    });
    match result {
        Ok(()) => DELETIONS,
        // Where there is no such list, there will be none in a minute either.
        Err(Error::Intercom(error)) if error.is_not_found() || error.is_unsupported() => {
            note(context, "learning of deletions", &error.into(), REFUSED)
        }
        Err(error) => note(context, "learning of deletions", &error, DELETIONS),
    }
}

/// Reads pages, latest deletion first, until one brings nothing new and all in all as many are known as there are.
async fn read_deletions(context: &Context, intercom: &Intercom) -> Result<(), Error> {
    let as_of = intercom.clock().earliest();
    let mut known = context.store.read(|snapshot| snapshot.known_deletions()).await?;
    let mut met: HashSet<ConversationId> = HashSet::new();
    let mut page = 1;
    loop {
        let read = intercom.deleted(page).await?;
        let (rows, total) = (read.deletions.len(), read.total);
        let before = met.len();
        met.extend(read.deletions.iter().map(|deletion| deletion.id.clone()));
        if rows > 0 && met.len() == before && !read.last {
            let words = "a page of deleted conversations brought nothing that was not on one before it";
            return Err(Error::Listing(words.to_owned()));
        }
        let new = context.store.commit_deletions(read.deletions, None).await?;
        known += new;
        let missing = total.map_or(0, |total| total.saturating_sub(known));
        // A row that cannot be counted, such as one without an id, must not make every look read all pages.
        let usual = context.uncounted_deletions.load(Ordering::Relaxed);
        if read.last || rows == 0 || (new == 0 && missing <= usual) {
            context.uncounted_deletions.store(missing, Ordering::Relaxed);
            // A deletion in between shifts rows from one page to the next: what was read counts from its beginning.
            context.store.commit_deletions(Vec::new(), as_of).await?;
            return Ok(());
        }
        page += 1;
    }
}

/// Notes what failed; returns how long to wait before it is tried again.
pub(super) fn note(context: &Context, doing: &str, error: &Error, usual: Duration) -> Duration {
    let refused = matches!(error, Error::Intercom(error) if matches!(error.advice(), Advice::GiveUp(_)));
    tracing::warn!(%error, "{doing}");
    context.board.update(|state| state.note_error(format!("{doing}: {error}")));
    if refused { REFUSED } else { usual }
}
