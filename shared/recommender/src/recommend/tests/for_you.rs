//! Lists for a viewer.

mod exploration;

use std::collections::HashSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::movies;
use crate::catalogue::{Genre, Movie, MovieId};
use crate::fixture::{self, model_of, ring_weights, row, rows_until};
use crate::model::{Model, MovieIndex, MovieRef, WeightLists, Weights};
use crate::recommend::{
    Filters, ForYouQuery, ForYouSettings, Ground, Page, Recommendation, for_you,
    for_you_unexplained, trending,
};
use crate::taste::{History, Kind, KindName, Millis, Recorded, TasteSettings, ViewerId};
use crate::wording::{DEFAULT_LOCALE, Wording};

const NOW: Millis = Millis(1_769_909_400_000);
const LATER: Millis = Millis(NOW.0 + 3_600_000);

/// By score alone.
const PLAIN: ForYouSettings = ForYouSettings {
    bias: 0.0,
    relevance: 1.0,
    exploration: 0.0,
};

struct Asked<'a> {
    model: &'a Model,
    history: History,
    filters: Filters,
    settings: ForYouSettings,
    viewer: ViewerId,
    as_of: Millis,
}

impl<'a> Asked<'a> {
    fn after(model: &'a Model, done: &[(u32, Kind)]) -> Self {
        Self::with(model, &rows_until(NOW.0, done))
    }

    fn with(model: &'a Model, rows: &[Recorded]) -> Self {
        let settings = TasteSettings::default();
        Self {
            history: History::of(rows, &model.catalogue, LATER, &settings),
            model,
            filters: Filters::default(),
            settings: PLAIN,
            viewer: "ada".parse().unwrap(),
            as_of: LATER,
        }
    }

    fn page(&self, offset: usize, limit: usize) -> Page {
        for_you(self.model, &self.query(), offset, limit)
    }

    fn query(&self) -> ForYouQuery<'_> {
        ForYouQuery {
            viewer: Some(&self.viewer),
            history: &self.history,
            as_of: self.as_of,
            filters: &self.filters,
            settings: &self.settings,
        }
    }

    /// The whole list, page by page.
    fn pages(&self, limit: usize) -> Vec<Recommendation> {
        let mut list = Vec::new();
        let mut at = Some(0);
        while let Some(offset) = at {
            let page = self.page(offset, limit);
            list.extend(page.recommendations);
            at = page.next;
        }
        list
    }

    fn sentence(&self, recommendation: &Recommendation) -> String {
        let wording = Wording::of(DEFAULT_LOCALE);
        recommendation.reason.sentence(self.model, wording)
    }
}

/// Films 1, 2 and 5 speak for each other and others.
fn weighted() -> Model {
    let mut weights = ring_weights(9);
    let list = |list: &[(u32, f32)]| -> Vec<(MovieIndex, f32)> {
        list.iter()
            .map(|(number, weight)| (row(*number), *weight))
            .collect()
    };
    weights.weights = vec![Vec::new(); 9];
    weights.weights[0] = list(&[(2, 0.5), (3, 0.25), (4, 0.5), (7, -0.25)]);
    weights.weights[4] = list(&[(2, 0.25), (3, 0.5), (6, -0.4), (8, -0.3)]);
    weights.prior = (0..9).map(|at| 1.0 / (at + 1) as f32).collect();
    weights.prior[8] = 0.0;
    model_of(&fixture::movies(), Some(&weights))
}

#[test]
fn films_stand_by_what_the_history_says_for_and_against_them() {
    let model = weighted();
    let asked = Asked::after(&model, &[(1, Kind::Liked), (5, Kind::Watched(None))]);
    let list = asked.pages(100);
    // 2: 0.5 + 0.6 * 0.25; 3: 0.25 + 0.6 * 0.5; 4: 0.5. Behind them 9, of which nothing is said,
    // then 8: -0.18, 6: -0.24 and 7: -0.25.
    let expected = [2, 3, 4, 9, 8, 6, 7].map(row);
    assert_eq!(movies(&list), expected);
    for (recommendation, score) in list.iter().zip([0.65, 0.55, 0.5, 0.0, -0.18, -0.24, -0.25]) {
        assert!(
            (recommendation.score - score).abs() < 1e-3,
            "{recommendation:?}"
        );
    }
}

