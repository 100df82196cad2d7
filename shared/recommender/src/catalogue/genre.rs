use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A film's genre: TMDB's list, extended by the few that MovieLens and IMDb add.
///
/// The discriminant is the number stored in a model; it never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Genre {
    Action = 0,
    Adventure = 1,
    Animation = 2,
    Biography = 3,
    Comedy = 4,
    Crime = 5,
    Documentary = 6,
    Drama = 7,
    Family = 8,
    Fantasy = 9,
    FilmNoir = 10,
    History = 11,
    Horror = 12,
    Music = 13,
    Mystery = 14,
    Romance = 15,
    ScienceFiction = 16,
    Sport = 17,
    Thriller = 18,
    TvMovie = 19,
    War = 20,
    Western = 21,
}

/// A name that is no genre.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown genre {0:?}; known genres: {known}", known = Genre::list())]
pub struct UnknownGenre(pub String);

impl Genre {
    /// Every genre, in the order of its stored number.
    pub const ALL: [Genre; 22] = [
        Genre::Action,
        Genre::Adventure,
        Genre::Animation,
        Genre::Biography,
        Genre::Comedy,
        Genre::Crime,
        Genre::Documentary,
        Genre::Drama,
        Genre::Family,
        Genre::Fantasy,
        Genre::FilmNoir,
        Genre::History,
        Genre::Horror,
        Genre::Music,
        Genre::Mystery,
        Genre::Romance,
        Genre::ScienceFiction,
        Genre::Sport,
        Genre::Thriller,
        Genre::TvMovie,
        Genre::War,
        Genre::Western,
    ];

    /// The name shown to people and used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Genre::Action => "Action",
            Genre::Adventure => "Adventure",
            Genre::Animation => "Animation",
            Genre::Biography => "Biography",
            Genre::Comedy => "Comedy",
            Genre::Crime => "Crime",
            Genre::Documentary => "Documentary",
            Genre::Drama => "Drama",
            Genre::Family => "Family",
            Genre::Fantasy => "Fantasy",
            Genre::FilmNoir => "Film Noir",
            Genre::History => "History",
            Genre::Horror => "Horror",
            Genre::Music => "Music",
            Genre::Mystery => "Mystery",
            Genre::Romance => "Romance",
            Genre::ScienceFiction => "Science Fiction",
            Genre::Sport => "Sport",
            Genre::Thriller => "Thriller",
            Genre::TvMovie => "TV Movie",
            Genre::War => "War",
            Genre::Western => "Western",
        }
    }

    /// The genre stored as `number`.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The number stored in a model.
    pub fn number(self) -> u8 {
        self as u8
    }

    fn list() -> String {
        Self::ALL.map(Genre::name).join(", ")
    }
}

impl FromStr for Genre {
    type Err = UnknownGenre;

    /// Case and punctuation do not matter; the spellings of the data sets Matinee reads are known
    /// ("Sci-Fi", "Children's", "Musical", "Film-Noir").
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters: String = text
            .chars()
            .filter(char::is_ascii_alphabetic)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let genre = match letters.as_str() {
            "action" => Genre::Action,
            "adventure" => Genre::Adventure,
            "animation" | "animated" => Genre::Animation,
            "biography" | "biopic" => Genre::Biography,
            "comedy" => Genre::Comedy,
            "crime" => Genre::Crime,
            "documentary" => Genre::Documentary,
            "drama" => Genre::Drama,
            "family" | "children" | "childrens" => Genre::Family,
            "fantasy" => Genre::Fantasy,
            "filmnoir" | "noir" => Genre::FilmNoir,
            "history" | "historical" => Genre::History,
            "horror" => Genre::Horror,
            "music" | "musical" => Genre::Music,
            "mystery" => Genre::Mystery,
            "romance" | "romantic" => Genre::Romance,
            "sciencefiction" | "scifi" | "sf" => Genre::ScienceFiction,
            "sport" | "sports" => Genre::Sport,
            "thriller" => Genre::Thriller,
            "tvmovie" => Genre::TvMovie,
            "war" => Genre::War,
            "western" => Genre::Western,
            _ => return Err(UnknownGenre(text.chars().take(64).collect())),
        };
        Ok(genre)
    }
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Genre {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Genre {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A set of genres, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenreSet(u32);

impl GenreSet {
    /// Whether no genre is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether both sets have a genre in common.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every genre of `other` is in this set.
    pub fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Jaccard similarity: shared genres over all genres of both, 0 when both are empty.
    pub fn jaccard(self, other: Self) -> f32 {
        let union = (self.0 | other.0).count_ones();
        if union == 0 {
            0.0
        } else {
            (self.0 & other.0).count_ones() as f32 / union as f32
        }
    }

    /// Cosine similarity: shared genres over the root of both numbers of genres' product, 0 when
    /// either is empty.
    pub fn cosine(self, other: Self) -> f32 {
        let product = self.0.count_ones() * other.0.count_ones();
        if product == 0 {
            0.0
        } else {
            (self.0 & other.0).count_ones() as f32 / (product as f32).sqrt()
        }
    }
}

impl FromIterator<Genre> for GenreSet {
    fn from_iter<I: IntoIterator<Item = Genre>>(genres: I) -> Self {
        Self(
            genres
                .into_iter()
                .fold(0, |bits, genre| bits | 1 << genre.number()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_genre_is_read_back_from_its_name_and_number() {
        for (number, genre) in Genre::ALL.into_iter().enumerate() {
            assert_eq!(genre.name().parse(), Ok(genre));
            assert_eq!(usize::from(genre.number()), number);
            assert_eq!(Genre::from_number(genre.number()), Some(genre));
        }
        assert_eq!(Genre::from_number(22), None);
    }

    #[test]
    fn sets_are_compared_by_the_genres_they_share() {
        let set = |genres: &[Genre]| genres.iter().copied().collect::<GenreSet>();
        let one = set(&[Genre::Drama, Genre::War, Genre::Action, Genre::Crime]);
        let other = set(&[Genre::Drama]);
        assert_eq!((one.cosine(other), one.jaccard(other)), (0.5, 0.25));
        assert_eq!((one.cosine(one), one.jaccard(one)), (1.0, 1.0));
        let nothing = set(&[]);
        assert_eq!((one.cosine(nothing), nothing.cosine(nothing)), (0.0, 0.0));
    }

    #[test]
    fn the_spellings_of_other_data_sets_are_known() {
        assert_eq!("Sci-Fi".parse(), Ok(Genre::ScienceFiction));
        assert_eq!("Children's".parse(), Ok(Genre::Family));
        assert_eq!("film noir".parse(), Ok(Genre::FilmNoir));
    }

    #[test]
    fn an_unknown_genre_is_named_with_what_was_expected() {
        let message = "gardening".parse::<Genre>().unwrap_err().to_string();
        assert!(message.contains("gardening") && message.contains("Science Fiction"));
    }
}
