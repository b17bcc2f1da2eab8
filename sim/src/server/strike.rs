//! Keeps the injected faults and decides which strike a request.

use fastrand::Rng;

use crate::fault::{Fault, FaultId, FaultKind, Target, Times};
use crate::server::Route;

/// The faults that are not used up, in the order they were injected.
#[derive(Debug)]
pub(crate) struct Faults {
    active: Vec<(FaultId, Fault)>,
    next: u64,
    rng: Rng,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { active: Vec::new(), next: 0, rng: Rng::with_seed(seed) }
    }

    pub(crate) fn add(&mut self, fault: Fault) -> FaultId {
        self.next += 1;
        let id = FaultId(self.next);
        if !matches!(fault.times, Times::N(0)) {
            self.active.push((id, fault));
        }
        id
    }

    pub(crate) fn remove(&mut self, id: FaultId) {
        self.active.retain(|(active, _)| *active != id);
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    /// Says whether any is left.
    pub(crate) fn are_left(&self) -> bool {
        !self.active.is_empty()
    }

    /// Says whether it matters what is on a page.
    pub(crate) fn ask_for_pages(&self) -> bool {
        self.active.iter().any(|(_, fault)| matches!(fault.on, Target::Page(_)))
    }

    /// Returns what strikes a request whose page has these on it: any number of latencies, and at most one other fault.
    pub(crate) fn strike(&mut self, route: &Route<'_>, page: &[String]) -> Vec<FaultKind> {
        let mut struck = Vec::new();
        let mut decided = false;
        let rng = &mut self.rng;
        self.active.retain_mut(|(_, fault)| {
            let delays = matches!(fault.kind, FaultKind::Latency(_));
            if (decided && !delays) || !fault.on.covers(route, page) || rng.f64() >= fault.probability {
                return true;
            }
            decided |= !delays;
            struck.push(fault.kind.clone());
            fault.times = match fault.times {
                Times::Forever => return true,
                Times::Once | Times::N(0 | 1) => return false,
                Times::N(left) => Times::N(left - 1),
            };
            true
        });
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_as_often_as_asked_and_only_its_target() {
        let mut faults = Faults::new(1);
        faults.add(Fault::times(Target::Details(Some("7".to_owned())), FaultKind::Reset, 2));
        let strikes = |faults: &mut Faults, route| faults.strike(&route, &[]).len();
        assert_eq!(strikes(&mut faults, Route::Me), 0);
        assert_eq!(strikes(&mut faults, Route::Details("8")), 0);
        let on_seven: Vec<usize> = (0..3).map(|_| strikes(&mut faults, Route::Details("7"))).collect();
        assert_eq!(on_seven, [1, 1, 0]);
    }

    #[test]
    fn only_the_first_of_several_faults_is_used_up() {
        let mut faults = Faults::new(1);
        faults.add(Fault::once(Target::Any, FaultKind::EmptyBody));
        faults.add(Fault::once(Target::Any, FaultKind::Reset));
        assert_eq!(faults.strike(&Route::Me, &[]), [FaultKind::EmptyBody]);
        assert_eq!(faults.strike(&Route::Me, &[]), [FaultKind::Reset]);
    }
}
