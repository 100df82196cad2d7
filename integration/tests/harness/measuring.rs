//! What is measured is measured on what was asked for.

use std::process::Command;

use matinee_integration::lambda::cold_start::Measurement;
use serde_json::Value;

use crate::{bootstrap, content, models};

#[test]
fn a_cold_start_is_measured() {
    let models = models();
    let measurement = Measurement {
        bootstrap: &bootstrap(),
        models: models.path(),
        rounds: 2,
        emulator: false,
    };
    let report = measurement.run().unwrap();
    // Pointer, manifest and two sections: what the function fetched, and no more.
    assert_eq!(
        (report.raw.objects, report.raw.requests_of_function),
        (4, 4)
    );
    assert_eq!(report.raw.bytes, report.raw.bytes_of_function);
    assert!(report.raw.bytes > content(301_000).len(), "{report:?}");
    assert_eq!(report.rounds, 2);
    let direct = &report.direct;
    assert!(direct.ready_without_model.median > 1.0, "{report:?}");
    assert!(
        direct.first_response.least > direct.ready.least,
        "{report:?}"
    );
    assert!(
        direct.next_response.median < direct.first_response.median,
        "{report:?}"
    );
    assert!(direct.peak_memory > 2_000_000, "{report:?}");
    let fetch = report
        .raw
        .sequential
        .median
        .min(report.raw.concurrent.median);
    let expected = direct.first_response.median / (direct.ready_without_model.median + fetch);
    assert!((report.ratio - expected).abs() < 1e-9, "{report:?}");
}

#[test]
fn the_measurement_is_a_program() {
    let models = models();
    let (bootstrap, models) = (bootstrap(), models.path().to_str().unwrap());
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cold_start"));
        command.args([
            "--bootstrap",
            bootstrap.to_str().unwrap(),
            "--models",
            models,
            "--rounds",
            "1",
        ]);
        let output = command.args(more).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let report: Value = serde_json::from_str(&run(&["--json", "--no-emulator"])).unwrap();
    assert_eq!(report["rounds"], 1, "{report}");
    assert!(
        report["direct"]["first_response"]["median"].as_f64() > Some(1.0),
        "{report}"
    );
    assert_eq!(report["emulator"], Value::Null, "{report}");
    let table = run(&[]);
    assert!(
        table.contains("first response / (ready without a model + raw GET)"),
        "{table}"
    );
}

#[test]
#[should_panic(expected = "without fetching a model")]
fn a_function_that_fetches_nothing_is_not_measured() {
    let empty = models();
    // A bootstrap that answers without looking at the bucket. It is written by processes that have
    // ended: what this one had open for writing might still be open when it is started.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bootstrap");
    let copied = Command::new("cp").arg(bootstrap()).arg(&path).status();
    assert!(copied.unwrap().success());
    let edit = ["-i", "s/^model = load()/model = 0/"];
    let edited = Command::new("sed").args(edit).arg(&path).status();
    assert!(edited.unwrap().success());
    let measurement = Measurement {
        bootstrap: &path,
        models: empty.path(),
        rounds: 1,
        emulator: false,
    };
    measurement.run().unwrap();
}
