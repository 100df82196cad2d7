use super::{Genre, MovieId};

/// The earliest year a film can have.
pub const MIN_YEAR: u16 = 1870;
/// The latest year a film can have.
pub const MAX_YEAR: u16 = 2100;

/// A film as it is read from a catalogue and written into a model.
///
/// In a loaded model films are read in place instead, through
/// [`MovieRef`](crate::model::MovieRef).
#[derive(Clone, Debug, PartialEq)]
pub struct Movie {
    /// Identity; the first catalogue to name the film gives it.
    pub id: MovieId,
    /// Ids of the same film in other catalogues; every call accepts them too.
    pub aliases: Vec<MovieId>,
    /// The title, without a year.
    pub title: String,
    /// The title in the film's own language, empty when it is `title`.
    pub original_title: String,
    /// Year of first release, [`MIN_YEAR`]..=[`MAX_YEAR`]; `None` when unknown.
    pub year: Option<u16>,
    /// The most important first.
    pub genres: Vec<Genre>,
    /// Full names.
    pub directors: Vec<String>,
    /// Full names, in billing order.
    pub cast: Vec<String>,
    /// Lower case.
    pub keywords: Vec<String>,
    /// ISO 3166-1 alpha-2 codes.
    pub countries: Vec<String>,
    /// ISO 639-1 code, empty when unknown.
    pub language: String,
    /// A few sentences on what happens.
    pub overview: String,
    /// Minutes; `None` when unknown.
    pub runtime: Option<u16>,
    /// How many people voted; 0 when unknown.
    pub votes: u32,
    /// Mean vote, 0..=10; `None` when nobody voted.
    pub vote_average: Option<f32>,
    /// How likely a person naming a film means this one, 0..=1. A catalogue's own judgement where
    /// it has one, else derived from `votes` when the catalogue is complete.
    pub prominence: f32,
    /// Address of a poster, empty when unknown.
    pub poster: String,
}

impl Movie {
    /// A film of which only identity, title and year are known.
    pub fn new(id: MovieId, title: impl Into<String>, year: Option<u16>) -> Self {
        Self {
            id,
            aliases: Vec::new(),
            title: title.into(),
            original_title: String::new(),
            year,
            genres: Vec::new(),
            directors: Vec::new(),
            cast: Vec::new(),
            keywords: Vec::new(),
            countries: Vec::new(),
            language: String::new(),
            overview: String::new(),
            runtime: None,
            votes: 0,
            vote_average: None,
            prominence: 0.0,
            poster: String::new(),
        }
    }
}
