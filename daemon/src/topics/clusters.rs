//! Groups of points that lie close to each other on a sphere: more than are needed at first, then those that are alike
//! are joined, so that the points decide how many there are. Deterministic.

use super::reduce::{dot, normalise};

/// Points that are looked at for the start of a group.
const CANDIDATES: usize = 24;
/// Points by which a start is judged.
const JUDGES: usize = 1_500;
/// How often points move to the closest group.
const ROUNDS: usize = 12;

/// Returns the number of its group for each point; groups are joined whose middles have at least this cosine.
pub(super) fn cluster(points: &[Vec<f32>], most: usize, alike: f32) -> Vec<usize> {
    let mut middles = begin(points, most);
    let mut groups = vec![0; points.len()];
    for _ in 0..ROUNDS {
        let before = groups.clone();
        for (point, group) in points.iter().zip(&mut groups) {
            *group = closest(point, &middles);
        }
        middles = means(points, &groups, middles.len());
        if groups == before {
            break;
        }
    }
    join(points, &groups, middles.len(), alike)
}

fn closest(point: &[f32], middles: &[Vec<f32>]) -> usize {
    let mut best = (f32::MIN, 0);
    for (group, middle) in middles.iter().enumerate() {
        let near = dot(point, middle);
        if near > best.0 {
            best = (near, group);
        }
    }
    best.1
}

fn means(points: &[Vec<f32>], groups: &[usize], count: usize) -> Vec<Vec<f32>> {
    let dimensions = points.first().map_or(0, Vec::len);
    let mut middles = vec![vec![0.0; dimensions]; count];
    for (point, group) in points.iter().zip(groups) {
        for (sum, value) in middles[*group].iter_mut().zip(point) {
            *sum += value;
        }
    }
    middles.iter_mut().for_each(|middle| normalise(middle));
    middles
}

/// Returns points to begin with: each the one that brings most of the others closest to some.
fn begin(points: &[Vec<f32>], most: usize) -> Vec<Vec<f32>> {
    let step = points.len().div_ceil(JUDGES).max(1);
    let judges: Vec<&Vec<f32>> = points.iter().step_by(step).collect();
    let mut near = vec![0.0_f32; judges.len()];
    let mut middles: Vec<Vec<f32>> = Vec::new();
    while middles.len() < most {
        // Those that lie furthest from all that was chosen, evenly among the further half.
        let mut far: Vec<usize> = (0..judges.len()).collect();
        far.sort_by(|a, b| near[*a].total_cmp(&near[*b]).then(a.cmp(b)));
        far.truncate((judges.len() / 2).max(1));
        let stride = far.len().div_ceil(CANDIDATES).max(1);
        let gain = |candidate: &usize| -> f32 {
            let point = judges[*candidate];
            judges.iter().zip(&near).map(|(judge, near)| (dot(judge, point) - near).max(0.0)).sum()
        };
        let best = far
            .iter()
            .step_by(stride)
            .map(|candidate| (gain(candidate), *candidate))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((gain, best)) = best else { break };
        if gain <= 0.5 {
            break;
        }
        for (judge, near) in judges.iter().zip(&mut near) {
            *near = near.max(dot(judge, judges[best]));
        }
        middles.push(judges[best].clone());
    }
    if middles.is_empty() {
        middles.extend(judges.first().map(|first| (*first).clone()));
    }
    middles
}

/// Joins the two groups that are most alike, again and again.
fn join(points: &[Vec<f32>], groups: &[usize], count: usize, alike: f32) -> Vec<usize> {
    let dimensions = points.first().map_or(0, Vec::len);
    let mut sums = vec![vec![0.0_f32; dimensions]; count];
    for (point, group) in points.iter().zip(groups) {
        for (sum, value) in sums[*group].iter_mut().zip(point) {
            *sum += value;
        }
    }
    let mut owner: Vec<usize> = (0..count).collect();
    loop {
        let middles: Vec<Vec<f32>> = sums
            .iter()
            .map(|sum| {
                let mut middle = sum.clone();
                normalise(&mut middle);
                middle
            })
            .collect();
        let mut best = (alike, 0, 0);
        for one in 0..count {
            for other in one + 1..count {
                let near = dot(&middles[one], &middles[other]);
                if owner[one] == one && owner[other] == other && near > best.0 {
                    best = (near, one, other);
                }
            }
        }
        let (_, one, other) = best;
        if other == 0 {
            break;
        }
        let moved = std::mem::take(&mut sums[other]);
        for (sum, value) in sums[one].iter_mut().zip(&moved) {
            *sum += value;
        }
        sums[other] = vec![0.0; dimensions];
        for owner in &mut owner {
            if *owner == other {
                *owner = one;
            }
        }
    }
    groups.iter().map(|group| owner[*group]).collect()
}
