//! The parameters as the API's description shows them.

use std::marker::PhantomData;

use matinee::catalogue::{Genre, MAX_MOVIE_ID, MAX_YEAR, MIN_YEAR};
use matinee::recommend::{GivenPage, MAX_LIMIT};
use matinee::taste::MAX_ID;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};

use super::{Call, MAX_TEXT, Param};

/// What a movie id looks like.
const ID_PATTERN: &str = "^[a-z0-9]+:[A-Za-z0-9._-]+$";

/// At least one character that is no space and no control character.
const SOMETHING: &str = r"[^\s\u0000-\u001f\u007f-\u009f]";

/// The query parameters of a call.
pub(crate) struct QueryOf<C>(PhantomData<C>);

impl<C: Call> IntoParams for QueryOf<C> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        C::params().map(describe::<C>).collect()
    }
}

/// The `{id}` of a path.
pub(crate) struct IdInPath;

impl IntoParams for IdInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            ParameterBuilder::new()
                .name("id")
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(
                    "A movie id, or any other id under which a catalogue knows the film.",
                ))
                .schema(Some(movie_id()))
                .example(Some(json!("tmdb:603")))
                .build(),
        ]
    }
}

/// The `{viewer}` of a path.
pub(crate) struct ViewerInPath;

impl IntoParams for ViewerInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            ParameterBuilder::new()
                .name("viewer")
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(
                    "Who: an id of your own. In the cloud `me`, for whom the token was issued.",
                ))
                .schema(Some(
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .min_length(Some(1))
                        .max_length(Some(MAX_ID))
                        .pattern(Some("^[A-Za-z0-9._:-]+$")),
                ))
                .example(Some(json!("me")))
                .build(),
        ]
    }
}

fn describe<C: Call>(param: Param) -> Parameter {
    let (description, example) = meaning(param);
    let required = if param == Param::MovieName {
        Required::True
    } else {
        Required::False
    };
    ParameterBuilder::new()
        .name(param.name())
        .parameter_in(ParameterIn::Query)
        .required(required)
        .description(Some(description))
        .schema(Some(schema::<C>(param)))
        .example(example)
        .build()
}

fn meaning(param: Param) -> (&'static str, Option<Value>) {
    match param {
        Param::MovieName => (
            "The name of a film somebody likes, as typed or spoken: case, accents, punctuation, \
             articles and numerals do not matter, nor do small slips; a year behind the name \
             decides between films of one name. Control characters count as spaces.",
            Some(json!("The Matrix")),
        ),
        Param::Query => (
            "The beginning of a title or of words in it, as typed so far. Without it all films \
             are given, the best known and liked first. Control characters count as spaces.",
            Some(json!("matr")),
        ),
        Param::Limit => ("How many films to give at most.", Some(json!(12))),
        Param::Model => (
            "How films are compared: `matinee` by everything known about them, `tfidf` by the \
             TF-IDF cosine of overview and genres alone.",
            Some(json!("matinee")),
        ),
        Param::Page => (
            "Where to go on: `next_page` of the previous answer to the same call with the same \
             parameters (`limit` may change). A token does not outlive the model it came from.",
            // A token outlives no model, so there is none to show.
            None,
        ),
        Param::Genre => (
            "Only films of this genre; given several times, of any of them (see `genres`). Case \
             does not matter, and spellings such as `Sci-Fi` are known.",
            Some(json!(["Science Fiction"])),
        ),
        Param::Genres => (
            "Whether a film needs `any` or `all` of the genres given.",
            Some(json!("any")),
        ),
        Param::YearFrom => (
            "Only films of this year or later; films of unknown year are left out.",
            Some(json!(1980)),
        ),
        Param::YearTo => (
            "Only films of this year or earlier; films of unknown year are left out. Not before \
             `year_from`.",
            Some(json!(1999)),
        ),
        Param::Language => (
            "Only films of this original language: its ISO 639 code.",
            Some(json!("en")),
        ),
        Param::MinRating => (
            "Only films whose mean vote is at least this; films without votes are left out.",
            Some(json!(7.5)),
        ),
        Param::Exclude => (
            "The id of a film not to give; may be given several times. Unknown ids are ignored.",
            Some(json!(["tmdb:604"])),
        ),
    }
}

fn schema<C: Call>(param: Param) -> RefOr<Schema> {
    let text = || {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(MAX_TEXT))
    };
    let year = || whole(usize::from(MIN_YEAR), usize::from(MAX_YEAR));
    match param {
        Param::MovieName => text().min_length(Some(1)).pattern(Some(SOMETHING)).into(),
        Param::Query => text().into(),
        Param::Limit => whole(1, MAX_LIMIT)
            .default(Some(json!(C::DEFAULT_LIMIT)))
            .into(),
        Param::Model => choice(&["matinee", "tfidf"]).into(),
        Param::Page => token(C::DATED, C::SHARED).into(),
        Param::Genre => ArrayBuilder::new()
            .items(choice_of(Genre::ALL.map(Genre::name)))
            .into(),
        Param::Genres => choice(&["any", "all"]).into(),
        Param::YearFrom | Param::YearTo => year().into(),
        Param::Language => ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z]{2,3}$"))
            .into(),
        Param::MinRating => ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0))
            .maximum(Some(10))
            .into(),
        Param::Exclude => ArrayBuilder::new().items(movie_id()).into(),
    }
}

fn whole(from: usize, to: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(from))
        .maximum(Some(to))
}

/// One of a few words, the first when none is given.
fn choice(words: &[&str]) -> ObjectBuilder {
    choice_of(words.iter().copied()).default(words.first().map(|word| json!(word)))
}

fn choice_of<'a>(words: impl IntoIterator<Item = &'a str>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
}

/// The text of a page token: a format of its own, for tools that can be taught one.
fn token(dated: bool, shared: bool) -> ObjectBuilder {
    let shortest = if dated { 22 } else { 11 };
    let length = if shared {
        format!("{shortest},{}", GivenPage::LONGEST)
    } else {
        shortest.to_string()
    };
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("page-token".to_owned())))
        .pattern(Some(format!("^[A-Za-z0-9_-]{{{length}}}$")))
}

fn movie_id() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(MAX_MOVIE_ID))
        .pattern(Some(ID_PATTERN))
}
