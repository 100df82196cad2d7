//! What of another recommender's items reaches somebody.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;

use super::*;
use crate::catalogue::Genre;
use crate::fixture::{model, model_of, movies, row, rows_until};
use crate::ports::{MemoryPersonalizer, PersonalizedItem};
use crate::recommend::{ForYouSettings, GivenPage};
use crate::taste::{History, Kind, Millis, Recorded, TasteSettings};
use crate::wording::{DEFAULT_LOCALE, Wording};

const FOR_YOU: &str = "arn:aws:personalize:us-east-1:1:campaign/for-you";
const SIMILAR: &str = "arn:aws:personalize:us-east-1:1:campaign/similar";
const RANKING: &str = "arn:aws:personalize:us-east-1:1:campaign/ranking";
const FILTER: &str = "arn:aws:personalize:us-east-1:1:filter/films";
const NOW: i64 = 1_769_909_400_000;

fn settings() -> BackendSettings {
    BackendSettings {
        for_you: Some(FOR_YOU.to_owned()),
        similar: Some(SIMILAR.to_owned()),
        ranking: None,
        filter: None,
        share: 1.0,
        limit: SHORTEST_LIMIT,
    }
}

/// Items by their film's number, the first the surest.
fn items(films: &[u32]) -> Vec<PersonalizedItem> {
    let item = |(place, film): (usize, &u32)| PersonalizedItem {
        id: format!("tmdb:{film}"),
        score: Some(0.5 / (place as f64 + 1.0)),
        explored: false,
    };
    films.iter().enumerate().map(item).collect()
}

/// A viewer who did this, and what they wish for.
struct Wish {
    rows: Vec<Recorded>,
    filters: Filters,
    given: Vec<u32>,
    limit: usize,
}

impl Wish {
    fn after(did: &[(u32, Kind)]) -> Self {
        Self {
            rows: rows_until(NOW, did),
            filters: Filters::default(),
            given: Vec::new(),
            limit: 3,
        }
    }

    fn of(self, model: &Model, backend: &Backend) -> Result<Chosen, NotChosen> {
        let viewer = "ada".parse().unwrap();
        let taste = TasteSettings::default();
        let history = History::of(&self.rows, &model.catalogue, Millis(NOW), &taste);
        let query = ForYouQuery {
            viewer: Some(&viewer),
            history: &history,
            as_of: Millis(NOW),
            filters: &self.filters,
            settings: &ForYouSettings::default(),
        };
        let given: Vec<MovieIndex> = self.given.iter().map(|film| row(*film)).collect();
        let chosen = backend.for_viewer(model, &query, &given, self.limit);
        chosen.now_or_never().unwrap()
    }
}

fn backend(settings: BackendSettings) -> (Arc<MemoryPersonalizer>, Backend) {
    let memory = Arc::new(MemoryPersonalizer::default());
    let backend = Backend::new(Arc::clone(&memory) as Arc<dyn Personalizer>, settings);
    (memory, backend)
}

/// The numbers of the films.
fn films(chosen: &Chosen) -> Vec<u32> {
    let films = chosen.recommendations.iter();
    films.map(|film| film.movie.0 + 1).collect()
}

#[test]
fn unknown_known_and_filtered_items_are_left_out_and_others_come_in_their_place() {
    let (memory, backend) = backend(settings());
    let mut list = items(&[999, 1, 4, 4, 2, 8, 3]);
    list.push(PersonalizedItem::default());
    memory.campaign(FOR_YOU, list);
    let mut wish = Wish::after(&[(1, Kind::Liked), (9, Kind::Disliked)]);
    wish.filters.exclude.insert(row(2));
    let chosen = wish.of(&model(), &backend).unwrap();
    assert_eq!(films(&chosen), [4, 8, 3]);
    let id = chosen.recommendation.as_ref().map(RecommendationId::as_str);
    assert_eq!((id, chosen.more), (Some("RID-memory"), true));
    let asked = &memory.asked()[0];
    assert_eq!(
        (asked.user.as_deref(), asked.item.as_deref(), asked.num),
        (Some("ada"), None, 31)
    );
}

#[test]
fn items_are_films_under_all_of_their_ids() {
    let mut movies = movies();
    movies[3].aliases.push("imdb:tt4".parse().unwrap());
    let (memory, backend) = backend(settings());
    let mut list = items(&[5]);
    for id in ["imdb:tt4", "tmdb:4"] {
        list.push(PersonalizedItem {
            id: id.to_owned(),
            ..PersonalizedItem::default()
        });
    }
    memory.campaign(FOR_YOU, list);
    let chosen = Wish::after(&[]).of(&model_of(&movies, None), &backend);
    assert_eq!(films(&chosen.unwrap()), [5, 4]);
}

