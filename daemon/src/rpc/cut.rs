//! What an answer says of itself that does not have all that matches.

use proto::types::{State, SyncInfo};

use crate::store::Cut;

/// Says of an answer that it does not have all that matches, however complete the copy is.
pub(super) fn weaken(info: &mut SyncInfo, cut: Cut) {
    let limit = match cut {
        Cut::Time(at) => format!(
            "The time for one answer was over at conversations that changed last at {}: next_page goes on from there; a \
             shorter timeframe, whole words or a further condition find more at once",
            at.to_minute()
        ),
        Cut::Ranking => "The time for one answer was over before the best matches were all found: next_page goes on \
                         with those that follow"
            .to_owned(),
        Cut::Order => "There was no time to put matches in order by relevance: they come last changed first; whole words \
                       or a further condition help"
            .to_owned(),
    };
    qualify(info, &limit);
}

/// Says of an answer about topics that it is made from some of what matches.
pub(super) fn sampled(info: &mut SyncInfo, read: u64, total: u64) {
    let limit = format!(
        "Topics are counted in {read} of {total} conversations, evenly chosen, since there was no time to read all: a \
         shorter timeframe or a further condition has all of them read"
    );
    qualify(info, &limit);
}

/// Makes an answer partial at best, and says why.
fn qualify(info: &mut SyncInfo, limit: &str) {
    if info.state == State::Fresh {
        info.state = State::Partial;
    }
    info.data_complete = false;
    info.message = Some(match info.message.take() {
        Some(message) => format!("{message}. {limit}"),
        None => limit.to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use proto::Timestamp;
    use proto::types::Incomplete;

    use super::*;

    #[test]
    fn an_answer_that_was_cut_short_is_never_complete_and_says_up_to_where_was_looked() {
        let at = Timestamp(1_734_705_000);
        for (before, after) in
            [(State::Fresh, State::Partial), (State::Partial, State::Partial), (State::Stale, State::Stale)]
        {
            for (cut, told) in [
                (Cut::Time(at), "2024-12-20 14:30 UTC"),
                (Cut::Ranking, "next_page"),
                (Cut::Order, "last changed first"),
            ] {
                let message = (before != State::Fresh).then(|| "Something is missing".to_owned());
                let mut info = SyncInfo {
                    state: before,
                    last_sync: Some(at),
                    message: message.clone(),
                    data_complete: before == State::Fresh,
                    coverage: None,
                    gaps: Vec::new(),
                    incomplete: Incomplete::default(),
                    sync_in_progress: false,
                    sync_error: None,
                    fields: Vec::new(),
                };
                weaken(&mut info, cut);
                assert_eq!((info.state, info.data_complete), (after, false));
                let said = info.message.unwrap_or_default();
                assert!(said.contains(told), "{said}");
                assert!(said.starts_with(message.as_deref().unwrap_or_default()), "{said}");
            }
        }
    }
}
