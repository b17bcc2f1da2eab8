//! The guards that keep claims true, each of which a test can take away to see that some schedule notices.
//!
//! Only this crate's own tests have the feature `mutations`; without it everything here is a constant.

/// A guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A scan claims nothing before its last page is stored.
    LastPage,
    /// What is claimed is on Intercom's clock, not on this machine's.
    IntercomsClock,
    /// A claim ends the settle margin before the present.
    Margin,
    /// A claim ends before its scan began, not when it ended.
    ScanStart,
    /// A head scan reads on to the present.
    ReadsOn,
    /// A head scan reaches back over what is claimed already.
    Lookback,
    /// A scan of an older span proves it only once the head has passed the moment it ended.
    Awaiting,
    /// What is listed and not stored counts against its windows.
    Pending,
    /// Nothing is claimed from the first change on that is known and not stored.
    Ahead,
    /// A page that cannot be read ends its scan without a claim.
    FailedPage,
    /// A page and the claim that it makes are one transaction.
    OneTransaction,
    /// An older state never replaces a newer one.
    NewerStays,
    /// Details that are older than their listing leave it pending.
    DetailsAsNewAsListed,
    /// What was read within the second of its change is read again.
    SameSecond,
    /// What is not found is asked for once more before it counts as deleted.
    SecondMiss,
    /// What Intercom says it deleted is removed.
    Deletions,
    /// Claims that Intercom's clock made while it was ahead are taken back.
    Retraction,
    /// A conversation is stored with all of its parts, whatever the time they are of.
    AllParts,
    /// What time it is now is told by the machine's clock too, which runs on while the machine sleeps.
    WallRunsOn,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::LastPage,
        Self::IntercomsClock,
        Self::Margin,
        Self::ScanStart,
        Self::ReadsOn,
        Self::Lookback,
        Self::Awaiting,
        Self::Pending,
        Self::Ahead,
        Self::FailedPage,
        Self::OneTransaction,
        Self::NewerStays,
        Self::DetailsAsNewAsListed,
        Self::SameSecond,
        Self::SecondMiss,
        Self::Deletions,
        Self::Retraction,
        Self::AllParts,
        Self::WallRunsOn,
    ];

    /// Says whether it stands.
    #[cfg(not(feature = "mutations"))]
    #[inline]
    pub(crate) const fn stands(self) -> bool {
        true
    }

    /// Says whether it stands on this thread.
    #[cfg(feature = "mutations")]
    pub(crate) fn stands(self) -> bool {
        taken::AWAY.get() != Some(self)
    }
}

#[cfg(feature = "mutations")]
mod taken {
    use std::cell::Cell;

    use super::Guard;

    thread_local! {
        pub(super) static AWAY: Cell<Option<Guard>> = const { Cell::new(None) };
    }

    /// Does something while this thread lacks a guard.
    pub fn without<T>(guard: Guard, what: impl FnOnce() -> T) -> T {
        AWAY.set(Some(guard));
        let done = what();
        AWAY.set(None);
        done
    }
}

#[cfg(feature = "mutations")]
pub use taken::without;
