//! Everything Matinee says, one data file per locale; no sentence stands in code.

mod persona;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::catalogue::{Genre, normalise};

pub use persona::PersonaWords;

/// What is said and understood in one locale.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// BCP 47 tag, such as `en-US`.
    pub locale: String,
    /// Between the last two entries of a list: "and".
    and: String,
    /// Sentences by key, with `{placeholders}`.
    say: BTreeMap<String, String>,
    /// What viewers who like a trait are called.
    traits: persona::TraitWords,
    /// What people say, for fronts that get plain text.
    pub(crate) hear: Heard,
}

/// Phrases people use; normalised when loaded.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heard {
    /// Whole phrases by the turn they mean.
    pub(crate) phrases: BTreeMap<String, Vec<String>>,
    /// What stands before a title: "i like".
    pub(crate) before_title: Vec<String>,
    /// What may stand behind an announced title: "please".
    pub(crate) behind_title: Vec<String>,
    /// What stands around a film that is liked, disliked or seen, by these names.
    pub(crate) opinions: BTreeMap<String, Around>,
    /// What may stand before an opinion: "no", "remember that".
    pub(crate) before_opinion: Vec<String>,
    /// What may stand behind the film of an opinion: "already".
    pub(crate) behind_opinion: Vec<String>,
    /// Words for the film talked about: "it".
    pronouns: Vec<String>,
    /// Sounds that mean nothing.
    pub(crate) hesitation: Vec<String>,
    /// What stands between a title or a genre and what narrows it: "but", "from the".
    pub(crate) between: Vec<String>,
    /// What may surround a genre or a period: "only", "films".
    pub(crate) filler: Vec<String>,
    /// Words that mean a genre, by the genre's name.
    genres: BTreeMap<String, Vec<String>>,
    /// Words that mean a period: a decade such as "1990s", "newer" or "classic".
    periods: BTreeMap<String, Vec<String>>,
}

/// What stands around a title.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Around {
    /// "i hated".
    pub(crate) before: Vec<String>,
    /// "was terrible".
    pub(crate) behind: Vec<String>,
}

/// The locale spoken where another is not known.
pub const DEFAULT_LOCALE: &str = "en-US";

/// Every locale there is; the first is [`DEFAULT_LOCALE`].
static LOCALES: LazyLock<[Wording; 1]> =
    LazyLock::new(|| [include_str!("en-US.json")].map(Wording::parse));

impl Wording {
    /// The wording of a locale, else of its language, else of [`DEFAULT_LOCALE`].
    pub fn of(locale: &str) -> &'static Self {
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
        let known = &*LOCALES;
        known
            .iter()
            .find(|wording| wording.locale.eq_ignore_ascii_case(locale))
            .or_else(|| {
                known
                    .iter()
                    .find(|wording| language(&wording.locale) == language(locale))
            })
            .unwrap_or(&known[0])
    }

    fn parse(json: &str) -> Self {
        match serde_json::from_str::<Self>(json) {
            Ok(wording) => wording.normalised(),
            Err(error) => unreachable!("a wording file in this crate is broken: {error}"),
        }
    }

    fn normalised(mut self) -> Self {
        let tidy = |phrases: &mut Vec<String>| {
            for phrase in phrases.iter_mut() {
                *phrase = normalise(phrase);
            }
            // The longest first, so that "i would like" is not taken for "i".
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        };
        let heard = &mut self.hear;
        for phrases in heard
            .phrases
            .values_mut()
            .chain(heard.genres.values_mut())
            .chain(heard.periods.values_mut())
        {
            tidy(phrases);
        }
        tidy(&mut heard.before_title);
        tidy(&mut heard.behind_title);
        tidy(&mut heard.before_opinion);
        tidy(&mut heard.behind_opinion);
        tidy(&mut heard.pronouns);
        for around in heard.opinions.values_mut() {
            tidy(&mut around.before);
            tidy(&mut around.behind);
        }
        tidy(&mut heard.hesitation);
        tidy(&mut heard.between);
        tidy(&mut heard.filler);
        self
    }

    /// The sentence under `key` with its placeholders filled in.
    ///
    /// # Panics
    /// When the wording has no such key; every key is checked by a test.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(template) = self.say.get(key) else {
            unreachable!("the wording {} lacks {key}", self.locale)
        };
        fill(template, values)
    }

    /// "a", "a and b", "a, b and c".
    pub fn list(&self, values: &[&str]) -> String {
        match values {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [rest @ .., last] => format!("{} {} {last}", rest.join(", "), self.and),
        }
    }

    /// The genre somebody means by a word or two ("sci-fi", "scary", "Science Fiction").
    pub fn genre(&self, said: &str) -> Option<Genre> {
        if let Ok(genre) = said.parse() {
            return Some(genre);
        }
        let name = keyed(&self.hear.genres, said)?;
        name.parse().ok()
    }

    /// Whether somebody means the film talked about: "it", "that one".
    pub fn refers_back(&self, said: &str) -> bool {
        self.hear.pronouns.contains(&normalise(said))
    }

    /// The period somebody means by a word or two.
    pub fn period(&self, said: &str) -> Option<Period> {
        Period::parse(said).or_else(|| Period::parse(keyed(&self.hear.periods, said)?))
    }
}

