//! The titles section: normalised forms of every title, sorted, with the films each one means and
//! a trigram index for misspelt ones.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use zerocopy::little_endian::U32;

use super::columns::{Column, Indices, Offsets, Strings, first_pair};
use super::container::{Section, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, MovieIndex, SectionEntry, SectionKind};
use crate::catalogue::{Movie, TitleForm, title_forms, trigrams};

/// A film that a form means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TitleHit {
    /// The film.
    pub movie: MovieIndex,
    /// How the form relates to its title.
    pub form: TitleForm,
}

/// Finds films from the words of their titles.
#[derive(Debug)]
pub struct Titles {
    forms: Strings,
    hit_offsets: Offsets,
    hit_movie: Indices,
    hit_form: Column<u8>,
    grams: Column<U32>,
    posting_offsets: Offsets,
    postings: Indices,
}

impl Titles {
    /// Verifies a titles section of a model with `movies` films and takes it into use.
    ///
    /// # Errors
    /// [`ModelError::Section`] naming the fault.
    pub fn open(
        bytes: bytes::Bytes,
        entry: &SectionEntry,
        movies: usize,
    ) -> Result<Self, ModelError> {
        let section = Section::open(bytes, SectionKind::Titles, entry)?;
        Self::read(&section, movies).map_err(|fault| SectionKind::Titles.refuse(fault))
    }

    fn read(section: &Section, movies: usize) -> Result<Self, SectionFault> {
        let forms = section.strings(("form_at", "form_text"), None)?;
        let hit_movie = section.indices("hit_movie", movies)?;
        let grams: Column<U32> = section.values("gram")?;
        let postings = section.indices("posting", forms.len())?;
        let titles = Self {
            hit_offsets: section.offsets("hit_at", forms.len(), hit_movie.len())?,
            hit_form: section.exactly("hit_form", hit_movie.len())?,
            posting_offsets: section.offsets("posting_at", grams.len(), postings.len())?,
            forms,
            hit_movie,
            grams,
            postings,
        };
        titles.check_forms()?;
        titles.check_hits(movies)?;
        titles.check_postings()?;
        Ok(titles)
    }

