//! Whether calls get through, and what to tell the user while they do not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Trouble that passes sooner is not worth a word.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// The trouble there is, if any.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    state: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    /// When one got through last.
    success: Option<Instant>,
    trouble: Option<State>,
}

#[derive(Debug)]
struct State {
    since: Instant,
    sentence: String,
}

impl Trouble {
    /// Returns what is wrong, once it has lasted.
    pub(super) fn get(&self, now: Instant) -> Option<String> {
        self.state()
            .trouble
            .as_ref()
            .filter(|state| now.saturating_duration_since(state.since) >= WORTH_TELLING)
            .map(|state| state.sentence.clone())
    }

    /// Takes note that a call does not get through at present.
    pub(super) fn report(&self, sentence: String, now: Instant) {
        let mut state = self.state();
        let since = state.trouble.as_ref().map_or(now, |trouble| trouble.since);
        state.trouble = Some(State { since, sentence });
    }

    /// Takes note that a call got through.
    pub(super) fn clear(&self, now: Instant) {
        *self.state() = Calls { success: Some(now), trouble: None };
    }

    /// Returns when a call got through last.
    pub(super) fn last_success(&self) -> Option<Instant> {
        self.state().success
    }

    fn state(&self) -> MutexGuard<'_, Calls> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_once_it_has_lasted_and_until_a_call_gets_through() {
        let (trouble, start) = (Trouble::default(), Instant::now());
        trouble.report("first".into(), start);
        assert_eq!(trouble.get(start + Duration::from_secs(1)), None);
        trouble.report("second".into(), start + Duration::from_secs(1));
        assert_eq!(trouble.get(start + Duration::from_secs(2)).as_deref(), Some("second"));
        trouble.clear(start + Duration::from_secs(3));
        assert_eq!(trouble.get(start + Duration::from_secs(9)), None);
    }
}
