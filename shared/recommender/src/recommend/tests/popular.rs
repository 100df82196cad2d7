//! Top picks, trending films and what others liked, in a model that has seen viewers.

use super::movies;
use crate::fixture::{self, model_of, ring_weights, row};
use crate::model::{Model, MovieIndex};
use crate::recommend::{Filters, Ground, Page, also_liked, top_picks, trending};
use crate::wording::{DEFAULT_LOCALE, Wording};

/// Films 5 and 9 were taken up, 9 lately.
fn watched() -> Model {
    let mut weights = ring_weights(9);
    weights.prior[row(5).row()] = 1.0;
    weights.prior[row(9).row()] = 0.5;
    weights.trending[row(5).row()] = 0.125;
    weights.trending[row(9).row()] = 1.0;
    weights.learned[row(3).row()] = false;
    model_of(&fixture::movies(), Some(&weights))
}

fn grounds(page: &Page) -> Vec<Ground> {
    page.recommendations
        .iter()
        .map(|r| r.reason.ground)
        .collect()
}

#[test]
fn films_that_viewers_chose_come_before_famous_ones() {
    let model = watched();
    let page = top_picks(&model, &Filters::default(), 0, 4);
    assert_eq!(
        movies(&page.recommendations),
        [row(5), row(9), row(1), row(8)]
    );
    assert_eq!(
        grounds(&page),
        [
            Ground::Popular,
            Ground::Popular,
            Ground::Renown,
            Ground::Renown
        ]
    );
    assert_eq!(page.next, Some(4));
    let scores = page.recommendations.windows(2);
    assert!(scores.into_iter().all(|pair| pair[0].score > pair[1].score));
}

#[test]
fn trending_films_are_those_chosen_lately() {
    let model = watched();
    let page = trending(&model, &Filters::default(), 0, 3);
    assert_eq!(movies(&page.recommendations), [row(9), row(5), row(1)]);
    assert_eq!(
        grounds(&page),
        [Ground::Trending, Ground::Trending, Ground::Renown]
    );
    let sentence = page.recommendations[0]
        .reason
        .sentence(&model, Wording::of(DEFAULT_LOCALE));
    assert_eq!(sentence, "Viewers chose it lately.");
}

#[test]
fn a_model_that_saw_nobody_gives_its_top_picks_as_trending() {
    for weights in [None, Some(ring_weights(9))] {
        let model = model_of(&fixture::movies(), weights.as_ref());
        let filters = Filters::default();
        let picks = top_picks(&model, &filters, 1, 5);
        assert_eq!(movies(&picks.recommendations)[0], row(8));
        assert_eq!(trending(&model, &filters, 1, 5), picks);
        assert_eq!(also_liked(&model, row(1), &filters, 0, 5), Page::default());
    }
}

#[test]
fn pages_of_popular_films_hold_every_film_that_passes_once() {
    let model = watched();
    let filters = Filters {
        exclude: [row(5)].into(),
        ..Filters::default()
    };
    for list in [top_picks, trending] {
        let whole = movies(&list(&model, &filters, 0, 100).recommendations);
        let mut pages: Vec<MovieIndex> = Vec::new();
        let mut at = Some(0);
        while let Some(offset) = at {
            let page = list(&model, &filters, offset, 3);
            pages.extend(movies(&page.recommendations));
            at = page.next;
        }
        assert_eq!(pages, whole);
        assert_eq!((whole.len(), whole.contains(&row(5))), (8, false));
    }
}

#[test]
fn what_others_also_liked_is_what_the_weights_learned_say() {
    let model = watched();
    let filters = Filters::default();
    // Towards 2 (0.5), 3 (0.25, not learned) and 4 (below 0).
    let page = also_liked(&model, row(1), &filters, 0, 5);
    assert_eq!(movies(&page.recommendations), [row(2)]);
    let sentence = page.recommendations[0]
        .reason
        .sentence(&model, Wording::of(DEFAULT_LOCALE));
    assert_eq!(sentence, "People who liked The Quiet Comet also liked it.");
    let page = also_liked(&model, row(4), &filters, 0, 1);
    assert_eq!(
        (movies(&page.recommendations), page.next),
        (vec![row(5)], Some(1))
    );
    // Nobody taught the model about film 3.
    assert_eq!(also_liked(&model, row(3), &filters, 0, 5), Page::default());
}
