use std::collections::HashSet;

use super::reason::is_series;
use super::{Filters, Ground, Page, Reason, Recommendation, top_score};
use crate::catalogue::GenreSet;
use crate::model::{Model, MovieIndex, MovieRef, NeighbourList};

/// What to do when a film's nearest films are exhausted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extend {
    /// Go on with films whose facts are alike, then with well-known ones, and say so in the
    /// reason.
    #[default]
    WithAlike,
    /// End.
    No,
}

/// A question for films like another one.
#[derive(Clone, Debug)]
pub struct SimilarQuery<'a> {
    /// The film to start from; it is never in the answer.
    pub movie: MovieIndex,
    /// Which neighbours.
    pub list: NeighbourList,
    /// Which films may be given.
    pub filters: &'a Filters,
    /// What follows the nearest films.
    pub extend: Extend,
}

/// The films nearest to one film, from `offset` on, at most `limit`.
///
/// Within the stored neighbours O(neighbours); behind them O(films).
pub fn similar(model: &Model, query: &SimilarQuery<'_>, offset: usize, limit: usize) -> Page {
    let seed = model.catalogue.get(query.movie);
    let near = || {
        model
            .similar
            .neighbours(query.list, query.movie)
            .filter(|neighbour| query.filters.accept(model.catalogue.get(neighbour.movie)))
            .map(|neighbour| (neighbour.movie, neighbour.score, Ground::Near))
    };
    let recommend = |(movie, score, ground): (MovieIndex, f32, Ground)| Recommendation {
        movie,
        score,
        reason: Reason::alike(seed, model.catalogue.get(movie), ground),
        explored: false,
    };
    let page = Page::cut(near(), offset, limit, recommend);
    if page.next.is_some() || query.extend == Extend::No {
        return page;
    }
    let list = near().chain(alike(model, query, seed));
    Page::cut(list, offset, limit, recommend)
}

/// Every other film that passes: those whose facts are alike first, then the well-known ones.
/// Scores go on below the last neighbour's.
fn alike(
    model: &Model,
    query: &SimilarQuery<'_>,
    seed: MovieRef<'_>,
) -> Vec<(MovieIndex, f32, Ground)> {
    let mut ceiling = 1.0f32;
    let mut given: HashSet<MovieIndex> = HashSet::from([query.movie]);
    for neighbour in model.similar.neighbours(query.list, query.movie) {
        given.insert(neighbour.movie);
        ceiling = neighbour.score;
    }
    let facts = Facts::of(seed);
    let mut rest: Vec<(MovieIndex, f32, Ground)> = model
        .catalogue
        .iter()
        .filter(|movie| !given.contains(&movie.index()) && query.filters.accept(*movie))
        .map(|movie| {
            let alikeness = facts.similarity(movie);
            let renown = top_score(movie.prominence(), movie.vote_average());
            let ground = if alikeness > 0.0 {
                Ground::AlikeFacts
            } else {
                Ground::Renown
            };
            (movie.index(), 0.8 * alikeness + 0.2 * renown, ground)
        })
        .collect();
    rest.sort_by(|a, b| {
        let ground = |entry: &(MovieIndex, f32, Ground)| entry.2 == Ground::Renown;
        ground(a)
            .cmp(&ground(b))
            .then(b.1.total_cmp(&a.1))
            .then(a.0.cmp(&b.0))
    });
    // Films on renown alone follow those whose facts are alike, whatever their renown.
    let last_alike = rest
        .iter()
        .rfind(|entry| entry.2 == Ground::AlikeFacts)
        .map_or(1.0, |entry| entry.1);
    for (_, score, ground) in &mut rest {
        let below = if *ground == Ground::Renown {
            last_alike
        } else {
            1.0
        };
        *score *= ceiling.max(0.0) * below;
    }
    rest
}

