//! Films that are tried out.

use super::*;

#[test]
fn a_share_of_the_films_is_tried_out_the_same_all_day() {
    let (model, lists) = &*MANY;
    let done: Vec<(u32, Kind)> = (1..=20).map(|number| (number * 7, Kind::Liked)).collect();
    let mut asked = Asked::after(model, &done);
    asked.settings.exploration = 0.2;
    let explored = |asked: &Asked<'_>| -> Vec<(usize, MovieIndex)> {
        let list = asked.pages(20).into_iter().take(60).enumerate();
        list.filter(|(_, r)| r.explored)
            .map(|(at, r)| (at, r.movie))
            .collect()
    };
    let today = explored(&asked);
    let places: Vec<usize> = today.iter().map(|(at, _)| *at).collect();
    assert_eq!(places, [4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59]);
    assert!(today.iter().all(|(_, movie)| !lists.learned[movie.row()]));
    // They have a reason like any other.
    let page = asked.page(4, 1);
    assert_eq!(page.recommendations[0].reason.ground, Ground::ForYou);
    asked.as_of = Millis(LATER.0 + 60_000);
    assert_eq!(asked.as_of.day(), LATER.day());
    assert_eq!(explored(&asked), today);
    asked.as_of = Millis(LATER.0 + 86_400_000);
    assert_ne!(explored(&asked), today);
    asked.as_of = LATER;
    asked.viewer = "bo".parse().unwrap();
    assert_ne!(explored(&asked), today);
    for none in [0.0, -1.0, f64::NAN] {
        asked.settings.exploration = none;
        assert_eq!(explored(&asked), []);
    }
}

#[test]
fn films_of_higher_scores_are_tried_out_more_often() {
    let (model, _) = &*MANY;
    let done: Vec<(u32, Kind)> = (1..=20).map(|number| (number * 7, Kind::Liked)).collect();
    let mut asked = Asked::after(model, &done);
    let plain = movies(&asked.pages(100));
    let unlearned = |movie: &&MovieIndex| !model.weights.as_ref().unwrap().learned(**movie);
    let best: Vec<MovieIndex> = plain.iter().filter(unlearned).copied().take(25).collect();
    asked.settings.exploration = 0.1;
    let mut among_the_best = 0;
    for day in 0..200 {
        asked.as_of = Millis(LATER.0 + day * 86_400_000);
        let tried = asked.page(9, 1).recommendations[0].clone();
        assert!(tried.explored);
        among_the_best += usize::from(best.contains(&tried.movie));
    }
    // Of fifty; by chance alone it were half of them.
    assert!((120..200).contains(&among_the_best), "{among_the_best}");
}
