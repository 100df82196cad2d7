//! How long it takes to read a catalogue's films into neighbours and sections.

mod common;

use criterion::{Criterion, criterion_group, criterion_main};
use matinee::model::SourceCounts;
use matinee_training::similarity::{BlendSettings, blended_neighbours, plain_neighbours};
use matinee_training::{NoProgress, TrainSettings, train};

fn training(criterion: &mut Criterion) {
    let (films, size) = common::films();
    let mut group = criterion.benchmark_group(format!("training/{size}"));
    group.sample_size(10);
    group.bench_function("plain neighbours", |bench| {
        bench.iter(|| plain_neighbours(&films, 100, &NoProgress));
    });
    group.bench_function("blended neighbours", |bench| {
        bench.iter(|| blended_neighbours(&films, 100, &BlendSettings::default(), &NoProgress));
    });
    group.bench_function("whole model", |bench| {
        bench.iter(|| {
            let settings = TrainSettings::default();
            let created = "2026-01-31T12:00:00Z";
            train(
                &films,
                None,
                SourceCounts::default(),
                created,
                &settings,
                &NoProgress,
            )
        });
    });
    group.finish();
}

criterion_group!(benches, training);
criterion_main!(benches);