#[test]
fn where_few_may_be_given_more_are_asked_for_once() {
    let (memory, backend) = backend(settings());
    let unknown: Vec<u32> = (1_000..1_031).collect();
    memory.campaign(FOR_YOU, items(&[&unknown[..], &[4, 8]].concat()));
    let chosen = Wish::after(&[]).of(&model(), &backend).unwrap();
    assert_eq!(films(&chosen), [4, 8]);
    let asked: Vec<usize> = memory.asked().iter().map(|asked| asked.num).collect();
    assert_eq!(asked, [31, MAX_PERSONALIZED]);

    memory.campaign(FOR_YOU, items(&unknown));
    let none = Wish::after(&[]).of(&model(), &backend);
    assert_eq!(none.unwrap_err().fallback(), Fallback::Exhausted);
}

#[test]
fn the_second_call_has_what_the_first_left_of_the_time_and_its_failure_is_heard_of() {
    let (memory, backend) = backend(settings());
    let heard = Arc::new(AtomicUsize::new(0));
    let short = Arc::clone(&heard);
    let backend = backend.watched(move |page| {
        let failed = page.is_ok_and(|page| page.failed.is_some());
        short.fetch_add(usize::from(failed), Ordering::Relaxed);
    });
    let unknown: Vec<u32> = (1_000..1_030).collect();
    memory.campaign(FOR_YOU, items(&[&[4], &unknown[..], &[8]].concat()));
    let wished = || Wish::after(&[]).of(&model(), &backend);
    for (takes, limits, expected) in [
        (SHORTEST_LIMIT / 2, SHORTEST_LIMIT / 2, vec![4, 8]),
        (SHORTEST_LIMIT / 5 * 3, SHORTEST_LIMIT / 5 * 2, vec![4]),
        (SHORTEST_LIMIT * 2, Duration::ZERO, vec![4]),
    ] {
        memory.take(takes);
        let chosen = wished().unwrap();
        assert_eq!(films(&chosen), expected);
        let cause = chosen.failed.map(|error| error.cause);
        let late = expected.len() < 2;
        assert_eq!(cause, late.then_some(PersonalizerCause::TimedOut));
        let asked = memory.asked();
        let [.., first, second] = &asked[..] else {
            panic!("{asked:?}");
        };
        assert_eq!((first.limit, second.limit), (None, Some(limits)));
    }
    assert_eq!(heard.load(Ordering::Relaxed), 2);
    // With no film to give, it is a failure.
    memory.campaign(FOR_YOU, items(&[&unknown[..], &[1_030, 8]].concat()));
    assert_eq!(wished().unwrap_err().fallback(), Fallback::TimedOut);
}

