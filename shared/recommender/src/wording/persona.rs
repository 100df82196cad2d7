//! What kinds of viewers are called.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::Wording;
use crate::taste::{Persona, Personas, Standing, Trait, TraitKind};

/// The words for traits that viewers may like: by kind, then by value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TraitWords {
    genre: BTreeMap<String, Words>,
    decade: BTreeMap<String, Words>,
    country: BTreeMap<String, Words>,
    language: BTreeMap<String, Words>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    /// Whoever likes it: "Suspense Seeker".
    noun: String,
    /// What they are besides: "Suspenseful".
    adjective: String,
    /// Films that have it: "thrillers".
    films: String,
}

/// How many traits a sentence names.
const NAMED: usize = 3;

/// A persona in words.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonaWords {
    /// "The Suspense Seeker"; no other persona of the model is called so.
    pub name: String,
    /// What its viewers like, in one sentence.
    pub sentence: String,
    /// Its share of all viewers, 0 to 1.
    pub share: f32,
}

impl Wording {
    /// The persona at a place of [`Personas::all`], in words; `None` where there is none.
    pub fn persona(&self, personas: &Personas, place: usize) -> Option<PersonaWords> {
        let persona = personas.all.get(place)?;
        let films = self.films(personas, persona);
        let films: Vec<&str> = films.iter().take(NAMED).map(String::as_str).collect();
        let sentence = if films.is_empty() {
            self.say("persona.everything", &[])
        } else {
            self.say("persona.likes", &[("films", &self.list(&films))])
        };
        Some(PersonaWords {
            name: self.names(personas, place).pop()?,
            sentence,
            share: persona.share,
        })
    }

    /// What kind of viewer somebody is, or why that cannot be said, in a few sentences.
    pub fn standing(&self, personas: Option<&Personas>, standing: Standing) -> String {
        let words = |place| self.persona(personas?, place);
        match standing {
            Standing::Missing(1) => self.say("persona.missing_one", &[]),
            Standing::Missing(missing) => {
                self.say("persona.missing", &[("count", &missing.to_string())])
            }
            Standing::Is(place) => match words(place) {
                Some(PersonaWords { name, sentence, .. }) => {
                    let values = [("name", name.as_str()), ("sentence", &sentence)];
                    self.say("persona.is", &values)
                }
                None => self.say("persona.none", &[]),
            },
            Standing::NoPersonas => self.say("persona.none", &[]),
        }
    }

    /// The names of the personas up to that at `last`, all different: each takes the first of its
    /// names that is free, and a number behind it where none is.
    fn names(&self, personas: &Personas, last: usize) -> Vec<String> {
        let mut taken = HashSet::new();
        let mut names = Vec::new();
        for persona in personas.all.iter().take(last + 1) {
            let candidates = self.candidates(personas, persona);
            let free = candidates.iter().find(|name| !taken.contains(*name));
            let first = candidates.first().cloned().unwrap_or_default();
            let name = free.cloned().unwrap_or_else(|| {
                let mut numbers = 2u32..;
                let numbered = numbers.find_map(|number| {
                    let name = format!("{first} {number}");
                    (!taken.contains(&name)).then_some(name)
                });
                numbered.unwrap_or(first)
            });
            taken.insert(name.clone());
            names.push(name);
        }
        names
    }

    /// Names for a persona, the best first; at least one. The noun is that of a genre where one is
    /// among the traits, and the trait that stands first is in the first name.
    fn candidates(&self, personas: &Personas, persona: &Persona) -> Vec<String> {
        let known = traits(personas, persona);
        let known = known.filter_map(|about| Some((about.kind, self.words(about)?)));
        let known: Vec<(TraitKind, &Words)> = known.collect();
        let words: Vec<&Words> = known.iter().map(|(_, words)| *words).collect();
        let (genres, others): (Vec<_>, Vec<_>) = known
            .iter()
            .partition(|(kind, _)| *kind == TraitKind::Genre);
        let nouns: Vec<&Words> = genres
            .iter()
            .chain(&others)
            .map(|(_, noun)| *noun)
            .collect();
        let one = |noun: &Words| self.say("persona.name", &[("noun", &noun.noun)]);
        let two = |noun: &Words, other: &Words| {
            let values = [
                ("adjective", other.adjective.as_str()),
                ("noun", &noun.noun),
            ];
            self.say("persona.name_two", &values)
        };
        let mut names = Vec::new();
        if let (Some(noun), Some(first)) = (nouns.first(), words.first())
            && noun.noun == first.noun
        {
            names.push(one(noun));
        }
        for noun in &nouns {
            let others = words.iter().filter(|other| other.noun != noun.noun);
            names.extend(others.map(|other| two(noun, other)));
        }
        names.extend(nouns.iter().map(|noun| one(noun)));
        if names.is_empty() {
            names.push(self.say("persona.all_rounder", &[]));
        }
        names
    }

    /// What the films that a persona's viewers like are called, trait by trait, each once.
    fn films(&self, personas: &Personas, persona: &Persona) -> Vec<String> {
        let mut films = Vec::new();
        for about in traits(personas, persona) {
            let words = match about.kind {
                TraitKind::Keyword => Some(self.say("persona.about", &[("keyword", &about.value)])),
                _ => self.words(about).map(|words| words.films.clone()),
            };
            films.extend(words.filter(|words| !films.contains(words)));
        }
        films
    }

