mod features;
mod inverse;
mod linear;
mod plan;
mod rest;
mod search;
mod whole;

use crate::preferences::Preferences;

/// Viewers who have films by a rule that looks like chance: `per_viewer` picks among `films`, the
/// first films more often.
pub(super) fn invented(viewers: usize, films: usize, per_viewer: usize) -> Preferences {
    let mut state = 1_u64;
    let mut chance = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let drawn = state >> 40;
        drawn * drawn
    };
    let rows = (0..viewers).map(|_| {
        let picks = (0..per_viewer).map(|_| ((chance() * films as u64) >> 48) as u32);
        picks.collect::<Vec<u32>>()
    });
    Preferences::new(films, rows.collect::<Vec<_>>())
}

/// What `work` gives with so many threads.
pub(super) fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(work)
}

/// Solves a system by Gauss-Jordan elimination with row exchanges.
pub(super) fn solve(mut rows: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for at in 0..size {
        let best = (at..size).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()));
        rows.swap(at, best.unwrap());
        right.swap(at, best.unwrap());
        for other in (0..size).filter(|other| *other != at) {
            let factor = rows[other][at] / rows[at][at];
            let pivot = rows[at].clone();
            for (value, above) in rows[other].iter_mut().zip(&pivot) {
                *value -= factor * above;
            }
            right[other] -= factor * right[at];
        }
    }
    (0..size).map(|at| right[at] / rows[at][at]).collect()
}
