//! The whole way from films to a model's sections.

use std::collections::BTreeMap;

use matinee::catalogue::Movie;
use matinee::model::{
    Catalogue, Draft, ModelError, SectionEntry, SectionKind, SourceCounts, write_catalogue,
    write_personas, write_rating, write_similar, write_titles, write_weights,
};
use matinee::rating::Rating;
use matinee::recommend::{top_k, top_score};
use serde::Serialize;

use crate::Progress;
use crate::personas::{FoundPersonas, PersonaSettings, find_personas};
use crate::similarity::{BlendSettings, blended_neighbours, plain_neighbours};
use crate::viewers::{Viewers, learn_from_viewers};
use crate::weights::{LearnSettings, WeightsError};

/// How a model is trained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainSettings {
    /// Neighbours kept for each film, 1..=1000.
    pub neighbours: usize,
    /// What counts how much in the blended neighbours.
    pub blend: BlendSettings,
    /// How weights are learned from viewers.
    #[serde(skip)]
    pub weights: LearnSettings,
    /// How kinds of viewers are found.
    #[serde(skip)]
    pub personas: PersonaSettings,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            neighbours: 100,
            blend: BlendSettings::default(),
            weights: LearnSettings::default(),
            personas: PersonaSettings::default(),
        }
    }
}

/// Why no model could be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to recommend.
    #[error("there are no films to train on: give a catalogue with at least one film")]
    NoFilms,
    /// A setting makes no sense.
    #[error("neighbours must be 1..=1000, found {0}")]
    Neighbours(usize),
    /// Nothing can be learned from viewers.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// What was written of the films does not read back.
    #[error("the films as written cannot be read back")]
    Catalogue(#[from] ModelError),
}

/// Trains a model on `movies`, whose ids and aliases are distinct, and on what `viewers` like of them,
/// where there is any. `created` is the time now, RFC 3339 UTC with whole seconds.
///
/// Without viewers the draft has neither weights nor personas; without a viewer who likes enough films
/// it has no personas. Its predicted ratings are those before anybody rated a film.
///
/// The same films, settings and time give the same bytes, whatever the number of threads.
///
/// # Errors
/// [`TrainError`].
pub fn train(
    movies: &[Movie],
    viewers: Option<&Viewers>,
    source: SourceCounts,
    created: &str,
    settings: &TrainSettings,
    progress: &dyn Progress,
) -> Result<Draft, TrainError> {
    if movies.is_empty() {
        return Err(TrainError::NoFilms);
    }
    if !(1..=1000).contains(&settings.neighbours) {
        return Err(TrainError::Neighbours(settings.neighbours));
    }
    let films = movies.len() as u64;
    progress.stage("plain neighbours", films);
    let plain = plain_neighbours(movies, settings.neighbours, progress);
    progress.stage("blended neighbours", films);
    let blended = blended_neighbours(movies, settings.neighbours, &settings.blend, progress);
    let viewers = viewers.filter(|viewers| !viewers.preferences.is_empty());
    let learned = viewers
        .map(|viewers| learn_from_viewers(movies, viewers, &settings.weights, progress))
        .transpose()?;
    let catalogue = write_catalogue(movies, &top_order(movies));
    let found = viewers
        .map(|viewers| personas(&catalogue, viewers, &settings.personas, progress))
        .transpose()?
        .flatten();
    let optional = usize::from(learned.is_some()) + usize::from(found.is_some());
    progress.stage("sections", 4 + optional as u64);
    let mut sections = BTreeMap::new();
    let mut add = |kind, bytes: Vec<u8>| {
        sections.insert(kind, bytes.into());
        progress.advance(1);
    };
    add(SectionKind::Catalogue, catalogue);
    add(SectionKind::Titles, write_titles(movies));
    add(SectionKind::Similar, write_similar(&blended, &plain));
    add(SectionKind::Rating, write_rating(&Rating::unlearned()));
    let kinds = serde_json::to_value(&settings.personas).unwrap_or_default();
    let mut settings = serde_json::to_value(settings).unwrap_or_default();
    let mut evaluation = BTreeMap::new();
    if let Some(learned) = learned {
        add(SectionKind::Weights, write_weights(&learned.lists));
        settings["weights"] = learned.settings;
        evaluation = learned.evaluation;
    }
    if let Some(found) = found {
        add(SectionKind::Personas, write_personas(&found.personas));
        settings["personas"] = kinds;
        let silhouette = found.silhouette();
        evaluation.extend(silhouette.map(|mean| ("persona_silhouette".to_owned(), mean)));
    }
    Ok(Draft {
        created: created.to_owned(),
        source,
        trained_until: viewers.and_then(Viewers::until).map(|until| until.0),
        settings,
        evaluation,
        sections,
    })
}

