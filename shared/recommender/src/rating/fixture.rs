//! A small predictor with something in every part.

use super::{BENDS, Directors, Forest, Kernel, Learned, RatedWork, Rating, STARS, Work};

/// Learned from nothing, but sound: two directors, one tree a forest.
pub(crate) fn rating() -> Rating {
    let work = |year, genres, ratings, weight| RatedWork {
        work: Work { year, genres },
        ratings,
        weight,
    };
    let mut shapes = [[0.0; STARS]; BENDS];
    for (stars, value) in shapes[0].iter_mut().zip(0_u8..) {
        *stars = f32::from(value) - 5.5;
    }
    Rating {
        ratings: 4,
        learned: Some(Learned {
            base: Forest {
                depth: 1,
                outputs: 1,
                features: vec![0],
                splits: vec![1990.5],
                leaves: vec![0.5, -0.5],
            },
            directors: Directors {
                kernel: Kernel::new(0.25, 0.5, 0.25, 10.0),
                names: "ada moorbo lind".to_owned(),
                names_at: vec![0, 8, 15],
                works_at: vec![0, 2, 3],
                works: vec![
                    work(1980, 1 << 8, 2, 1.0),
                    work(1999, 1 << 8 | 1 << 22, 1, 0.5),
                    work(1999, 0, 1, -1.0),
                ],
            },
            shapes,
            slopes: [[0.0, 0.5], [0.0; 2], [0.0; 2], [0.0; 2]],
            stars: Forest {
                depth: 2,
                outputs: BENDS,
                features: vec![36, 0],
                splits: vec![0.0, 2000.5],
                leaves: (0_u8..16).map(|at| f32::from(at) / 100.0).collect(),
            },
        }),
        ..Rating::unlearned()
    }
}