    fn words(&self, about: &Trait) -> Option<&Words> {
        let words = match about.kind {
            TraitKind::Genre => &self.traits.genre,
            TraitKind::Decade => &self.traits.decade,
            TraitKind::Country => &self.traits.country,
            TraitKind::Language => &self.traits.language,
            TraitKind::Keyword => return None,
        };
        words.get(&about.value)
    }
}

fn traits<'a>(personas: &'a Personas, persona: &'a Persona) -> impl Iterator<Item = &'a Trait> {
    let dimensions = personas.space.dimensions();
    let known = persona.traits.iter();
    known.filter_map(|place| Some(&dimensions.get(*place as usize)?.about))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Genre;
    use crate::taste::{Dimension, TasteSpace};
    use crate::wording::DEFAULT_LOCALE;

    /// Personas told by these traits.
    fn personas(told: &[&[(TraitKind, &str)]]) -> Personas {
        let about = |(kind, value): &(TraitKind, &str)| Trait {
            kind: *kind,
            value: (*value).to_owned(),
        };
        let dimension = |of| Dimension {
            about: about(of),
            mean: 0.5,
            factor: 1.0,
        };
        let space = TasteSpace::new(told.iter().copied().flatten().map(dimension).collect());
        let place = |of: &(TraitKind, &str)| {
            let dimensions = space.dimensions().iter();
            dimensions
                .take_while(|known| known.about != about(of))
                .count() as u32
        };
        let persona = |traits: &&[(TraitKind, &str)]| Persona {
            centre: vec![0.0; space.len()],
            share: 0.25,
            traits: traits.iter().map(place).collect(),
        };
        Personas {
            all: told.iter().map(persona).collect(),
            space: space.clone(),
        }
    }

    const THRILLER: (TraitKind, &str) = (TraitKind::Genre, "Thriller");
    const CRIME: (TraitKind, &str) = (TraitKind::Genre, "Crime");
    const NINETIES: (TraitKind, &str) = (TraitKind::Decade, "1990s");
    const SPACE: (TraitKind, &str) = (TraitKind::Keyword, "space");
    const ESPERANTO: (TraitKind, &str) = (TraitKind::Language, "eo");

    #[test]
    fn no_two_personas_of_a_model_have_one_name() {
        let thrillers: &[_] = &[THRILLER, CRIME];
        let told = [
            thrillers,
            thrillers,
            &[THRILLER],
            thrillers,
            thrillers,
            thrillers,
            &[],
            &[SPACE],
            &[NINETIES, SPACE, THRILLER],
        ];
        let personas = personas(&told);
        let wording = Wording::of(DEFAULT_LOCALE);
        let names: Vec<String> = (0..told.len())
            .map(|place| wording.persona(&personas, place).unwrap().name)
            .collect();
        let different: HashSet<&String> = names.iter().collect();
        assert_eq!(different.len(), told.len(), "{names:?}");
        assert_eq!(names[0], "The Suspense Seeker");
        assert_eq!(names[2], "The Suspense Seeker 2");
        assert_eq!(names[6], "The All-Rounder");
        assert_eq!(names[8], "The Nineties Suspense Seeker");
        assert_eq!(wording.persona(&personas, told.len()), None);
    }

    #[test]
    fn the_sentence_names_what_is_liked_more_and_passes_over_what_has_no_word() {
        let personas = personas(&[&[ESPERANTO, THRILLER, SPACE, NINETIES, CRIME], &[ESPERANTO]]);
        let wording = Wording::of(DEFAULT_LOCALE);
        let words = wording.persona(&personas, 0).unwrap();
        assert_eq!(
            words.sentence,
            "Such viewers like thrillers, movies about space and movies from the nineties more than \
             most viewers do."
        );
        let other = wording.persona(&personas, 1).unwrap();
        assert_eq!(other.name, "The All-Rounder");
        assert_eq!(other.sentence, wording.say("persona.everything", &[]));
    }

    #[test]
    fn every_genre_and_decade_has_words() {
        let wording = Wording::of(DEFAULT_LOCALE);
        for genre in Genre::ALL {
            assert!(wording.traits.genre.contains_key(genre.name()), "{genre:?}");
        }
        assert_eq!(wording.traits.genre.len(), Genre::ALL.len());
        for decade in (1900..=2020).step_by(10) {
            let decade = format!("{decade}s");
            assert!(wording.traits.decade.contains_key(&decade), "{decade}");
        }
    }

    #[test]
    fn who_has_no_persona_hears_why() {
        let wording = Wording::of(DEFAULT_LOCALE);
        let say = |standing| wording.standing(None, standing);
        assert!(say(Standing::Missing(3)).contains("3 more movies"));
        assert!(say(Standing::Missing(1)).contains("one more movie"));
        assert!(say(Standing::NoPersonas).starts_with("I don't know"));
        let personas = personas(&[&[CRIME]]);
        let said = wording.standing(Some(&personas), Standing::Is(0));
        assert!(said.starts_with("You are The "), "{said}");
        assert!(
            said.ends_with("Such viewers like crime movies more than most viewers do."),
            "{said}"
        );
    }
}
