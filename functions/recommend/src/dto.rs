//! Answers as they leave: borrowed from the model, described where they are declared.

use std::borrow::Cow;

use matinee::catalogue::Genre;
use matinee::model::{Model, MovieIndex, MovieRef};
use matinee::recommend::{self, SharedKind};
use matinee::taste::KindName;
use matinee::wording::Wording;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

/// A film in a list. What is not known is `null`, or an empty list.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "id": "tmdb:603",
    "title": "The Matrix",
    "original_title": null,
    "year": 1999,
    "genres": ["Action", "Science Fiction"],
    "directors": ["Lana Wachowski", "Lilly Wachowski"],
    "language": "en",
    "runtime": 136,
    "overview": "A programmer learns that the world around him is a simulation.",
    "vote_average": 8.2,
    "url": "https://www.themoviedb.org/movie/603",
    "poster": null
})))]
pub(crate) struct Movie<'a> {
    /// Its id, qualified by its source.
    #[schema(pattern = "^[a-z0-9]+:[A-Za-z0-9._-]+$", max_length = 128)]
    id: &'a str,
    /// The title, without a year.
    title: &'a str,
    /// The title in the film's own language, when that is another.
    #[schema(required = true)]
    original_title: Option<&'a str>,
    /// Year of first release.
    #[schema(required = true, minimum = 1870, maximum = 2100)]
    year: Option<u16>,
    /// The most important first.
    #[schema(schema_with = genres)]
    genres: Vec<&'static str>,
    /// Full names.
    directors: Vec<&'a str>,
    /// ISO 639 code of the original language.
    #[schema(required = true)]
    language: Option<&'a str>,
    /// Minutes.
    #[schema(required = true, minimum = 1)]
    runtime: Option<u16>,
    /// What happens, in a few sentences.
    #[schema(required = true)]
    overview: Option<&'a str>,
    /// Mean vote.
    #[schema(required = true, minimum = 0, maximum = 10)]
    vote_average: Option<f32>,
    /// A page about the film at the source of its id.
    #[schema(required = true)]
    url: Option<String>,
    /// Address of a poster.
    #[schema(required = true)]
    poster: Option<&'a str>,
}

impl<'a> Movie<'a> {
    pub(crate) fn new(movie: MovieRef<'a>) -> Self {
        Self {
            id: movie.id(),
            title: movie.title(),
            original_title: movie.original_title(),
            year: movie.year(),
            genres: movie.genres().map(Genre::name).collect(),
            directors: movie.directors().collect(),
            language: known(movie.language()),
            runtime: movie.runtime(),
            overview: known(movie.overview()),
            vote_average: movie.vote_average(),
            url: movie.url(),
            poster: movie.poster(),
        }
    }
}

/// Everything known about a film. What is not known is `null`, or an empty list.
#[derive(Serialize, ToSchema)]
pub(crate) struct MovieDetail<'a> {
    #[serde(flatten)]
    movie: Movie<'a>,
    /// Full names, in billing order.
    cast: Vec<&'a str>,
    /// Themes, settings and plot devices.
    keywords: Vec<&'a str>,
    /// ISO 3166-1 alpha-2 codes.
    countries: Vec<&'a str>,
    /// How many people voted.
    #[schema(required = true, minimum = 1)]
    votes: Option<u32>,
}

impl<'a> MovieDetail<'a> {
    pub(crate) fn new(movie: MovieRef<'a>) -> Self {
        Self {
            cast: movie.cast().collect(),
            keywords: movie.keywords().collect(),
            countries: movie.countries().collect(),
            votes: Some(movie.votes()).filter(|votes| *votes > 0),
            movie: Movie::new(movie),
        }
    }
}

/// A film by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({"id": "tmdb:603", "title": "The Matrix", "year": 1999})))]
pub(crate) struct MovieName<'a> {
    /// Its id, qualified by its source.
    id: Cow<'a, str>,
    /// The title, without a year.
    title: Cow<'a, str>,
    /// Year of first release.
    #[schema(required = true, minimum = 1870, maximum = 2100)]
    year: Option<u16>,
}

impl<'a> MovieName<'a> {
    pub(crate) fn new(movie: MovieRef<'a>) -> Self {
        Self {
            id: movie.id().into(),
            title: movie.title().into(),
            year: movie.year(),
        }
    }

