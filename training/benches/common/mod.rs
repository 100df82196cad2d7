//! The catalogue that the benchmarks run on.

use std::path::PathBuf;

use matinee::catalogue::Movie;
use matinee_training::ingest::{ImportOptions, import};

/// The 10,000 films of tmdb-10k where the development data is, else the bundled sample; with the
/// number of films, for the benchmark's name.
pub(crate) fn films() -> (Vec<Movie>, String) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let data =
        std::env::var_os("MATINEE_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    let path = [
        data.join("tmdb-10k/movies.csv"),
        root.join("data/sample/movies.csv"),
    ]
    .into_iter()
    .find(|path| path.exists())
    .expect("the sample is part of the repository");
    let imported = import(&path, &ImportOptions { lenient: true }).expect("a readable catalogue");
    let name = format!("{} films", imported.movies.len());
    (imported.movies, name)
}
