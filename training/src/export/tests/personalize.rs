use super::*;
use crate::interactions::{InteractionOptions, import};

fn all(log: &MemoryBlobs) -> (MemoryBlobs, ExportReport) {
    let to = MemoryBlobs::default();
    let report = exported(log, &to, ExportFormat::Personalize, &DayRange::default()).unwrap();
    (to, report)
}

#[test]
fn our_own_import_reads_every_kind_back() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &every_kind());
    let (to, report) = all(&log);
    assert_eq!((report.days, report.interactions), (1, 9));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("interactions.csv");
    std::fs::write(&file, bytes(&to, "interactions/2026-01-05.csv")).unwrap();
    let read = import(&file, &InteractionOptions::at(Millis(BEGIN + 86_400_000))).unwrap();
    assert_eq!(read.report.bad_rows, 0);
    let written = every_kind();
    assert_eq!(read.interactions.len(), written.len());
    for (read, written) in read.interactions.iter().zip(&written) {
        let LogRow::Interaction(written) = written else {
            unreachable!()
        };
        let (read, written) = (&read.interaction, &written.interaction);
        assert_eq!(read.viewer, written.viewer);
        assert_eq!(read.movie, written.movie);
        assert_eq!(read.recommendation, written.recommendation);
        assert_eq!(read.at.0, written.at.0 / 1000 * 1000);
        // The schema has no place for lengths, and one scale.
        let expected = match written.kind {
            Kind::Watched(_) => Kind::Watched(None),
            Kind::Clicked(_) => Kind::Clicked(None),
            Kind::Rated(rating) if rating.scale == Scale::Ten => {
                Kind::Rated(Rating::new(3.5, Scale::Five).unwrap())
            }
            kind => kind,
        };
        assert_eq!(read.kind, expected);
    }
}

#[test]
fn rows_are_as_the_schema_says() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &every_kind()[..3]);
    let (to, _) = all(&log);
    assert_eq!(
        text(&to, "interactions/2026-01-05.csv"),
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,RECOMMENDATION_ID\n\
         ada,tmdb:603,1767596400,Watch,0.6618,\n\
         ada,tmdb:603,1767596401,Watch,,list-1\n\
         ada,tmdb:603,1767596402,Click,0.0074,\n"
    );
    assert_eq!(
        text(&to, "items.csv"),
        "ITEM_ID,GENRES,YEAR,LANGUAGE,CREATION_TIMESTAMP,DESCRIPTION\n\
         tmdb:603,Action|Science Fiction,1999,en,915148800,\
         \"A hacker, \"\"Neo\"\", learns what is real.\"\n\
         film:nothing,Unknown,,,0,\n\
         tmdb:19,Unknown,1927,,0,\n"
    );
}

/// Columns that may be empty are those whose type has a null, and no others are.
#[test]
fn the_schemas_name_the_columns_and_allow_what_is_empty() {
    let log = MemoryBlobs::default();
    append(&log, MONDAY, 1, &every_kind());
    let (to, _) = all(&log);
    for (schema, file) in [
        ("schemas/interactions.json", "interactions/2026-01-05.csv"),
        ("schemas/items.json", "items.csv"),
        ("schemas/users.json", "users.csv"),
    ] {
        let schema: serde_json::Value = serde_json::from_slice(&bytes(&to, schema)).unwrap();
        assert_eq!(schema["type"], "record");
        let fields = schema["fields"].as_array().unwrap();
        let file = bytes(&to, file);
        let mut csv = csv::Reader::from_reader(file.as_ref());
        let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
        assert_eq!(csv.headers().unwrap(), &names[..]);
        for record in csv.records() {
            for (value, field) in record.unwrap().iter().zip(fields) {
                let kind = match field["type"].as_array() {
                    Some(kinds) => {
                        assert_eq!(kinds[0], "null");
                        if value.is_empty() {
                            continue;
                        }
                        &kinds[1]
                    }
                    None => &field["type"],
                };
                let fits = match kind.as_str().unwrap() {
                    "string" => !value.is_empty(),
                    "long" => value.parse::<i64>().is_ok(),
                    "int" => value.parse::<i32>().is_ok(),
                    "float" => value.parse::<f32>().is_ok(),
                    _ => false,
                };
                assert!(fits, "{value:?} is not of {field}");
            }
        }
    }
}