/// What the record of a film says, to be held against many others.
struct Facts<'a> {
    movie: MovieRef<'a>,
    genres: GenreSet,
    /// The numbers of names, ascending.
    directors: Vec<u32>,
    cast: Vec<u32>,
    /// Those that name a series of films.
    series: Vec<u32>,
    keywords: Vec<u32>,
}

impl<'a> Facts<'a> {
    fn of(movie: MovieRef<'a>) -> Self {
        let sorted = |numbers: &mut dyn Iterator<Item = u32>| {
            let mut numbers: Vec<u32> = numbers.collect();
            numbers.sort_unstable();
            numbers
        };
        let keywords = || movie.keyword_numbers().zip(movie.keywords());
        let of_kind = |series: bool| {
            let kind = keywords().filter(move |(_, word)| is_series(word) == series);
            sorted(&mut kind.map(|(number, _)| number))
        };
        Self {
            movie,
            genres: movie.genre_set(),
            directors: sorted(&mut movie.director_numbers()),
            cast: sorted(&mut movie.cast_numbers()),
            series: of_kind(true),
            keywords: of_kind(false),
        }
    }

    /// How alike another film's facts are, 0..=1, from what the records say alone.
    fn similarity(&self, other: MovieRef<'_>) -> f32 {
        let genres = self.genres.jaccard(other.genre_set());
        let mut others = 0.0;
        let mut add = |of: &[u32], numbers: &mut dyn Iterator<Item = u32>, weight: f32| {
            let shared = numbers.filter(|number| of.binary_search(number).is_ok());
            shared.for_each(|_| others += weight);
        };
        add(&self.series, &mut other.keyword_numbers(), 0.3);
        add(&self.directors, &mut other.director_numbers(), 0.3);
        add(&self.cast, &mut other.cast_numbers(), 0.1);
        add(&self.keywords, &mut other.keyword_numbers(), 0.1);
        let decade = |movie: MovieRef<'_>| movie.year().map(|year| year / 10);
        if genres > 0.0 && decade(self.movie).is_some_and(|of| decade(other) == Some(of)) {
            others += 0.1;
        }
        (0.6 * genres + 0.4 * others.min(1.0)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::recommend::{SharedKind, shared_features};

    /// The obvious way.
    fn slow(a: MovieRef<'_>, b: MovieRef<'_>) -> f32 {
        let genres = a.genre_set().jaccard(b.genre_set());
        let others: f32 = shared_features(a, b)
            .iter()
            .map(|shared| match shared.kind {
                SharedKind::Series | SharedKind::Director => 0.3,
                SharedKind::Cast | SharedKind::Keyword => 0.1,
                SharedKind::Decade if genres > 0.0 => 0.1,
                SharedKind::Genre | SharedKind::Decade => 0.0,
            })
            .sum();
        (0.6 * genres + 0.4 * others.min(1.0)).min(1.0)
    }

    #[test]
    fn facts_are_as_alike_as_what_they_share() {
        let mut movies = fixture::movies();
        let words = [
            "comet series",
            "tv series",
            "harbor",
            "bread",
            "night",
            "train",
        ];
        for (row, movie) in movies.iter_mut().enumerate() {
            let some = |from: usize| {
                let of = words.iter().enumerate();
                let of = of.filter(move |(n, _)| (row * 7 + n * from).is_multiple_of(3));
                of.map(|(_, word)| (*word).to_owned()).collect()
            };
            movie.keywords = some(1);
            movie.cast = some(2);
        }
        let model = fixture::model_of(&movies, None);
        let mut alike = 0;
        for a in model.catalogue.iter() {
            let facts = Facts::of(a);
            for b in model.catalogue.iter() {
                let similarity = facts.similarity(b);
                assert_eq!(similarity.to_bits(), slow(a, b).to_bits(), "{a:?} {b:?}");
                alike += usize::from(similarity > 0.0);
            }
        }
        assert!(alike > 20, "{alike}");
    }
}
