//! `current.json` and `manifest.json`.

use serde_json::{Value, json};

use super::forge::{load_now, read, stored, write};
use crate::model::{CURRENT_KEY, Current, Manifest, ModelError, SectionKind};

const MIB: usize = 1 << 20;

/// A sound manifest, to be bent.
fn manifest() -> Value {
    let (blobs, manifest) = stored();
    let key = format!("{}/manifest.json", manifest.model_version);
    serde_json::from_slice(&read(&blobs, &key)).unwrap()
}

fn parse(document: &Value) -> Result<Manifest, ModelError> {
    Manifest::parse("v/manifest.json", document.to_string().as_bytes())
}

/// Asserts that a manifest is refused as a document, by its key and for this reason.
#[track_caller]
fn refused(document: &Value, reason: &str) {
    let error = parse(document).unwrap_err();
    assert!(matches!(error, ModelError::Document { .. }), "{error}");
    let message = error.to_string();
    let expected = format!("\"v/manifest.json\" is not a valid model document: {reason}");
    assert!(message.starts_with(&expected), "{message}\n{expected}");
}

#[test]
fn a_document_that_is_not_json_is_refused() {
    for text in [
        "",
        "{",
        "null",
        "[]",
        "7",
        "{} {}",
        "\u{feff}{}",
        "{\"format_version\": \"1\"}",
    ] {
        for error in [
            Manifest::parse("m", text.as_bytes()).unwrap_err(),
            Current::parse("c", text.as_bytes()).unwrap_err(),
        ] {
            assert!(matches!(error, ModelError::Document { .. }), "{error}");
        }
    }
    let error = Current::parse("c", b"{\"format_version\": 1, \"model_version\": \"\xff\"}");
    assert!(matches!(error, Err(ModelError::Document { .. })));
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    let (blobs, manifest) = stored();
    let key = format!("{}/manifest.json", manifest.model_version);
    let (manifest, current) = (read(&blobs, &key), read(&blobs, CURRENT_KEY));
    for length in 0..manifest.trim_ascii_end().len() {
        let error = Manifest::parse("m", &manifest[..length]).unwrap_err();
        assert!(matches!(error, ModelError::Document { .. }), "{length}");
    }
    for length in 0..current.trim_ascii_end().len() {
        let error = Current::parse("c", &current[..length]).unwrap_err();
        assert!(matches!(error, ModelError::Document { .. }), "{length}");
    }
}

#[test]
fn a_document_nested_without_end_is_refused() {
    let deep = format!(
        "{{\"format_version\": 1, \"settings\": {}",
        "[".repeat(100_000)
    );
    let error = Manifest::parse("m", deep.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("recursion limit"), "{error}");
}

#[test]
fn a_document_of_another_format_version_is_called_so() {
    let bytes = |version: u64| json!({"format_version": version, "shape": "other"}).to_string();
    for version in [0, 2, u32::MAX] {
        let bytes = bytes(version.into());
        for error in [
            Manifest::parse("m", bytes.as_bytes()).unwrap_err(),
            Current::parse("m", bytes.as_bytes()).unwrap_err(),
        ] {
            assert_eq!(
                error.to_string(),
                format!(
                    "m has format version {version}, this program reads 1: update Matinee or train again"
                )
            );
        }
    }
    let error = Current::parse("m", bytes(u64::MAX).as_bytes()).unwrap_err();
    assert!(matches!(error, ModelError::Document { .. }), "{error}");
}

#[test]
fn a_document_of_more_than_a_mebibyte_is_refused() {
    let sound = json!({"format_version": 1, "model_version": "v"}).to_string();
    let spaces = |length: usize| format!("{sound}{}", " ".repeat(length - sound.len()));
    assert!(Current::parse("c", spaces(MIB).as_bytes()).is_ok());
    let error = Current::parse("c", spaces(MIB + 1).as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"c\" is not a valid model document: it has 1048577 bytes, at most 1048576"
    );
    let mut large = manifest();
    large["settings"] = json!("x".repeat(MIB));
    refused(&large, "it has 1049");
}

#[test]
fn a_pointer_cannot_lead_out_of_the_store() {
    for version in [
        "",
        ".",
        "..",
        "../../etc",
        "a/b",
        "a\\b",
        "a b",
        "ä",
        "a\0",
        &"x".repeat(65),
    ] {
        let (blobs, _) = stored();
        let pointer = json!({"format_version": 1, "model_version": version}).to_string();
        write(&blobs, CURRENT_KEY, pointer);
        let message = load_now(&blobs).unwrap_err().to_string();
        assert_eq!(
            message,
            "\"current.json\" is not a valid model document: model_version must be 1 to 64 letters, digits or dashes"
        );
    }
}

#[test]
fn a_manifest_of_another_folder_is_refused() {
    let (blobs, manifest) = stored();
    let bytes = read(&blobs, &format!("{}/manifest.json", manifest.model_version));
    write(&blobs, "other/manifest.json", bytes);
    let pointer = json!({"format_version": 1, "model_version": "other"}).to_string();
    write(&blobs, CURRENT_KEY, pointer);
    let message = load_now(&blobs).unwrap_err().to_string();
    let version = manifest.model_version;
    assert_eq!(
        message,
        format!(
            "\"other/manifest.json\" is not a valid model document: it describes version {version}"
        )
    );
}

