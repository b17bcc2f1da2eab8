//! Fewer dimensions than there are terms: those along which conversations differ most, so that two which share no
//! word are close where their words are used together elsewhere. Subspace iteration from a fixed start.

/// A conversation as its terms with their weights.
pub(super) type Sparse = Vec<(u32, f32)>;

/// How often the subspace is refined.
const ROUNDS: usize = 4;

/// Returns each conversation as a point of at most `dimensions` coordinates, at a distance of one from the origin.
pub(super) fn reduce(documents: &[Sparse], terms: usize, dimensions: usize) -> Vec<Vec<f32>> {
    // Only terms that weigh anything have a row.
    let mut rows = vec![None; terms];
    let mut used = 0_u32;
    for (term, _) in documents.iter().flatten() {
        let row = &mut rows[*term as usize];
        if row.is_none() {
            *row = Some(used);
            used += 1;
        }
    }
    let numbered = |document: &Sparse| -> Sparse {
        document.iter().filter_map(|(term, weight)| Some((rows[*term as usize]?, *weight))).collect()
    };
    let documents: Vec<Sparse> = documents.iter().map(numbered).collect();
    let mut basis: Vec<Vec<f32>> = (0..used as usize).map(|term| start(term, dimensions)).collect();
    for _ in 0..ROUNDS {
        let mut points = project(&documents, &basis, dimensions);
        orthonormalise(&mut points, dimensions);
        for row in &mut basis {
            row.fill(0.0);
        }
        for (document, point) in documents.iter().zip(&points) {
            for (term, weight) in document {
                for (sum, value) in basis[*term as usize].iter_mut().zip(point) {
                    *sum += weight * value;
                }
            }
        }
        orthonormalise(&mut basis, dimensions);
    }
    let mut points = project(&documents, &basis, dimensions);
    points.iter_mut().for_each(|point| normalise(point));
    points
}

/// Makes a vector one long, unless it is nothing.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > f32::MIN_POSITIVE {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Returns the inner product.
pub(super) fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn project(documents: &[Sparse], basis: &[Vec<f32>], dimensions: usize) -> Vec<Vec<f32>> {
    let point = |document: &Sparse| {
        let mut point = vec![0.0; dimensions];
        for (term, weight) in document {
            for (sum, value) in point.iter_mut().zip(&basis[*term as usize]) {
                *sum += weight * value;
            }
        }
        point
    };
    documents.iter().map(point).collect()
}

/// Makes the columns of a matrix that is given by rows orthogonal to each other, each one long.
fn orthonormalise(rows: &mut [Vec<f32>], dimensions: usize) {
    for column in 0..dimensions {
        let mut shares = vec![0.0_f64; column + 1];
        for row in rows.iter() {
            for (share, value) in shares.iter_mut().zip(row) {
                *share += f64::from(value * row[column]);
            }
        }
        let length = shares.pop().unwrap_or(0.0);
        let rest = length - shares.iter().map(|share| share * share).sum::<f64>();
        let scale = if rest > 1e-9 * length.max(1e-12) { 1.0 / rest.sqrt() } else { 0.0 };
        for row in rows.iter_mut() {
            let taken: f64 =
                shares.iter().zip(row.iter()).map(|(share, value)| share * f64::from(*value)).sum();
            row[column] = ((f64::from(row[column]) - taken) * scale) as f32;
        }
    }
}

/// Returns the fixed start of a term's row: numbers without a pattern (the finaliser of splitmix64).
fn start(term: usize, dimensions: usize) -> Vec<f32> {
    let number = |dimension: usize| {
        let mut bits = ((term as u64) << 8 | dimension as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits >> 40) as f32) / ((1_u64 << 23) as f32) - 1.0
    };
    (0..dimensions).map(number).collect()
}
