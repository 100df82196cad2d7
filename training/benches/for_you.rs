//! How long a list for a viewer takes: a history of 200 films, filters, variety, films to try out and
//! reasons in sentences, over synthetic weights of 200 films towards every film.
//!
//! Besides criterion's means it prints the percentiles of single calls.

#![expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "small invented numbers"
)]

mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use matinee::catalogue::Genre;
use matinee::model::{
    Model, MovieIndex, SectionKind, SourceCounts, WeightLists, load, publish, write_weights,
};
use matinee::ports::MemoryBlobs;
use matinee::recommend::{Filters, ForYouQuery, ForYouSettings, Page, for_you};
use matinee::taste::{
    History, Interaction, InteractionId, Kind, Millis, Recorded, Source, TasteSettings, ViewerId,
};
use matinee::wording::Wording;
use matinee_training::{NoProgress, TrainSettings, train};

/// Films with a weight towards each film.
const SOURCES: usize = 200;

/// Films in a history.
const HISTORY: usize = 200;

/// Viewers whose lists are asked for in turn.
const VIEWERS: u64 = 64;

/// Single calls whose times are taken.
const CALLS: usize = 5_000;

const NOW: Millis = Millis(1_769_860_800_000);

/// A repeatable series of numbers (`SplitMix64`).
struct Series(u64);

impl Series {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A film of `films`, each about as often as one part in its number: popularity as it is.
    fn film(&mut self, films: usize) -> u32 {
        let rank = (films as f64).powf(self.unit());
        (rank as u32 - 1).min(films as u32 - 1)
    }

    /// So many different films.
    fn films(&mut self, films: usize, count: usize) -> Vec<u32> {
        let mut seen = vec![false; films];
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count.min(films / 2) {
            let film = self.film(films);
            if !std::mem::replace(&mut seen[film as usize], true) {
                drawn.push(film);
            }
        }
        drawn
    }
}

/// Few large weights, many small ones, a quarter below 0; every tenth film not learned.
fn weights(films: usize) -> WeightLists {
    let mut series = Series(1);
    let mut weights = vec![Vec::new(); films];
    for target in 0..films as u32 {
        for source in series.films(films, SOURCES) {
            let size = 0.5 / (1.0 + 200.0 * series.unit());
            let sign = if series.unit() < 0.25 { -0.3 } else { 1.0 };
            if source != target {
                weights[source as usize].push((MovieIndex(target), (sign * size) as f32));
            }
        }
    }
    let prior: Vec<f32> = (0..films).map(|rank| 1.0 / (rank + 1) as f32).collect();
    WeightLists {
        weights,
        trending: prior.clone(),
        prior,
        learned: (0..films).map(|rank| rank % 10 != 9).collect(),
    }
}

fn rows(model: &Model, viewer: &ViewerId, seed: u64) -> Vec<Recorded> {
    let kinds = [Kind::Watched(None), Kind::Liked, Kind::Disliked];
    let films = Series(seed).films(model.catalogue.len(), HISTORY);
    let rows = films.into_iter().enumerate().map(|(number, film)| {
        let at = Millis(NOW.0 - number as i64 * 3_600_000);
        Interaction {
            id: InteractionId::derived([number.to_string().as_str()]),
            viewer: viewer.clone(),
            movie: model.catalogue.get(MovieIndex(film)).movie_id(),
            kind: kinds[number % 7 % 3],
            at,
            source: Source::Http,
            recommendation: None,
        }
        .accepted(at)
    });
    rows.collect()
}

/// A model of 10,000 films with synthetic weights, and the bytes of these a weight.
fn model() -> (Model, MemoryBlobs, String, f64) {
    let (films, size) = common::films();
    let created = "2026-01-31T12:00:00Z";
    let settings = TrainSettings::default();
    let draft = train(
        &films,
        None,
        SourceCounts::default(),
        created,
        &settings,
        &NoProgress,
    );
    let mut draft = draft.expect("films to train on");
    let lists = weights(films.len());
    let count: usize = lists.weights.iter().map(Vec::len).sum();
    let section = write_weights(&lists);
    let bytes = section.len() as f64 / count as f64;
    draft.sections.insert(SectionKind::Weights, section.into());
    let blobs = MemoryBlobs::default();
    let model = runtime().block_on(publish(&blobs, &draft));
    (model.expect("a sound model"), blobs, size, bytes)
}

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime")
}