/// The key under which exactly this phrase stands, whatever its spelling.
pub(crate) fn keyed<'a>(phrases: &'a BTreeMap<String, Vec<String>>, said: &str) -> Option<&'a str> {
    let said = normalise(said);
    phrases
        .iter()
        .find(|(_, known)| known.contains(&said))
        .map(|(key, _)| key.as_str())
}

/// Fills `{name}` placeholders in one pass, so that braces inside a value stay what they are. A
/// value that ends a sentence by itself ("Monsters, Inc.") takes the full stop behind it away.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.extend(["{", name, "}"]),
        }
        let ended = filled.ends_with(['.', '!', '?']);
        rest = behind.strip_prefix('.').filter(|_| ended).unwrap_or(behind);
    }
    filled.push_str(rest);
    filled
}

/// A stretch of years somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Ten years from this one.
    Decade(u16),
    /// Newer than the film talked about, else of the last years.
    Newer,
    /// Old films.
    Classic,
}

impl Period {
    /// "1990s", "newer" or "classic", as skill slots and wording files name periods.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "newer" => Some(Self::Newer),
            "classic" => Some(Self::Classic),
            _ => {
                let decade: u16 = text.strip_suffix('s')?.parse().ok()?;
                ((1870..=2100).contains(&decade) && decade.is_multiple_of(10))
                    .then_some(Self::Decade(decade))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_the_code_asks_for_has_a_sentence_and_no_sentence_is_unused() {
        let wording = Wording::of(DEFAULT_LOCALE);
        let sources = [
            include_str!("../conversation/dialogue.rs"),
            include_str!("../conversation/dialogue/chosen.rs"),
            include_str!("../conversation/dialogue/opinion.rs"),
            include_str!("../conversation/dialogue/wish.rs"),
            include_str!("../recommend/reason.rs"),
            include_str!("persona.rs"),
        ]
        .concat();
        let used = |key: &str| sources.contains(&format!("\"{key}\""));
        for key in wording.say.keys() {
            assert!(used(key), "{key} is never said");
        }
        for candidate in sources.split('"').skip(1).step_by(2) {
            let is_key = candidate
                .split_once('.')
                .is_some_and(|(group, _)| ["ask", "say", "reason", "persona"].contains(&group));
            assert!(
                !is_key || wording.say.contains_key(candidate),
                "{candidate} has no sentence"
            );
        }
    }

    #[test]
    fn a_locale_without_a_wording_gets_its_language_or_the_default() {
        for locale in ["en-US", "EN-us", "en-GB", "xx-YY", ""] {
            assert_eq!(Wording::of(locale).locale, DEFAULT_LOCALE, "{locale}");
        }
    }

    #[test]
    fn every_genre_is_understood_by_name_and_by_what_people_call_it() {
        let wording = Wording::of("en-US");
        for genre in Genre::ALL {
            assert_eq!(wording.genre(genre.name()), Some(genre));
        }
        assert_eq!(wording.genre("scary"), Some(Genre::Horror));
        assert_eq!(wording.genre("gardening"), None);
        for name in wording.hear.genres.keys() {
            assert!(name.parse::<Genre>().is_ok(), "{name}");
        }
    }

    #[test]
    fn periods_are_understood_in_figures_and_words() {
        let wording = Wording::of("en-US");
        for said in ["1990s", "the nineties", "90s", "the 90s"] {
            assert_eq!(wording.period(said), Some(Period::Decade(1990)), "{said}");
        }
        assert_eq!(wording.period("newer"), Some(Period::Newer));
        assert_eq!(wording.period("vintage"), Some(Period::Classic));
        assert_eq!(wording.period("tomorrow"), None);
    }

    #[test]
    fn a_value_with_braces_is_said_as_it_is() {
        assert_eq!(
            fill("a {x} b {y}", &[("x", "{y}"), ("y", "1")]),
            "a {y} b 1"
        );
        assert_eq!(fill("open { brace", &[]), "open { brace");
        assert_eq!(fill("see {x}. Now?", &[("x", "Up.")]), "see Up. Now?");
    }

    #[test]
    fn lists_read_as_people_say_them() {
        let wording = Wording::of("en-US");
        assert_eq!(wording.list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(wording.list(&["a"]), "a");
    }
}
