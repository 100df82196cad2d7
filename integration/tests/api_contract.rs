//! The API against its own description: schemathesis makes requests up, sound ones and others, and
//! holds every answer against /openapi.json.

use std::process::Command;

use matinee_integration::lambda::program;
use matinee_integration::{Server, sample_models};

#[test]
fn every_made_up_request_is_answered_as_described() {
    let (Some(schemathesis), Some(models)) = (program("schemathesis"), sample_models()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let models = models.display().to_string();
    let args = ["serve", "--port", "0", "--models", &models];
    let server = Server::start(dir.path(), &args);
    let output = Command::new(schemathesis)
        .arg("run")
        .arg(format!("{}/openapi.json", server.base()))
        .args(["--url", server.base()])
        .args(["--max-examples", "50", "--seed", "1", "--no-color"])
        .args(["--checks", "all"])
        // No schema can say that a page token must be one that was given out, or that one year
        // must not be later than another.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // It did make requests up.
    assert!(said.contains("Fuzzing"), "{said}");
    assert_eq!(server.get("/health").status, 200);
}
