use super::Genre;

/// The most genres of a film.
pub const MAX_GENRES: usize = 3;

/// A film whose rating is predicted. It need not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Film {
    /// The title, as it was said.
    pub title: String,
    /// Year of release.
    pub year: u16,
    /// The director's name; `None` where nobody is known.
    pub director: Option<String>,
    /// Up to [`MAX_GENRES`], the most fitting first; more are not looked at.
    pub genres: Vec<Genre>,
}
