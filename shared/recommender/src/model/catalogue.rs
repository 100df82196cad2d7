//! The catalogue section: the films' facts, read in place.

use zerocopy::little_endian::{F32, U16, U32};

use super::columns::{Column, Indices, Offsets, Strings};
use super::container::{Section, check_length, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, SectionEntry, SectionKind};
use crate::catalogue::{Genre, GenreSet, MAX_YEAR, MIN_YEAR, Movie, MovieId};

/// A film's row in one loaded model; meaningless in any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MovieIndex(pub u32);

impl MovieIndex {
    /// The row as an array index.
    pub fn row(self) -> usize {
        self.0 as usize
    }
}

/// A vote average that nobody gave.
const NO_VOTES: f32 = -1.0;

/// Every film of a model, in the order of its catalogue.
#[derive(Debug)]
pub struct Catalogue {
    keys: Strings,
    key_movie: Indices,
    movie_key: Indices,
    titles: Strings,
    originals: Strings,
    overviews: Strings,
    posters: Strings,
    years: Column<U16>,
    runtimes: Column<U16>,
    votes: Column<U32>,
    averages: Column<F32>,
    prominences: Column<F32>,
    top_order: Indices,
    genre_offsets: Offsets,
    genres: Column<u8>,
    names: Strings,
    languages: Indices,
    directors: NameLists,
    cast: NameLists,
    keywords: NameLists,
    countries: NameLists,
}

#[derive(Debug)]
struct NameLists {
    offsets: Offsets,
    names: Indices,
}

impl NameLists {
    fn open(
        section: &Section,
        tags: (&'static str, &'static str),
        movies: usize,
        names: usize,
    ) -> Result<Self, SectionFault> {
        let values = section.indices(tags.1, names)?;
        Ok(Self {
            offsets: section.offsets(tags.0, movies, values.len())?,
            names: values,
        })
    }
}

const DIRECTORS: (&str, &str) = ("director_at", "director");
const CAST: (&str, &str) = ("cast_at", "cast");
const KEYWORDS: (&str, &str) = ("keyword_at", "keyword");
const COUNTRIES: (&str, &str) = ("country_at", "country");

impl Catalogue {
    /// Verifies a catalogue section and takes it into use.
    ///
    /// # Errors
    /// [`ModelError::Section`] naming the fault.
    pub fn open(bytes: bytes::Bytes, entry: &SectionEntry) -> Result<Self, ModelError> {
        let section = Section::open(bytes, SectionKind::Catalogue, entry)?;
        Self::read(&section).map_err(|fault| SectionKind::Catalogue.refuse(fault))
    }

    fn read(section: &Section) -> Result<Self, SectionFault> {
        let keys = section.strings(("key_at", "key_text"), None)?;
        let movie_key = section.indices("movie_key", keys.len())?;
        let movies = movie_key.len();
        let key_movie = section.indices("key_movie", movies)?;
        check_length("key_movie", keys.len(), key_movie.len())?;
        let titles = section.strings(("title_at", "title_text"), Some(movies))?;
        let names = section.strings(("name_at", "name_text"), None)?;
        let genres = section.values("genre")?;
        let lists = |tags| NameLists::open(section, tags, movies, names.len());
        let catalogue = Self {
            originals: section.strings(("original_at", "original_text"), Some(movies))?,
            overviews: section.strings(("overview_at", "overview_text"), Some(movies))?,
            posters: section.strings(("poster_at", "poster_text"), Some(movies))?,
            years: section.exactly("year", movies)?,
            runtimes: section.exactly("runtime", movies)?,
            votes: section.exactly("votes", movies)?,
            averages: section.exactly("vote_average", movies)?,
            prominences: section.exactly("prominence", movies)?,
            top_order: section.indices("top_order", movies)?,
            genre_offsets: section.offsets("genre_at", movies, genres.len())?,
            languages: section.indices("language", names.len())?,
            directors: lists(DIRECTORS)?,
            cast: lists(CAST)?,
            keywords: lists(KEYWORDS)?,
            countries: lists(COUNTRIES)?,
            keys,
            key_movie,
            movie_key,
            titles,
            genres,
            names,
        };
        catalogue.check()?;
        Ok(catalogue)
    }