#[test]
fn what_is_disliked_speaks_against_what_is_like_it() {
    let model = weighted();
    let asked = Asked::after(&model, &[(1, Kind::Liked), (5, Kind::Disliked)]);
    let list = asked.pages(100);
    // 4: 0.5, 2: 0.25; 3 comes to -0.25, as does 7. What 5 speaks against gains nothing.
    assert_eq!(movies(&list)[..5], [4, 2, 6, 8, 9].map(row));
    let behind = &movies(&list)[5..];
    assert_eq!(behind.len(), 2);
    assert!(behind.contains(&row(3)) && behind.contains(&row(7)));
    let sentence = asked.sentence(&list[1]);
    assert!(
        sentence.starts_with("Because you liked The Quiet Comet;"),
        "{sentence}"
    );
}

#[test]
fn reasons_name_the_films_that_speak_for_it_and_what_they_share() {
    let model = weighted();
    let asked = Asked::after(&model, &[(1, Kind::Liked), (5, Kind::Watched(None))]);
    let list = asked.pages(100);
    let because = &list[0].reason.because;
    assert_eq!(because.len(), 2);
    assert_eq!(
        (because[0].movie, because[0].deed),
        (row(1), Some(KindName::Liked))
    );
    assert_eq!(
        (because[1].movie, because[1].deed),
        (row(5), Some(KindName::Watched))
    );
    assert!((because[0].share - 0.5 / 0.65).abs() < 1e-3);
    assert!((because[0].share + because[1].share - 1.0).abs() < 1e-6);
    assert_eq!(
        asked.sentence(&list[0]),
        "Because you liked The Quiet Comet; also directed by Ada Moor and listed under Science Fiction."
    );
    // Film 5 says more for film 3, with which it shares nothing.
    assert_eq!(list[1].reason.because[0].movie, row(5));
    assert_eq!(asked.sentence(&list[1]), "Because you watched Harvest.");
    assert_eq!(list[2].reason.because.len(), 1);
    // Nothing speaks for the others.
    assert_eq!(list[3].reason.ground, Ground::Renown);
    assert_eq!(list[4].reason.ground, Ground::Popular);
    assert!(list[3].reason.because.is_empty());
}

#[test]
fn a_viewer_of_whom_nothing_is_known_gets_what_is_trending() {
    let model = weighted();
    let mut asked = Asked::after(&model, &[]);
    let trend = trending(&model, &Filters::default(), 2, 3);
    assert_eq!(asked.page(2, 3), trend);
    // A film that was clicked in vain, and one that left the viewer cold.
    let middling = crate::taste::Rating::new(5.5, crate::taste::Scale::Ten).unwrap();
    asked = Asked::after(&model, &[(1, Kind::Rated(middling)), (999, Kind::Liked)]);
    let list = asked.pages(4);
    assert_eq!(list.len(), 8);
    assert!(!movies(&list).contains(&row(1)));
}

#[test]
fn a_model_without_weights_goes_by_the_nearest_films() {
    let model = model_of(&fixture::movies(), None);
    let asked = Asked::after(&model, &[(1, Kind::Liked), (5, Kind::Disliked)]);
    let list = asked.pages(3);
    // Films 2, 3 and 4 follow 1 round the ring with 1, 1/2 and 1/3; so do 6, 7 and 8 follow 5.
    assert_eq!(movies(&list), [2, 3, 4, 9, 8, 7, 6].map(row));
    assert_eq!(list[0].reason.because[0].movie, row(1));
    let mut exploring = Asked::after(&model, &[(1, Kind::Liked)]);
    exploring.settings.exploration = 0.5;
    assert!(exploring.pages(9).iter().all(|r| !r.explored));
}

