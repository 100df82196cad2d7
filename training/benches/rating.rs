//! Learning to predict ratings, and predicting one: 16,470 invented ratings of films by 6,800 directors,
//! as many as the public film ratings have.

use criterion::{Criterion, criterion_group, criterion_main};
use matinee::rating::{Film, Genre};
use matinee_training::rating::{RatedFilm, learn, learn_checked};

const RATINGS: usize = 16_470;
const DIRECTORS: usize = 6_800;

/// Few directors have many films, as among those who are real.
fn invented() -> Vec<RatedFilm> {
    let mut random = fastrand::Rng::with_seed(1);
    let genres: Vec<Genre> = Genre::all().collect();
    let talents: Vec<usize> = (0..DIRECTORS).map(|_| random.usize(0..4)).collect();
    let rated = (0..RATINGS).map(|number| {
        let most = random.usize(1..=DIRECTORS);
        let director = random.usize(0..most);
        let year = random.u16(1920..=2016).max(random.u16(1920..=2016));
        let count = random.usize(1..=3);
        let of_film: Vec<Genre> = (0..count)
            .map(|_| *random.choice(&genres).unwrap_or(&genres[0]))
            .collect();
        let liking: usize = of_film.iter().map(|genre| genre.number() % 3).sum();
        let stars = 2 + talents[director] + liking / 2 + random.usize(0..3);
        RatedFilm {
            film: Film {
                title: format!("The Film of Number {number} ({year})"),
                year,
                director: Some(format!("Given{} Family{director}", director % 700)),
                genres: of_film,
            },
            stars: stars.min(10) as u8,
        }
    });
    rated.collect()
}

fn rating(c: &mut Criterion) {
    let rated = invented();
    let rating = learn(&rated, 1);
    let mut at = 0;
    c.bench_function("rating/predict/one of 16470", |b| {
        b.iter(|| {
            at = (at + 7919) % rated.len();
            rating.predict(&rated[at].film).expected()
        });
    });
    let mut group = c.benchmark_group("rating");
    group.sample_size(10);
    group.bench_function("learn/16470", |b| b.iter(|| learn(&rated, 1).ratings));
    group.bench_function("learn and check/16470", |b| {
        b.iter(|| learn_checked(&rated, 1).map(|checked| checked.section.len()));
    });
    group.finish();
}

criterion_group!(benches, rating);
criterion_main!(benches);
