//! Finding films while somebody types.

use super::{TitleForm, find, normalise};
use crate::model::{Model, MovieIndex};
use crate::recommend::Filters;

/// How close a title is to what was typed; the smaller the closer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    /// The film that the words mean.
    Meant,
    /// A form of the title is exactly this.
    Whole,
    /// A form of the title begins like this.
    Beginning,
    /// Words within the title begin like this.
    Within,
    /// Every word begins a word of the title, in whatever order.
    Words,
    /// A title spelt alike, by its place among the suggestions.
    Alike(usize),
}

/// The films that `typed` may be the beginning of, the closest first, of equally close ones the
/// most prominent. O(titles).
pub fn search(model: &Model, typed: &str, filters: &Filters) -> Vec<MovieIndex> {
    let typed_form = normalise(typed);
    if typed_form.is_empty() {
        return Vec::new();
    }
    let mut closest: Vec<Option<Closeness>> = vec![None; model.catalogue.len()];
    let mut note = |movie: MovieIndex, closeness| {
        let known = &mut closest[movie.row()];
        *known = Some(known.map_or(closeness, |known| known.min(closeness)));
    };
    let words: Vec<&str> = typed_form.split(' ').collect();
    for row in 0..model.titles.len() as u32 {
        if let Some(closeness) = compare(model.titles.form(row), &typed_form, &words) {
            for hit in model.titles.hits(row) {
                // What stands before a colon is a beginning, not the whole title.
                let part = closeness == Closeness::Whole && hit.form == TitleForm::Part;
                let closeness = if part {
                    Closeness::Beginning
                } else {
                    closeness
                };
                note(hit.movie, closeness);
            }
        }
    }
    let found = find(model, typed);
    for (place, movie) in found.did_you_mean.into_iter().enumerate() {
        note(movie, Closeness::Alike(place));
    }
    if let Some(movie) = found.movie {
        note(movie, Closeness::Meant);
    }
    let mut matches: Vec<(Closeness, MovieIndex)> = closest
        .into_iter()
        .zip(model.catalogue.iter())
        .filter_map(|(closeness, movie)| Some((closeness?, movie)))
        .filter(|(_, movie)| filters.accept(*movie))
        .map(|(closeness, movie)| (closeness, movie.index()))
        .collect();
    let prominence = |movie| model.catalogue.get(movie).prominence();
    matches.sort_unstable_by(|(a_close, a), (b_close, b)| {
        a_close
            .cmp(b_close)
            .then_with(|| prominence(*b).total_cmp(&prominence(*a)))
            .then(a.cmp(b))
    });
    matches.into_iter().map(|(_, movie)| movie).collect()
}

fn compare(form: &str, typed: &str, words: &[&str]) -> Option<Closeness> {
    if let Some(rest) = form.strip_prefix(typed) {
        return Some(if rest.is_empty() {
            Closeness::Whole
        } else {
            Closeness::Beginning
        });
    }
    let within = form
        .match_indices(' ')
        .any(|(at, _)| form[at + 1..].starts_with(typed));
    if within {
        return Some(Closeness::Within);
    }
    let every = words.len() > 1
        && words
            .iter()
            .all(|word| form.split(' ').any(|known| known.starts_with(word)));
    every.then_some(Closeness::Words)
}