    /// The rules that single columns cannot check.
    fn check(&self) -> Result<(), SectionFault> {
        check_length("language", self.len(), self.languages.len())?;
        check_length("top_order", self.len(), self.top_order.len())?;
        if let Some(row) = self.keys.first_not_ascending() {
            return Err(wrong("key_text", row, "ids must ascend without repeats"));
        }
        let no_id = |row: &usize| self.keys.get(*row).parse::<MovieId>().is_err();
        if let Some(row) = (0..self.keys.len()).find(no_id) {
            return Err(wrong("key_text", row, "not a movie id"));
        }
        if let Some(row) = self.names.first_not_ascending() {
            return Err(wrong("name_text", row, "names must ascend without repeats"));
        }
        (0..self.len()).try_for_each(|row| self.check_movie(row))?;
        self.check_top_order()?;
        let unknown = |number: &u8| Genre::from_number(*number).is_none();
        match self.genres.iter().position(unknown) {
            Some(row) => Err(wrong("genre", row, "unknown genre number")),
            None => Ok(()),
        }
    }

    fn check_movie(&self, row: usize) -> Result<(), SectionFault> {
        if self.key_movie.get(self.movie_key.get(row) as usize) as usize != row {
            return Err(wrong("movie_key", row, "the id belongs to another film"));
        }
        let year = self.years[row].get();
        if year != 0 && !(MIN_YEAR..=MAX_YEAR).contains(&year) {
            return Err(wrong("year", row, "must be 1870..=2100, or 0"));
        }
        let average = self.averages[row].get();
        if average.to_bits() != NO_VOTES.to_bits() && !(0.0..=10.0).contains(&average) {
            return Err(wrong("vote_average", row, "must be 0..=10, or -1"));
        }
        if !(0.0..=1.0).contains(&self.prominences[row].get()) {
            return Err(wrong("prominence", row, "must be 0..=1"));
        }
        Ok(())
    }

    /// As many places as films, no film twice: so every film has one.
    fn check_top_order(&self) -> Result<(), SectionFault> {
        let mut placed = vec![false; self.len()];
        let twice = (0..self.len()).find(|at| {
            let movie = self.top_order.get(*at) as usize;
            std::mem::replace(&mut placed[movie], true)
        });
        match twice {
            Some(at) => Err(wrong("top_order", at, "every film must stand once")),
            None => Ok(()),
        }
    }

    /// How many films there are.
    pub fn len(&self) -> usize {
        self.titles.len()
    }

    /// Whether there is no film.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The film in a row.
    ///
    /// # Panics
    /// When `index` comes from a larger model.
    pub fn get(&self, index: MovieIndex) -> MovieRef<'_> {
        assert!(index.row() < self.len(), "a film of another model");
        MovieRef {
            catalogue: self,
            index,
        }
    }

    /// Every film in the catalogue's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = MovieRef<'_>> {
        (0..self.len()).map(|row| self.get(MovieIndex(row as u32)))
    }

    /// The film of this id or alias. O(log n).
    pub fn by_id(&self, id: &str) -> Option<MovieRef<'_>> {
        let (mut low, mut high) = (0, self.keys.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.keys.get(middle).cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    return Some(self.get(MovieIndex(self.key_movie.get(middle))));
                }
            }
        }
        None
    }

    /// Every film, the first pick for somebody of whom nothing is known first.
    pub fn top_order(&self) -> impl ExactSizeIterator<Item = MovieRef<'_>> {
        (0..self.top_order.len()).map(|at| self.get(MovieIndex(self.top_order.get(at))))
    }
}

/// One film of a loaded model, read in place.
#[derive(Clone, Copy)]
pub struct MovieRef<'a> {
    catalogue: &'a Catalogue,
    index: MovieIndex,
}

impl std::fmt::Debug for MovieRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} ({:?})", self.id(), self.title(), self.year())
    }
}

impl<'a> MovieRef<'a> {
    /// Its row.
    pub fn index(self) -> MovieIndex {
        self.index
    }

