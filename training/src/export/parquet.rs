//! Files in Parquet, with the columns that our log and catalogues have.

use std::sync::Arc;

use ::parquet::basic::{Compression, Encoding};
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;
use ::parquet::schema::types::ColumnPath;
use matinee::catalogue::Movie;
use matinee::taste::{Kind, Rating, Recorded, Watch};

use super::films::Films;

/// Rows of a row group: some ten megabytes, of which an engine reads one at a time.
const ROWS_OF_GROUP: usize = 1_000_000;

/// `at` is in milliseconds since 1970; `seconds` and `duration` are of a watch, `stars` of `scale`
/// of a rating.
const INTERACTIONS: &str = "
message interactions {
  required binary viewer (STRING);
  required binary movie (STRING);
  required binary kind (STRING);
  optional double seconds;
  optional double duration;
  optional double stars;
  optional int32 scale;
  required int64 at (TIMESTAMP(MILLIS,true));
  required binary source (STRING);
  optional binary recommendation (STRING);
}";

/// `genres` are separated by `|`.
const ITEMS: &str = "
message items {
  required binary id (STRING);
  required binary title (STRING);
  optional int32 year;
  required binary genres (STRING);
  optional binary language (STRING);
  optional binary overview (STRING);
}";

/// The interactions of a day.
pub(super) fn interactions(rows: &[Recorded], films: &Films<'_>) -> Result<Vec<u8>, ParquetError> {
    file(INTERACTIONS, rows, |group, rows| {
        let done = || rows.iter().map(|row| &row.interaction);
        text(group, done().map(|row| Some(row.viewer.as_str())))?;
        text(group, done().map(|row| Some(films.first_id(&row.movie))))?;
        text(group, done().map(|row| Some(row.kind.name().as_str())))?;
        let watches = || done().map(|row| watch(row.kind));
        column::<DoubleType>(group, watches().map(|watch| Some(watch?.seconds)))?;
        column::<DoubleType>(group, watches().map(|watch| Some(watch?.duration)))?;
        let ratings = || done().map(|row| rating(row.kind));
        column::<DoubleType>(group, ratings().map(|rating| Some(rating?.stars)))?;
        let scales = ratings().map(|rating| Some(rating?.scale.most().into()));
        column::<Int32Type>(group, scales)?;
        column::<Int64Type>(group, done().map(|row| Some(row.at.0)))?;
        text(group, done().map(|row| Some(row.source.as_str())))?;
        let recommendations = done().map(|row| row.recommendation.as_ref());
        text(group, recommendations.map(|id| Some(id?.as_str())))
    })
}

/// The films of a catalogue.
pub(super) fn items(movies: &[Movie]) -> Result<Vec<u8>, ParquetError> {
    file(ITEMS, movies, |group, movies| {
        text(group, movies.iter().map(|movie| Some(movie.id.as_str())))?;
        text(group, movies.iter().map(|movie| Some(&movie.title)))?;
        column::<Int32Type>(group, movies.iter().map(|movie| movie.year.map(i32::from)))?;
        text(group, movies.iter().map(|movie| Some(super::genres(movie))))?;
        text(group, movies.iter().map(|movie| some(&movie.language)))?;
        text(group, movies.iter().map(|movie| some(&movie.overview)))
    })
}

fn watch(kind: Kind) -> Option<Watch> {
    match kind {
        Kind::Watched(watch) | Kind::Clicked(watch) => watch,
        Kind::Liked | Kind::Disliked | Kind::Skipped | Kind::Rated(_) => None,
    }
}

fn rating(kind: Kind) -> Option<Rating> {
    match kind {
        Kind::Rated(rating) => Some(rating),
        _ => None,
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A file of rows, whose columns are written one after the other, group by group.
fn file<T>(
    schema: &str,
    rows: &[T],
    columns: impl Fn(&mut SerializedRowGroupWriter<'_, &mut Vec<u8>>, &[T]) -> Result<(), ParquetError>,
) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(parse_message_type(schema)?);
    let at = ColumnPath::from("at");
    let properties = WriterProperties::builder()
        .set_created_by("matinee".to_owned())
        .set_compression(Compression::SNAPPY)
        // Rows are in the order of their time: its differences are small.
        .set_column_dictionary_enabled(at.clone(), false)
        .set_column_encoding(at, Encoding::DELTA_BINARY_PACKED)
        .build();
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
    for rows in rows.chunks(ROWS_OF_GROUP) {
        let mut group = file.next_row_group()?;
        columns(&mut group, rows)?;
        group.close()?;
    }
    file.close()?;
    Ok(bytes)
}

/// Writes the next column of texts.
fn text<T: AsRef<str>>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: impl Iterator<Item = Option<T>>,
) -> Result<(), ParquetError> {
    column::<ByteArrayType>(
        group,
        values.map(|value| value.map(|value| ByteArray::from(value.as_ref()))),
    )
}

/// Writes the next column; values that are missing have the definition level 0.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let mut present = Vec::new();
    let levels: Vec<i16> = values
        .map(|value| {
            let level = i16::from(value.is_some());
            present.extend(value);
            level
        })
        .collect();
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("too many columns".to_owned()));
    };
    column
        .typed::<T>()
        .write_batch(&present, Some(&levels), None)?;
    column.close()
}
