//! What ratings of films say, in numbers.

use std::collections::{BTreeMap, HashMap};

use matinee::rating::{Genre, STARS};
use matinee::taste::FilmRating;
use matinee_training::film_ratings::NONE;
use serde::Serialize;

use super::predicted::Predicted;

/// The fewest films of a director, of a genre, and of a year or decade whose mean is told.
pub(super) const DIRECTOR_FILMS: usize = 5;
pub(super) const GENRE_FILMS: usize = 10;
pub(super) const YEAR_FILMS: usize = 5;

/// How many directors are told.
pub(super) const DIRECTORS: usize = 20;

/// The 97.5th percentile of the normal distribution.
pub(super) const NORMAL_95: f64 = 1.96;

/// What the report tells.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Of all ratings.
    pub(super) all: Stars,
    /// How many different directors there are.
    pub(super) directors: usize,
    /// Ratings of 1 star, of 2, and so on; halves are rounded up.
    pub(super) histogram: [usize; STARS],
    /// By year, those without a film left out.
    pub(super) years: BTreeMap<u16, Stars>,
    /// By genre, those with most films first; a film of several genres is one of each.
    pub(super) genres: Vec<Named>,
    /// By genre and the first year of the decade.
    pub(super) genre_decades: Vec<GenreDecade>,
    /// The best directors.
    pub(super) best_directors: BestDirectors,
    /// What the live model says of the same films; `None` where there is no model that predicts.
    pub(super) predicted: Option<Predicted>,
}

/// The stars of some films.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Stars {
    pub(super) films: usize,
    /// 0 where there are none.
    pub(super) mean: f64,
    /// The standard deviation of a sample, 0 where there are fewer than two.
    pub(super) deviation: f64,
}

/// The stars of a genre's films.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) stars: Stars,
}

/// The stars of a genre's films of ten years.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct GenreDecade {
    pub(super) genre: String,
    pub(super) decade: u16,
    #[serde(flatten)]
    pub(super) stars: Stars,
}

/// Directors with at least [`DIRECTOR_FILMS`] films by their shrunken means.
///
/// Few films say little of a director: the mean of `n` films is drawn towards the mean of all as if
/// `k` films at that were among them, (n·mean + k·all) / (n + k). `k` is the variance of films within
/// a director over the variance between directors, both estimated by the analysis of variance with
/// one random effect and groups of different size (Searle, Casella and others, Variance Components,
/// 1992, section 3.6). The interval is that of the posterior, normal with variance within / (n + k).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct BestDirectors {
    /// `k`; `None` where directors do not differ, or are too few to know: then nobody is best.
    pub(super) films_at_the_mean: Option<f64>,
    /// The best first.
    pub(super) directors: Vec<Director>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Director {
    pub(super) name: String,
    pub(super) films: usize,
    pub(super) mean: f64,
    pub(super) shrunken_mean: f64,
    /// Half of the width of the interval that holds with 95 %.
    pub(super) margin: f64,
}

/// Sums from which mean and variance follow.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    films: usize,
    mean: f64,
    /// The sum of squared deviations from the mean.
    squares: f64,
}

impl Sums {
    /// Welford's way, which loses nothing to large sums.
    fn add(&mut self, stars: f64) {
        self.films += 1;
        let off = stars - self.mean;
        self.mean += off / self.films as f64;
        self.squares += off * (stars - self.mean);
    }

    fn stars(&self) -> Stars {
        let freedom = self.films.saturating_sub(1);
        Stars {
            films: self.films,
            mean: self.mean,
            deviation: if freedom == 0 {
                0.0
            } else {
                (self.squares / freedom as f64).sqrt()
            },
        }
    }
}

impl Stars {
    /// Half of the width of the mean's interval that holds with 95 %.
    pub(super) fn margin(&self) -> f64 {
        NORMAL_95 * self.deviation / (self.films.max(1) as f64).sqrt()
    }
}

