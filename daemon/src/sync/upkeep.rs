//! What has to be done now and then besides syncing: learn of deletions, of teammates' and contacts' names.
//!
//! None of it holds up a sync, and its failures are noted, not raised: coverage does not speak of it.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Context;
use super::error::Error;
use crate::intercom::{Advice, Intercom};
use crate::model::{Contact, ConversationId};

/// How often deletions are looked for.
pub(crate) const DELETIONS: Duration = Duration::from_secs(60);
/// How often names are read again.
pub(crate) const NAMES: Duration = Duration::from_secs(3_600);
/// How soon what failed is tried again.
const AGAIN: Duration = Duration::from_secs(60);
/// How long to leave a call alone that Intercom refuses to this token or plan.
pub(crate) const REFUSED: Duration = Duration::from_secs(3_600);
/// Contacts asked for in one call.
const CONTACTS: usize = 50;

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

/// Reads the names of admins and teams; returns how long to wait before the next time.
pub(crate) async fn names(context: &Context, intercom: &Intercom) -> Duration {
    match read_names(context, intercom).await {
        Ok(()) => NAMES,
        Err(error) => note(context, "reading names", &error, AGAIN),
    }
}

async fn read_names(context: &Context, intercom: &Intercom) -> Result<(), Error> {
    let mut teammates = intercom.admins().await?;
    teammates.extend(intercom.teams().await?);
    context.store.commit_directory(teammates).await?;
    Ok(())
}

/// When to look for contacts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// After this long, or as soon as there may be new ones.
    Within(Duration),
    /// Not before, for it failed.
    After(Duration),
}

/// Reads the names and addresses of contacts that are in conversations and never wrote.
pub(crate) async fn contacts(context: &Context, intercom: &Intercom) -> Next {
    let failed = |error: &Error| Next::After(note(context, "reading contacts", error, AGAIN));
    loop {
        let unknown = match context.store.read(|snapshot| snapshot.unknown_contacts(CONTACTS)).await {
            Ok(unknown) => unknown,
            Err(error) => return failed(&error.into()),
        };
        if unknown.is_empty() {
            return Next::Within(DELETIONS);
        }
        let result = match intercom.contacts(&unknown).await {
            Ok(found) => context.store.commit_contacts(answered(unknown, found)).await.map_err(Error::from),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = result {
            return failed(&error);
        }
    }
}

/// Returns what was found of each contact asked for, nothing included: so it is not asked for again.
fn answered(asked: Vec<String>, mut found: Vec<Contact>) -> Vec<Contact> {
    let known: HashSet<Option<String>> = found.iter().map(|contact| contact.id.clone()).collect();
    let silent = asked.into_iter().map(Some).filter(|id| !known.contains(id));
    found.extend(silent.map(|id| Contact { id, ..Contact::default() }));
    found
}

fn note(context: &Context, doing: &str, error: &Error, usual: Duration) -> Duration {
    let refused = matches!(error, Error::Intercom(error) if matches!(error.advice(), Advice::GiveUp(_)));
    tracing::warn!(%error, "{doing}");
    context.board.update(|state| state.note_error(format!("{doing}: {error}")));
    if refused { REFUSED } else { usual }
}
