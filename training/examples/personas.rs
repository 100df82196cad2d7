//! Finds personas in a data set and tells them: what there is to see before they are trained.
//!
//! ```text
//! cargo run --release -p matinee-training --example personas -- RATINGS CATALOGUE…
//! ```

use std::collections::HashMap;
use std::env::args_os;
use std::path::PathBuf;
use std::time::Instant;

use matinee::model::{Catalogue, SectionEntry, SectionKind, write_catalogue, write_personas};
use matinee::taste::Millis;
use matinee_training::evaluate::{LikeRule, Likes};
use matinee_training::ingest::{ImportOptions, import, join};
use matinee_training::interactions::InteractionOptions;
use matinee_training::personas::{PersonaSettings, find_personas};
use matinee_training::preferences::Preferences;

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
    let likes = Likes::read(&[ratings], &options, &LikeRule::default())?;
    let rows: HashMap<usize, u32> = likes
        .films
        .iter()
        .enumerate()
        .filter_map(|(film, id)| Some((film, catalogue.by_id(id.as_str())?.index().0)))
        .collect();
    let liked = likes.likes.iter().map(|likes| {
        let films = likes.iter();
        films
            .filter_map(|like| rows.get(&(like.film as usize)).copied())
            .collect()
    });
    let liked = Preferences::new(catalogue.len(), liked);
    let begun = Instant::now();
    let found = find_personas(&catalogue, &liked, &PersonaSettings::default());
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
        println!("  {kinds:>2} kinds: {silhouette:.4}");
    }
    for persona in &found.personas.all {
        let traits: Vec<String> = persona
            .traits
            .iter()
            .map(|place| {
                let d = &found.personas.space.dimensions()[*place as usize];
                format!("{:?} {}", d.about.kind, d.about.value)
            })
            .collect();
        println!("{:>4.1} % {}", persona.share * 100.0, traits.join(", "));
    }
    Ok(())
}