/// The kinds of viewers among `viewers`, whose films are the rows of a catalogue section.
fn personas(
    catalogue: &[u8],
    viewers: &Viewers,
    settings: &PersonaSettings,
    progress: &dyn Progress,
) -> Result<Option<FoundPersonas>, ModelError> {
    progress.stage("personas", 0);
    let entry = SectionEntry::describe(SectionKind::Catalogue, catalogue);
    let catalogue = Catalogue::open(catalogue.to_vec().into(), &entry)?;
    Ok(find_personas(&catalogue, &viewers.preferences, settings))
}

/// Every row once, the best first pick first.
fn top_order(movies: &[Movie]) -> Vec<u32> {
    let scores = movies
        .iter()
        .enumerate()
        .map(|(row, m)| (row as u32, top_score(m.prominence, m.vote_average)));
    top_k(scores, movies.len())
        .into_iter()
        .map(|(row, _)| row)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use matinee::catalogue::Genre;
    use matinee::taste::Personas;

    use super::*;
    use crate::NoProgress;
    use crate::ingest::{ImportOptions, import};
    use crate::preferences::Preferences;

    fn sample() -> Vec<Movie> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/sample/movies.csv");
        import(&path, &ImportOptions::default()).unwrap().movies
    }

    /// Trains on viewers too, with fewer neighbours: that is sooner done.
    fn train_on(movies: &[Movie], viewers: &Viewers) -> Draft {
        let settings = TrainSettings {
            neighbours: 5,
            ..TrainSettings::default()
        };
        let (source, created) = (SourceCounts::default(), "2026-01-31T12:00:00Z");
        let viewers = Some(viewers);
        train(movies, viewers, source, created, &settings, &NoProgress).unwrap()
    }

    fn train_now(movies: &[Movie], settings: &TrainSettings) -> Result<Draft, TrainError> {
        let source = SourceCounts::default();
        train(
            movies,
            None,
            source,
            "2026-01-31T12:00:00Z",
            settings,
            &NoProgress,
        )
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_byte() {
        let movies = sample();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| train_now(&movies, &TrainSettings::default()))
                .unwrap()
        };
        let (one, four) = (on(1), on(4));
        assert_eq!(one.sections, four.sections);
        assert_eq!(one.manifest(), four.manifest());
    }

    /// So many viewers, in turn of one genre and of another, each of whom likes so many of ten films.
    fn viewers(movies: &[Movie], count: usize, likes: usize) -> Viewers {
        let tastes = [Genre::ScienceFiction, Genre::Romance].map(|genre| {
            let of = (0..).zip(movies);
            let of = of.filter(|(_, movie)| movie.genres.contains(&genre));
            of.map(|(row, _)| row).take(10).collect::<Vec<u32>>()
        });
        let rows = (0..count).map(|viewer| {
            let films = tastes[viewer % 2].iter().cycle();
            films.skip(viewer / 2).take(likes).copied().collect()
        });
        Viewers {
            preferences: Preferences::new(movies.len(), rows),
            ..Viewers::default()
        }
    }

    #[test]
    fn viewers_of_two_tastes_become_two_personas_the_same_on_one_and_on_two_threads() {
        let movies = sample();
        let viewers = viewers(&movies, 40, 8);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| train_on(&movies, &viewers))
        };
        let (one, two) = (on(1), on(2));
        assert_eq!(one.sections, two.sections);
        assert_eq!(one.manifest(), two.manifest());

        let bytes = &one.sections[&SectionKind::Personas];
        let entry = SectionEntry::describe(SectionKind::Personas, bytes);
        let personas = Personas::open(bytes.clone(), &entry).unwrap();
        assert_eq!(personas.all.len(), 2);
        assert!(one.evaluation["persona_silhouette"] > 0.5);
        assert_eq!(one.settings["personas"]["least_films"], 5);
    }

    #[test]
    fn without_a_viewer_who_likes_enough_films_there_are_no_personas() {
        let movies = sample();
        for viewers in [Viewers::default(), viewers(&movies, 40, 4)] {
            let draft = train_on(&movies, &viewers);
            assert!(!draft.sections.contains_key(&SectionKind::Personas));
            assert!(draft.settings.get("personas").is_none());
        }
        // One viewer is a kind of their own.
        let draft = train_on(&movies, &viewers(&movies, 1, 8));
        assert!(draft.sections.contains_key(&SectionKind::Personas));
    }

    #[test]
    fn no_films_and_senseless_settings_are_refused() {
        let none = train_now(&[], &TrainSettings::default());
        assert!(matches!(none, Err(TrainError::NoFilms)));
        for neighbours in [0, 1001] {
            let settings = TrainSettings {
                neighbours,
                ..TrainSettings::default()
            };
            let refused = train_now(&sample(), &settings);
            assert!(matches!(refused, Err(TrainError::Neighbours(n)) if n == neighbours));
        }
    }
}