    /// Its id as text.
    pub fn id(self) -> &'a str {
        let catalogue = self.catalogue;
        catalogue
            .keys
            .get(catalogue.movie_key.get(self.index.row()) as usize)
    }

    /// Its id, owned.
    pub fn movie_id(self) -> MovieId {
        match self.id().parse() {
            Ok(id) => id,
            Err(_) => unreachable!("every id was parsed when the catalogue was opened"),
        }
    }

    /// Title without year.
    pub fn title(self) -> &'a str {
        self.catalogue.titles.get(self.index.row())
    }

    /// The title in the film's own language, when that is another.
    pub fn original_title(self) -> Option<&'a str> {
        Some(self.catalogue.originals.get(self.index.row())).filter(|title| !title.is_empty())
    }

    /// What happens; empty when unknown.
    pub fn overview(self) -> &'a str {
        self.catalogue.overviews.get(self.index.row())
    }

    /// Address of a poster.
    pub fn poster(self) -> Option<&'a str> {
        Some(self.catalogue.posters.get(self.index.row())).filter(|poster| !poster.is_empty())
    }

    /// A page about the film at the source its id names.
    pub fn url(self) -> Option<String> {
        let (source, key) = self.id().split_once(':')?;
        match source {
            "tmdb" => Some(format!("https://www.themoviedb.org/movie/{key}")),
            "imdb" => Some(format!("https://www.imdb.com/title/{key}/")),
            "movielens" => Some(format!("https://movielens.org/movies/{key}")),
            _ => None,
        }
    }

    /// Year of first release.
    pub fn year(self) -> Option<u16> {
        Some(self.catalogue.years[self.index.row()].get()).filter(|year| *year > 0)
    }

    /// Minutes.
    pub fn runtime(self) -> Option<u16> {
        Some(self.catalogue.runtimes[self.index.row()].get()).filter(|runtime| *runtime > 0)
    }

    /// How many people voted; 0 when unknown.
    pub fn votes(self) -> u32 {
        self.catalogue.votes[self.index.row()].get()
    }

    /// Mean vote, 0..=10.
    pub fn vote_average(self) -> Option<f32> {
        Some(self.catalogue.averages[self.index.row()].get()).filter(|average| *average >= 0.0)
    }

    /// How likely a person naming a film means this one, 0..=1.
    pub fn prominence(self) -> f32 {
        self.catalogue.prominences[self.index.row()].get()
    }

    /// The most important first.
    pub fn genres(self) -> impl ExactSizeIterator<Item = Genre> + 'a {
        let range = self.catalogue.genre_offsets.range(self.index.row());
        self.catalogue.genres[range]
            .iter()
            .map(|number| Genre::ALL[usize::from(*number)])
    }

    /// The genres as a set.
    pub fn genre_set(self) -> GenreSet {
        self.genres().collect()
    }

    /// ISO 639-1 code; empty when unknown.
    pub fn language(self) -> &'a str {
        let name = self.catalogue.languages.get(self.index.row());
        self.catalogue.names.get(name as usize)
    }

    /// Full names.
    pub fn directors(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.names(&self.catalogue.directors)
    }

    /// Full names, in billing order.
    pub fn cast(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.names(&self.catalogue.cast)
    }

    /// Lower case.
    pub fn keywords(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.names(&self.catalogue.keywords)
    }

    /// ISO 3166-1 alpha-2 codes.
    pub fn countries(self) -> impl ExactSizeIterator<Item = &'a str> {
        self.names(&self.catalogue.countries)
    }

    /// The numbers of the directors' names: of one model, the same name has the same number.
    pub(crate) fn director_numbers(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.numbers(&self.catalogue.directors)
    }

    /// The numbers of the actors' names.
    pub(crate) fn cast_numbers(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.numbers(&self.catalogue.cast)
    }

    /// The numbers of the keywords, in their order.
    pub(crate) fn keyword_numbers(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        self.numbers(&self.catalogue.keywords)
    }

    fn numbers(self, lists: &'a NameLists) -> impl ExactSizeIterator<Item = u32> + 'a {
        let range = lists.offsets.range(self.index.row());
        range.map(|at| lists.names.get(at))
    }

    fn names(self, lists: &'a NameLists) -> impl ExactSizeIterator<Item = &'a str> {
        let names = &self.catalogue.names;
        lists
            .offsets
            .range(self.index.row())
            .map(|at| names.get(lists.names.get(at) as usize))
    }
}

/// Lays out the catalogue section. `top_order` holds every row once, the best first pick first.
///
/// Ids and aliases must be distinct over all films; training sees to it.
pub fn write_catalogue(movies: &[Movie], top_order: &[u32]) -> Vec<u8> {
    let mut writer = SectionWriter::new(SectionKind::Catalogue);
    write_keys(&mut writer, movies);
    writer.strings(("title_at", "title_text"), movies.iter().map(|m| &m.title));
    writer.strings(
        ("original_at", "original_text"),
        movies.iter().map(|m| &m.original_title),
    );
    writer.strings(
        ("overview_at", "overview_text"),
        movies.iter().map(|m| &m.overview),
    );
    writer.strings(
        ("poster_at", "poster_text"),
        movies.iter().map(|m| &m.poster),
    );
    let u16s = |values: &mut dyn Iterator<Item = Option<u16>>| -> Vec<U16> {
        values.map(|v| U16::new(v.unwrap_or(0))).collect()
    };
    writer.values("year", &u16s(&mut movies.iter().map(|m| m.year)));
    writer.values("runtime", &u16s(&mut movies.iter().map(|m| m.runtime)));
    writer.u32s("votes", movies.iter().map(|m| m.votes));
    let floats =
        |values: &mut dyn Iterator<Item = f32>| -> Vec<F32> { values.map(F32::new).collect() };
    let averages = &mut movies.iter().map(|m| m.vote_average.unwrap_or(NO_VOTES));
    writer.values("vote_average", &floats(averages));
    let prominences = &mut movies.iter().map(|m| m.prominence.clamp(0.0, 1.0));
    writer.values("prominence", &floats(prominences));
    writer.indices("top_order", movies.len(), top_order);
    writer.offsets("genre_at", movies.iter().map(|m| m.genres.len()));
    let genres: Vec<u8> = movies
        .iter()
        .flat_map(|m| m.genres.iter().map(|g| g.number()))
        .collect();
    writer.values("genre", &genres);
    write_names(&mut writer, movies);
    writer.finish()
}

fn write_keys(writer: &mut SectionWriter, movies: &[Movie]) {
    let mut keys: Vec<(&str, u32, bool)> = Vec::new();
    for (row, movie) in movies.iter().enumerate() {
        keys.push((movie.id.as_str(), row as u32, true));
        keys.extend(
            movie
                .aliases
                .iter()
                .map(|id| (id.as_str(), row as u32, false)),
        );
    }
    keys.sort_unstable();
    let mut movie_key = vec![0; movies.len()];
    for (at, (_, row, own)) in keys.iter().enumerate() {
        if *own {
            movie_key[*row as usize] = at as u32;
        }
    }
    writer.strings(("key_at", "key_text"), keys.iter().map(|(key, ..)| key));
    let key_movie: Vec<u32> = keys.iter().map(|(_, row, _)| *row).collect();
    writer.indices("key_movie", movies.len(), &key_movie);
    writer.indices("movie_key", keys.len(), &movie_key);
}

/// People, keywords, countries and languages, each name stored once.
fn write_names(writer: &mut SectionWriter, movies: &[Movie]) {
    type Names<'a> = fn(&'a Movie) -> &'a [String];
    let lists: [((&'static str, &'static str), Names<'_>); 4] = [
        (DIRECTORS, |m| &m.directors),
        (CAST, |m| &m.cast),
        (KEYWORDS, |m| &m.keywords),
        (COUNTRIES, |m| &m.countries),
    ];
    let mut names: Vec<&str> = movies.iter().map(|m| m.language.as_str()).collect();
    for (_, list) in &lists {
        names.extend(movies.iter().flat_map(list).map(String::as_str));
    }
    names.sort_unstable();
    names.dedup();
    let number = |name: &str| names.binary_search(&name).unwrap_or_default() as u32;
    let languages: Vec<u32> = movies.iter().map(|m| number(&m.language)).collect();
    writer.indices("language", names.len(), &languages);
    for (tags, list) in &lists {
        writer.offsets(tags.0, movies.iter().map(|m| list(m).len()));
        let values: Vec<u32> = movies
            .iter()
            .flat_map(list)
            .map(|name| number(name))
            .collect();
        writer.indices(tags.1, names.len(), &values);
    }
    writer.strings(("name_at", "name_text"), &names);
}