    /// The names of films of `model`.
    pub(crate) fn list(model: &'a Model, movies: &[MovieIndex]) -> Vec<Self> {
        movies
            .iter()
            .map(|movie| Self::new(model.catalogue.get(*movie)))
            .collect()
    }

    /// The same, independent of the model.
    pub(crate) fn into_owned(self) -> MovieName<'static> {
        MovieName {
            id: self.id.into_owned().into(),
            title: self.title.into_owned().into(),
            year: self.year,
        }
    }
}

/// A film recommended, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Recommendation<'a> {
    movie: Movie<'a>,
    /// Higher is better; comparable within one list only.
    score: f32,
    reason: Reason<'a>,
    /// Whether it is a wild card: given to learn about it, not for its score.
    explored: bool,
}

impl<'a> Recommendation<'a> {
    pub(crate) fn new(
        model: &'a Model,
        wording: &Wording,
        recommendation: recommend::Recommendation,
    ) -> Self {
        let sentence = recommendation.reason.sentence(model, wording);
        let recommend::Reason {
            because, shared, ..
        } = recommendation.reason;
        Self {
            movie: Movie::new(model.catalogue.get(recommendation.movie)),
            score: recommendation.score,
            reason: Reason {
                sentence,
                because: because
                    .iter()
                    .map(|because| Because {
                        movie: MovieName::new(model.catalogue.get(because.movie)),
                        share: because.share,
                        deed: because.deed,
                    })
                    .collect(),
                shared: shared.into_iter().map(Shared::from).collect(),
            },
            explored: recommendation.explored,
        }
    }

    /// The title of the film.
    pub(crate) fn title(&self) -> &'a str {
        self.movie.title
    }

    /// A whole page.
    pub(crate) fn list(
        model: &'a Model,
        wording: &Wording,
        recommendations: Vec<recommend::Recommendation>,
    ) -> Vec<Self> {
        recommendations
            .into_iter()
            .map(|recommendation| Self::new(model, wording, recommendation))
            .collect()
    }
}

/// Why a film is recommended.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "sentence": "Like The Matrix, it is about artificial intelligence.",
    "because": [{"movie": {"id": "tmdb:603", "title": "The Matrix", "year": 1999}, "share": 1.0}],
    "shared": [{"kind": "keyword", "value": "artificial intelligence"}]
})))]
pub(crate) struct Reason<'a> {
    /// The reason in words.
    sentence: String,
    /// The films it is recommended for, the strongest first; empty when it is recommended on its
    /// renown.
    because: Vec<Because<'a>>,
    /// What it shares with the film asked about, the weightiest first.
    shared: Vec<Shared>,
}

/// One film's part in a recommendation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Because<'a> {
    movie: MovieName<'a>,
    /// Its share of the score.
    #[schema(minimum = 0, maximum = 1)]
    share: f32,
    /// What the viewer did with it, where it is a film of theirs; a rating is liked or watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = deeds)]
    deed: Option<KindName>,
}

/// A feature that two films have in common.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shared {
    /// What kind of feature.
    #[schema(schema_with = shared_kind)]
    kind: SharedKind,
    /// The name, genre, keyword or decade.
    value: String,
}

impl From<recommend::Shared> for Shared {
    fn from(shared: recommend::Shared) -> Self {
        Self {
            kind: shared.kind,
            value: shared.value,
        }
    }
}

fn deeds() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["watched", "clicked", "liked"]))
        .description(Some(
            "What the viewer did with it, where it is a film of theirs; a rating is liked or watched.",
        ))
        .build()
}

/// Unknown texts are empty in a model and `null` in an answer.
fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn genres() -> Array {
    ArrayBuilder::new()
        .items(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(Genre::ALL.map(Genre::name))),
        )
        .description(Some("The most important first."))
        .build()
}

fn shared_kind() -> Object {
    const KINDS: [SharedKind; 6] = [
        SharedKind::Series,
        SharedKind::Director,
        SharedKind::Cast,
        SharedKind::Keyword,
        SharedKind::Genre,
        SharedKind::Decade,
    ];
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(KINDS.map(|kind| serde_json::json!(kind))))
        .description(Some("What kind of feature."))
        .build()
}
