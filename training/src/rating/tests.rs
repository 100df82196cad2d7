use matinee::rating::{Film, Genre, Rating};

use super::*;
use crate::chance::Chance;

/// Ratings by rules that can be learned: horrors are two stars worse, every third director, "Great" among
/// them, is two stars better, and chance moves each by up to a star.
fn invented(count: usize, seed: u64) -> Vec<RatedFilm> {
    let mut chance = Chance::new(seed);
    let mut pick = |of: usize| chance.sample(of, 1)[0];
    let genres = ["Drama", "Horror", "Comedy"].map(|name| name.parse::<Genre>().unwrap());
    let rated = (0..count).map(|number| {
        let (genre, director) = (pick(3), pick(count / 8 + 2));
        let better = if director % 3 == 0 { 2 } else { 0 };
        let worse = if genre == 1 { 2 } else { 0 };
        RatedFilm {
            film: Film {
                title: format!("Film {number}"),
                year: 1960 + pick(60) as u16,
                director: Some(match director {
                    0 => "Great".to_owned(),
                    other => format!("Director {other}"),
                }),
                genres: vec![genres[genre]],
            },
            stars: (5 + pick(3) + better - worse) as u8,
        }
    });
    rated.collect()
}

fn film(director: &str, genre: &str) -> Film {
    Film {
        title: "Night Ferry".to_owned(),
        year: 1999,
        director: Some(director.to_owned()),
        genres: vec![genre.parse().unwrap()],
    }
}

#[test]
fn rules_are_learned_and_the_number_of_threads_does_not_change_a_byte() {
    let rated = invented(600, 1);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let checked = pool.build().unwrap().install(|| learn_checked(&rated, 1));
        checked.unwrap()
    };
    let (one, three) = (on(1), on(3));
    assert_eq!(one.section, three.section);
    assert_eq!(one.figures, three.figures);
    assert!(one.figures["rating_log_loss"] < 0.8 * one.figures["rating_shares_log_loss"]);

    let expected = |director, genre| one.rating.predict(&film(director, genre)).expected();
    let (usual, horror) = (expected("Nobody", "Drama"), expected("Nobody", "Horror"));
    assert!((usual - 6.7).abs() < 0.5, "{usual}");
    assert!((horror - 4.7).abs() < 0.5, "{horror}");
    assert!(expected("Great", "Drama") > usual + 1.0);
}

#[test]
fn what_is_measured_is_what_is_served() {
    let rated = invented(300, 2);
    let rating = learn(&rated, 1);
    let section = matinee::model::write_rating(&rating);
    let entry =
        matinee::model::SectionEntry::describe(matinee::model::SectionKind::Rating, &section);
    let opened = Rating::open(section.clone().into(), &entry).unwrap();
    assert_eq!(opened, rating);
    let pairs: Vec<_> = rated
        .iter()
        .map(|one| (rating.predict(&one.film), one.stars))
        .collect();
    assert_eq!(
        measure(&section, &rated).unwrap(),
        RatingMetrics::of(&pairs)
    );
}

#[test]
fn the_more_films_of_a_director_are_rated_the_nearer_the_prediction_comes_to_them() {
    // Chance has a say in which trees there are: the mean of several houses.
    let houses: Vec<_> = (3..11).map(|seed| invented(200, seed)).collect();
    let expected = |count: usize| {
        let of_newcomer = RatedFilm {
            film: film("Newcomer", "Drama"),
            stars: 10,
        };
        let expected = houses.iter().map(|others| {
            let rated = [others.clone(), vec![of_newcomer.clone(); count]].concat();
            let rating = learn(&rated, 1);
            rating.predict(&film("Newcomer", "Drama")).expected()
        });
        expected.sum::<f64>() / houses.len() as f64
    };
    let found = [0, 1, 2, 4, 12].map(expected);
    for pair in found.windows(2) {
        assert!(pair[1] > pair[0] - 0.05, "{found:?}");
    }
    assert!(found[1] > found[0] + 0.1 && found[4] > 9.0, "{found:?}");
}

fn rated(title: &str, director: &str, genre: &str, stars: u8) -> RatedFilm {
    let film = Film {
        title: title.to_owned(),
        ..film(director, genre)
    };
    RatedFilm { film, stars }
}

#[test]
fn a_few_surprises_do_not_decide_about_films_of_other_directors() {
    let others = invented(3000, 5);
    let of_nobody = |rated: &[RatedFilm]| learn(rated, 1).predict(&film("Nobody", "Drama"));
    let before = of_nobody(&others).expected();
    let surprises = (0..3).map(|n| rated("Night Ferry", &format!("New {n}"), "Drama", 1));
    let after = of_nobody(&[others, surprises.collect()].concat());
    assert!(
        (after.expected() - before).abs() < 0.5,
        "{before} {after:?}"
    );
    assert!(after.probabilities[0] < 0.02, "{after:?}");

    let sevens = (0..3000).map(|n| rated(&format!("T{n}"), &format!("D{}", n % 70), "Drama", 7));
    let one = [sevens.collect(), vec![rated("T9", "Q", "Drama", 1)]].concat();
    let expected = of_nobody(&one).expected();
    assert!((expected - 7.0).abs() < 0.1, "{expected}");
}

