use std::collections::HashMap;

use matinee::catalogue::{Movie, MovieId};

/// The first id of each film, by all of its ids.
pub(super) struct Films<'a>(HashMap<&'a MovieId, &'a MovieId>);

impl<'a> Films<'a> {
    pub(super) fn new(movies: &'a [Movie]) -> Self {
        let mut first = HashMap::new();
        for movie in movies {
            for alias in &movie.aliases {
                first.entry(alias).or_insert(&movie.id);
            }
        }
        // An id of its own is stronger than another film's alias.
        first.extend(movies.iter().map(|movie| (&movie.id, &movie.id)));
        Self(first)
    }

    pub(super) fn has(&self, id: &MovieId) -> bool {
        self.0.contains_key(id)
    }

    /// The first id of the film that goes by this one; this one where there is no such film.
    pub(super) fn first_id<'b>(&self, id: &'b MovieId) -> &'b str
    where
        'a: 'b,
    {
        self.0.get(id).copied().unwrap_or(id).as_str()
    }
}