    fn check_forms(&self) -> Result<(), SectionFault> {
        let foreign = |b: u8| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b' ');
        let text = self.forms.text.as_bytes();
        // Looking at every byte is faster than stopping at the first wrong one.
        if text.iter().fold(false, |any, b| any | foreign(*b)) {
            let at = text.iter().position(|b| foreign(*b)).unwrap_or_default();
            return Err(wrong("form_text", at, "must be a-z, 0-9 or a space"));
        }
        if let Some(row) = self.forms.offsets.first_empty() {
            return Err(wrong("form_at", row, "a form must not be empty"));
        }
        match self.forms.first_not_ascending() {
            Some(row) => Err(wrong("form_text", row, "forms must ascend without repeats")),
            None => Ok(()),
        }
    }

    fn check_hits(&self, movies: usize) -> Result<(), SectionFault> {
        let lists = &self.hit_offsets;
        if let Some(row) = lists.first_empty() {
            return Err(wrong("hit_at", row, "every form must mean a film"));
        }
        let unknown = |form: &u8| TitleForm::from_number(*form).is_none();
        if let Some(row) = self.hit_form.iter().position(unknown) {
            return Err(wrong("hit_form", row, "unknown kind of form"));
        }
        if let Some(row) = first_pair(&self.hit_form, lists, |before, after| before > after) {
            return Err(wrong("hit_form", row, "the closest must come first"));
        }
        match self.hit_movie.first_repeat(lists, movies, false) {
            Some(row) => Err(wrong("hit_movie", row, "a film stands twice in one list")),
            None => Ok(()),
        }
    }

    fn check_postings(&self) -> Result<(), SectionFault> {
        if let Some(row) = self.grams.windows(2).position(|w| w[0].get() >= w[1].get()) {
            let reason = "trigrams must ascend without repeats";
            return Err(wrong("gram", row + 1, reason));
        }
        if self.grams.last().is_some_and(|gram| gram.get() >> 24 != 0) {
            return Err(wrong("gram", self.grams.len() - 1, "must be three bytes"));
        }
        if let Some(row) = self.posting_offsets.first_empty() {
            return Err(wrong("posting_at", row, "a form must hold the trigram"));
        }
        match self.postings.first_not_ascending(&self.posting_offsets) {
            Some(row) => Err(wrong("posting", row, "forms must ascend without repeats")),
            None => Ok(()),
        }
    }

    /// How many distinct forms there are.
    pub fn len(&self) -> usize {
        self.forms.len()
    }

    /// Whether there is no form at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The form in a row.
    pub fn form(&self, row: u32) -> &str {
        self.forms.get(row as usize)
    }

    /// The films that the form in a row means, the closest first; of whole titles then the most
    /// prominent, of parts of titles the earliest.
    pub fn hits(&self, row: u32) -> impl ExactSizeIterator<Item = TitleHit> + '_ {
        self.hit_offsets.range(row as usize).map(|at| TitleHit {
            movie: MovieIndex(self.hit_movie.get(at)),
            form: TitleForm::from_number(self.hit_form[at]).unwrap_or(TitleForm::Part),
        })
    }

    /// The row of exactly this normalised form. O(log n).
    pub fn exact(&self, form: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.forms.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.forms.get(middle).cmp(form) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }

    /// The rows of the forms that begin with `start`. O(log n + rows).
    pub fn beginning_with(&self, start: &str) -> impl Iterator<Item = u32> + '_ {
        let (mut low, mut high) = (0, self.forms.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.forms.get(middle) < start {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let start = start.to_owned();
        (low..self.forms.len())
            .take_while(move |row| self.forms.get(*row).starts_with(&start))
            .map(|row| row as u32)
    }

    /// The forms that share the most trigrams with `form`: (row, Dice coefficient 0..=1), best
    /// first, at most `limit`. Cost: the postings of the phrase's trigrams.
    pub fn similar_forms(&self, form: &str, limit: usize) -> Vec<(u32, f32)> {
        let wanted = trigrams(form);
        let mut shared = vec![0u16; self.forms.len()];
        for gram in &wanted {
            let Ok(at) = self.grams.binary_search_by_key(gram, |g| g.get()) else {
                continue;
            };
            for posting in self.posting_offsets.range(at) {
                shared[self.postings.get(posting) as usize] += 1;
            }
        }
        let mut ranked: Vec<(u32, f32)> = shared
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(row, count)| {
                // A padded form of n bytes has n trigrams, fewer when some repeat.
                let sizes = wanted.len() + self.forms.get(row).len();
                (row as u32, 2.0 * f32::from(*count) / sizes as f32)
            })
            .collect();
        let best = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if ranked.len() > limit {
            ranked.select_nth_unstable_by(limit, best);
            ranked.truncate(limit);
        }
        ranked.sort_unstable_by(best);
        ranked
    }
}

/// Lays out the titles section.
pub fn write_titles(movies: &[Movie]) -> Vec<u8> {
    let mut forms: BTreeMap<String, Vec<(TitleForm, u32)>> = BTreeMap::new();
    for (row, movie) in movies.iter().enumerate() {
        for (form, kind) in title_forms(&movie.title, &movie.original_title) {
            forms.entry(form).or_default().push((kind, row as u32));
        }
    }
    for hits in forms.values_mut() {
        hits.sort_by(|a, b| {
            let movie = |hit: &(TitleForm, u32)| &movies[hit.1 as usize];
            let by_prominence = movie(b).prominence.total_cmp(&movie(a).prominence);
            // Who names a series means its first film.
            let by_year = movie(a).year.cmp(&movie(b).year);
            let first = if a.0 == TitleForm::Part {
                by_year
            } else {
                by_prominence
            };
            a.0.cmp(&b.0).then(first).then(a.1.cmp(&b.1))
        });
    }
    let mut grams: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (row, form) in forms.keys().enumerate() {
        for gram in trigrams(form) {
            grams.entry(gram).or_default().push(row as u32);
        }
    }
    let mut writer = SectionWriter::new(SectionKind::Titles);
    writer.strings(("form_at", "form_text"), forms.keys());
    writer.offsets("hit_at", forms.values().map(Vec::len));
    let hits: Vec<(TitleForm, u32)> = forms.values().flatten().copied().collect();
    let rows: Vec<u32> = hits.iter().map(|(_, row)| *row).collect();
    writer.indices("hit_movie", movies.len(), &rows);
    let kinds: Vec<u8> = hits.iter().map(|(kind, _)| *kind as u8).collect();
    writer.values("hit_form", &kinds);
    writer.u32s("gram", grams.keys().copied());
    writer.offsets("posting_at", grams.values().map(Vec::len));
    let postings: Vec<u32> = grams.into_values().flatten().collect();
    writer.indices("posting", forms.len(), &postings);
    writer.finish()
}
