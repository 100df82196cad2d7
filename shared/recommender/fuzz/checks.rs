//! What every input of a fuzz target must stand: it is refused, or all that it says can be asked
//! for without a panic. The fuzz targets and `tests/corpus.rs` share this file.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use futures_util::FutureExt as _;
use matinee::catalogue::{find, search};
use matinee::model::{
    CURRENT_KEY, Catalogue, Current, Draft, Manifest, Model, MovieIndex, MovieRef, NeighbourList,
    SectionEntry, SectionKind, Similar, SourceCounts, Titles, Weights, load,
};
use matinee::ports::{Blobs, Expect, MemoryBlobs};
use matinee::rating::{Film, Genre, Rating};
use matinee::recommend::{
    Extend, Filters, ForYouQuery, ForYouSettings, SimilarQuery, also_liked, for_you, similar,
    top_picks, trending,
};
use matinee::taste::{
    History, Interaction, InteractionId, Kind, Millis, Personas, Recorded, Source, TasteSettings,
    squared_distance,
};
use matinee::wording::Wording;

/// Films of the models that the inputs of `titles`, `similar` and `weights` are opened for: the golden
/// model's.
pub const MOVIES: usize = 6;

/// What a target does with one input.
pub type Check = fn(&[u8]);

/// The targets by name.
pub const CHECKS: [(&str, Check); 8] = [
    ("catalogue", catalogue),
    ("titles", titles),
    ("similar", similar_section),
    ("weights", weights),
    ("personas", personas),
    ("rating", rating),
    ("manifest", manifest),
    ("model", model),
];

/// How every section begins.
const MAGIC: &[u8] = b"MATINEE\n";

/// The longest form that phrases are made of: what a phrase costs grows with the forms' lengths.
const LONGEST: usize = 400;

/// A catalogue section.
pub fn catalogue(data: &[u8]) {
    let entry = SectionEntry::describe(SectionKind::Catalogue, data);
    if let Ok(catalogue) = Catalogue::open(Bytes::copy_from_slice(data), &entry) {
        touch_catalogue(&catalogue);
    }
}

/// A titles section.
pub fn titles(data: &[u8]) {
    let entry = SectionEntry::describe(SectionKind::Titles, data);
    if let Ok(titles) = Titles::open(Bytes::copy_from_slice(data), &entry, MOVIES) {
        touch_titles(&titles, MOVIES);
    }
}

/// A similar section.
pub fn similar_section(data: &[u8]) {
    let entry = SectionEntry::describe(SectionKind::Similar, data);
    if let Ok(similar) = Similar::open(Bytes::copy_from_slice(data), &entry, MOVIES) {
        touch_similar(&similar, MOVIES);
    }
}

/// A weights section.
pub fn weights(data: &[u8]) {
    let entry = SectionEntry::describe(SectionKind::Weights, data);
    if let Ok(weights) = Weights::open(Bytes::copy_from_slice(data), &entry, MOVIES) {
        touch_weights(&weights, MOVIES);
    }
}

/// A personas section.
pub fn personas(data: &[u8]) {
    let entry = SectionEntry::describe(SectionKind::Personas, data);
    if let Ok(personas) = Personas::open(Bytes::copy_from_slice(data), &entry) {
        touch_personas(&personas);
    }
}

/// A rating section.
pub fn rating(data: &[u8]) {
    let entry = SectionEntry::describe(SectionKind::Rating, data);
    if let Ok(rating) = Rating::open(Bytes::copy_from_slice(data), &entry) {
        touch_rating(&rating);
    }
}

/// A manifest or a pointer.
pub fn manifest(data: &[u8]) {
    if let Ok(manifest) = Manifest::parse("manifest.json", data) {
        for kind in SectionKind::ALL {
            if let Ok(entry) = manifest.section(kind) {
                assert_eq!(entry.file, format!("{kind}.bin"));
                let _ = entry.verify(data);
            }
        }
        let text = serde_json::to_vec(&manifest).expect("a manifest is JSON");
        let again = Manifest::parse("manifest.json", &text).expect("a manifest is a manifest");
        assert_eq!(again.sections, manifest.sections);
        assert_eq!(again.model_version, manifest.model_version);
    }
    if let Ok(current) = Current::parse(CURRENT_KEY, data) {
        let text = serde_json::to_vec(&current).expect("a pointer is JSON");
        let again = Current::parse(CURRENT_KEY, &text).expect("a pointer is a pointer");
        assert_eq!(again, current);
        let key = format!("{}/manifest.json", current.model_version);
        let got = MemoryBlobs::default().get(&key).now_or_never();
        got.expect("memory answers at once").expect("a key");
    }
}

