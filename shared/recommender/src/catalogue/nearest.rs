//! Films whose titles are nearly what somebody said.

use rapidfuzz::distance::osa;

use super::find::{Found, NEAREST};
use super::normalise::{TitleForm, without_article};
use crate::model::{Model, MovieIndex};

/// Forms looked at closely: those that share the most trigrams with the phrase.
const CANDIDATES: usize = 150;

/// The least similarity (1 - edits / longer length) that makes a title worth offering.
const WORTH_OFFERING: f32 = 0.55;

/// A phrase of fewer words than this is no title with words left out.
const FEWEST_WORDS: usize = 3;

/// The least share of a title's letters that a phrase with words left out must hold.
const LEAST_COVERAGE: f32 = 0.55;

/// How well a form fits what was said.
struct Candidate {
    movie: MovieIndex,
    prominence: f32,
    year: Option<u16>,
    /// Letters to insert, delete, replace or swap.
    edits: usize,
    /// How far from the whole title the form is that was compared: only a part of it, its article
    /// against what was said, then the kind of form.
    looseness: (bool, bool, TitleForm),
    /// 1 - edits / longer length.
    similarity: f32,
    /// Length of the longer of phrase and form, spaces included.
    length: usize,
    /// The share of the form's letters that were said, when the phrase is the form with words left
    /// out.
    coverage: Option<f32>,
}

/// Titles a slip or two away, or with words left out; and those worth offering otherwise.
pub(super) fn nearest(model: &Model, spoken: &str) -> Found {
    let mut candidates: Vec<Candidate> = Vec::new();
    // Every title is also known without its article, so one reading of the phrase with an article
    // and one without it meet all of them.
    let bare = without_article(spoken).filter(|bare| bare.len() > 2);
    let readings = [Some((spoken, false)), bare.map(|bare| (bare, true))];
    for (phrase, article_cut) in readings.into_iter().flatten() {
        // Levenshtein distance with adjacent transpositions counted once (optimal string
        // alignment), over bytes: normalised forms are ASCII.
        let distance = osa::BatchComparator::new(phrase.bytes());
        for (row, _) in model.titles.similar_forms(phrase, CANDIDATES) {
            let edits = distance.distance(model.titles.form(row).bytes());
            candidates.extend(compare(model, phrase, article_cut, row, edits));
        }
    }
    let accepted = closest_slip(&candidates)
        .or_else(|| fullest(&candidates))
        .map(|candidate| candidate.movie);
    candidates.sort_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then(b.prominence.total_cmp(&a.prominence))
            .then(a.movie.cmp(&b.movie))
    });
    let mut did_you_mean = Vec::new();
    for candidate in candidates {
        let worth = candidate.similarity >= WORTH_OFFERING || candidate.coverage.is_some();
        if worth
            && Some(candidate.movie) != accepted
            && !did_you_mean.contains(&candidate.movie)
            && did_you_mean.len() < NEAREST
        {
            did_you_mean.push(candidate.movie);
        }
    }
    Found {
        movie: accepted,
        did_you_mean,
    }
}

fn compare(
    model: &Model,
    phrase: &str,
    article_cut: bool,
    row: u32,
    edits: usize,
) -> impl Iterator<Item = Candidate> {
    let form = model.titles.form(row);
    let coverage = coverage(phrase, form);
    let longer = phrase.len().max(form.len());
    model.titles.hits(row).map(move |hit| Candidate {
        movie: hit.movie,
        prominence: model.catalogue.get(hit.movie).prominence(),
        year: model.catalogue.get(hit.movie).year(),
        edits,
        looseness: (
            hit.form == TitleForm::Part,
            article_cut != (hit.form == TitleForm::WithoutArticle),
            hit.form,
        ),
        similarity: 1.0 - edits as f32 / longer as f32,
        length: longer,
        coverage,
    })
}

/// The film fewest slips away, if they can be forgiven; of several the one whose whole title was
/// meant, then the best known.
fn closest_slip(candidates: &[Candidate]) -> Option<&Candidate> {
    candidates
        .iter()
        .filter(|candidate| candidate.edits <= forgiven_slips(candidate.length))
        .min_by(|a, b| {
            (a.edits, a.looseness)
                .cmp(&(b.edits, b.looseness))
                .then(b.prominence.total_cmp(&a.prominence))
                .then(a.movie.cmp(&b.movie))
        })
}

/// How many slips of the tongue or the finger a title of this length may suffer and still be
/// taken for itself without asking.
fn forgiven_slips(length: usize) -> usize {
    match length {
        0..=6 => 0,
        7..=9 => 1,
        _ => 2,
    }
}

/// The film of which the most was said, words left out; of several the earliest.
fn fullest(candidates: &[Candidate]) -> Option<&Candidate> {
    let share = |candidate: &Candidate| candidate.coverage.unwrap_or_default();
    candidates
        .iter()
        .filter(|candidate| share(candidate) >= LEAST_COVERAGE)
        .max_by(|a, b| {
            share(a)
                .total_cmp(&share(b))
                .then(b.looseness.cmp(&a.looseness))
                // Of the parts of one story the first.
                .then(b.year.cmp(&a.year))
                .then(b.movie.cmp(&a.movie))
        })
}

/// The share of `form`'s letters in `phrase`, when the phrase is some of the form's words in their
/// order, at least [`FEWEST_WORDS`] of them. Articles within a title are left out by many.
fn coverage(phrase: &str, form: &str) -> Option<f32> {
    let mut words = form.split(' ');
    let mut said = 0;
    for word in phrase.split(' ') {
        if !words.any(|known| known == word) {
            return None;
        }
        said += 1;
    }
    (said >= FEWEST_WORDS).then(|| letters(phrase) as f32 / letters(form) as f32)
}

fn letters(text: &str) -> usize {
    text.bytes().filter(|b| *b != b' ').count()
}

#[cfg(test)]
mod tests {
    use rapidfuzz::distance::osa;

    use super::coverage;

    #[test]
    fn a_slip_of_any_kind_counts_once() {
        let distance = |a: &str, b: &str| osa::distance(a.bytes(), b.bytes());
        assert_eq!(distance("intersteller", "interstellar"), 1);
        assert_eq!(distance("matirx", "matrix"), 1);
        assert_eq!(distance("the god father", "the godfather"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_phrase_covers_a_title_whose_words_it_keeps_in_order() {
        assert_eq!(
            coverage("return of king", "the return of the king"),
            Some(12.0 / 18.0)
        );
        assert_eq!(coverage("king of return", "the return of the king"), None);
        assert_eq!(coverage("the king", "the return of the king"), None);
    }
}