struct Viewer {
    id: ViewerId,
    rows: Vec<Recorded>,
}

/// The whole way from a viewer's rows to films with reasons in words.
fn list(model: &Model, viewer: &Viewer, filters: &Filters, offset: usize) -> (Page, usize) {
    let settings = TasteSettings::default();
    let history = History::of(&viewer.rows, &model.catalogue, NOW, &settings);
    let query = ForYouQuery {
        viewer: Some(&viewer.id),
        history: &history,
        as_of: NOW,
        filters,
        settings: &ForYouSettings::default(),
    };
    let page = for_you(model, &query, offset, 20);
    let wording = Wording::of("en-US");
    let sentences = page.recommendations.iter();
    let letters = sentences
        .map(|r| r.reason.sentence(model, wording).len())
        .sum();
    (page, letters)
}

/// What this thread has worked, whatever else the machine does.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a time since the thread began")
}

#[expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]
fn percentiles(what: &str, mut call: impl FnMut(usize)) {
    for warm in 0..200 {
        call(warm);
    }
    let (mut passed, mut worked): (Vec<Duration>, Vec<Duration>) = (0..CALLS)
        .map(|number| {
            let (start, before) = (Instant::now(), processor_time());
            call(number);
            (start.elapsed(), processor_time().saturating_sub(before))
        })
        .unzip();
    for (clock, times) in [("clock", &mut passed), ("processor", &mut worked)] {
        times.sort_unstable();
        let at = |share: f64| times[(share * (CALLS - 1) as f64) as usize].as_secs_f64() * 1e6;
        let (p50, p99, most) = (at(0.5), at(0.99), at(1.0));
        println!("{what}: p50 {p50:.0} us, p99 {p99:.0} us, longest {most:.0} us ({clock})");
    }
}

#[expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]
fn serving(criterion: &mut Criterion) {
    let (model, blobs, size, bytes) = model();
    println!("weights of {size}: {bytes:.3} bytes a neighbour");
    let viewers: Vec<Viewer> = (0..VIEWERS)
        .map(|number| {
            let id: ViewerId = format!("viewer-{number}").parse().expect("letters");
            let rows = rows(&model, &id, number + 100);
            Viewer { id, rows }
        })
        .collect();
    let filters = Filters {
        genres: vec![Genre::Drama, Genre::Comedy, Genre::Thriller],
        year_from: Some(1970),
        min_rating: Some(5.0),
        language: Some("en".to_owned()),
        exclude: (0..50).map(|row| MovieIndex(row * 7)).collect(),
        ..Filters::default()
    };
    let viewer = |number: usize| &viewers[number % viewers.len()];
    percentiles("the history alone", |number| {
        let rows = &viewer(number).rows;
        let settings = TasteSettings::default();
        black_box(History::of(rows, &model.catalogue, NOW, &settings));
    });
    percentiles("20 films, filtered", |number| {
        black_box(list(&model, viewer(number), &filters, 0));
    });
    percentiles("20 films, no filters", |number| {
        black_box(list(&model, viewer(number), &Filters::default(), 0));
    });
    percentiles("the fifth 20 films, filtered", |number| {
        black_box(list(&model, viewer(number), &filters, 80));
    });
    let mut group = criterion.benchmark_group(format!("for you/{size}"));
    let mut number = 0;
    group.bench_function("20 films after 200, filtered", |bench| {
        bench.iter(|| {
            number += 1;
            list(&model, viewer(number), &filters, 0)
        });
    });
    group.bench_function("bytes to ready model with weights", |bench| {
        let runtime = runtime();
        bench.iter(|| runtime.block_on(load(&blobs)).expect("a sound model"));
    });
    group.finish();
}

criterion_group!(benches, serving);
criterion_main!(benches);