/// The sections of a model one behind the other, those from weights on or none, loaded as a whole and asked.
pub fn model(data: &[u8]) {
    let store = MemoryBlobs::default();
    let put = |key: &str, bytes: Bytes| {
        let put = store.put(key, bytes, Expect::Anything).now_or_never();
        put.expect("memory answers at once").expect("a key");
    };
    let sections: BTreeMap<SectionKind, Bytes> =
        SectionKind::ALL.into_iter().zip(split(data)).collect();
    let draft = Draft {
        created: "2026-01-31T12:00:00Z".to_owned(),
        source: SourceCounts::default(),
        trained_until: None,
        settings: serde_json::Value::Null,
        evaluation: BTreeMap::new(),
        sections,
    };
    let manifest = draft.manifest();
    let version = &manifest.model_version;
    let json = |document: serde_json::Value| Bytes::from(document.to_string());
    let key = format!("{version}/manifest.json");
    put(&key, json(serde_json::json!(manifest)));
    for (kind, bytes) in &draft.sections {
        put(&format!("{version}/{kind}.bin"), bytes.clone());
    }
    let current = Current::new(version.clone());
    put(CURRENT_KEY, json(serde_json::json!(current)));
    let loaded = load(&store).now_or_never().expect("memory answers at once");
    if let Ok(model) = loaded {
        touch_model(&model);
    }
}

