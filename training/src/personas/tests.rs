use matinee::catalogue::{Genre, Movie, MovieId};
use matinee::model::{SectionEntry, SectionKind, write_catalogue, write_personas};
use matinee::taste::TraitKind;

use super::*;

/// Forty films each of three genres, from three decades in turn.
fn catalogue() -> Catalogue {
    let genres = [Genre::Comedy, Genre::Horror, Genre::Western];
    let film = |number: usize| {
        let id = MovieId::new("tmdb", number).unwrap();
        let year = 1980 + 10 * (number % 3) as u16;
        let mut movie = Movie::new(id, format!("Film {number}"), Some(year));
        movie.genres = vec![genres[number / 40]];
        movie
    };
    let movies: Vec<Movie> = (0..120).map(film).collect();
    let order: Vec<u32> = (0..120).collect();
    let bytes = write_catalogue(&movies, &order);
    let entry = SectionEntry::describe(SectionKind::Catalogue, &bytes);
    Catalogue::open(bytes.into(), &entry).unwrap()
}

/// Viewers who like ten films of one of the three genres and two of any.
fn three_camps(viewers: usize) -> Preferences {
    let mut chance = Chance::new(5);
    let mut film = |from: usize, of: usize| (from + chance.sample(of, 1)[0]) as u32;
    let rows = (0..viewers).map(|viewer| {
        let own = (0..10).map(|_| film(40 * (viewer % 3), 40));
        let own: Vec<u32> = own.collect();
        let any = (0..2).map(|_| film(0, 120));
        own.into_iter().chain(any.collect::<Vec<u32>>()).collect()
    });
    let rows: Vec<Vec<u32>> = rows.collect();
    Preferences::new(120, rows)
}

fn find(liked: &Preferences) -> Option<FoundPersonas> {
    find_personas(&catalogue(), liked, &PersonaSettings::default())
}

#[test]
fn camps_of_viewers_are_found_with_their_number_and_what_they_like() {
    let found = find(&three_camps(300)).unwrap();
    assert_eq!(found.viewers, 300);
    assert_eq!(found.personas.all.len(), 3, "{:?}", found.silhouettes);
    assert!(found.silhouette().unwrap() > 0.4);
    let mut told = Vec::new();
    for persona in &found.personas.all {
        assert!((persona.share - 1.0 / 3.0).abs() < 0.02);
        let first = persona.traits[0] as usize;
        let about = &found.personas.space.dimensions()[first].about;
        assert_eq!(about.kind, TraitKind::Genre);
        told.push(about.value.as_str());
    }
    told.sort_unstable();
    assert_eq!(told, ["Comedy", "Horror", "Western"]);
}

#[test]
fn the_number_of_threads_does_not_change_a_byte_of_the_section() {
    let liked = three_camps(200);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let found = pool.install(|| find(&liked)).unwrap();
        (write_personas(&found.personas), found.silhouettes)
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn a_sample_is_enough_and_everybody_counts_in_the_shares() {
    let settings = PersonaSettings {
        sample: 60,
        measured: 40,
        ..PersonaSettings::default()
    };
    let found = find_personas(&catalogue(), &three_camps(300), &settings).unwrap();
    assert_eq!((found.viewers, found.personas.all.len()), (300, 3));
    let all: f32 = found.personas.all.iter().map(|persona| persona.share).sum();
    assert!((all - 1.0).abs() < 1e-5);
}

#[test]
fn viewers_who_are_all_alike_are_of_one_kind() {
    let alike: Vec<Vec<u32>> = vec![(30..50).collect(); 20];
    for viewers in [1, 2, 3, 20] {
        let found = find(&Preferences::new(120, alike[..viewers].to_vec())).unwrap();
        assert_eq!(found.personas.all.len(), 1, "{viewers}");
        assert!((found.personas.all[0].share - 1.0).abs() < f32::EPSILON);
        assert_eq!(found.silhouette(), None);
    }
}

#[test]
fn fewer_viewers_than_kinds_are_no_hindrance() {
    for viewers in 1..=12 {
        let found = find(&three_camps(viewers)).unwrap();
        let kinds = found.personas.all.len();
        assert!((1..=viewers).contains(&kinds), "{viewers}: {kinds}");
        let bytes = write_personas(&found.personas);
        let entry = SectionEntry::describe(SectionKind::Personas, &bytes);
        assert_eq!(
            Personas::open(bytes.into(), &entry).unwrap(),
            found.personas
        );
    }
}

#[test]
fn nobody_with_enough_films_has_no_kinds() {
    assert_eq!(find(&Preferences::new(120, [])), None);
    assert_eq!(
        find(&Preferences::new(120, [vec![1, 2, 3, 4], vec![]])),
        None
    );
    // One who likes everything is average.
    let everything = find(&Preferences::new(120, [(0..120).collect::<Vec<u32>>()])).unwrap();
    assert!(everything.personas.all[0].traits.is_empty());
    // Films of which nothing is known, or of which all is one, tell no taste.
    let movies: Vec<Movie> = (0..9)
        .map(|number| Movie::new(MovieId::new("tmdb", number).unwrap(), "A", Some(1999)))
        .collect();
    let bytes = write_catalogue(&movies, &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let entry = SectionEntry::describe(SectionKind::Catalogue, &bytes);
    let catalogue = Catalogue::open(bytes.into(), &entry).unwrap();
    let liked = Preferences::new(9, [(0..9).collect::<Vec<u32>>()]);
    let found = find_personas(&catalogue, &liked, &PersonaSettings::default());
    assert_eq!(found, None);
}
