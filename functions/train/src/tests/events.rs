//! What the function is asked to do.

use super::*;

#[test]
fn an_event_that_asks_for_something_else_is_refused_by_name() {
    assert_eq!(Ask::read("{}").unwrap(), Ask::default());
    for (event, named) in [
        (r#"{"forse": true}"#, "forse"),
        (r#"{"force": "yes"}"#, "yes"),
        (r#"{"dense_films": 0}"#, "dense_films is 0"),
        (r#"{"dense_films": -1}"#, "-1"),
        (r#"{"batch": {}}"#, "step"),
        (r#"{"batch": {"step": "begin"}}"#, "begin"),
        (r#"{"batch": {"step": "plan", "shards": 0}}"#, "shards must"),
        (
            r#"{"batch": {"step": "plan", "results": 501}}"#,
            "results must",
        ),
        (
            r#"{"batch": {"step": "plan"}, "force": true}"#,
            "one at a time",
        ),
        (
            r#"{"batch": {"step": "plan"}, "export": {}}"#,
            "one at a time",
        ),
        (r#"{"export": {"format": "csv"}}"#, "format"),
        ("1", "expected {}"),
    ] {
        let error = Ask::read(event).unwrap_err().to_string();
        assert!(error.contains(named), "{event}: {error}");
    }
}

#[test]
fn the_scenarios_are_understood() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/train");
    let asked = |name: &str| {
        let event = std::fs::read_to_string(folder.join(name)).unwrap();
        Ask::read(&event).unwrap()
    };
    assert_eq!(asked("nightly.json"), Ask::default());
    assert!(asked("force.json").force);
    assert_eq!(asked("dense-films.json").dense_films, Some(10_000));
    let plan = Step::Plan {
        shards: Some(8),
        results: None,
    };
    assert_eq!(asked("batch-plan.json").batch, Some(plan));
    let list = asked("batch-list.json").batch;
    assert!(matches!(list, Some(Step::List { shard: 3, run }) if run.shards == 8));
    assert_eq!(asked("export.json").export, Some(Export {}));
}
