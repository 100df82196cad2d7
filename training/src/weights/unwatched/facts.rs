//! What catalogues say of films, made ready to be compared.

use matinee::catalogue::{GenreSet, Movie};

use super::{KernelSettings, Likeness};
use crate::sparse::SparseRows;
use crate::tfidf::{TfIdfSettings, tfidf};
use crate::weights::WeightsError;

/// Where no catalogue counts votes, a prominence of 1 counts as 30,000 of them.
const LN_VOTES_OF_PROMINENCE: f64 = 10.3;

/// Features of all films. A feature that is not known of any watched film, or not of any unwatched
/// one, tells nothing and is left out.
#[derive(Debug)]
pub(super) struct Facts {
    /// ln votes, year and mean vote, each over the setting's length; 0 where left out. What is not
    /// known of a film is the median of the others.
    numbers: Vec<[f64; 3]>,
    tail: f64,
    genres: Vec<GenreSet>,
    /// 0 where left out, as for the language.
    genre_share: f64,
    /// 0 where unknown.
    languages: Vec<u32>,
    language_share: f64,
    /// Vectors of length 1, or without a value where nothing is known.
    pub(super) vectors: Vec<(SparseRows, f64)>,
    known: Vec<bool>,
}

/// Who must know a feature for it to be used.
struct Use<'a> {
    watched: &'a [u32],
    unwatched: &'a [u32],
    /// Whether something that is used is known of a film.
    known: Vec<bool>,
}

impl Use<'_> {
    /// Whether a feature is used, by what it is known of.
    fn decide(&mut self, knows: impl Fn(usize) -> bool) -> bool {
        let any = |films: &[u32]| films.iter().any(|film| knows(*film as usize));
        let used = any(self.watched) && any(self.unwatched);
        if used {
            for (film, known) in self.known.iter_mut().enumerate() {
                *known |= knows(film);
            }
        }
        used
    }

    /// Writes the values over `length` into place `at` of each film's numbers, with the median for
    /// films that have none; leaves zeros when the feature is not used, and says so.
    fn number(
        &mut self,
        values: &[Option<f64>],
        length: f64,
        at: usize,
        numbers: &mut [[f64; 3]],
    ) -> bool {
        if !self.decide(|film| values[film].is_some()) {
            return false;
        }
        let mut known: Vec<f64> = values.iter().copied().flatten().collect();
        let middle = known.len() / 2;
        let (_, median, _) = known.select_nth_unstable_by(middle, f64::total_cmp);
        for (number, value) in numbers.iter_mut().zip(values) {
            number[at] = value.unwrap_or(*median) / length;
        }
        true
    }
}