/// The parts of `data` that begin like a section, each up to the next one.
pub fn split(data: &[u8]) -> Vec<Bytes> {
    let starts: Vec<usize> = data
        .windows(MAGIC.len())
        .enumerate()
        .filter(|(_, window)| *window == MAGIC)
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().copied().skip(1).chain([data.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Bytes::copy_from_slice(&data[*start..end]))
        .collect()
}

fn touch_catalogue(catalogue: &Catalogue) {
    let movies = catalogue.len();
    assert_eq!(catalogue.is_empty(), movies == 0);
    assert_eq!(catalogue.iter().len(), movies);
    for movie in catalogue.iter() {
        touch_movie(catalogue, movie);
    }
    let order: HashSet<MovieIndex> = catalogue.top_order().map(MovieRef::index).collect();
    assert_eq!(order.len(), movies, "a film is missing from the top order");
    for id in ["", "tmdb:1", "zzz", "\u{7f}"] {
        let found = catalogue.by_id(id);
        assert!(found.is_none_or(|movie| movie.index().row() < movies));
    }
}

fn touch_movie(catalogue: &Catalogue, movie: MovieRef<'_>) {
    let found = catalogue.by_id(movie.id()).map(MovieRef::index);
    assert_eq!(found, Some(movie.index()), "an id names another film");
    assert_eq!(movie.movie_id().as_str(), movie.id());
    assert!(
        movie
            .year()
            .is_none_or(|year| (1870..=2100).contains(&year))
    );
    let average = movie.vote_average();
    assert!(average.is_none_or(|mean| (0.0..=10.0).contains(&mean)));
    assert!((0.0..=1.0).contains(&movie.prominence()));
    assert_eq!(movie.genre_set().is_empty(), movie.genres().len() == 0);
    let names = movie.directors().chain(movie.cast());
    let names = names.chain(movie.keywords()).chain(movie.countries());
    let texts = [movie.title(), movie.overview(), movie.language()];
    let others = movie.original_title().into_iter().chain(movie.poster());
    let letters: usize = names
        .chain(texts)
        .chain(others)
        .map(|t| t.chars().count())
        .sum();
    assert!(letters < usize::MAX);
    let _ = (movie.url(), movie.runtime(), movie.votes());
    assert!(!format!("{movie:?}").is_empty());
}

fn touch_titles(titles: &Titles, movies: usize) {
    for row in 0..titles.len() as u32 {
        let form = titles.form(row);
        assert_eq!(titles.exact(form), Some(row), "{form:?} is not found");
        let first = titles.beginning_with(form).next();
        assert_eq!(first, Some(row), "{form:?} does not begin like itself");
        let hits: HashSet<MovieIndex> = titles.hits(row).map(|hit| hit.movie).collect();
        assert_eq!(hits.len(), titles.hits(row).len(), "a film stands twice");
        assert!(!hits.is_empty() && hits.iter().all(|movie| movie.row() < movies));
        if row < 8 && form.len() <= LONGEST {
            touch_alike(titles, form);
        }
    }
    assert_eq!(titles.beginning_with("").count(), titles.len());
    for phrase in ["", " ", "the quiet comet", "\u{e4}\u{1f600}", "aaaaaaaa"] {
        touch_alike(titles, phrase);
    }
}

fn touch_alike(titles: &Titles, phrase: &str) {
    let alike = titles.similar_forms(phrase, 5);
    assert!(alike.len() <= 5);
    assert!(alike.is_sorted_by(|a, b| a.1 >= b.1));
    for (row, dice) in alike {
        assert!((row as usize) < titles.len() && dice.is_finite() && dice > 0.0);
    }
}

fn touch_similar(similar: &Similar, movies: usize) {
    for row in 0..movies as u32 {
        let movie = MovieIndex(row);
        for list in [NeighbourList::Blended, NeighbourList::TfIdf] {
            let neighbours = similar.neighbours(list, movie);
            let length = neighbours.len();
            let mut last = f32::INFINITY;
            let mut seen = HashSet::from([movie]);
            for neighbour in neighbours {
                assert!(neighbour.movie.row() < movies);
                assert!(neighbour.score.is_finite());
                assert!(neighbour.score <= last, "a list ascends");
                last = neighbour.score;
                seen.insert(neighbour.movie);
            }
            assert_eq!(
                seen.len(),
                length + 1,
                "a film stands twice, or in its own list"
            );
        }
    }
}

fn touch_weights(weights: &Weights, movies: usize) {
    assert_eq!(weights.movies(), movies);
    for movie in (0..movies as u32).map(MovieIndex) {
        let row = weights.row(movie);
        assert!(row.is_sorted_by(|a, b| a.0 < b.0), "a target stands twice");
        assert!(
            row.iter()
                .all(|(target, _)| target.row() < movies && *target != movie)
        );
        assert!(row.iter().all(|(_, weight)| weight.is_finite()));
        assert!((0.0..=1.0).contains(&weights.prior(movie)));
        assert!((0.0..=1.0).contains(&weights.trending(movie)));
        let _ = weights.learned(movie);
    }
    let history = (0..movies as u32).map(|row| (MovieIndex(row), 1.0 - row as f32));
    let sums = weights.sums(history);
    assert_eq!(sums.len(), movies);
    assert!(sums.iter().all(|sum| sum.is_finite()));
}

fn touch_personas(personas: &Personas) {
    let wording = Wording::of("en-US");
    let mut names = HashSet::new();
    for (place, persona) in personas.all.iter().enumerate() {
        assert_eq!(persona.centre.len(), personas.space.len());
        assert!((0.0..=1.0).contains(&persona.share));
        let distance = squared_distance(&persona.centre, &persona.centre);
        assert!(distance.abs() < f32::EPSILON);
        let words = wording.persona(personas, place).expect("it is there");
        assert!(!words.sentence.is_empty());
        assert!(names.insert(words.name), "two personas have one name");
    }
    for place in 0..personas.space.len() as u32 {
        let vector = personas.space.vector([([place], 0.5)]);
        let vector = vector.expect("something is liked");
        assert!(vector.iter().all(|value| value.is_finite()));
        let nearest = personas.nearest(&vector);
        assert!(nearest.is_some_and(|nearest| nearest < personas.all.len()));
    }
}

fn touch_rating(rating: &Rating) {
    let directors = rating.learned.as_ref().map(|learned| &learned.directors);
    let first = directors.and_then(|directors| {
        let end = directors.names_at.get(1)?;
        directors.names.get(..*end as usize)
    });
    let genres: Vec<Genre> = Genre::all().collect();
    for director in [None, Some("nobody"), first] {
        for (year, title) in [(0, ""), (1999, "Heat 2 (1999/II) (TV)"), (u16::MAX, "(V)")] {
            let film = Film {
                title: title.to_owned(),
                year,
                director: director.map(str::to_owned),
                genres: genres
                    .iter()
                    .copied()
                    .skip(usize::from(year % 20))
                    .take(4)
                    .collect(),
            };
            let prediction = rating.predict(&film);
            let sum: f64 = prediction.probabilities.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            assert!(
                prediction
                    .probabilities
                    .iter()
                    .all(|p| (0.0..=1.0 + 1e-5).contains(p))
            );
            assert!((1..=10).contains(&prediction.label()));
        }
    }
}

fn touch_model(model: &Model) {
    let movies = model.catalogue.len();
    touch_catalogue(&model.catalogue);
    touch_titles(&model.titles, movies);
    touch_similar(&model.similar, movies);
    if let Some(weights) = &model.weights {
        touch_weights(weights, movies);
    }
    if let Some(personas) = &model.personas {
        touch_personas(personas);
        for movie in model.catalogue.iter() {
            let places = personas.space.places(movie);
            assert!(
                places
                    .iter()
                    .all(|place| (*place as usize) < personas.space.len())
            );
        }
    }
    if let Some(rating) = &model.rating {
        touch_rating(rating);
    }
    assert!(!model.version().is_empty());
    let filters = Filters::default();
    let forms = (0..model.titles.len() as u32)
        .take(3)
        .map(|row| model.titles.form(row));
    let titles = model.catalogue.iter().take(3).map(MovieRef::title);
    let mut phrases: Vec<&str> = forms.chain(titles).filter(|t| t.len() <= LONGEST).collect();
    phrases.extend(["the quite comet", "harvest 1962", "", "zzz"]);
    // Beyond this a phrase takes long, which is no fault.
    let longest = (0..model.titles.len() as u32)
        .map(|row| model.titles.form(row).len())
        .max();
    if longest.is_some_and(|longest| longest > LONGEST) {
        phrases.truncate(1);
    }
    for phrase in phrases {
        let found = find(model, phrase);
        assert!(
            found
                .movie
                .is_none_or(|movie| !found.did_you_mean.contains(&movie))
        );
        let alike: HashSet<&MovieIndex> = found.did_you_mean.iter().collect();
        assert_eq!(alike.len(), found.did_you_mean.len());
        assert!(search(model, phrase, &filters).len() <= movies);
    }
    assert!(top_picks(model, &filters, 0, 10).recommendations.len() <= movies);
    touch_popular(model, &filters);
    touch_for_you(model, &filters);
    for movie in model.catalogue.iter().take(8) {
        for list in [NeighbourList::Blended, NeighbourList::TfIdf] {
            let query = SimilarQuery {
                movie: movie.index(),
                list,
                filters: &filters,
                extend: Extend::WithAlike,
            };
            let page = similar(model, &query, 0, 20);
            let given: HashSet<MovieIndex> = page.recommendations.iter().map(|r| r.movie).collect();
            assert_eq!(
                given.len(),
                page.recommendations.len(),
                "a film is given twice"
            );
            assert!(!given.contains(&movie.index()), "a film for itself");
            assert!(page.recommendations.iter().all(|r| r.score.is_finite()));
        }
    }
}

fn touch_popular(model: &Model, filters: &Filters) {
    let movies = model.catalogue.len();
    let mut pages = vec![trending(model, filters, 0, movies)];
    pages.push(top_picks(model, filters, 0, movies));
    let seeds = model.catalogue.iter().take(8).map(MovieRef::index);
    pages.extend(seeds.map(|movie| also_liked(model, movie, filters, 0, movies)));
    for page in pages {
        let given: HashSet<MovieIndex> = page.recommendations.iter().map(|r| r.movie).collect();
        assert_eq!(
            given.len(),
            page.recommendations.len(),
            "a film is given twice"
        );
        assert!(page.recommendations.iter().all(|r| r.score.is_finite()));
    }
}

/// A viewer who did something with the first films.
fn touch_for_you(model: &Model, filters: &Filters) {
    let now = Millis(1_769_860_800_000);
    let viewer: matinee::taste::ViewerId = "fuzz".parse().expect("letters");
    let kinds = [Kind::Liked, Kind::Disliked, Kind::Clicked(None)];
    let films = model
        .catalogue
        .iter()
        .take(9)
        .zip(kinds.into_iter().cycle());
    let rows: Vec<Recorded> = films
        .map(|(movie, kind)| {
            Interaction {
                id: InteractionId::derived([movie.id()]),
                viewer: viewer.clone(),
                movie: movie.movie_id(),
                kind,
                at: now,
                source: Source::Http,
                recommendation: None,
            }
            .accepted(now)
        })
        .collect();
    let history = History::of(&rows, &model.catalogue, now, &TasteSettings::default());
    let query = ForYouQuery {
        viewer: Some(&viewer),
        history: &history,
        as_of: now,
        filters,
        settings: &ForYouSettings::default(),
    };
    let mut given = HashSet::new();
    let mut at = Some(0);
    while let Some(offset) = at.filter(|offset| *offset < 60) {
        let page = for_you(model, &query, offset, 20);
        for recommendation in &page.recommendations {
            assert!(given.insert(recommendation.movie), "a film is given twice");
            assert!(!history.gone().contains(&recommendation.movie));
            assert!(recommendation.score.is_finite());
            let because = &recommendation.reason.because;
            assert!(
                because
                    .iter()
                    .all(|because| (0.0..=1.0).contains(&because.share))
            );
            let sentence = recommendation.reason.sentence(model, Wording::of("en-US"));
            assert!(!sentence.is_empty());
        }
        at = page.next;
    }
}
