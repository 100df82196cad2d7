//! Which films are solved densely.

/// Films with interactions, parted by whether they are solved densely. Both ascend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DenseFilms {
    /// Those that are: the most-watched ones.
    pub dense: Vec<u32>,
    /// Those that are not.
    pub rest: Vec<u32>,
}

/// The `limit` films that most viewers have, by `counts`; of films that equally many have those of
/// smaller index. Films that nobody has are in neither list.
pub fn dense_films(counts: &[u32], limit: usize) -> DenseFilms {
    let watched = (0..counts.len() as u32).filter(|film| counts[*film as usize] > 0);
    let mut films: Vec<u32> = watched.collect();
    films.sort_by_key(|film| std::cmp::Reverse(counts[*film as usize]));
    let mut rest = films.split_off(limit.min(films.len()));
    films.sort_unstable();
    rest.sort_unstable();
    DenseFilms { dense: films, rest }
}
