use std::fmt;
use std::str::FromStr;

/// A genre as devices name it: one of IMDb's, which tells apart more than the catalogue's
/// [`Genre`](crate::catalogue::Genre) does ("Short", "Musical").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Genre(u8);

/// IMDb's names, by the number that is stored in a model; numbers never change once released.
const NAMES: [&str; 28] = [
    "Action",
    "Adult",
    "Adventure",
    "Animation",
    "Biography",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "Film-Noir",
    "Game-Show",
    "History",
    "Horror",
    "Music",
    "Musical",
    "Mystery",
    "News",
    "Reality-TV",
    "Romance",
    "Sci-Fi",
    "Short",
    "Sport",
    "Talk-Show",
    "Thriller",
    "War",
    "Western",
];

/// A name that is no genre.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown genre {0:?}; known genres: {known}", known = NAMES.join(", "))]
pub struct UnknownGenre(pub String);

impl Genre {
    /// How many there are.
    pub const COUNT: usize = NAMES.len();

    /// Every genre, in the order of its number.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len() as u8).map(Self)
    }

    /// The name, as IMDb and devices write it.
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The number stored in a model, below [`Genre::COUNT`].
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Genre {
    type Err = UnknownGenre;

    /// Case and everything that is no letter do not matter; "Science Fiction" is known, too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = |text: &str| -> String {
            let letters = text.chars().filter(char::is_ascii_alphabetic);
            letters.map(|c| c.to_ascii_lowercase()).collect()
        };
        let sought = match letters(text) {
            long if long == "sciencefiction" => "scifi".to_owned(),
            sought => sought,
        };
        let found = Self::all().find(|genre| letters(genre.name()) == sought);
        found.ok_or_else(|| UnknownGenre(text.chars().take(64).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_genre_is_known_by_its_name_however_it_is_spelled() {
        for genre in Genre::all() {
            assert_eq!(genre.name().parse(), Ok(genre));
            assert_eq!(
                genre.name().to_uppercase().replace('-', " ").parse(),
                Ok(genre)
            );
        }
        assert_eq!("Science Fiction".parse::<Genre>(), "sci-fi".parse());
    }

    #[test]
    fn what_is_no_genre_is_refused_with_those_that_are() {
        for text in ["", "None", "Slapstick", "☃"] {
            let refused = text.parse::<Genre>().unwrap_err().to_string();
            assert!(refused.contains("Talk-Show"), "{refused}");
        }
    }
}
