//! How long the calls behind a request take: loading a model, finding a film, films like it.

mod common;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use matinee::catalogue::find;
use matinee::model::{Catalogue, MovieIndex, MovieRef, NeighbourList, SourceCounts, load, publish};
use matinee::ports::MemoryBlobs;
use matinee::recommend::{Extend, Filters, SimilarQuery, similar};
use matinee::taste::{
    Interaction, InteractionId, Kind, Millis, Profile, Rating, Recorded, Scale, Source, ViewerId,
};
use matinee_training::{NoProgress, TrainSettings, train};

fn serving(criterion: &mut Criterion) {
    let (films, size) = common::films();
    let draft = train(
        &films,
        None,
        SourceCounts::default(),
        "2026-01-31T12:00:00Z",
        &TrainSettings::default(),
        &NoProgress,
    )
    .expect("films to train on");
    let blobs = MemoryBlobs::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let model = runtime
        .block_on(publish(&blobs, &draft))
        .expect("a sound model");
    let mut group = criterion.benchmark_group(format!("serving/{size}"));
    group.bench_function("bytes to ready model", |bench| {
        bench.iter(|| runtime.block_on(load(&blobs)).expect("a sound model"));
    });
    let titles: Vec<&str> = model.catalogue.iter().map(MovieRef::title).collect();
    let mut next = titles.iter().cycle().step_by(97);
    group.bench_function("find a film by its title", |bench| {
        bench.iter(|| find(&model, black_box(next.next().expect("endless"))));
    });
    group.bench_function("find a film in spite of two slips", |bench| {
        bench.iter(|| find(&model, black_box("the shwashank redemtion")));
    });
    let filters = Filters::default();
    let rows = model.catalogue.len() as u32;
    let mut seeds = (0..rows).map(MovieIndex).cycle().step_by(97);
    group.bench_function("five similar films with reasons", |bench| {
        bench.iter(|| {
            let query = SimilarQuery {
                movie: seeds.next().expect("endless"),
                list: NeighbourList::Blended,
                filters: &filters,
                extend: Extend::WithAlike,
            };
            similar(&model, &query, 0, 5)
        });
    });
    let history = history(&model.catalogue, 1_000);
    group.bench_function("profile of 1,000 interactions", |bench| {
        bench.iter(|| Profile::of(black_box(&history), &model));
    });
    group.finish();
}

/// So many interactions of one viewer, newest first, of every kind, with films from all over the
/// catalogue.
fn history(catalogue: &Catalogue, count: u32) -> Vec<Recorded> {
    let viewer: ViewerId = "bench".parse().expect("letters");
    let stars = [2.0, 3.5, 4.5].map(|stars| Rating::new(stars, Scale::Five).expect("on the scale"));
    let kinds = [
        Kind::Watched(None),
        Kind::Clicked(None),
        Kind::Liked,
        Kind::Rated(stars[0]),
        Kind::Rated(stars[1]),
        Kind::Rated(stars[2]),
        Kind::Disliked,
        Kind::Skipped,
    ];
    let row = |number: u32| {
        let movie = catalogue.get(MovieIndex(number * 97 % catalogue.len() as u32));
        let at = Millis(1_769_860_800_000 - i64::from(number) * 60_000);
        let id = number.to_string();
        Interaction {
            id: InteractionId::derived([id.as_str()]),
            viewer: viewer.clone(),
            movie: movie.movie_id(),
            kind: kinds[number as usize % kinds.len()],
            at,
            source: Source::Http,
            recommendation: None,
        }
        .accepted(at)
    };
    (0..count).map(row).collect()
}

criterion_group!(benches, serving);
criterion_main!(benches);
