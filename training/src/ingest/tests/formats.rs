//! Each format is read into the fields it has.

use std::collections::HashSet;

use matinee::catalogue::{Genre, Movie, MovieId};
use proptest::prelude::*;

use super::super::sample::HEADER;
use super::super::{Format, import};
use super::{STRICT, TMDB, folder, import_rows};

fn only(movies: &[Movie]) -> &Movie {
    assert_eq!(movies.len(), 1);
    &movies[0]
}

fn aliases(movie: &Movie) -> Vec<&str> {
    movie.aliases.iter().map(MovieId::as_str).collect()
}

#[test]
fn the_sample() {
    let row = "tmdb:7,The Keeper,Fyrvaktaren,1999,Drama|Science Fiction|Drama,Ada Lind,Bo Ek|Cy Ott,\
               SE|NO,sv,101,Lighthouse|sea,64,\"A keeper waits, and waits.\"";
    let imported = import_rows(&HEADER.join(","), &[row], STRICT).unwrap();
    assert_eq!(imported.report.format, Format::Sample);
    let expected = Movie {
        original_title: "Fyrvaktaren".to_owned(),
        genres: vec![Genre::Drama, Genre::ScienceFiction],
        directors: vec!["Ada Lind".to_owned()],
        cast: vec!["Bo Ek".to_owned(), "Cy Ott".to_owned()],
        keywords: vec!["lighthouse".to_owned(), "sea".to_owned()],
        countries: vec!["SE".to_owned(), "NO".to_owned()],
        language: "sv".to_owned(),
        overview: "A keeper waits, and waits.".to_owned(),
        runtime: Some(101),
        prominence: 0.64,
        ..Movie::new("tmdb:7".parse().unwrap(), "The Keeper", Some(1999))
    };
    assert_eq!(imported.movies, [expected]);

    let imported = import_rows(&HEADER.join(","), &[",Ebb,Ebb,,,,,,,0,,1,"], STRICT).unwrap();
    let mut expected = Movie::new("film:ebb".parse().unwrap(), "Ebb", None);
    expected.prominence = 0.01;
    assert_eq!(imported.movies, [expected]);
}

#[test]
fn tmdb_csv() {
    let rows = [
        "7,The\tKeeper ,\"Drama,Science Fiction,Opera\",sv,\"He waits.\r\nThen\",9.1,1999-03-04,7.5,100",
        "8,Ebb,,cn,,,,0.0,0",
    ];
    let imported = import_rows(TMDB, &rows, STRICT).unwrap();
    assert_eq!(imported.report.format, Format::TmdbCsv);
    assert_eq!(
        imported.report.unknown_genres,
        [("Opera".to_owned(), 1)].into()
    );
    let keeper = Movie {
        genres: vec![Genre::Drama, Genre::ScienceFiction],
        language: "sv".to_owned(),
        overview: "He waits.  Then".to_owned(),
        votes: 100,
        vote_average: Some(7.5),
        prominence: 1.0,
        ..Movie::new("tmdb:7".parse().unwrap(), "The Keeper", Some(1999))
    };
    let ebb = Movie {
        language: "zh".to_owned(),
        ..Movie::new("tmdb:8".parse().unwrap(), "Ebb", None)
    };
    assert_eq!(imported.movies, [keeper, ebb]);
}

#[test]
fn tmdb_csv_with_the_columns_of_other_exports() {
    let header = "Title,ID,genres,original_title,overview,release_date,vote_average,vote_count,runtime,\
                  imdb_id,poster_path,production_countries,keywords,original_language,adult";
    let rows = [
        r#"The Keeper,7,"[{'id': 18, 'name': 'Drama'}]",Fyren,,1999,,,101.0,tt0000007,/a.jpg,"[{""iso_3166_1"": ""SE"", ""name"": ""Sweden""}]","Sea, LIGHT",sv,False"#,
        "Ebb,8,Drama|War,Ebb,,2001-05,8.5,,0,0,,\"Sweden, Norway\",,xx,True",
    ];
    let movies = import_rows(header, &rows, STRICT).unwrap().movies;
    assert_eq!(aliases(&movies[0]), ["imdb:tt0000007"]);
    assert_eq!(movies[0].poster, "https://image.tmdb.org/t/p/w500/a.jpg");
    assert_eq!(movies[0].genres, [Genre::Drama]);
    assert_eq!(
        (movies[0].countries.as_slice(), movies[0].runtime),
        (&["SE".to_owned()][..], Some(101))
    );
    assert_eq!(movies[0].keywords, ["sea", "light"]);
    assert_eq!(movies[0].original_title, "Fyren");
    assert_eq!(
        (movies[1].year, movies[1].runtime, movies[1].vote_average),
        (Some(2001), None, Some(8.5))
    );
    assert_eq!(movies[1].genres, [Genre::Drama, Genre::War]);
    assert!(movies[1].countries.is_empty() && movies[1].language.is_empty());
    assert!(movies[1].original_title.is_empty() && movies[1].aliases.is_empty());
}

