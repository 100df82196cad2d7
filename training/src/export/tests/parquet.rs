use ::parquet::basic::Compression;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use ::parquet::record::{Field, Row};

use super::*;

fn rows(file: Bytes) -> Vec<Row> {
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(Result::unwrap).collect()
}

fn field(row: &Row, name: &str) -> Field {
    let mut columns = row.get_column_iter();
    let (_, field) = columns.find(|(column, _)| *column == name).unwrap();
    field.clone()
}

fn text_of(row: &Row, name: &str) -> Option<String> {
    match field(row, name) {
        Field::Null => None,
        Field::Str(text) => Some(text),
        other => panic!("{name} is {other}"),
    }
}

fn number_of(row: &Row, name: &str) -> Option<f64> {
    match field(row, name) {
        Field::Null => None,
        Field::Double(number) => Some(number),
        Field::Int(number) => Some(number.into()),
        other => panic!("{name} is {other}"),
    }
}

#[test]
fn the_crates_reader_reads_every_kind_back() {
    let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
    append(&log, MONDAY, 1, &every_kind());
    append(
        &log,
        TUESDAY,
        2,
        &[row("bo", "movielens:2571", Kind::Liked, 90_000)],
    );
    let report = exported(&log, &to, ExportFormat::Parquet, &DayRange::default()).unwrap();
    assert_eq!(
        (report.days, report.interactions, report.unknown_films),
        (2, 10, 0)
    );
    assert_eq!(
        keys(&to),
        [
            "interactions/dt=2026-01-05/part-0.parquet",
            "interactions/dt=2026-01-06/part-0.parquet",
            "items/part-0.parquet",
        ]
    );
    let read = rows(bytes(&to, "interactions/dt=2026-01-05/part-0.parquet"));
    let written = every_kind();
    assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(&written) {
        let LogRow::Interaction(Recorded { interaction, .. }) = written else {
            unreachable!()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(text_of(read, "viewer"), some("ada"));
        assert_eq!(text_of(read, "movie"), some("tmdb:603"));
        assert_eq!(
            text_of(read, "kind"),
            some(interaction.kind.name().as_str())
        );
        assert_eq!(text_of(read, "source"), some("http"));
        assert_eq!(field(read, "at"), Field::TimestampMillis(interaction.at.0));
        let recommendation = interaction.recommendation.as_ref().map(ToString::to_string);
        assert_eq!(text_of(read, "recommendation"), recommendation);
        let (watch, rating) = match interaction.kind {
            Kind::Watched(watch) | Kind::Clicked(watch) => (watch, None),
            Kind::Rated(rating) => (None, Some(rating)),
            Kind::Liked | Kind::Disliked | Kind::Skipped => (None, None),
        };
        assert_eq!(number_of(read, "seconds"), watch.map(|watch| watch.seconds));
        assert_eq!(
            number_of(read, "duration"),
            watch.map(|watch| watch.duration)
        );
        assert_eq!(number_of(read, "stars"), rating.map(|rating| rating.stars));
        let scale = rating.map(|rating| f64::from(rating.scale.most()));
        assert_eq!(number_of(read, "scale"), scale);
    }
    let tuesday = rows(bytes(&to, "interactions/dt=2026-01-06/part-0.parquet"));
    assert_eq!(text_of(&tuesday[0], "movie").as_deref(), Some("tmdb:603"));
}

#[test]
fn films_are_read_back_with_what_is_not_known_missing() {
    let (log, to) = (MemoryBlobs::default(), MemoryBlobs::default());
    exported(&log, &to, ExportFormat::Parquet, &DayRange::default()).unwrap();
    let read = rows(bytes(&to, "items/part-0.parquet"));
    let told: Vec<_> = read
        .iter()
        .map(|row| {
            let text = |name| text_of(row, name);
            let year = number_of(row, "year");
            (
                text("id"),
                text("title"),
                year,
                text("genres"),
                text("language"),
                text("overview"),
            )
        })
        .collect();
    let expected: Vec<_> = movies()
        .iter()
        .map(|movie| {
            let some = |text: &str| Some(text.to_owned());
            let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let genres = crate::export::genres(movie);
            (
                some(movie.id.as_str()),
                some(&movie.title),
                movie.year.map(f64::from),
                Some(genres),
                known(&movie.language),
                known(&movie.overview),
            )
        })
        .collect();
    assert_eq!(told, expected);
    assert_eq!(told[0].3.as_deref(), Some("Action|Science Fiction"));
}

#[test]
fn a_large_day_is_in_groups_of_a_million_rows_compressed_and_small() {
    let day: Vec<Recorded> = (0..1_000_001)
        .map(|second| {
            let viewer = format!("viewer-{}", second % 5_000);
            match row(
                &viewer,
                &format!("tmdb:{}", second % 900),
                Kind::Liked,
                second,
            ) {
                LogRow::Interaction(row) => row,
                LogRow::Forgotten { .. } => unreachable!(),
            }
        })
        .collect();
    let movies = movies();
    let films = crate::export::films::Films::new(&movies);
    let file = Bytes::from(crate::export::parquet::interactions(&day, &films).unwrap());
    let size = file.len();
    let reader = SerializedFileReader::new(file).unwrap();
    let groups = reader.metadata().row_groups();
    let rows: Vec<i64> = groups.iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(rows, [1_000_000, 1]);
    for column in groups.iter().flat_map(RowGroupMetaData::columns) {
        assert_eq!(column.compression(), Compression::SNAPPY);
    }
    assert!(size < 8_000_000, "{size}");
}