#[test]
fn a_manifest_whose_own_version_is_no_folder_is_refused() {
    let mut document = manifest();
    document["model_version"] = json!("../v");
    refused(&document, "model_version must be 1 to 64 letters");
}

#[test]
fn a_missing_field_is_refused_and_a_new_one_passed_over() {
    for field in [
        "model_version",
        "created",
        "source",
        "settings",
        "evaluation",
        "sections",
    ] {
        let mut document = manifest();
        document.as_object_mut().unwrap().remove(field);
        refused(&document, &format!("missing field `{field}`"));
    }
    let mut document = manifest();
    document["from_the_future"] = json!([1, 2]);
    document["sections"]["titles"]["from_the_future"] = json!({});
    assert!(parse(&document).is_ok());
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    let text = manifest()
        .to_string()
        .replacen('{', "{\"created\": \"\",", 1);
    let message = Manifest::parse("m", text.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(message.contains("duplicate field `created`"), "{message}");
}

#[test]
fn a_section_that_stands_twice_is_refused() {
    let document = manifest();
    let titles = format!("\"titles\":{}", document["sections"]["titles"]);
    let text = document.to_string();
    assert!(text.contains(&titles));
    let twice = text.replace(&titles, &format!("{titles},{titles}"));
    let error = Manifest::parse("m", twice.as_bytes()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("section titles stands twice"), "{message}");
}

#[test]
fn fields_of_another_type_are_refused() {
    let cases = [
        ("/model_version", json!(7)),
        ("/created", json!(null)),
        ("/source/movies", json!(-1)),
        ("/source/movies", json!(1e300)),
        ("/trained_until", json!(u64::MAX)),
        ("/evaluation", json!({"ndcg": null})),
        ("/evaluation", json!({"ndcg": "high"})),
        ("/sections/similar/size", json!(-1)),
        ("/sections/similar/size", json!(1.5)),
    ];
    for (at, value) in cases {
        let mut document = manifest();
        *document.pointer_mut(at).unwrap() = value;
        refused(&document, "invalid ");
    }
    let arrays = ["/source", "/sections", "/sections/catalogue"];
    for at in arrays {
        let mut document = manifest();
        *document.pointer_mut(at).unwrap() = json!(["catalogue.bin", 1, "", ""]);
        refused(
            &document,
            "source, sections and every section must be objects",
        );
    }
}

#[test]
fn a_section_of_an_unknown_name_is_refused() {
    let mut document = manifest();
    document["sections"]["../etc"] = document["sections"]["titles"].clone();
    refused(&document, "unknown variant `../etc`");
}

#[test]
fn a_section_that_is_not_in_the_manifest_is_missing() {
    let needed = SectionKind::ALL
        .into_iter()
        .filter(|kind| !kind.is_optional());
    for kind in needed {
        let (blobs, manifest) = stored();
        let version = manifest.model_version;
        let key = format!("{version}/manifest.json");
        let mut document: Value = serde_json::from_slice(&read(&blobs, &key)).unwrap();
        let sections = document["sections"].as_object_mut().unwrap();
        sections.remove(&kind.to_string());
        write(&blobs, &key, document.to_string());
        let error = load_now(&blobs).unwrap_err();
        let expected = format!("{version}/{kind}.bin");
        assert!(
            matches!(&error, ModelError::Missing { key } if *key == expected),
            "{error}"
        );
    }
}

#[test]
fn a_section_file_that_leads_elsewhere_is_refused() {
    for kind in SectionKind::ALL {
        for file in [
            "",
            "../other/catalogue.bin",
            "/etc/passwd",
            "section.bin",
            "catalogue.bin\0",
        ] {
            let mut document = manifest();
            document["sections"][kind.to_string()]["file"] = json!(file);
            refused(
                &document,
                &format!("section {kind}: file must be \"{kind}.bin\", found {file:?}"),
            );
        }
    }
    // Each other's names are no better.
    let mut document = manifest();
    document["sections"]["titles"]["file"] = json!("similar.bin");
    refused(&document, "section titles: file must be");
}

#[test]
fn an_absurd_section_size_is_refused() {
    for kind in SectionKind::ALL {
        for size in [1 << 32, u64::MAX] {
            let mut document = manifest();
            document["sections"][kind.to_string()]["size"] = json!(size);
            refused(
                &document,
                &format!("section {kind}: size is {size}, at most 4294967295"),
            );
        }
    }
}

#[test]
fn a_checksum_that_is_none_is_refused() {
    for kind in SectionKind::ALL {
        for xxh3 in [
            "",
            "0",
            "+123456789abcdef",
            "0123456789ABCDEF",
            "0123456789abcdef0",
        ] {
            let mut document = manifest();
            document["sections"][kind.to_string()]["xxh3"] = json!(xxh3);
            let reason = "xxh3 must be 16 lower-case hexadecimal digits";
            refused(&document, &format!("section {kind}: {reason}"));
        }
        for sha256 in [String::new(), "g".repeat(64), "a".repeat(63)] {
            let mut document = manifest();
            document["sections"][kind.to_string()]["sha256"] = json!(sha256);
            let reason = "sha256 must be 64 lower-case hexadecimal digits";
            refused(&document, &format!("section {kind}: {reason}"));
        }
    }
}
