//! Finds personas in a data set and tells them: what there is to see before they are trained.
//!
//! ```text
//! cargo run --release -p matinee-training --example personas -- RATINGS CATALOGUE…
//! ```
//!
//! Behind each trait stands the part of the films that such viewers like which has it, and in brackets
//! the part for all viewers.

#![allow(
    clippy::print_stdout,
    reason = "an example tells what it measured on its output"
)]

use std::env::args_os;
use std::path::PathBuf;
use std::time::Instant;

use matinee::model::{
    Catalogue, MovieIndex, SectionEntry, SectionKind, write_catalogue, write_personas,
};
use matinee::taste::{Millis, TasteSpace};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use matinee_training::evaluate::{LikeRule, Likes};
use matinee_training::ingest::{ImportOptions, import, join};
use matinee_training::interactions::InteractionOptions;
use matinee_training::personas::{FoundPersonas, PersonaSettings, find_personas};
use matinee_training::preferences::Preferences;
use matinee_training::viewers::Viewers;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut paths = args_os().skip(1).map(PathBuf::from);
    let ratings = paths.next().ok_or("give ratings and catalogues")?;
    let mut catalogues = Vec::new();
    for path in paths {
        catalogues.push(import(&path, &ImportOptions::default())?.movies);
    }
    let movies = join(catalogues);
    let order: Vec<u32> = (0..movies.len() as u32).collect();
    let bytes = write_catalogue(&movies, &order);
    let entry = SectionEntry::describe(SectionKind::Catalogue, &bytes);
    let catalogue = Catalogue::open(bytes.into(), &entry)?;
    let options = InteractionOptions::at(Millis(i64::MAX));
    let read = Likes::read(&[ratings], &options, &LikeRule::default())?;
    let preferences = Viewers::of(&movies, &read).preferences;
    let begun = Instant::now();
    let found = find_personas(&catalogue, &preferences, &PersonaSettings::default());
    let found = found.ok_or("no viewer likes enough films")?;
    println!(
        "{} viewers, {} dimensions, {} kinds, silhouette {:.3}, {} bytes, {:.2} s",
        found.viewers,
        found.personas.space.len(),
        found.personas.all.len(),
        found.silhouette().unwrap_or_default(),
        write_personas(&found.personas).len(),
        begun.elapsed().as_secs_f64(),
    );
    for (kinds, silhouette) in &found.silhouettes {
        let (mean, error) = (silhouette.mean, silhouette.error);
        println!("  {kinds:>2} kinds: {mean:.4} ± {error:.4}");
    }
    tell(&found, &catalogue, &preferences);
    Ok(())
}

/// Each persona with its name, its sentence and how its viewers differ from all.
fn tell(found: &FoundPersonas, catalogue: &Catalogue, preferences: &Preferences) {
    let personas = &found.personas;
    let wording = Wording::of(DEFAULT_LOCALE);
    let films = (0..catalogue.len() as u32).map(MovieIndex);
    let places: Vec<Vec<u32>> = films
        .map(|film| personas.space.places(catalogue.get(film)))
        .collect();
    let enough = |row: &&[u32]| row.len() >= PersonaSettings::default().least_films;
    let rows: Vec<&[u32]> = preferences.rows().filter(enough).collect();
    let kinds: Vec<Option<usize>> = rows
        .iter()
        .map(|row| personas.nearest(&personas.space.vector(liked(&places, row))?))
        .collect();
    let everybody = parts(&personas.space, &places, &rows);
    for (place, persona) in personas.all.iter().enumerate() {
        let members = rows.iter().zip(&kinds);
        let members = members.filter(|(_, kind)| **kind == Some(place));
        let members: Vec<&[u32]> = members.map(|(row, _)| *row).collect();
        let theirs = parts(&personas.space, &places, &members);
        let traits: Vec<String> = persona
            .traits
            .iter()
            .map(|at| *at as usize)
            .map(|at| {
                let about = &personas.space.dimensions()[at].about.value;
                let percent = |parts: &[f64]| parts[at] * 100.0;
                format!(
                    "{about} {:.0} % ({:.0} %)",
                    percent(&theirs),
                    percent(&everybody)
                )
            })
            .collect();
        if let Some(words) = wording.persona(personas, place) {
            println!("{:>4.1} % {}", words.share * 100.0, words.name);
            println!("       {}\n       {}", words.sentence, traits.join(", "));
        }
    }
}

fn liked<'a>(places: &'a [Vec<u32>], row: &'a [u32]) -> impl Iterator<Item = (&'a Vec<u32>, f64)> {
    row.iter().map(|film| (&places[*film as usize], 1.0))
}

/// The mean over viewers of the parts of their films that have each trait.
fn parts(space: &TasteSpace, places: &[Vec<u32>], rows: &[&[u32]]) -> Vec<f64> {
    let mut sums = vec![0.0; space.len()];
    for parts in rows
        .iter()
        .filter_map(|row| space.parts(liked(places, row)))
    {
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part / rows.len() as f64;
        }
    }
    sums
}