const KAGGLE: &str = "adult,belongs_to_collection,budget,genres,homepage,id,imdb_id,original_language,\
    original_title,overview,popularity,poster_path,production_companies,production_countries,\
    release_date,revenue,runtime,spoken_languages,status,tagline,title,video,vote_average,vote_count";

const KAGGLE_ROW: &str = r#"False,"{'id': 1, 'name': ""Keeper's Collection"", 'poster_path': None}",0,"[{'id': 16, 'name': 'Animation'}]",,7,tt0000007,en,The Keeper,"Waits, ""still"".",1.5,/a.jpg,[],"[{'iso_3166_1': 'SE', 'name': 'Sweden'}]",1999-03-04,0.0,101.0,[],Released,,The Keeper,False,7.5,100.0"#;

#[test]
fn kaggle_with_credits_and_keywords_beside_it() {
    let films = format!("{KAGGLE}\n{KAGGLE_ROW}\n");
    let credits = r#"cast,crew,id
"[{'name': ""Ann O'Ek"", 'order': 0}, {'name': 'B'}, {'name': 'C'}, {'name': 'D'}, {'name': 'E'}, {'name': 'F'}]","[{'job': 'Writer', 'name': 'W'}, {'job': 'Director', 'name': 'Ada \'Lighthouse\' Lind'}]",7
[],[],8
"#;
    let keywords =
        "id,keywords\n7,\"[{'id': 3, 'name': 'Sea'}]\"\n9,\"[{'id': 3, 'name': 'sea'}]\"\n";
    let folder = folder(&[
        ("movies_metadata.csv", films.as_bytes()),
        ("credits.csv", credits.as_bytes()),
        ("keywords.csv", keywords.as_bytes()),
    ]);
    let imported = import(folder.path(), &STRICT).unwrap();
    assert_eq!(imported.report.format, Format::KaggleMoviesMetadata);
    let movie = only(&imported.movies);
    assert_eq!(movie.cast, ["Ann O'Ek", "B", "C", "D", "E"]);
    assert_eq!(movie.directors, ["Ada 'Lighthouse' Lind"]);
    assert_eq!(movie.keywords, ["keeper's collection", "sea"]);
    assert_eq!(movie.overview, "Waits, \"still\".");
    assert_eq!((movie.runtime, movie.votes), (Some(101), 100));
    assert_eq!(
        (movie.countries.as_slice(), aliases(movie)),
        (&["SE".to_owned()][..], vec!["imdb:tt0000007"])
    );

    let alone = import(&folder.path().join("movies_metadata.csv"), &STRICT).unwrap();
    assert_eq!(only(&alone.movies).keywords, ["keeper's collection"]);
    assert!(only(&alone.movies).cast.is_empty());
}

#[test]
fn tmdb_5000_with_credits_beside_it() {
    let films = r#"budget,genres,homepage,id,keywords,original_language,original_title,overview,popularity,production_companies,production_countries,release_date,revenue,runtime,spoken_languages,status,tagline,title,vote_average,vote_count
0,"[{""id"": 18, ""name"": ""Drama""}]",,7,"[{""id"": 1, ""name"": ""Caf\u00e9""}]",en,Keeper,,1,[],"[{""iso_3166_1"": ""SE"", ""name"": ""Sweden""}]",1999-03-04,0,101,[],Released,,Keeper,7.5,10
"#;
    let credits = r#"movie_id,title,cast,crew
7,Keeper,"[{""cast_id"": 1, ""name"": ""Bo Ek""}]","[{""job"": ""Director"", ""name"": ""Ada Lind""}]"
"#;
    let folder = folder(&[
        ("tmdb_5000_movies.csv", films.as_bytes()),
        ("tmdb_5000_credits.csv", credits.as_bytes()),
    ]);
    for path in [
        folder.path().to_owned(),
        folder.path().join("tmdb_5000_movies.csv"),
    ] {
        let imported = import(&path, &STRICT).unwrap();
        assert_eq!(imported.report.format, Format::Tmdb5000);
        let movie = only(&imported.movies);
        assert_eq!(
            (&movie.directors[0], &movie.cast[0]),
            (&"Ada Lind".to_owned(), &"Bo Ek".to_owned())
        );
        assert_eq!(
            (&movie.keywords[0], movie.genres[0]),
            (&"café".to_owned(), Genre::Drama)
        );
    }
}

