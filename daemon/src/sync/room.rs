//! How many conversations may be fetched at once, so that what is in hand takes little memory. Pure.

/// What is fetched and not stored may have so many bytes, and what is being fetched as well, if it is as large as what came
/// lately.
const ROOM: usize = 64 << 20;

/// How large the conversations are that were fetched.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Bytes of what is not stored yet.
    held: usize,
    /// The size of the largest one lately.
    size: usize,
}

impl Room {
    /// Takes note of a conversation that was fetched, of so many bytes.
    pub(super) fn fetched(&mut self, bytes: usize) {
        self.held += bytes;
        self.size = bytes.max(self.size - self.size.div_ceil(64));
    }

    /// Takes note that so many bytes are stored.
    pub(super) fn stored(&mut self, bytes: usize) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// Returns how many may be on their way, at most `usual`; none where what is held has to be stored first.
    pub(super) fn at_once(&self, usual: usize) -> usize {
        let least = usize::from(self.held == 0);
        (ROOM.saturating_sub(self.held) / self.size.max(1)).clamp(least, usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_conversations_are_fetched_few_at_a_time_until_small_ones_have_come_for_a_while() {
        let mut room = Room::default();
        assert_eq!(room.at_once(160), 160, "nothing is known of their size");
        room.fetched(8 << 20);
        assert_eq!(room.at_once(160), 7);
        for _ in 0..7 {
            room.fetched(8 << 20);
        }
        assert_eq!(room.at_once(160), 0, "what is in hand is stored first");
        room.stored(64 << 20);
        assert_eq!(room.at_once(160), 8);
        for _ in 0..400 {
            room.fetched(20_000);
            room.stored(20_000);
        }
        assert_eq!(room.at_once(160), 160);
        room.fetched(70 << 20);
        room.stored(70 << 20);
        assert_eq!(room.at_once(160), 1, "one that is larger than the room is fetched alone");
    }
}
