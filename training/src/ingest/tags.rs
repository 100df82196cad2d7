//! What people tagged a film with, as keywords.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use matinee::catalogue::Genre;

use super::fields;
use super::films::Films;

/// The most keywords a film gets from tags.
const MAX_TAGS: usize = 10;

/// A tag that one person alone uses, of whatever films, is a note to oneself; what two people use is a
/// keyword of each film that one of them gave it.
const PEOPLE_NEEDED: usize = 2;

/// Gathers tags film by film.
#[derive(Debug)]
pub(super) struct Tags {
    by_key: HashMap<u64, usize>,
    /// Film, tag, person.
    given: Vec<(usize, String, u64)>,
}

impl Tags {
    pub(super) fn of(films: &Films) -> Self {
        Self {
            by_key: films.by_key(),
            given: Vec::new(),
        }
    }

    /// Notes a tag, unless it is empty, names a genre, or its film is not in the catalogue.
    pub(super) fn add(&mut self, person: u64, film: u64, tag: &str) {
        let tag = fields::text(tag).to_lowercase();
        if let Some(at) = self.by_key.get(&film)
            && !tag.is_empty()
            && tag.parse::<Genre>().is_err()
        {
            self.given.push((*at, tag, person));
        }
    }

    /// Gives every film the tags that most people gave it, most first; the alphabet breaks ties.
    pub(super) fn write(self, films: &mut Films) {
        let mut given = self.given;
        given.sort_unstable();
        given.dedup();
        let shared = shared(&given);
        for of_film in given.chunk_by(|a, b| a.0 == b.0) {
            let mut counted: Vec<(Reverse<usize>, &str)> = of_film
                .chunk_by(|a, b| a.1 == b.1)
                .filter(|people| shared.contains(people[0].1.as_str()))
                .map(|people| (Reverse(people.len()), people[0].1.as_str()))
                .collect();
            counted.sort_unstable();
            let keywords = counted
                .iter()
                .take(MAX_TAGS)
                .map(|(_, tag)| (*tag).to_owned());
            films.movies[of_film[0].0].keywords = keywords.collect();
        }
    }
}

/// The tags that enough people use.
fn shared(given: &[(usize, String, u64)]) -> HashSet<&str> {
    let mut uses: Vec<(&str, u64)> = given.iter().map(|one| (one.1.as_str(), one.2)).collect();
    uses.sort_unstable();
    uses.dedup();
    let of_tags = uses.chunk_by(|a, b| a.0 == b.0);
    of_tags
        .filter(|people| people.len() >= PEOPLE_NEEDED)
        .map(|people| people[0].0)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use matinee::catalogue::Movie;

    use super::*;

    fn two_films() -> Films {
        let mut films = Films::new(Path::new("movies.csv"));
        for (id, title) in [("movielens:7", "Tides"), ("movielens:9", "Reef")] {
            let film = Movie::new(id.parse().unwrap(), title, None);
            films.add(film).unwrap();
        }
        films
    }

    #[test]
    fn a_tag_that_two_people_use_is_a_keyword_of_every_film_one_of_them_gave_it() {
        let mut films = two_films();
        let mut tags = Tags::of(&films);
        for (person, film, tag) in [
            (1, 7, "sea"),
            (2, 9, "Sea"),
            (1, 7, "seen on tv"),
            (1, 9, "seen on tv"),
            (2, 8, "seen on tv"),
        ] {
            tags.add(person, film, tag);
        }
        tags.write(&mut films);
        for film in &films.movies {
            assert_eq!(film.keywords, ["sea"], "the other is one person's own");
        }
    }

    #[test]
    fn tags_of_two_people_are_kept_those_of_most_first_and_ten_stay() {
        let mut films = two_films();
        let mut tags = Tags::of(&films);
        for (person, tag) in [(1, "Sea"), (2, "sea "), (2, "sea"), (3, "boats"), (4, " ")] {
            tags.add(person, 7, tag);
        }
        for person in 1..=3 {
            tags.add(person, 7, "Harbour");
            tags.add(person, 7, "Sci-Fi");
        }
        for number in 0..20 {
            tags.add(8, 7, &format!("tag {number:02}"));
            tags.add(9, 7, &format!("tag {number:02}"));
            tags.add(9, 8, "of another film");
        }
        tags.write(&mut films);
        let keywords = &films.movies[0].keywords;
        assert_eq!(keywords[..3], ["harbour", "sea", "tag 00"]);
        assert_eq!(keywords.len(), 10);
        assert!(!keywords.contains(&"boats".to_owned()), "one person's own");
    }
}
