//! Files in the schema of Amazon Personalize, and the schemas.
//!
//! The columns, and which of them may be empty, are those that a dataset group of the domain
//! `VIDEO_ON_DEMAND` asks for; custom dataset groups take them, too:
//! <https://docs.aws.amazon.com/personalize/latest/dg/VIDEO-ON-DEMAND-datasets-and-schemas.html>.

use matinee::catalogue::Movie;
use matinee::taste::{Kind, KindName, Millis, Rating, Recorded, Scale};
use serde::Serialize;
use serde_json::{Value, json};

use super::ExportError;
use super::films::Films;

/// Columns of interactions.
const INTERACTIONS: [&str; 6] = [
    "USER_ID",
    "ITEM_ID",
    "TIMESTAMP",
    "EVENT_TYPE",
    "EVENT_VALUE",
    "RECOMMENDATION_ID",
];

/// Columns of films.
const ITEMS: [&str; 6] = [
    "ITEM_ID",
    "GENRES",
    "YEAR",
    "LANGUAGE",
    "CREATION_TIMESTAMP",
    "DESCRIPTION",
];

/// Columns of viewers: the front that most of what they did came through, and when they did something
/// first.
pub(super) const USERS: [&str; 3] = ["USER_ID", "FRONT", "FIRST_SEEN"];

/// The longest text that Personalize takes, in the languages that it counts strictest.
const MAX_DESCRIPTION: usize = 7_000;

/// The genre of films without one: the column must not be empty.
const NO_GENRE: &str = "Unknown";

/// How many stars a model learns from as from a like, at least.
pub(super) const LIKED_STARS: f64 = 3.5;

/// What our recipes for viewers are trained on: kinds of interactions, with the least value where one is asked
/// for. The definition of the state machine that creates them says the same.
pub(super) const TRAINED_ON: [(KindName, Option<f64>); 4] = [
    (KindName::Liked, None),
    (KindName::Rated, Some(LIKED_STARS)),
    (KindName::Watched, None),
    (KindName::Clicked, None),
];

/// The schemas in Avro's JSON, with the keys they are kept under.
pub(super) fn schemas() -> Result<[(&'static str, Vec<u8>); 3], serde_json::Error> {
    let schema = |name: &str, fields: Vec<Value>| {
        let schema = json!({
            "type": "record",
            "name": name,
            "namespace": "com.amazonaws.personalize.schema",
            "fields": fields,
            "version": "1.0",
        });
        let mut text = serde_json::to_vec_pretty(&schema)?;
        text.push(b'\n');
        Ok(text)
    };
    let field = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let maybe = |name: &str, kind: &str| json!({"name": name, "type": ["null", kind]});
    let interactions = vec![
        field("USER_ID", "string"),
        field("ITEM_ID", "string"),
        field("TIMESTAMP", "long"),
        field("EVENT_TYPE", "string"),
        maybe("EVENT_VALUE", "float"),
        maybe("RECOMMENDATION_ID", "string"),
    ];
    let mut genres = field("GENRES", "string");
    let mut language = maybe("LANGUAGE", "string");
    let mut description = maybe("DESCRIPTION", "string");
    genres["categorical"] = true.into();
    language["categorical"] = true.into();
    description["textual"] = true.into();
    let items = vec![
        field("ITEM_ID", "string"),
        genres,
        maybe("YEAR", "int"),
        language,
        field("CREATION_TIMESTAMP", "long"),
        description,
    ];
    let mut front = field("FRONT", "string");
    front["categorical"] = true.into();
    let users = vec![
        field("USER_ID", "string"),
        front,
        field("FIRST_SEEN", "long"),
    ];
    Ok([
        (
            "schemas/interactions.json",
            schema("Interactions", interactions)?,
        ),
        ("schemas/items.json", schema("Items", items)?),
        ("schemas/users.json", schema("Users", users)?),
    ])
}

/// A data set for Personalize.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dataset {
    /// Its type: `INTERACTIONS`, `ITEMS` or `USERS`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What its schema and its jobs are called.
    pub name: &'static str,
    /// Its schema, in Avro's JSON.
    pub schema: String,
    /// Where its files are: a file, or a folder with a slash behind it.
    pub location: String,
}

