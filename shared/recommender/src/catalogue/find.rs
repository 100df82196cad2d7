//! Finding the film somebody means.

use super::nearest::nearest;
use super::normalise::{normalise, split_year, without_article};
use crate::model::{Model, MovieIndex};

/// Phrases longer than this many bytes are cut before they are looked at: no title is longer.
pub const MAX_PHRASE: usize = 300;

/// Fewer letters begin too many titles to say anything.
const SHORTEST_BEGINNING: usize = 2;

/// A beginning of this length says enough, unless the film is [`WELL_KNOWN`].
const TELLING_BEGINNING: usize = 7;

/// Prominence from which a film is meant by the shortest beginning: "et".
const WELL_KNOWN: f32 = 0.75;

/// How many nearest titles are offered for a phrase that names no film.
pub const NEAREST: usize = 5;

/// What a phrase means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The film meant, when that is beyond doubt or the best known of several of that name.
    pub movie: Option<MovieIndex>,
    /// Other films the phrase may mean, the likeliest first.
    pub did_you_mean: Vec<MovieIndex>,
}

/// Finds the film that `phrase` names: by exact normalised title, with a year in the phrase
/// deciding between films of one name, else by a title one or two slips away. A phrase that names
/// no film gives the nearest titles as suggestions and no film: nothing is ever made up.
pub fn find(model: &Model, phrase: &str) -> Found {
    let cut = (0..=MAX_PHRASE)
        .rev()
        .find(|end| phrase.is_char_boundary(*end))
        .map_or(phrase, |end| phrase.get(..end).unwrap_or(phrase));
    let spoken = normalise(cut);
    if spoken.is_empty() {
        return Found::default();
    }
    exact(model, &spoken)
        .or_else(|| with_year(model, cut))
        .or_else(|| beginning(model, &spoken))
        .unwrap_or_else(|| nearest(model, &spoken))
}

/// The films of exactly this form; an unused article in front of the phrase does not matter.
fn exact(model: &Model, spoken: &str) -> Option<Found> {
    let hits = hits_of(model, spoken)
        .or_else(|| without_article(spoken).and_then(|bare| hits_of(model, bare)))?;
    Some(Found {
        movie: hits.first().copied(),
        did_you_mean: hits.into_iter().skip(1).take(NEAREST).collect(),
    })
}

fn hits_of(model: &Model, form: &str) -> Option<Vec<MovieIndex>> {
    let row = model.titles.exact(form)?;
    Some(model.titles.hits(row).map(|hit| hit.movie).collect())
}

/// The film whose title begins with the phrase, when there is but one: "shawshank". The films of a
/// series that begin with it are offered, the best known first: "harry potter".
fn beginning(model: &Model, spoken: &str) -> Option<Found> {
    if spoken.len() < SHORTEST_BEGINNING {
        return None;
    }
    let bare = without_article(spoken).unwrap_or(spoken);
    let mut films: Vec<MovieIndex> = Vec::new();
    for form in model.titles.beginning_with(&format!("{bare} ")) {
        films.extend(model.titles.hits(form).map(|hit| hit.movie));
    }
    let prominence = |movie| model.catalogue.get(movie).prominence();
    films.sort_by(|a, b| prominence(*b).total_cmp(&prominence(*a)).then(a.cmp(b)));
    let mut distinct: Vec<MovieIndex> = Vec::new();
    for film in films {
        if !distinct.contains(&film) {
            distinct.push(film);
        }
    }
    match distinct[..] {
        [] => None,
        [film] if bare.len() >= TELLING_BEGINNING || prominence(film) >= WELL_KNOWN => {
            Some(Found {
                movie: Some(film),
                did_you_mean: Vec::new(),
            })
        }
        _ => {
            let slips = nearest(model, spoken);
            // A title one slip away is closer than a longer one.
            if slips.movie.is_some() {
                return Some(slips);
            }
            distinct.truncate(NEAREST);
            Some(Found {
                movie: None,
                did_you_mean: distinct,
            })
        }
    }
}