#[test]
fn the_bias_puts_popular_films_forward() {
    let model = weighted();
    let mut asked = Asked::after(&model, &[(5, Kind::Liked)]);
    assert_eq!(movies(&asked.pages(9))[..2], [3, 2].map(row));
    asked.settings.bias = 10.0;
    // Popularity falls with the number.
    assert_eq!(movies(&asked.pages(9))[..3], [1, 2, 3].map(row));
    let first = &asked.page(0, 1).recommendations[0];
    assert!((first.score - 10.0).abs() < 1e-3);
    assert_eq!(
        first.reason.ground,
        Ground::Popular,
        "nothing else speaks for it"
    );
    for bias in [f32::NAN, f32::INFINITY, f32::MAX, -1.0] {
        asked.settings.bias = bias;
        assert!(asked.pages(9).iter().all(|r| r.score.is_finite()));
    }
}

#[test]
fn a_film_near_one_that_is_shown_gives_way() {
    let mut weights = ring_weights(9);
    weights.weights = vec![Vec::new(); 9];
    // Film 3 stands nearest to 2 on the ring, 7 is none of its four neighbours.
    weights.weights[0] = [(2, 1.0), (3, 0.9), (7, 0.8)]
        .map(|(number, weight)| (row(number), weight))
        .to_vec();
    let model = model_of(&fixture::movies(), Some(&weights));
    let mut asked = Asked::after(&model, &[(1, Kind::Liked)]);
    let first_three = |asked: &Asked<'_>| movies(&asked.page(0, 3).recommendations);
    assert_eq!(first_three(&asked), [2, 3, 7].map(row));
    asked.settings.relevance = 0.8;
    assert_eq!(first_three(&asked), [2, 7, 3].map(row));
    asked.settings.relevance = f32::NAN;
    assert_eq!(first_three(&asked), [2, 3, 7].map(row));
}

/// Three hundred films in three genres, every third not learned from viewers, with weights to twenty
/// others each.
static MANY: LazyLock<(Model, WeightLists)> = LazyLock::new(|| {
    let films = 300u32;
    let genres = [Genre::Drama, Genre::Comedy, Genre::Horror];
    let movies: Vec<Movie> = (1..=films)
        .map(|number| {
            let id = MovieId::new("tmdb", number).unwrap();
            let mut movie = Movie::new(id, format!("Film {number}"), Some(2000));
            movie.genres = vec![genres[number as usize % 5 % 3]];
            movie.prominence = 1.0 / number as f32;
            movie
        })
        .collect();
    let mut state = 7u32;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    let mut lists = WeightLists {
        weights: Vec::new(),
        prior: (0..films).map(|at| 1.0 / (at + 1) as f32).collect(),
        trending: (0..films).map(|at| (at % 7) as f32 / 7.0).collect(),
        learned: (0..films).map(|at| at % 3 != 0).collect(),
    };
    for from in 0..films {
        let mut targets: Vec<u32> = (0..20).map(|_| random(films)).collect();
        targets.sort_unstable();
        targets.dedup();
        targets.retain(|target| *target != from);
        let weight = |target| (MovieIndex(target), random(1000) as f32 / 1000.0 - 0.3);
        lists
            .weights
            .push(targets.into_iter().map(weight).collect());
    }
    (model_of(&movies, Some(&lists)), lists)
});

/// Things done with some of the three hundred films.
fn histories() -> impl Strategy<Value = Vec<(u32, Kind)>> {
    let kind = prop_oneof![
        Just(Kind::Liked),
        Just(Kind::Disliked),
        Just(Kind::Watched(None)),
        Just(Kind::Clicked(None)),
        Just(Kind::Skipped),
    ];
    prop::collection::vec((1u32..=300, kind), 1..40)
}