/// The data sets of an export below `prefix`, which is empty or ends in a slash.
///
/// # Errors
/// [`ExportError::Json`].
pub fn datasets(prefix: &str) -> Result<Vec<Dataset>, ExportError> {
    let of = [
        ("INTERACTIONS", "interactions", "interactions/"),
        ("ITEMS", "items", "items.csv"),
        ("USERS", "users", "users.csv"),
    ];
    let schemas = schemas()?.into_iter();
    let datasets = of.into_iter().zip(schemas);
    let datasets = datasets.map(|((kind, name, files), (_, schema))| Dataset {
        kind,
        name,
        schema: String::from_utf8_lossy(&schema).into_owned(),
        location: format!("{prefix}{files}"),
    });
    Ok(datasets.collect())
}

/// The interactions of a day.
pub(super) fn interactions(rows: &[Recorded], films: &Films<'_>) -> Result<Vec<u8>, ExportError> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(INTERACTIONS)?;
    for row in rows {
        let did = &row.interaction;
        let at = seconds(did.at).to_string();
        let value = value(did.kind).map_or(String::new(), |value| value.to_string());
        csv.write_record([
            did.viewer.as_str(),
            films.first_id(&did.movie),
            &at,
            event(did.kind.name()),
            &value,
            did.recommendation.as_ref().map_or("", |id| id.as_str()),
        ])?;
    }
    finished(csv)
}

/// The films of a catalogue.
pub(super) fn items(movies: &[Movie]) -> Result<Vec<u8>, ExportError> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(ITEMS)?;
    for movie in movies {
        let genres = super::genres(movie);
        csv.write_record([
            movie.id.as_str(),
            if genres.is_empty() { NO_GENRE } else { &genres },
            &movie.year.map_or(String::new(), |year| year.to_string()),
            &movie.language,
            &created(movie.year).to_string(),
            &description(&movie.overview),
        ])?;
    }
    finished(csv)
}

/// Lines that ask for recommendations, as batch inference jobs read them: `{"userId":"…"}` each.
pub(super) fn inputs<'a>(
    name: &str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut lines = Vec::new();
    for id in ids {
        serde_json::to_writer(&mut lines, &json!({ name: id }))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// A row is a line, and a text that is too long would fail the whole import.
fn description(overview: &str) -> String {
    let text = overview.chars().take(MAX_DESCRIPTION);
    text.map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn finished(csv: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, ExportError> {
    csv.into_inner()
        .map_err(|error| csv::Error::from(error.into_error()).into())
}

/// The name of an event, as Personalize's use cases for films have it where they name one.
pub(super) fn event(kind: KindName) -> &'static str {
    match kind {
        KindName::Watched => "Watch",
        KindName::Clicked => "Click",
        KindName::Liked => "Like",
        KindName::Disliked => "Dislike",
        KindName::Rated => "Rating",
        KindName::Skipped => "Skip",
    }
}

/// Whether a model is trained on it.
pub(super) fn is_trained_on(kind: Kind) -> bool {
    let enough = |least: Option<f64>| least.is_none_or(|least| value(kind) >= Some(least));
    let mut wanted = TRAINED_ON.into_iter();
    wanted.any(|(name, least)| name == kind.name() && enough(least))
}

/// A moment in seconds since 1970.
pub(super) fn seconds(at: Millis) -> i64 {
    at.0.div_euclid(1000)
}

/// Of a watch the share of the film that was seen, 0 to 1, to four places; of a rating the stars,
/// 0.5 to 5.
fn value(kind: Kind) -> Option<f64> {
    match kind {
        Kind::Watched(watch) | Kind::Clicked(watch) => {
            watch.map(|watch| (watch.seconds / watch.duration * 1e4).round() / 1e4)
        }
        Kind::Rated(Rating { stars, scale }) => Some(match scale {
            Scale::Five => stars,
            Scale::Ten => stars / 2.0,
        }),
        Kind::Liked | Kind::Disliked | Kind::Skipped => None,
    }
}

/// When the year of a film began, in seconds since 1970; 0 before that and where the year is not
/// known: the column must not be empty, and by it Personalize judges how new a film is.
fn created(year: Option<u16>) -> i64 {
    let began = year.and_then(|year| Millis::parse(&format!("{year:04}-01-01T00:00:00Z")));
    began.map_or(0, |began| (began.0 / 1000).max(0))
}
