use crate::model::MovieIndex;

/// Films of one model, a bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmSet {
    words: Vec<u64>,
    films: usize,
}

impl FilmSet {
    /// No film of a catalogue of `films`.
    pub fn none(films: usize) -> Self {
        Self {
            words: vec![0; films.div_ceil(64)],
            films,
        }
    }

    /// Every film of a catalogue of `films`.
    pub fn all(films: usize) -> Self {
        let mut all = Self {
            words: vec![u64::MAX; films.div_ceil(64)],
            films,
        };
        if let Some(last) = all.words.last_mut()
            && !films.is_multiple_of(64)
        {
            *last = (1 << (films % 64)) - 1;
        }
        all
    }

    /// Whether a film is among them; one of a larger model is not.
    pub fn contains(&self, movie: MovieIndex) -> bool {
        let word = self.words.get(movie.row() / 64);
        word.is_some_and(|word| word >> (movie.row() % 64) & 1 == 1)
    }

    /// Adds a film; one of a larger model is passed over.
    pub fn insert(&mut self, movie: MovieIndex) {
        if movie.row() < self.films {
            self.words[movie.row() / 64] |= 1 << (movie.row() % 64);
        }
    }

    /// Adds the films of another set of the same model.
    pub fn add(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Takes away the films of another set of the same model.
    pub fn take(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(films: usize, rows: &BTreeSet<u32>) -> FilmSet {
        let mut set = FilmSet::none(films);
        for row in rows {
            set.insert(MovieIndex(*row));
        }
        set
    }

    proptest! {
        #[test]
        fn bits_are_a_set(
            films in 0usize..200,
            a in prop::collection::btree_set(0u32..250, 0..60),
            b in prop::collection::btree_set(0u32..250, 0..60),
        ) {
            let within = |set: BTreeSet<u32>| -> BTreeSet<u32> {
                set.into_iter().filter(|row| (*row as usize) < films).collect()
            };
            let (a, b) = (within(a), within(b));
            let (mut sum, mut rest) = (of(films, &a), of(films, &a));
            sum.add(&of(films, &b));
            rest.take(&of(films, &b));
            prop_assert_eq!(&sum, &of(films, &a.union(&b).copied().collect()));
            prop_assert_eq!(&rest, &of(films, &a.difference(&b).copied().collect()));
            prop_assert_eq!(rest == FilmSet::none(films), a.is_subset(&b));
            let all = FilmSet::all(films);
            prop_assert_eq!(&all, &of(films, &(0..films as u32).collect()));
            for row in 0..300 {
                prop_assert_eq!(all.contains(MovieIndex(row)), (row as usize) < films);
                prop_assert_eq!(of(films, &a).contains(MovieIndex(row)), a.contains(&row));
            }
        }
    }
}
