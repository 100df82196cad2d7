use super::Genre;
use crate::taste::FilmRating;
use crate::taste::payload::NONE;

/// The most genres of a film.
pub const MAX_GENRES: usize = 3;

/// A film whose rating is predicted. It need not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Film {
    /// The title, as it was said.
    pub title: String,
    /// Year of release.
    pub year: u16,
    /// The director's name; `None` where nobody is known.
    pub director: Option<String>,
    /// Up to [`MAX_GENRES`], the most fitting first; more are not looked at.
    pub genres: Vec<Genre>,
}

/// How devices say that they know no director.
const NOBODY: [&str; 2] = [NONE, "Unknown"];

/// The director of this name; nobody where the name says so.
pub(super) fn director_of(name: &str) -> Option<String> {
    let nobody = NOBODY.iter().any(|word| name.eq_ignore_ascii_case(word));
    (!nobody).then(|| name.to_owned())
}

impl From<&FilmRating> for Film {
    /// The film that a device rated, as it would be if the device asked for it. What is no genre is left
    /// out.
    fn from(rating: &FilmRating) -> Self {
        let mut genres = Vec::with_capacity(MAX_GENRES);
        for name in [&rating.genre1, &rating.genre2, &rating.genre3] {
            let genre = name.parse().ok();
            genres.extend(genre.filter(|genre| !genres.contains(genre)));
        }
        Self {
            title: rating.title.clone(),
            year: rating.year,
            director: director_of(&rating.director),
            genres,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rating::PredictionRequest;
    use crate::taste::Millis;

    #[test]
    fn a_film_is_the_same_whether_it_is_asked_for_or_rated() {
        for (director, genres) in [
            ("Ada Moor", ["Drama", "Sci-Fi", "drama"]),
            ("None", ["Short", "None", "War"]),
            ("unknown", ["News", "None", "None"]),
        ] {
            let [one, two, three] = genres;
            let payload = json!({"title": ["Heat (1999)"], "year": "1999", "Director1": director,
                "Genre1": one, "Genre2": two, "Genre3": [three], "stars": 7});
            let payload = payload.as_object().unwrap();
            let rated = FilmRating::read(payload, "sofa", Millis(1)).unwrap();
            let text = serde_json::to_vec(payload).unwrap();
            let asked = PredictionRequest::read(&text, &"sofa".parse().unwrap()).unwrap();
            assert_eq!(Film::from(&rated), asked.films[0], "{director}");
        }
    }
}