#[test]
fn movielens_csv_with_links_ratings_and_tags() {
    let folder = folder(&[
        ("movies.csv", b"movieId,title,genres\r\n7,\"Keeper, The (Fyren) (1999)\",Sci-Fi|IMAX|Children\r\n8,Ebb,(no genres listed)\r\n"),
        ("links.csv", b"movieId,imdbId,tmdbId\n7,0000007,70\n8,12345678,\n9,0000009,90\n"),
        ("ratings.csv", b"userId,movieId,rating,timestamp\n1,7,4.5,1\n2,7,3.0,2\n2,9,3.0,2\n"),
        ("tags.csv", b"userId,movieId,tag,timestamp\n1,7,Sea,1\n2,7,sea,2\n"),
    ]);
    let imported = import(folder.path(), &STRICT).unwrap();
    assert_eq!(imported.report.format, Format::MovieLensCsv);
    assert!(imported.report.unknown_genres.is_empty());
    let [keeper, ebb] = imported.movies.as_slice() else {
        panic!()
    };
    assert_eq!(
        (keeper.id.as_str(), keeper.title.as_str()),
        ("movielens:7", "The Keeper")
    );
    assert_eq!(
        (keeper.original_title.as_str(), keeper.year),
        ("Fyren", Some(1999))
    );
    assert_eq!(keeper.genres, [Genre::ScienceFiction, Genre::Family]);
    assert_eq!(aliases(keeper), ["imdb:tt0000007", "tmdb:70"]);
    assert_eq!((keeper.votes, keeper.vote_average), (2, Some(7.5)));
    assert_eq!(
        (keeper.prominence, keeper.keywords.as_slice()),
        (1.0, &["sea".to_owned()][..])
    );
    assert_eq!(
        (aliases(ebb), ebb.votes, ebb.vote_average),
        (vec!["imdb:tt12345678"], 0, None)
    );

    let alone = import(&folder.path().join("movies.csv"), &STRICT).unwrap();
    assert_eq!((alone.movies.len(), alone.movies[0].votes), (2, 0));
}

#[test]
fn movielens_1m_is_latin_1() {
    let folder = folder(&[
        ("movies.dat", b"7::Caf\xe9, The (1999)::Drama|Comedy\n"),
        ("ratings.dat", b"1::7::5::978300760\n2::7::4::978300761\n"),
    ]);
    let imported = import(folder.path(), &STRICT).unwrap();
    assert_eq!(imported.report.format, Format::MovieLensDat);
    let movie = only(&imported.movies);
    assert_eq!((movie.title.as_str(), movie.year), ("The Café", Some(1999)));
    assert_eq!((movie.votes, movie.vote_average), (2, Some(9.0)));
    assert_eq!(movie.genres, [Genre::Drama, Genre::Comedy]);
}

#[test]
fn movielens_100k_has_flags_for_genres() {
    let items = b"7|Caf\xe9, The (1999)|01-Jan-1999||http://example/|0|1|1\n\
                  8|Ebb|01-Feb-1998|||1|0|0\n9|unknown||||1|0|0\n";
    let genres = b"unknown|0\nFilm-Noir|1\nSagas|2\n\n";
    let data = b"1\t7\t5\t881250949\n2\t7\t2\t881250949\n";
    let folder = folder(&[("u.item", items), ("u.genre", genres), ("u.data", data)]);
    let imported = import(folder.path(), &STRICT).unwrap();
    assert_eq!(imported.report.format, Format::MovieLens100k);
    assert_eq!(
        imported.report.unknown_genres,
        [("Sagas".to_owned(), 1)].into()
    );
    let movies = &imported.movies;
    assert_eq!(
        (movies[0].title.as_str(), movies[0].genres.as_slice()),
        ("The Café", &[Genre::FilmNoir][..])
    );
    assert_eq!((movies[0].votes, movies[0].vote_average), (2, Some(7.0)));
    assert_eq!((movies[1].year, movies[2].year), (Some(1998), None));
}

#[test]
fn movielens_100k_without_its_list_of_genres_has_the_usual_ones() {
    let folder = folder(&[(
        "u.item",
        b"7|Tide (1999)||||0|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1\n",
    )]);
    let imported = import(&folder.path().join("u.item"), &STRICT).unwrap();
    assert_eq!(
        only(&imported.movies).genres,
        [Genre::Action, Genre::Western]
    );
}

#[test]
fn a_folder_with_one_table_of_any_name_is_a_catalogue() {
    let films = format!("{TMDB}\n7,Keeper,,en,,,,,\n");
    let folder = folder(&[("export.csv", films.as_bytes()), ("notes.txt", b"")]);
    assert_eq!(import(folder.path(), &STRICT).unwrap().movies.len(), 1);
}

proptest! {
    #[test]
    fn ids_and_aliases_are_distinct_after_an_import(
        links in prop::collection::vec((1..6_u32, 1..6_u32, 1..6_u32), 1..20),
    ) {
        let films: Vec<String> = links
            .iter()
            .map(|(movie, ..)| format!("{movie},Film {movie} (1999),Drama"))
            .collect();
        let films = format!("movieId,title,genres\n{}\n", films.join("\n"));
        let table: Vec<String> = links
            .iter()
            .map(|(movie, imdb, tmdb)| format!("{movie},{imdb:07},{tmdb}"))
            .collect();
        let table = format!("movieId,imdbId,tmdbId\n{}\n", table.join("\n"));
        let folder = folder(&[("movies.csv", films.as_bytes()), ("links.csv", table.as_bytes())]);
        let imported = import(folder.path(), &STRICT).unwrap();
        let mut seen = HashSet::new();
        for movie in &imported.movies {
            prop_assert!(seen.insert(&movie.id));
            prop_assert!(movie.aliases.iter().all(|alias| seen.insert(alias)));
        }
        let count = imported.report.movies + imported.report.duplicates;
        prop_assert_eq!(count, links.len() as u64);
    }
}