#[test]
fn a_single_rating_moves_a_director_and_turns_no_distribution_over() {
    let others = invented(3000, 6);
    let ten = rated("Harbour", "One Ten", "Drama", 10);
    let rating = learn(&[others, vec![ten]].concat(), 1);
    let [known, unknown] = ["One Ten", "Nobody"].map(|name| rating.predict(&film(name, "Drama")));
    assert!(
        known.expected() > unknown.expected() + 0.3,
        "{known:?} {unknown:?}"
    );
    let lowest = known.probabilities[..3].iter().sum::<f64>();
    assert!(lowest < 0.02, "{known:?}");
}

#[test]
fn what_directors_get_half_the_lowest_and_half_the_highest_stars_is_fitted_no_worse_than_by_shares()
{
    let rows: Vec<_> = (0..300)
        .map(|n| {
            let stars = if n % 2 == 0 { 10 } else { 1 };
            rated(&format!("T{n}"), &format!("D{}", n % 7), "Drama", stars)
        })
        .collect();
    let section = matinee::model::write_rating(&learn(&rows, 1));
    let metrics = measure(&section, &rows).unwrap().unwrap();
    assert!(metrics.log_loss < 2.0_f64.ln() + 0.1, "{metrics:?}");
}

#[test]
fn from_nothing_the_prior_is_learned_and_from_a_handful_little() {
    assert_eq!(learn(&[], 1), Rating::unlearned());
    let usual = Rating::PRIOR.expected();
    for count in 1..8 {
        let rated = vec![
            RatedFilm {
                film: film("Ada Moor", "Drama"),
                stars: 10
            };
            count
        ];
        let checked = learn_checked(&rated, 1).unwrap();
        let of = |director| checked.rating.predict(&film(director, "Drama")).expected();
        assert!(of("Ada Moor") > of("Bo Lind"), "{count}");
        assert!(of("Ada Moor") < 10.0 && of("Bo Lind") >= usual, "{count}");
        assert_eq!(checked.figures.len(), 1);
    }
}

#[test]
fn what_is_no_better_than_shares_of_stars_is_not_served() {
    let mut refused = 0;
    for seed in 0..8 {
        let mut chance = Chance::new(seed);
        let mut rated = invented(120, 4);
        for one in &mut rated {
            one.stars = 4 + chance.sample(5, 1)[0] as u8;
            one.film = film(&format!("{}", chance.sample(30, 1)[0]), "Drama");
        }
        let checked = learn_checked(&rated, 1).unwrap();
        let figure = |name: &str| checked.figures[name];
        let better = figure("rating_log_loss") < figure("rating_shares_log_loss");
        assert!(better || checked.rating.learned.is_none());
        assert_eq!(checked.rating.ratings, 120);
        refused += usize::from(!better);
    }
    assert!(refused > 0);
}

#[test]
fn of_more_ratings_than_can_be_learned_from_the_last_ones_count() {
    let mut rated = RatedFilms::default();
    let one = RatedFilm {
        film: Film::default(),
        stars: 3,
    };
    for _ in 0..MOST_RATINGS {
        rated.add(one.clone());
    }
    rated.add(RatedFilm { stars: 9, ..one });
    assert_eq!(rated.all(), MOST_RATINGS as u64 + 1);
    let rows = rated.into_rows();
    assert_eq!((rows.len(), rows.last().unwrap().stars), (MOST_RATINGS, 9));
}

mod metrics {
    use matinee::rating::{Prediction, STARS};

    use super::super::RatingMetrics;

    fn prediction(shares: &[(usize, f64)]) -> Prediction {
        let mut probabilities = [0.0; STARS];
        for (stars, share) in shares {
            probabilities[stars - 1] = *share;
        }
        Prediction { probabilities }
    }

    /// Worked out by hand.
    #[test]
    fn figures_are_what_their_definitions_say() {
        // Expected 6.75, label 7 with 0.75; expected 5, label 6 of the two with 0.5.
        let pairs = [
            (prediction(&[(6, 0.25), (7, 0.75)]), 7),
            (prediction(&[(6, 0.25), (7, 0.75)]), 6),
            (prediction(&[(4, 0.5), (6, 0.5)]), 4),
            (prediction(&[(4, 0.5), (6, 0.5)]), 9),
        ];
        let metrics = RatingMetrics::of(&pairs).unwrap();
        let close = |value: f64, expected: f64| {
            assert!((value - expected).abs() < 1e-9, "{value} {expected}");
        };
        close(
            metrics.rmse,
            ((0.0625 + 0.5625 + 1.0 + 16.0) / 4.0_f64).sqrt(),
        );
        close(metrics.mae, (0.25 + 0.75 + 1.0 + 4.0) / 4.0);
        close(metrics.accuracy, 0.25);
        close(metrics.within_one, 0.75);
        let logs = 0.75_f64.ln() + 0.25_f64.ln() + 0.5_f64.ln() + 1e-15_f64.ln();
        close(metrics.log_loss, -logs / 4.0);
        // One bin of 0.75 with a half right, one of 0.5 with none.
        close(metrics.calibration_error, 0.5 * 0.25 + 0.5 * 0.5);
        assert_eq!(RatingMetrics::of(&[]), None);
    }
}
