//! Films: their identity, their facts, and finding one from what somebody said.

mod find;
mod genre;
mod id;
mod movie;
mod nearest;
mod normalise;
mod numbers;
mod search;
mod trigram;

pub use find::{Found, MAX_PHRASE, NEAREST, find};
pub use genre::{Genre, GenreSet, UnknownGenre};
pub use id::{InvalidMovieId, MAX_MOVIE_ID, MovieId, slug};
pub use movie::{MAX_YEAR, MIN_YEAR, Movie};
pub use normalise::{TitleForm, TitleForms, normalise, title_forms, words_without_numbers};
pub use search::search;
pub use trigram::trigrams;