#[test]
fn a_later_page_has_none_of_the_films_given_and_an_end() {
    let (memory, backend) = backend(settings());
    memory.campaign(FOR_YOU, items(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
    let mut wish = Wish::after(&[(9, Kind::Liked)]);
    wish.given = vec![2, 1, 4];
    let chosen = wish.of(&model(), &backend).unwrap();
    assert_eq!((films(&chosen), chosen.more), (vec![3, 5, 6], true));
    assert_eq!(memory.asked()[0].num, 34);
    let mut wish = Wish::after(&[(9, Kind::Liked)]);
    wish.given = (1..=6).collect();
    let chosen = wish.of(&model(), &backend).unwrap();
    assert_eq!((films(&chosen), chosen.more), (vec![7, 8], false));
}

#[test]
fn no_list_goes_on_behind_the_films_that_a_token_has_room_for() {
    let (memory, recommending) = backend(settings());
    let ranking = BackendSettings {
        for_you: None,
        ranking: Some(RANKING.to_owned()),
        ..settings()
    };
    let ranking = Backend::new(Arc::clone(&memory) as Arc<dyn Personalizer>, ranking);
    for campaign in [FOR_YOU, RANKING, SIMILAR] {
        memory.campaign(campaign, items(&[4, 8]));
    }
    let model = model();
    let after = |given: &[u32], backend: &Backend| {
        let mut wish = Wish::after(&[]);
        wish.given = given.to_vec();
        wish.of(&model, backend)
    };
    let like = |given: &[u32], backend: &Backend| {
        let given: Vec<MovieIndex> = given.iter().map(|film| row(*film)).collect();
        let movie = model.catalogue.get(row(2));
        let filters = Filters::default();
        let chosen = backend.like_film(&model, movie, &filters, &given, 3);
        chosen.now_or_never().unwrap()
    };
    let most = [1; MOST_GIVEN];
    let more = [1; MOST_GIVEN + 1];
    assert_eq!(GivenPage::MOST, MOST_GIVEN + MAX_LIMIT);
    for chosen in [
        after(&most, &recommending),
        after(&most, &ranking),
        like(&most, &recommending),
    ] {
        assert!(chosen.is_ok(), "{chosen:?}");
    }
    for none in [
        after(&more, &recommending),
        after(&more, &ranking),
        like(&more, &recommending),
    ] {
        assert_eq!(none.unwrap_err().fallback(), Fallback::Exhausted);
    }
}

#[test]
fn reasons_are_ours_where_the_history_speaks_for_a_film() {
    let (memory, backend) = backend(settings());
    memory.campaign(FOR_YOU, items(&[2, 7]));
    let chosen = Wish::after(&[(1, Kind::Liked)]).of(&model(), &backend);
    let chosen = chosen.unwrap();
    let sentences: Vec<String> = chosen
        .recommendations
        .iter()
        .map(|film| {
            let wording = Wording::of(DEFAULT_LOCALE);
            film.reason.sentence(&model(), wording)
        })
        .collect();
    let expected = "Because you liked The Quiet Comet; also directed by Ada Moor and listed under \
                    Science Fiction.";
    assert_eq!(sentences[0], expected);
    assert_eq!(sentences[1], "Viewers with a taste like yours chose it.");
}

#[test]
fn scores_are_the_engines_or_by_place_where_those_say_nothing() {
    let (memory, backend) = backend(settings());
    let scores = |list: Vec<PersonalizedItem>| {
        memory.campaign(FOR_YOU, list);
        let chosen = Wish::after(&[]).of(&model(), &backend).unwrap();
        let scores = chosen.recommendations.iter();
        scores
            .map(|film| (film.score * 100.0).round())
            .collect::<Vec<f32>>()
    };
    assert_eq!(scores(items(&[4, 8, 3])), [50.0, 25.0, 17.0]);
    for odd in [None, Some(f64::NAN), Some(1e300), Some(-1.0)] {
        let mut list = items(&[4, 8, 3]);
        list[1].score = odd;
        assert_eq!(scores(list), [100.0, 50.0, 33.0], "{odd:?}");
    }
}

#[test]
fn what_is_given_to_learn_is_marked() {
    let (memory, backend) = backend(settings());
    let mut list = items(&[4, 8]);
    list[1].explored = true;
    memory.campaign(FOR_YOU, list);
    let chosen = Wish::after(&[]).of(&model(), &backend).unwrap();
    let explored = chosen.recommendations.iter().map(|film| film.explored);
    assert_eq!(explored.collect::<Vec<_>>(), [false, true]);
}

#[test]
fn genres_and_years_are_told_to_the_filter_and_looked_at_again() {
    let (memory, backend) = backend(BackendSettings {
        filter: Some(FILTER.to_owned()),
        ..settings()
    });
    memory.campaign(FOR_YOU, items(&[1, 3, 4, 6]));
    let mut wish = Wish::after(&[]);
    wish.filters.genres = vec![Genre::Comedy, Genre::ScienceFiction];
    wish.filters.year_to = Some(1994);
    let chosen = wish.of(&model(), &backend).unwrap();
    assert_eq!(films(&chosen), [3, 6]);
    let told = memory.asked()[0].filter.clone().unwrap();
    let values: Vec<(&str, &str)> = told
        .values
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(told.arn, FILTER);
    assert_eq!(
        values,
        [
            ("GENRES", "\"Comedy\",\"Science Fiction\""),
            ("YEAR_FROM", "0"),
            ("YEAR_TO", "1994")
        ]
    );

    // Every placeholder has a value, within what the service takes.
    let mut wish = Wish::after(&[]);
    wish.filters.year_from = Some(1990);
    wish.of(&model(), &backend).unwrap();
    let told = memory.asked()[1].filter.clone().unwrap();
    assert!(told.values[0].1.contains("\"Western\""), "{told:?}");
    assert!(told.values.iter().all(|(_, value)| value.len() <= 1_000));

    // What the filter knows nothing about is no reason for it.
    let mut wish = Wish::after(&[]);
    wish.filters.language = Some("fr".to_owned());
    assert!(wish.of(&model(), &backend).is_err());
    assert_eq!(memory.asked()[2].filter, None);
}

#[test]
fn our_own_candidates_are_ranked_where_nothing_else_recommends_or_it_cannot_be_told_the_filters() {
    for for_you in [None, Some(FOR_YOU.to_owned())] {
        let alone = for_you.is_none();
        let (memory, backend) = backend(BackendSettings {
            for_you,
            ranking: Some(RANKING.to_owned()),
            ..settings()
        });
        memory.campaign(RANKING, items(&[8, 5, 1, 2]));
        memory.campaign(FOR_YOU, items(&[4]));
        let mut wish = Wish::after(&[(1, Kind::Liked)]);
        wish.filters.genres = vec![Genre::ScienceFiction];
        let chosen = wish.of(&model(), &backend).unwrap();
        assert_eq!(films(&chosen), [8, 5, 2]);
        let ranked = &memory.ranked()[0];
        let mut asked = ranked.items.clone();
        asked.sort_unstable();
        assert_eq!(asked, ["tmdb:2", "tmdb:5", "tmdb:8"]);
        assert_eq!((ranked.user.as_str(), chosen.more), ("ada", false));

        let open = Wish::after(&[]).of(&model(), &backend).unwrap();
        assert_eq!(films(&open), if alone { vec![8, 5, 1] } else { vec![4] });

        let mut wish = Wish::after(&[]);
        wish.filters.year_from = Some(2099);
        let none = wish.of(&model(), &backend).unwrap_err();
        assert_eq!(none.fallback(), Fallback::Exhausted);
    }
}

#[test]
fn films_like_one_are_not_the_film_and_say_what_they_share() {
    let (memory, backend) = backend(settings());
    memory.campaign(SIMILAR, items(&[1, 2, 7]));
    let model = model();
    let movie = model.catalogue.get(row(1));
    let filters = Filters::default();
    let chosen = backend.like_film(&model, movie, &filters, &[], 5);
    let chosen = chosen.now_or_never().unwrap().unwrap();
    assert_eq!(films(&chosen), [2, 7]);
    let sentence =
        |film: &Recommendation| film.reason.sentence(&model, Wording::of(DEFAULT_LOCALE));
    let sentences: Vec<String> = chosen.recommendations.iter().map(sentence).collect();
    assert!(
        sentences[0].starts_with("Like The Quiet Comet, it is "),
        "{sentences:?}"
    );
    let asked = &memory.asked()[0];
    assert_eq!(
        (asked.user.as_deref(), asked.item.as_deref()),
        (None, Some("tmdb:1"))
    );
    let liked = chosen.recommendations.last().unwrap();
    assert_eq!(
        sentences[1] == "People who liked The Quiet Comet also liked it.",
        liked.reason.shared.is_empty(),
        "{sentences:?}"
    );
    let given = [row(2), row(7)];
    let none = backend.like_film(&model, movie, &filters, &given, 5);
    let none = none.now_or_never().unwrap();
    assert_eq!(none.unwrap_err().fallback(), Fallback::Exhausted);
}

#[test]
fn every_failure_has_its_name_and_is_heard_of() {
    let (memory, backend) = backend(settings());
    memory.campaign(FOR_YOU, items(&[4]));
    let heard = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let counts = Arc::clone(&heard);
    let backend = backend.watched(move |page| {
        counts[usize::from(page.is_err())].fetch_add(1, Ordering::Relaxed);
    });
    for (cause, fallback) in [
        (PersonalizerCause::TimedOut, Fallback::TimedOut),
        (PersonalizerCause::Throttled, Fallback::Throttled),
        (PersonalizerCause::NotFound, Fallback::NotFound),
        (PersonalizerCause::Invalid, Fallback::Invalid),
        (PersonalizerCause::Other, Fallback::Failed),
    ] {
        memory.fail(Some(cause));
        let failed = Wish::after(&[]).of(&model(), &backend).unwrap_err();
        assert_eq!(failed.fallback(), fallback);
        let named = serde_json::to_value(fallback).unwrap();
        assert_eq!(named, fallback.as_str());
    }
    memory.fail(None);
    assert!(Wish::after(&[]).of(&model(), &backend).is_ok());
    let heard = heard.each_ref().map(|count| count.load(Ordering::Relaxed));
    assert_eq!(heard, [1, 5]);
}

#[test]
fn a_share_of_viewers_is_served_always_the_same_ones() {
    let served = |share: f64| {
        let (_, backend) = backend(BackendSettings {
            share,
            ..settings()
        });
        let viewers = (0..2_000).map(|nth| format!("viewer-{nth}").parse().unwrap());
        viewers
            .filter(|viewer| backend.serves(viewer))
            .collect::<HashSet<ViewerId>>()
    };
    assert_eq!((served(0.0).len(), served(1.0).len()), (0, 2_000));
    let (some, more) = (served(0.25), served(0.5));
    assert!((400..600).contains(&some.len()), "{}", some.len());
    assert!(some.is_subset(&more) && more.len() > some.len());
    let (_, similar_alone) = backend(BackendSettings {
        for_you: None,
        ..settings()
    });
    assert!(!similar_alone.serves(&"ada".parse().unwrap()));
    assert!(similar_alone.finds_similar());
}
