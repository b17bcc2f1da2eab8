//! The bounds of a running query: its time, and the memory that its thread has taken since it began.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tikv_jemalloc_ctl::thread::{ThreadLocal, allocatedp, deallocatedp};

use crate::store::readers::Deadline;

/// How many steps of SQLite's machine pass between two looks. One step can make a text as long as any may be.
pub(super) const STEPS: i32 = 25;
/// Looks between two at the clock, which costs more than the steps between them.
const LOOKS: u32 = 16;
/// The most memory that a query may take, in bytes. What it sorts and groups is held in memory, so that no text is ever
/// written outside of the database; what grows by doubling is held twice while it does.
pub(super) const MEMORY: i64 = 24 << 20;

thread_local! {
    /// Bytes that this thread has taken and given back since it began; none where the allocator is another one.
    static COUNTERS: Option<(ThreadLocal<u64>, ThreadLocal<u64>)> =
        allocatedp::read().and_then(|taken| Ok((taken, deallocatedp::read()?))).ok();
}

/// Looks after one query.
#[derive(Clone)]
pub(super) struct Watch {
    deadline: Deadline,
    /// What the thread held when the query began.
    began_with: i64,
    too_large: Arc<AtomicBool>,
}

impl Watch {
    /// Begins to look after a query on this thread.
    pub(super) fn new(deadline: &Deadline) -> Self {
        Self { deadline: deadline.clone(), began_with: held(), too_large: Arc::default() }
    }

    /// Returns what SQLite asks now and then whether to stop.
    pub(super) fn handler(&self) -> impl FnMut() -> bool + Send + 'static {
        let watch = self.clone();
        let mut looks = 0_u32;
        move || {
            if held() - watch.began_with > MEMORY {
                watch.too_large.store(true, Ordering::Relaxed);
                return true;
            }
            looks = looks.wrapping_add(1);
            looks.is_multiple_of(LOOKS) && watch.deadline.has_passed()
        }
    }

    /// Says whether the query was stopped because it took too much memory.
    pub(super) fn is_too_large(&self) -> bool {
        self.too_large.load(Ordering::Relaxed)
    }

    /// Says whether its time is over.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.has_passed()
    }

    /// Says whether nobody waits for the answer any more.
    pub(super) fn is_dropped(&self) -> bool {
        self.deadline.is_dropped()
    }
}

/// Returns how many bytes this thread has taken and not given back.
fn held() -> i64 {
    COUNTERS.with(|counters| {
        counters.map_or(0, |(taken, given_back)| taken.get().wrapping_sub(given_back.get()).cast_signed())
    })
}