/// Whether viewers taught something about a film that speaks for others.
fn goes_by_weights(asked: &Asked<'_>, weights: &Weights) -> bool {
    let mut films = asked.history.films().iter();
    films.any(|film| film.factor > 0.0 && weights.learned(film.movie))
}

fn settings() -> impl Strategy<Value = ForYouSettings> {
    (0.0f32..0.5, 0.0f32..=1.0, 0.0f64..=1.0).prop_map(|(bias, relevance, exploration)| {
        ForYouSettings {
            bias,
            relevance,
            exploration,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn scores_are_the_sum_over_the_history(done in histories(), bias in 0.0f32..0.5) {
        let (model, _) = &*MANY;
        let weights = model.weights.as_ref().unwrap();
        let mut asked = Asked::after(model, &done);
        asked.settings.bias = bias;
        prop_assume!(goes_by_weights(&asked, weights));
        let mut naive = vec![0.0f64; 300];
        for film in asked.history.films() {
            for (target, weight) in weights.row(film.movie) {
                let weight = if film.factor < 0.0 { weight.max(0.0) } else { weight };
                naive[target.row()] += f64::from(film.factor) * f64::from(weight);
            }
        }
        let list = asked.pages(100);
        for recommendation in &list {
            let movie = recommendation.movie;
            let expected = naive[movie.row()] + f64::from(bias * weights.prior(movie));
            prop_assert!((f64::from(recommendation.score) - expected).abs() < 1e-5);
        }
        // By score alone, as asked: films that viewers taught something about, others, and what nothing
        // speaks for.
        let group = |r: &Recommendation| match r.score {
            score if score <= 0.0 => 2,
            _ => i32::from(!weights.learned(r.movie)),
        };
        let ordered = list.windows(2).all(|pair| {
            let [a, b] = [&pair[0], &pair[1]].map(|r| (group(r), -r.score));
            a <= b
        });
        prop_assert!(ordered);
    }

    #[test]
    fn pages_hold_every_film_that_passes_once_whatever_their_size(
        done in histories(),
        settings in settings(),
        limit in 11usize..=100,
        horror in any::<bool>(),
    ) {
        let (model, _) = &*MANY;
        let mut asked = Asked::after(model, &done);
        asked.settings = settings;
        if horror {
            asked.filters.genres = vec![Genre::Horror];
        }
        asked.filters.exclude = HashSet::from([MovieIndex(7), MovieIndex(70)]);
        let list = asked.pages(limit);
        let given: HashSet<MovieIndex> = movies(&list).into_iter().collect();
        prop_assert_eq!(given.len(), list.len(), "a film stands twice");
        let gone: HashSet<MovieIndex> = asked.history.gone().iter().copied().collect();
        let passes = model.catalogue.iter().filter(|movie| asked.filters.accept(*movie));
        let expected: HashSet<MovieIndex> = passes
            .map(MovieRef::index)
            .filter(|movie| !gone.contains(movie))
            .collect();
        prop_assert_eq!(&given, &expected);
        prop_assert!(list.iter().all(|r| r.score.is_finite()));
        // The same list in pages of another size, reasons and all.
        prop_assert_eq!(asked.pages(37), list);
    }

    #[test]
    fn a_list_without_reasons_has_the_same_films_scores_and_grounds(
        done in histories(),
        settings in settings(),
    ) {
        let (model, _) = &*MANY;
        let weights = model.weights.as_ref().unwrap();
        let mut asked = Asked::after(model, &done);
        asked.settings = settings;
        let list = for_you_unexplained(model, &asked.query(), 100).recommendations;
        let explained = asked.page(0, 100).recommendations;
        prop_assert_eq!(list.len(), explained.len());
        for (one, other) in list.iter().zip(&explained) {
            let parts = |r: &Recommendation| (r.movie, r.score.to_bits(), r.explored);
            prop_assert_eq!(parts(one), parts(other));
            let popularity = settings.bias * weights.prior(one.movie);
            // Where as much speaks against a film as for it, it stands there for its popularity.
            if one.reason.ground != other.reason.ground {
                prop_assert_eq!(one.reason.ground, Ground::Popular);
                prop_assert!(one.score <= popularity);
            }
        }
    }

    #[test]
    fn reasons_are_the_parts_of_the_score(done in histories()) {
        let (model, _) = &*MANY;
        let weights = model.weights.as_ref().unwrap();
        let asked = Asked::after(model, &done);
        prop_assume!(goes_by_weights(&asked, weights));
        for recommendation in asked.pages(100) {
            let reason = &recommendation.reason;
            let part = |movie: MovieIndex| {
                let film = asked.history.films().iter().find(|film| film.movie == movie);
                let row = weights.row(movie);
                let weight = row.iter().find(|(target, _)| *target == recommendation.movie);
                film.unwrap().factor * weight.map_or(0.0, |(_, weight)| *weight)
            };
            let films = asked.history.films().iter().filter(|film| film.factor > 0.0);
            let mut parts: Vec<f32> = films.map(|film| part(film.movie)).collect();
            parts.retain(|part| *part > 0.0);
            parts.sort_by(|a, b| b.total_cmp(a));
            let all: f32 = parts.iter().sum();
            if reason.ground != Ground::ForYou {
                prop_assert!(recommendation.score <= 0.0);
                continue;
            }
            prop_assert_eq!(reason.because.len(), parts.len().min(3));
            for (because, expected) in reason.because.iter().zip(&parts) {
                prop_assert!((because.share - expected / all).abs() < 1e-4);
                prop_assert!((part(because.movie) - expected).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn what_was_watched_between_two_pages_shortens_the_second_and_moves_nothing() {
    let (model, _) = &*MANY;
    let mut rows = rows_until(
        NOW.0,
        &[
            (7, Kind::Liked),
            (14, Kind::Liked),
            (21, Kind::Watched(None)),
        ],
    );
    let before = Asked::with(model, &rows).pages(10);
    // After page one, the 14th film of the list is watched, and another liked.
    let watched = before[13].movie.0 + 1;
    let mut later = rows_until(
        LATER.0 + 1,
        &[(watched, Kind::Watched(None)), (200, Kind::Liked)],
    );
    for row in &mut later {
        row.accepted = Millis(LATER.0 + 1);
    }
    later.append(&mut rows);
    let asked = Asked::with(model, &later);
    let second = asked.page(10, 10);
    let mut expected = movies(&before[10..20]);
    expected.retain(|movie| movie.0 + 1 != watched && movie.0 + 1 != 200);
    assert!(expected.len() < 10);
    assert_eq!(movies(&second.recommendations), expected);
    assert_eq!(second.next, Some(20));
}

#[test]
fn a_list_has_an_id_of_viewer_moment_model_and_query() {
    let model = weighted();
    let mut asked = Asked::after(&model, &[(1, Kind::Liked)]);
    let id = asked.query().recommendation_id(&model, "limit=5");
    assert_eq!(asked.query().recommendation_id(&model, "limit=5"), id);
    assert!(id.as_str().starts_with("list:"), "{id}");
    let mut others = vec![asked.query().recommendation_id(&model, "limit=6")];
    let other = model_of(&fixture::movies(), None);
    others.push(asked.query().recommendation_id(&other, "limit=5"));
    asked.as_of = Millis(LATER.0 + 1);
    others.push(asked.query().recommendation_id(&model, "limit=5"));
    asked.as_of = LATER;
    asked.viewer = "bo".parse().unwrap();
    others.push(asked.query().recommendation_id(&model, "limit=5"));
    assert!(!others.contains(&id));
    assert_eq!(others.iter().collect::<HashSet<_>>().len(), 4);
}
