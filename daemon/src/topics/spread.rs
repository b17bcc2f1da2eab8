//! Which topics are none: greetings, closings and other words that go with whatever somebody writes about. Their
//! conversations are nearly all found by the searches of other topics as well, and of no one topic in particular.

/// The share of what a topic's search finds that other topics' searches find, too, above which it may be none.
const SHARED: f32 = 0.7;
/// The share of these that one other topic may find at most: else the one is a part of the other.
const IN_ONE: f32 = 0.7;

/// Returns which of so many topics are some; `found` has for each conversation the topics whose searches find it.
pub(super) fn kept(topics: usize, found: &[Vec<usize>]) -> Vec<bool> {
    let mut kept = vec![true; topics];
    // What is spread most goes first: what it is spread over may be a topic without it.
    while let Some(worst) = worst(&kept, found) {
        kept[worst] = false;
    }
    kept
}

/// Returns the topic of those kept that is spread most over the others, where it is spread so much that it is none.
fn worst(kept: &[bool], found: &[Vec<usize>]) -> Option<usize> {
    let count = kept.len();
    let (mut all, mut shared) = (vec![0_u32; count], vec![0_u32; count]);
    let mut both = vec![vec![0_u32; count]; count];
    for topics in found {
        let topics: Vec<usize> = topics.iter().copied().filter(|topic| kept[*topic]).collect();
        for topic in &topics {
            all[*topic] += 1;
            shared[*topic] += u32::from(topics.len() > 1);
            for other in topics.iter().filter(|other| *other != topic) {
                both[*topic][*other] += 1;
            }
        }
    }
    let spread = |topic: usize| {
        let (all, shared) = (all[topic] as f32, shared[topic] as f32);
        let most = both[topic].iter().max().copied().unwrap_or(0) as f32;
        let is_none = all > 0.0 && shared >= SHARED * all && most <= IN_ONE * shared;
        is_none.then(|| shared / all)
    };
    let spread = (0..count).filter_map(|topic| Some((spread(topic)?, topic)));
    spread.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, topic)| topic)
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn what_is_found_with_whatever_else_is_no_topic_and_a_part_of_one_is() {
        // 0, 1 and 2 are topics, 3 is said with each of them, 4 is a part of 2.
        let mut found: Vec<Vec<usize>> = Vec::new();
        for topic in 0..3 {
            found.extend(std::iter::repeat_n(vec![topic, 3], 20));
            found.extend(std::iter::repeat_n(vec![topic], 10));
        }
        found.extend(std::iter::repeat_n(vec![2, 4], 8));
        assert_eq!(kept(5, &found), [true, true, true, false, true]);
        assert_eq!(kept(0, &[]), Vec::<bool>::new());
    }
}
