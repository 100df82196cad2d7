//! The export for Personalize.

use super::*;

#[test]
fn an_export_says_what_is_imported_and_what_is_missing() {
    let (_folder, trainer) = trained();
    let exported = trainer.export(NOW).now_or_never().unwrap().unwrap();
    assert_eq!(exported.run, "20260302T030000Z");
    assert!(!exported.ready);
    assert!(
        exported.missing.contains("964 more interactions"),
        "{}",
        exported.missing
    );
    let found: Vec<_> = exported
        .datasets
        .iter()
        .map(|dataset| (dataset.kind, dataset.location.as_str()))
        .collect();
    let expected = [
        ("INTERACTIONS", "personalize/interactions/"),
        ("ITEMS", "personalize/items.csv"),
        ("USERS", "personalize/users.csv"),
    ];
    assert_eq!(found, expected);
    for dataset in &exported.datasets {
        assert!(
            !keys(&trainer.data, &dataset.location).is_empty(),
            "{dataset:?}"
        );
        let schema = format!("personalize/schemas/{}.json", dataset.name);
        assert_eq!(text(&trainer.data, &schema), dataset.schema);
    }
    assert_eq!(
        text(&trainer.data, "personalize/items.csv").lines().count(),
        11
    );
    assert!(!trainer.work.join("ml-tiny").exists());
}
