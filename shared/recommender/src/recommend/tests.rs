mod for_you;
mod popular;

use std::collections::HashSet;

use super::{
    Extend, Filters, Ground, Page, PageToken, Recommendation, SharedKind, SimilarQuery, similar,
    top_picks,
};
use crate::catalogue::Genre;
use crate::fixture::{self, row};
use crate::model::{Model, MovieIndex, NeighbourList};
use crate::wording::{DEFAULT_LOCALE, Wording};

fn ask(model: &Model, filters: &Filters, extend: Extend, offset: usize, limit: usize) -> Page {
    let query = SimilarQuery {
        movie: row(1),
        list: NeighbourList::Blended,
        filters,
        extend,
    };
    similar(model, &query, offset, limit)
}

fn movies(recommendations: &[Recommendation]) -> Vec<MovieIndex> {
    recommendations.iter().map(|r| r.movie).collect()
}

#[test]
fn pages_walk_through_every_other_film_once() {
    let model = fixture::model();
    let mut seen = Vec::new();
    let mut at = Some(0);
    while let Some(offset) = at {
        let page = ask(&model, &Filters::default(), Extend::WithAlike, offset, 3);
        seen.extend(page.recommendations);
        at = page.next;
    }
    assert_eq!(movies(&seen)[..4], [row(2), row(3), row(4), row(5)]);
    let distinct: HashSet<MovieIndex> = movies(&seen).into_iter().collect();
    assert_eq!((seen.len(), distinct.len()), (8, 8));
    assert!(!distinct.contains(&row(1)));
    assert!(seen.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert!(seen.iter().all(|r| r.score.is_finite()));
}

#[test]
fn behind_the_neighbours_the_reason_says_what_the_list_goes_on_with() {
    let model = fixture::model();
    let page = ask(&model, &Filters::default(), Extend::WithAlike, 4, 10);
    let grounds: Vec<Ground> = page
        .recommendations
        .iter()
        .map(|r| r.reason.ground)
        .collect();
    assert_eq!(page.recommendations[0].movie, row(8), "science fiction too");
    assert_eq!(grounds[0], Ground::AlikeFacts);
    assert_eq!(grounds.last(), Some(&Ground::Renown));
    let wording = Wording::of(DEFAULT_LOCALE);
    let sentence = |at: usize| page.recommendations[at].reason.sentence(&model, wording);
    assert!(sentence(0).starts_with("It is further from The Quiet Comet, but also"));
    assert_eq!(
        sentence(grounds.len() - 1),
        "It is one of the best known movies."
    );
}

#[test]
fn without_extension_the_neighbours_are_all() {
    let model = fixture::model();
    let page = ask(&model, &Filters::default(), Extend::No, 0, 100);
    assert_eq!((page.recommendations.len(), page.next), (4, None));
    let behind = ask(&model, &Filters::default(), Extend::No, 50, 10);
    assert_eq!(behind, Page::default());
}

#[test]
fn a_film_with_every_wished_genre_or_with_one_of_them() {
    let model = fixture::model();
    let mut filters = Filters {
        genres: vec![Genre::ScienceFiction, Genre::Drama],
        ..Filters::default()
    };
    let any = ask(&model, &filters, Extend::WithAlike, 0, 100);
    assert_eq!(
        HashSet::from_iter(movies(&any.recommendations)),
        HashSet::from([row(2), row(4), row(5), row(7), row(8)])
    );
    filters.all_genres = true;
    let all = ask(&model, &filters, Extend::WithAlike, 0, 100);
    assert_eq!(movies(&all.recommendations), [row(5)]);
}

#[test]
fn years_language_rating_and_exclusions_filter() {
    let model = fixture::model();
    let count = |filters: Filters| {
        let page = top_picks(&model, &filters, 0, 100);
        page.recommendations.len()
    };
    let open = Filters::default();
    assert_eq!(count(open.clone()), 9);
    let nineties = Filters {
        year_from: Some(1990),
        year_to: Some(1999),
        ..open.clone()
    };
    assert_eq!(count(nineties), 3);
    let language = |code: &str| Filters {
        language: Some(code.into()),
        ..Filters::default()
    };
    assert_eq!((count(language("en")), count(language("fr"))), (9, 0));
    let rating = |least| Filters {
        min_rating: Some(least),
        ..Filters::default()
    };
    assert_eq!((count(rating(7.0)), count(rating(7.1))), (9, 0));
    let exclude = Filters {
        exclude: HashSet::from([row(1), row(8)]),
        ..open
    };
    assert_eq!(count(exclude), 7);
}

#[test]
fn top_picks_begin_with_the_best_known_film() {
    let model = fixture::model();
    let page = top_picks(&model, &Filters::default(), 0, 2);
    assert_eq!(movies(&page.recommendations), [row(1), row(8)]);
    assert_eq!(page.next, Some(2));
}

#[test]
fn reasons_name_what_two_films_share_the_weightiest_first() {
    let model = fixture::model();
    let page = ask(&model, &Filters::default(), Extend::No, 0, 1);
    let reason = &page.recommendations[0].reason;
    let kinds: Vec<SharedKind> = reason.shared.iter().map(|shared| shared.kind).collect();
    assert_eq!(kinds, [SharedKind::Director, SharedKind::Genre]);
    assert_eq!(reason.because[0].movie, row(1));
    assert_eq!(
        reason.sentence(&model, Wording::of(DEFAULT_LOCALE)),
        "Like The Quiet Comet, it is directed by Ada Moor and listed under Science Fiction."
    );
}

#[test]
fn a_page_token_is_bound_to_its_list() {
    let token = PageToken::new(7, "similar tmdb:1 model-a").encode();
    assert!(PageToken::decode(&token, "similar tmdb:1 model-b").is_err());
}