impl Facts {
    /// Features of `movies`, of which some are watched and some are to be compared with them.
    ///
    /// # Errors
    /// [`WeightsError::NoFacts`] when no feature can be used, [`WeightsError::Features`] and
    /// [`WeightsError::Setting`] for a likeness of another number of films or with a value that is
    /// not finite.
    pub(super) fn new(
        movies: &[Movie],
        likenesses: &[Likeness<'_>],
        watched: &[u32],
        unwatched: &[u32],
        settings: &KernelSettings,
    ) -> Result<Self, WeightsError> {
        let mut used = Use {
            watched,
            unwatched,
            known: vec![false; movies.len()],
        };
        let mut numbers = vec![[0.0; 3]; movies.len()];
        let values = |of: fn(&Movie) -> Option<f64>| -> Vec<Option<f64>> {
            let finite = |movie| of(movie).filter(|value| value.is_finite());
            movies.iter().map(finite).collect()
        };
        if !used.number(&values(ln_votes), settings.votes, 0, &mut numbers) {
            used.number(&values(prominence), settings.votes, 0, &mut numbers);
        }
        let year = values(|movie| movie.year.map(f64::from));
        used.number(&year, settings.year, 1, &mut numbers);
        let average = values(|movie| movie.vote_average.map(f64::from));
        used.number(&average, settings.vote_average, 2, &mut numbers);
        let genres = movies.iter().map(|movie| movie.genres.iter().copied());
        let genres: Vec<GenreSet> = genres.map(Iterator::collect).collect();
        let languages = languages(movies);
        let share = |used, share| if used { share } else { 0.0 };
        let genre_share = share(
            used.decide(|film| !genres[film].is_empty()),
            settings.genres,
        );
        let language_share = share(used.decide(|film| languages[film] != 0), settings.language);
        let mut vectors = vec![(overviews(movies), settings.overview)];
        for likeness in likenesses {
            vectors.push((likeness.checked(movies.len())?, likeness.share));
        }
        vectors.retain(|(rows, _)| used.decide(|film| rows.row(film).len() > 0));
        if !used.known.contains(&true) {
            return Err(WeightsError::NoFacts);
        }
        Ok(Self {
            numbers,
            tail: settings.tail,
            genres,
            genre_share,
            languages,
            language_share,
            vectors,
            known: used.known,
        })
    }

    /// Whether anything is known of a film that can be compared.
    pub(super) fn known(&self, film: u32) -> bool {
        self.known[film as usize]
    }

    /// How alike two films are, but for their vectors.
    pub(super) fn alike(&self, one: u32, other: u32) -> f64 {
        let (one, other) = (one as usize, other as usize);
        let numbers = self.numbers[one].iter().zip(&self.numbers[other]);
        let distance: f64 = numbers.map(|(a, b)| (a - b) * (a - b)).sum();
        let genres = f64::from(self.genres[one].cosine(self.genres[other]));
        let language = self.languages[one];
        let language = f64::from(u8::from(language != 0 && language == self.languages[other]));
        (1.0 + distance / (2.0 * self.tail)).powf(-self.tail)
            * factor(self.genre_share, genres)
            * factor(self.language_share, language)
    }
}

/// What a cosine makes of a likeness: 1 for the same direction, less for others. With a share of 0 it
/// is always 1.
pub(super) fn factor(share: f64, cosine: f64) -> f64 {
    (1.0 + share * cosine) / (1.0 + share)
}

fn ln_votes(movie: &Movie) -> Option<f64> {
    (movie.votes > 0).then(|| f64::from(movie.votes).ln_1p())
}

fn prominence(movie: &Movie) -> Option<f64> {
    let prominence = f64::from(movie.prominence);
    (prominence > 0.0).then_some(prominence * LN_VOTES_OF_PROMINENCE)
}

/// A number for each film's language, 0 where it is unknown.
fn languages(movies: &[Movie]) -> Vec<u32> {
    let mut numbers = std::collections::HashMap::from([("", 0)]);
    movies
        .iter()
        .map(|movie| {
            let next = numbers.len() as u32;
            *numbers.entry(movie.language.as_str()).or_insert(next)
        })
        .collect()
}

/// TF-IDF vectors of the overviews, of the words that at least two of them have: others tell nothing
/// of likeness, and would make vectors shorter towards what does.
fn overviews(movies: &[Movie]) -> SparseRows {
    let texts: Vec<&str> = movies.iter().map(|movie| movie.overview.as_str()).collect();
    let settings = TfIdfSettings {
        english_stop_words: true,
        sublinear: true,
    };
    let rows = tfidf(&texts, settings);
    let films_with = rows.transposed();
    let mut common = SparseRows::new(films_with.rows());
    for film in 0..rows.rows() {
        let words = rows.row(film);
        common.push(words.filter(|(word, _)| films_with.row(*word as usize).len() > 1));
    }
    unit_rows(&common, films_with.rows())
}

/// Each row over its Euclidean length; a row of zeros becomes one without values.
fn unit_rows(rows: &SparseRows, width: usize) -> SparseRows {
    let mut unit = SparseRows::new(width);
    for row in 0..rows.rows() {
        let squares = rows.row(row).map(|(_, value)| f64::from(value).powi(2));
        let length = squares.sum::<f64>().sqrt();
        let values = rows.row(row).filter(|_| length > 0.0);
        unit.push(values.map(|(column, value)| (column, (f64::from(value) / length) as f32)));
    }
    unit
}

impl Likeness<'_> {
    fn checked(&self, films: usize) -> Result<SparseRows, WeightsError> {
        let fault = |setting, found, expected| {
            Err(WeightsError::Setting {
                setting,
                found,
                expected,
            })
        };
        // Cosines go down to -1, where the factor must not become negative.
        if !(0.0..1.0).contains(&self.share) {
            return fault("share of a likeness", self.share, "0 or more, below 1");
        }
        if self.vectors.rows() != films {
            return Err(WeightsError::Features {
                expected: films,
                found: self.vectors.rows(),
            });
        }
        let values = (0..films).flat_map(|film| self.vectors.row(film));
        for (_, value) in values {
            if !value.is_finite() {
                return fault("value of a likeness", value.into(), "a finite number");
            }
        }
        Ok(unit_rows(self.vectors, self.vectors.width()))
    }
}