/// "heat 1995", "dune from 2021": the year decides between films of one name. A film released a
/// year off is accepted, because sources differ by one.
fn with_year(model: &Model, phrase: &str) -> Option<Found> {
    let (rest, year) = split_year(phrase)?;
    let title = [" from", " of", " the year", " from the year"]
        .iter()
        .fold(rest.as_str(), |title, filler| {
            title.strip_suffix(filler).unwrap_or(title)
        });
    let hits = hits_of(model, title)
        .or_else(|| without_article(title).and_then(|bare| hits_of(model, bare)))?;
    let distance = |movie: &MovieIndex| {
        model
            .catalogue
            .get(*movie)
            .year()
            .map_or(u16::MAX, |known| known.abs_diff(year))
    };
    let best = hits.iter().min_by_key(|movie| distance(movie)).copied();
    let movie = best.filter(|movie| distance(movie) <= 1);
    Some(Found {
        movie,
        did_you_mean: hits
            .into_iter()
            .filter(|other| Some(*other) != movie)
            .take(NEAREST)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::fixture::{self, row};
    use crate::model::{Model, MovieIndex};
    use proptest::prelude::*;

    fn found(model: &Model, phrase: &str) -> Option<MovieIndex> {
        find(model, phrase).movie
    }

    #[test]
    fn spelling_articles_and_numerals_do_not_matter() {
        let model = fixture::model();
        for phrase in [
            "The Quiet Comet",
            "quiet comet",
            "QUIET COMET, THE",
            "a quiet comet",
        ] {
            assert_eq!(found(&model, phrase), Some(row(1)), "{phrase}");
        }
        for phrase in ["the quiet comet 2", "The Quiet Comet Part Two"] {
            assert_eq!(found(&model, phrase), Some(row(2)), "{phrase}");
        }
        assert_eq!(found(&model, "bread and thunder"), Some(row(3)));
        assert_eq!(found(&model, "12 lanterns"), Some(row(6)));
        assert_eq!(found(&model, "amelies last train"), Some(row(7)));
        assert_eq!(
            found(&model, "twenty forty seven a harbor story"),
            Some(row(8))
        );
        assert_eq!(found(&model, "a harbor story"), Some(row(8)));
    }

    #[test]
    fn of_two_films_of_one_name_the_better_known_wins_and_the_year_decides() {
        let model = fixture::model();
        let both = find(&model, "Harvest");
        assert_eq!(both.movie, Some(row(5)));
        assert_eq!(both.did_you_mean, [row(4)]);
        for phrase in [
            "Harvest (1962)",
            "harvest nineteen sixty two",
            "harvest one thousand nine hundred and sixty two",
            "Harvest from 1963",
        ] {
            assert_eq!(found(&model, phrase), Some(row(4)), "{phrase}");
        }
        let neither = find(&model, "Harvest 1925");
        assert_eq!(neither.movie, None);
        assert_eq!(neither.did_you_mean, [row(5), row(4)]);
    }

    #[test]
    fn a_slip_or_two_are_forgiven_in_long_titles_only() {
        let model = fixture::model();
        assert_eq!(found(&model, "the quite comet"), Some(row(1)));
        assert_eq!(found(&model, "twelve lantern"), Some(row(6)));
        assert_eq!(found(&model, "sald"), None);
        assert_eq!(find(&model, "sald").did_you_mean, [row(9)]);
    }

    #[test]
    fn a_beginning_that_only_one_title_has_names_it_and_others_are_offered() {
        let model = fixture::model();
        assert_eq!(found(&model, "bread and"), Some(row(3)));
        assert_eq!(find(&model, "bread").did_you_mean, [row(3)]);
        assert_eq!(found(&model, "amelies last"), Some(row(7)));
        let series = find(&model, "the quiet");
        assert_eq!(series.movie, None);
        assert_eq!(series.did_you_mean, [row(1), row(2)]);
    }

    #[test]
    fn what_names_no_film_gives_no_film() {
        let model = fixture::model();
        for phrase in ["", "   ", "!!!", "\u{0}", "entirely something else"] {
            assert_eq!(found(&model, phrase), None, "{phrase:?}");
        }
        assert_eq!(found(&model, &"the quiet comet ".repeat(1000)), None);
    }

    proptest! {
        #[test]
        fn anything_may_be_said(phrase in "\\PC{0,400}") {
            let model = fixture::model();
            let found = find(&model, &phrase);
            prop_assert!(found.movie.is_none_or(|movie| !found.did_you_mean.contains(&movie)));
        }
    }
}
