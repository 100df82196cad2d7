//! What a film itself says, as numbers.

use super::{Film, Genre, MAX_GENRES};

/// How many facts a film has.
pub const FACTS: usize = 7 + Genre::COUNT;

/// The longest title that is told from a longer one, in characters.
const LONGEST: usize = 100;

/// The facts of a film, by number: its year; how many genres it has; whether it went straight to
/// video, was made for television, is a video game; how many characters its title has; whether the
/// title numbers it as a sequel; and, for each genre, 3 where it is the film's first, 2 where it is the
/// second, 1 where it is the third, 0 where it has it not.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The facts; finite.
    pub values: [f32; FACTS],
    /// The film's year.
    pub year: u16,
    /// A bit for each genre, by its number.
    pub genres: u32,
}

impl Facts {
    /// The facts of a film. Any title will do: what is not understood of it says nothing.
    pub fn of(film: &Film) -> Self {
        let title = Title::read(&film.title);
        let mut facts = Self {
            values: [0.0; FACTS],
            year: film.year,
            genres: 0,
        };
        let flag = |is: bool| f32::from(u8::from(is));
        let length = title.core.chars().take(LONGEST).count();
        let mut all = facts.values.iter_mut();
        let mut put = |value: f32| {
            if let Some(fact) = all.next() {
                *fact = value;
            }
        };
        let genres = || film.genres.iter().take(MAX_GENRES);
        put(f32::from(film.year));
        put(genres().count() as f32);
        put(flag(title.kind == Some("V")));
        put(flag(title.kind == Some("TV")));
        put(flag(title.kind == Some("VG")));
        put(length as f32);
        put(flag(title.is_sequel()));
        for genre in Genre::all() {
            let place = genres().position(|one| *one == genre);
            put(place.map_or(0.0, |place| (MAX_GENRES - place) as f32));
        }
        facts.genres = genres().fold(0, |bits, genre| bits | 1 << genre.number());
        facts
    }
}

/// A title in the manner of IMDb's lists: "Heat (1995)", "Lost (2004/II) (TV)".
struct Title<'a> {
    /// The title itself.
    core: &'a str,
    /// What kind of film it is, where it is none for cinemas: `TV`, `V` (video) or `VG` (video game).
    kind: Option<&'a str>,
}

impl<'a> Title<'a> {
    fn read(text: &'a str) -> Self {
        let mut title = Self {
            core: text.trim(),
            kind: None,
        };
        while let Some((before, note)) = last_note(title.core) {
            if ["TV", "V", "VG"].contains(&note) {
                title.kind = Some(note);
            } else if !is_year(note) {
                break;
            }
            title.core = before;
        }
        title
    }

    /// Whether a word of it is a number from 2 to 9, in digits or as a Roman numeral.
    fn is_sequel(&self) -> bool {
        let words = self.core.split(|c: char| !c.is_alphanumeric());
        words.into_iter().any(|word| {
            let digit = matches!(word.as_bytes(), [b'2'..=b'9']);
            digit || ["II", "III", "IV", "V", "VI", "VII", "VIII", "IX"].contains(&word)
        })
    }
}

/// What stands in brackets at the end, and what stands before it, which is not empty.
fn last_note(text: &str) -> Option<(&str, &str)> {
    let (before, note) = text.strip_suffix(')')?.rsplit_once('(')?;
    let before = before.trim_end();
    (!before.is_empty()).then_some((before, note))
}

/// "1995", "????" or "2004/II": of films of one title and year those but the first have a number.
fn is_year(note: &str) -> bool {
    let (year, number) = note.split_once('/').unwrap_or((note, "I"));
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit() || b == b'?');
    is_year && !number.is_empty() && number.bytes().all(|b| b"IVXLC".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(title: &str) -> Vec<f32> {
        let film = Film {
            title: title.to_owned(),
            year: 1999,
            director: None,
            genres: ["Drama", "Short"].map(|name| name.parse().unwrap()).into(),
        };
        Facts::of(&film).values[..7].to_vec()
    }

    #[test]
    fn notes_behind_a_title_tell_the_kind_of_film() {
        assert_eq!(facts("Heat (1999)"), [1999.0, 2.0, 0.0, 0.0, 0.0, 4.0, 0.0]);
        assert_eq!(
            facts("Heat (1999/III) (TV)"),
            [1999.0, 2.0, 0.0, 1.0, 0.0, 4.0, 0.0]
        );
        assert_eq!(
            facts("Heat 2 (1999) (V)"),
            [1999.0, 2.0, 1.0, 0.0, 0.0, 6.0, 1.0]
        );
        assert_eq!(
            facts("Heat VI: Cold (1999) (VG)"),
            [1999.0, 2.0, 0.0, 0.0, 1.0, 13.0, 1.0]
        );
    }

    #[test]
    fn an_odd_title_is_only_a_title() {
        for (title, length) in [
            ("", 0.0),
            ("(TV)", 4.0),
            ("(1999)", 6.0),
            ("1999", 4.0),
            (")", 1.0),
            ("((", 2.0),
            ("Heat (of the night)", 19.0),
            ("Heat (1999/)", 12.0),
        ] {
            let expected = [1999.0, 2.0, 0.0, 0.0, 0.0, length, 0.0];
            assert_eq!(facts(title), expected, "{title}");
        }
        assert_eq!(facts(&"☃".repeat(100_000))[5], 100.0);
    }

    #[test]
    fn a_genre_counts_by_its_place_and_a_fourth_not_at_all() {
        let film = Film {
            genres: ["War", "Drama", "Short", "News"]
                .map(|name| name.parse().unwrap())
                .into(),
            ..Film::default()
        };
        let facts = Facts::of(&film);
        let of = |name: &str| {
            let number = name.parse::<Genre>().unwrap().number();
            (facts.values[7 + number], facts.genres >> number & 1)
        };
        assert_eq!(of("War"), (3.0, 1));
        assert_eq!(of("Drama"), (2.0, 1));
        assert_eq!(of("Short"), (1.0, 1));
        assert_eq!(of("News"), (0.0, 0));
        assert_eq!(facts.values[1], 3.0);
    }
}