impl Figures {
    pub(super) fn of(ratings: &[FilmRating], predicted: Option<Predicted>) -> Self {
        let mut all = Sums::default();
        let mut histogram = [0; STARS];
        let mut years: BTreeMap<u16, Sums> = BTreeMap::new();
        let mut genres: BTreeMap<String, Sums> = BTreeMap::new();
        let mut decades: BTreeMap<(String, u16), Sums> = BTreeMap::new();
        let mut directors: BTreeMap<&str, Sums> = BTreeMap::new();
        for rating in ratings {
            all.add(rating.stars);
            if let Some(count) = histogram.get_mut(whole(rating.stars) - 1) {
                *count += 1;
            }
            years.entry(rating.year).or_default().add(rating.stars);
            let decade = rating.year - rating.year % 10;
            for genre in genres_of(rating) {
                decades
                    .entry((genre.clone(), decade))
                    .or_default()
                    .add(rating.stars);
                genres.entry(genre).or_default().add(rating.stars);
            }
            if rating.director != NONE {
                directors
                    .entry(&rating.director)
                    .or_default()
                    .add(rating.stars);
            }
        }
        let mut by_genre: Vec<Named> = genres
            .into_iter()
            .map(|(name, sums)| Named {
                name,
                stars: sums.stars(),
            })
            .collect();
        by_genre.sort_by_key(|genre| std::cmp::Reverse(genre.stars.films));
        let decades = decades
            .into_iter()
            .map(|((genre, decade), sums)| GenreDecade {
                genre,
                decade,
                stars: sums.stars(),
            });
        Self {
            all: all.stars(),
            directors: directors.len(),
            histogram,
            years: years
                .into_iter()
                .map(|(year, sums)| (year, sums.stars()))
                .collect(),
            genres: by_genre,
            genre_decades: decades.collect(),
            best_directors: best(all.mean, &directors),
            predicted,
        }
    }
}

/// Stars as one of 1 to [`STARS`], halves rounded up.
pub(super) fn whole(stars: f64) -> usize {
    let all = 1..=STARS;
    all.rev()
        .find(|whole| *whole as f64 <= stars + 0.5)
        .unwrap_or(1)
}

/// The genres of a film by the names that devices use, each once.
pub(super) fn genres_of(rating: &FilmRating) -> Vec<String> {
    let mut genres: Vec<String> = Vec::new();
    for genre in [&rating.genre1, &rating.genre2, &rating.genre3] {
        let name = genre
            .parse()
            .map_or(genre.as_str(), |known: Genre| known.name());
        if name != NONE && !genres.iter().any(|known| known == name) {
            genres.push(name.to_owned());
        }
    }
    genres
}

fn best(mean: f64, directors: &BTreeMap<&str, Sums>) -> BestDirectors {
    let Some((within, films_at_the_mean)) = variances(directors) else {
        return BestDirectors::default();
    };
    let k = films_at_the_mean;
    let enough = directors
        .iter()
        .filter(|(_, sums)| sums.films >= DIRECTOR_FILMS);
    let mut best: Vec<Director> = enough
        .map(|(name, sums)| {
            let films = sums.films as f64;
            Director {
                name: (*name).to_owned(),
                films: sums.films,
                mean: sums.mean,
                shrunken_mean: (films * sums.mean + k * mean) / (films + k),
                margin: NORMAL_95 * (within / (films + k)).sqrt(),
            }
        })
        .collect();
    best.sort_by(|one, other| other.shrunken_mean.total_cmp(&one.shrunken_mean));
    best.truncate(DIRECTORS);
    BestDirectors {
        films_at_the_mean: Some(k),
        directors: best,
    }
}

/// The variance of films within directors, and that over the one between directors.
fn variances(directors: &BTreeMap<&str, Sums>) -> Option<(f64, f64)> {
    let groups = directors.len() as f64;
    let films: f64 = directors.values().map(|sums| sums.films as f64).sum();
    if groups < 2.0 || films <= groups {
        return None;
    }
    let within = directors.values().map(|sums| sums.squares).sum::<f64>() / (films - groups);
    let weighed = directors.values().map(|sums| sums.films as f64 * sums.mean);
    let mean = weighed.sum::<f64>() / films;
    let squares = directors
        .values()
        .map(|sums| sums.films as f64 * (sums.mean - mean).powi(2));
    let between_groups = squares.sum::<f64>() / (groups - 1.0);
    let sizes: f64 = directors
        .values()
        .map(|sums| (sums.films as f64).powi(2))
        .sum();
    let size = (films - sizes / films) / (groups - 1.0);
    let between = (between_groups - within) / size;
    (between > 0.0 && within.is_finite()).then(|| (within, within / between))
}

/// The means of genres that have enough films in a decade, by genre and decade.
pub(super) fn means(decades: &[GenreDecade]) -> HashMap<(&str, u16), Stars> {
    let enough = decades.iter().filter(|cell| cell.stars.films >= YEAR_FILMS);
    enough
        .map(|cell| ((cell.genre.as_str(), cell.decade), cell.stars))
        .collect()
}
