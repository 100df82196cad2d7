use std::collections::HashMap;

use matinee::catalogue::{GenreSet, Movie, words_without_numbers};
use matinee::model::NeighbourLists;
use serde::Serialize;

use super::neighbours_by_rows;
use crate::Progress;
use crate::sparse::SparseRows;
use crate::tfidf::{TfIdfSettings, is_english_stop_word, tfidf, tfidf_of_terms};

/// How much each kind of likeness counts in the blended score.
///
/// Every text field is a TF-IDF vector of its own, so its cosine is 0..=1 and its weight is its
/// largest possible part of the score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BlendSettings {
    /// Words of the overview.
    pub overview: f32,
    /// Genres.
    pub genres: f32,
    /// Keywords, each a term of its own.
    pub keywords: f32,
    /// Directors' names.
    pub directors: f32,
    /// Leading actors' names.
    pub cast: f32,
    /// Words of the title, without numerals, the first one counted twice: this is what makes
    /// sequels near. The square of the cosine counts: a word in common is chance, a name is not.
    pub title: f32,
    /// Part of the title's weight that counts even for films without a genre in common.
    pub title_across_genres: f32,
    /// Age: the part for films of the same year, falling by half every `year_halving` years.
    pub year: f32,
    /// See `year`.
    pub year_halving: f32,
    /// The near film's own prominence: of two equally near films the better known one.
    pub prominence: f32,
    /// Same original language, times the share of films in other languages: French films are near
    /// each other, English ones are most of them.
    pub language: f32,
    /// Count a word that occurs f times in an overview as 1 + ln f instead of f.
    pub sublinear: bool,
}

impl Default for BlendSettings {
    fn default() -> Self {
        Self {
            overview: 1.0,
            genres: 0.3,
            keywords: 1.0,
            directors: 0.5,
            cast: 0.4,
            title: 1.2,
            title_across_genres: 0.3,
            year: 0.3,
            year_halving: 10.0,
            prominence: 0.5,
            language: 0.3,
            sublinear: true,
        }
    }
}

/// The `k` nearest films of every film by the weighted sum of all likenesses.
pub fn blended_neighbours(
    movies: &[Movie],
    k: usize,
    settings: &BlendSettings,
    progress: &dyn Progress,
) -> NeighbourLists {
    let facts = fact_vectors(movies, settings);
    let fact_postings = facts.transposed();
    let titles = title_vectors(movies);
    let title_postings = titles.transposed();
    let sides: Vec<Side> = movies.iter().map(Side::of).collect();
    let rarity = language_rarity(&sides);
    neighbours_by_rows(movies.len(), k, progress, |row, scores| {
        title_postings.add_products(titles.row(row), scores);
        let seed = sides[row];
        let kindred_language = settings.language * rarity[&seed.language];
        for (score, other) in scores.iter_mut().zip(&sides) {
            if *score > 0.0 {
                let kin = settings.title_across_genres
                    + (1.0 - settings.title_across_genres) * seed.genres.jaccard(other.genres);
                *score *= *score * settings.title * kin;
            }
        }
        fact_postings.add_products(facts.row(row), scores);
        for (score, other) in scores.iter_mut().zip(&sides) {
            // Films without a word, name or genre in common are not near for their age alone.
            if *score > 0.0 {
                *score += settings.prominence * other.prominence
                    + settings.year * seed.closeness_in_time(*other, settings.year_halving)
                    + kindred_language * f32::from(seed.language == other.language);
            }
        }
    })
}

/// A film with fewer keywords than this is known too little to be near another for one of them.
const FEW_KEYWORDS: usize = 5;

/// What is compared besides vectors.
#[derive(Clone, Copy)]
struct Side {
    genres: GenreSet,
    year: Option<u16>,
    prominence: f32,
    language: [u8; 2],
}

impl Side {
    fn of(movie: &Movie) -> Self {
        let language = movie.language.as_bytes();
        Self {
            genres: movie.genres.iter().copied().collect(),
            year: movie.year,
            prominence: movie.prominence,
            language: [0, 1].map(|at| language.get(at).copied().unwrap_or_default()),
        }
    }

    fn closeness_in_time(self, other: Self, halving: f32) -> f32 {
        match (self.year, other.year) {
            (Some(a), Some(b)) => (-f32::from(a.abs_diff(b)) / halving).exp2(),
            _ => 0.0,
        }
    }
}

/// For every language the share of films in other languages.
fn language_rarity(sides: &[Side]) -> HashMap<[u8; 2], f32> {
    let mut counts: HashMap<[u8; 2], f32> = HashMap::new();
    for side in sides {
        *counts.entry(side.language).or_default() += 1.0;
    }
    let films = sides.len() as f32;
    for count in counts.values_mut() {
        *count = 1.0 - *count / films;
    }
    counts
}

/// All fields but the title side by side, each scaled so that the dot product of two rows is the
/// weighted sum of the fields' cosines.
fn fact_vectors(movies: &[Movie], settings: &BlendSettings) -> SparseRows {
    let overviews: Vec<&str> = movies.iter().map(|m| m.overview.as_str()).collect();
    let overview = tfidf(
        &overviews,
        TfIdfSettings {
            english_stop_words: true,
            sublinear: settings.sublinear,
        },
    );
    let terms = |of: fn(&Movie) -> Vec<String>| tfidf_of_terms(movies.iter().map(of), false);
    let genres = terms(|m| m.genres.iter().map(ToString::to_string).collect());
    let keywords = terms(|m| m.keywords.clone());
    let directors = terms(|m| m.directors.clone());
    let cast = terms(|m| m.cast.clone());
    SparseRows::beside(&[
        (&overview, settings.overview.sqrt()),
        (&genres, settings.genres.sqrt()),
        (&keywords.damped(FEW_KEYWORDS), settings.keywords.sqrt()),
        (&directors, settings.directors.sqrt()),
        (&cast, settings.cast.sqrt()),
    ])
}

/// "Aliens" and "Alien" are of one series.
fn singular(word: &mut String) {
    if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
        word.pop();
    }
}

/// Title words without stop words, articles and numerals, so that "Rocky" and "Rocky II" are one.
/// The first word stands once more, as a beginning: "Heat" and "White Heat" share a word only.
fn title_vectors(movies: &[Movie]) -> SparseRows {
    let titles = movies.iter().map(|movie| {
        let mut terms = words_without_numbers(&movie.title);
        terms.retain(|word| word.len() > 1 && !is_english_stop_word(word));
        for word in &mut terms {
            singular(word);
        }
        terms.extend(terms.first().map(|first| format!("^{first}")));
        terms
    });
    tfidf_of_terms(titles, true)
}
