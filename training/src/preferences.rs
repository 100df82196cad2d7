//! Who watched or liked which films: the binary matrix that models are learned from and measured on.

/// A binary matrix of viewers and films, stored viewer by viewer; a viewer's films ascend and stand
/// there once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    offsets: Vec<usize>,
    films: Vec<u32>,
    width: usize,
}

impl Preferences {
    /// A matrix over `films` films, one row a viewer. Within a row order and repeats do not matter.
    ///
    /// # Panics
    /// When a row has a film that is not below `films`.
    pub fn new(films: usize, rows: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let mut matrix = Self {
            offsets: vec![0],
            films: Vec::new(),
            width: films,
        };
        for mut row in rows {
            row.sort_unstable();
            row.dedup();
            assert!(row.last().is_none_or(|last| (*last as usize) < films));
            matrix.films.extend(row);
            matrix.offsets.push(matrix.films.len());
        }
        matrix
    }

    /// How many viewers there are, those without a film included.
    pub fn viewers(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// How many films there are, those without a viewer included.
    pub fn films(&self) -> usize {
        self.width
    }

    /// How many pairs of a viewer and a film.
    pub fn len(&self) -> usize {
        self.films.len()
    }

    /// Whether nobody has a film.
    pub fn is_empty(&self) -> bool {
        self.films.is_empty()
    }

    /// A viewer's films, ascending.
    pub fn row(&self, viewer: usize) -> &[u32] {
        &self.films[self.offsets[viewer]..self.offsets[viewer + 1]]
    }

    /// Each viewer's films.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u32]> + '_ {
        self.offsets
            .windows(2)
            .map(|bounds| &self.films[bounds[0]..bounds[1]])
    }

    /// How many viewers each film has.
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.width];
        for film in &self.films {
            counts[*film as usize] += 1;
        }
        counts
    }

    /// The same viewers over some of the films: the film at place p of `films`, which ascend, becomes
    /// film p. O(pairs).
    #[must_use]
    pub fn columns_at(&self, films: &[u32]) -> Self {
        let mut places = vec![u32::MAX; self.width];
        for (place, film) in (0..).zip(films) {
            places[*film as usize] = place;
        }
        let mut chosen = Self {
            offsets: Vec::with_capacity(self.offsets.len()),
            films: Vec::new(),
            width: films.len(),
        };
        chosen.offsets.push(0);
        for row in self.rows() {
            let row = row.iter().map(|film| places[*film as usize]);
            chosen.films.extend(row.filter(|place| *place != u32::MAX));
            chosen.offsets.push(chosen.films.len());
        }
        chosen
    }

    /// Films become viewers. O(pairs).
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut offsets = vec![0; self.width + 1];
        for film in &self.films {
            offsets[*film as usize + 1] += 1;
        }
        for at in 0..self.width {
            offsets[at + 1] += offsets[at];
        }
        let mut next = offsets.clone();
        let mut viewers = vec![0; self.films.len()];
        for (viewer, row) in self.rows().enumerate() {
            for film in row {
                let at = &mut next[*film as usize];
                viewers[*at] = viewer as u32;
                *at += 1;
            }
        }
        Self {
            offsets,
            films: viewers,
            width: self.viewers(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sets() {
        let matrix = Preferences::new(5, [vec![3, 1, 3], vec![], vec![4, 1]]);
        assert_eq!((matrix.viewers(), matrix.films(), matrix.len()), (3, 5, 4));
        assert_eq!(matrix.row(0), [1, 3]);
        assert!(matrix.row(1).is_empty());
        assert_eq!(matrix.counts(), [0, 2, 0, 1, 1]);
    }

    #[test]
    fn transposed_twice_is_the_same() {
        let matrix = Preferences::new(5, [vec![3, 1], vec![], vec![4, 1]]);
        let films = matrix.transposed();
        assert_eq!(films.row(1), [0, 2]);
        assert_eq!(films.viewers(), 5);
        assert_eq!(films.transposed(), matrix);
    }

    #[test]
    fn some_films_of_the_same_viewers_have_new_numbers() {
        let matrix = Preferences::new(5, [vec![3, 1], vec![0], vec![4, 1]]);
        let some = matrix.columns_at(&[1, 2, 4]);
        assert_eq!(some, Preferences::new(3, [vec![0], vec![], vec![0, 2]]));
    }

    #[test]
    fn nobody_is_a_matrix_too() {
        let nobody = Preferences::new(0, []);
        assert!(nobody.is_empty());
        assert_eq!(nobody.transposed().viewers(), 0);
        assert_eq!(Preferences::default().viewers(), 0);
    }
}
