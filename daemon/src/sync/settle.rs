//! The settle margin: how far behind Intercom's clock a scan's end stays, calibrated by what turned up late. Pure.

use proto::Timestamp;

/// How long a late arrival counts, in seconds.
const MEMORY: i64 = 86_400;
/// The margin never grows past this, in seconds; what is later than that is no lag of the index.
pub(crate) const CEILING: i64 = 15 * 60;

/// Returns how late a change counts as having come, in seconds: how long after its activity time it was seen, but for
/// the time in which nobody looked. `looked_at` is when the listing before this one looked at that place and did not
/// show it; such listings come `every` so many seconds, so it may have come right after that one.
pub(crate) fn delay(updated_at: Timestamp, seen_at: Timestamp, looked_at: Timestamp, every: i64) -> i64 {
    seen_at.since(updated_at).min(looked_at.since(updated_at).max(0).saturating_add(every))
}

/// A change that turned up at an activity time that had been claimed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// When it turned up.
    pub(crate) seen_at: Timestamp,
    /// How long after its activity time, in seconds.
    pub(crate) delay: i64,
}

/// The late arrivals of the last day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settle {
    floor: i64,
    late: Vec<Late>,
}

impl Settle {
    /// Returns a margin that starts at the configured floor, in seconds, and remembers `late`.
    pub(crate) fn new(floor: i64, late: Vec<Late>) -> Self {
        Self { floor, late }
    }

    /// Returns the configured floor in seconds.
    pub(crate) fn floor(&self) -> i64 {
        self.floor
    }

    /// Returns the worst late arrival that counts.
    pub(crate) fn worst(&self, now: Timestamp) -> Option<Late> {
        self.late
            .iter()
            .filter(|late| now.since(late.seen_at) <= MEMORY)
            .max_by_key(|late| late.delay)
            .copied()
    }

    /// Returns the margin in seconds: twice the worst delay of the last day, between the floor and 15 minutes.
    pub(crate) fn margin(&self, now: Timestamp) -> i64 {
        let twice = self.worst(now).map_or(0, |late| late.delay.saturating_mul(2));
        twice.min(CEILING).max(self.floor)
    }

    /// Records a late arrival; returns whether the memory changed. Of those that a worse and later one outlives,
    /// nothing is kept, nor of a change that no margin would have covered: it was missed in another way.
    pub(crate) fn record(&mut self, late: Late) -> bool {
        if late.delay <= 0
            || late.delay > CEILING
            || self.late.iter().any(|known| known.delay >= late.delay && known.seen_at >= late.seen_at)
        {
            return false;
        }
        self.late.retain(|known| known.delay > late.delay && late.seen_at.since(known.seen_at) <= MEMORY);
        self.late.push(late);
        true
    }

    /// Returns the memory as text that [`Settle::parse`] reads.
    pub(crate) fn to_text(&self) -> String {
        let pairs: Vec<String> =
            self.late.iter().map(|late| format!("{}:{}", late.seen_at.0, late.delay)).collect();
        pairs.join(" ")
    }

    /// Reads a memory; what cannot be read is left out.
    pub(crate) fn parse(floor: i64, text: &str) -> Self {
        let late = text.split(' ').filter_map(|pair| {
            let (seen_at, delay) = pair.split_once(':')?;
            Some(Late { seen_at: Timestamp(seen_at.parse().ok()?), delay: delay.parse().ok()? })
        });
        Self::new(floor, late.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000);

    #[test]
    fn the_margin_is_twice_the_worst_delay_of_the_day_between_floor_and_ceiling() {
        let mut settle = Settle::new(60, Vec::new());
        assert_eq!(settle.margin(NOW), 60);
        settle.record(Late { seen_at: NOW, delay: 20 });
        assert_eq!(settle.margin(NOW), 60);
        settle.record(Late { seen_at: NOW, delay: 100 });
        assert_eq!(settle.margin(NOW), 200);
        assert!(!settle.record(Late { seen_at: NOW, delay: CEILING + 1 }));
        assert_eq!(settle.margin(NOW), 200, "no lag is so long");
        settle.record(Late { seen_at: NOW, delay: 600 });
        assert_eq!(settle.margin(NOW), CEILING);
        assert_eq!(settle.margin(NOW.plus(MEMORY + 1)), 60);
    }

    #[test]
    fn time_in_which_nobody_looked_does_not_count_as_delay() {
        let (changed, hour) = (NOW, 3_600);
        // Looked at every 30 s: seen 5 minutes late, and not there 20 s before.
        assert_eq!(delay(changed, changed.plus(300), changed.plus(280), 30), 300);
        // The machine slept for an hour after the last look, a minute after the change.
        assert_eq!(delay(changed, changed.plus(hour), changed.plus(60), 30), 90);
        // It was asleep already when the change was made.
        assert_eq!(delay(changed, changed.plus(hour), changed.minus(hour), 600), 600);
    }

    #[test]
    fn a_floor_above_the_ceiling_is_the_users_wish() {
        assert_eq!(Settle::new(3_600, Vec::new()).margin(NOW), 3_600);
    }

    #[test]
    fn the_memory_survives_as_text() {
        let mut settle = Settle::new(60, Vec::new());
        settle.record(Late { seen_at: NOW, delay: 100 });
        settle.record(Late { seen_at: NOW.plus(5), delay: 70 });
        assert_eq!(Settle::parse(60, &settle.to_text()), settle);
        assert_eq!(Settle::parse(60, "rubbish 1:x"), Settle::new(60, Vec::new()));
    }
}
