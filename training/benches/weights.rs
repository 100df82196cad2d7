//! How long it takes to learn weights from what viewers did: 1,000 viewers, 2,000 films, about 50,000
//! interactions.

#![expect(clippy::cast_sign_loss, reason = "numbers drawn from 0 on")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use matinee_training::NoProgress;
use matinee_training::preferences::Preferences;
use matinee_training::weights::{Linear, LinearSettings};

const FILMS: u32 = 2_000;

fn weights(criterion: &mut Criterion) {
    let mut random = fastrand::Rng::with_seed(1);
    let rows = (0..1_000).map(|_| {
        let picks = (0..60).map(|_| (random.f64().powi(2) * f64::from(FILMS)) as u32);
        picks.collect()
    });
    let preferences = Preferences::new(FILMS as usize, rows);
    let settings = LinearSettings::start();
    let gram = || Linear::new(&preferences, &[], &settings, usize::MAX, &NoProgress);
    let Ok(linear) = gram() else { return };
    let Ok(solution) = linear.solve(&settings, &NoProgress) else {
        return;
    };
    let mut group = criterion.benchmark_group("weights/2000 films");
    group.sample_size(10);
    group.bench_function("Gram matrix", |bench| bench.iter(gram));
    group.bench_function("inverse", |bench| {
        bench.iter(|| linear.solve(&settings, &NoProgress));
    });
    group.bench_function("all weights", |bench| {
        bench.iter(|| linear.dense(black_box(&solution)));
    });
    for neighbours in [50, 200] {
        group.bench_function(format!("{neighbours} neighbours"), |bench| {
            bench.iter(|| linear.sparse(&solution, neighbours, &NoProgress));
        });
    }
    group.finish();
}

criterion_group!(benches, weights);
criterion_main!(benches);
