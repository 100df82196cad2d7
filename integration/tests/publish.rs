//! Models on their way into a bucket and back to an older one, by command.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use matinee_integration::lambda::{Bucket, Fault, FaultProxy, Moto};
use matinee_integration::{TwoModels, matinee_with_s3, run};
use serde_json::Value;

/// A command that finds S3 at `endpoint`.
fn with_s3(dir: &Path, endpoint: &str, args: &[&str]) -> Output {
    Command::new(matinee_with_s3())
        .args(args)
        .current_dir(dir)
        .env_remove("RUST_LOG")
        .env_remove("AWS_PROFILE")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "made-up")
        .env("AWS_SECRET_ACCESS_KEY", "made-up")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap()
}

fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a failed command said.
fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn live(bucket: &Bucket) -> Option<Value> {
    let pointer = bucket.get("models/current.json")?;
    let pointer: Value = serde_json::from_slice(&pointer.bytes).unwrap();
    Some(pointer["model_version"].clone())
}

const TO: [&str; 4] = ["--models", "models", "--to", "s3://films/models/"];
const THERE: [&str; 3] = ["--models", "s3://films/models", "--json"];

#[test]
fn models_are_published_listed_and_rolled_back_in_a_bucket() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("films");
    bucket.enable_versioning();
    let models = TwoModels::train();
    let dir = models.scratch();
    let matinee = |args: &[&str]| with_s3(dir, moto.endpoint(), args);
    assert_eq!(
        done(&matinee(&[&["models"], &THERE[..]].concat())),
        Value::Array(vec![])
    );

    let args = [&["publish", "--version", &models.old, "--json"], &TO[..]].concat();
    let published = done(&matinee(&args));
    assert_eq!(
        (&published["before"], &published["written"]),
        (&Value::Null, &5.into())
    );
    let published = done(&matinee(&[&["publish", "--json"], &TO[..]].concat()));
    assert_eq!(published["before"], models.old.as_str());
    assert_eq!(published["model_version"], models.new.as_str());
    assert_eq!(live(&bucket).unwrap(), models.new.as_str());
    // Once more, nothing is left to do.
    let again = done(&matinee(&[&["publish", "--json"], &TO[..]].concat()));
    assert_eq!(again["written"], 0);

    let listed = done(&matinee(&[&["models"], &THERE[..]].concat()));
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 2, "{listed:?}");
    for version in listed {
        assert_eq!(
            version["live"],
            version["model_version"] == models.new.as_str()
        );
        assert!(version["movies"].as_u64() > Some(800) && version["fault"].is_null());
    }

    let back = done(&matinee(&[&["rollback", &models.old], &THERE[..]].concat()));
    assert_eq!(back["before"], models.new.as_str());
    assert_eq!(live(&bucket).unwrap(), models.old.as_str());
    let nowhere = matinee(&[&["rollback", "20990101T000000Z-00000000"], &THERE[..]].concat());
    assert!(said(&nowhere).contains("20990101T000000Z-00000000/manifest.json"));
    assert_eq!(live(&bucket).unwrap(), models.old.as_str());
}

#[test]
fn of_two_that_publish_at_once_each_is_whole_or_told_that_it_lost() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("films");
    let models = TwoModels::train();
    let mut lost = 0;
    for _ in 0..4 {
        bucket.delete("models/current.json");
        let publish = |version: &str| {
            let args = [&["publish", "--version", version], &TO[..]].concat();
            with_s3(models.scratch(), moto.endpoint(), &args)
        };
        let outcomes = thread::scope(|scope| {
            [&models.old, &models.new]
                .map(|version| scope.spawn(|| publish(version)))
                .map(|publisher| publisher.join().unwrap())
        });
        for output in &outcomes {
            if !output.status.success() {
                assert!(
                    said(output).contains("changed by somebody else"),
                    "{output:?}"
                );
                lost += 1;
            }
        }
        assert!(outcomes.iter().any(|output| output.status.success()));
        // Whoever won, the live model is whole.
        let dir = tempfile::tempdir().unwrap();
        let args = ["publish", "--models", "s3://films/models", "--to", "copy"];
        let copied = with_s3(dir.path(), moto.endpoint(), &args);
        assert!(copied.status.success(), "{copied:?}");
    }
    assert!(lost > 0, "the two never met");
}

#[test]
fn what_s3_refuses_is_told_and_changes_nothing() {
    let Some(moto) = Moto::start() else { return };
    let bucket = moto.create_bucket("films");
    let models = TwoModels::train();
    let proxy = FaultProxy::start(moto.endpoint());
    for (fault, cause) in [
        (
            Fault::AccessDenied.on("PUT", "titles.bin"),
            "access is denied",
        ),
        (Fault::NoSuchBucket.into(), "the bucket does not exist"),
        (
            Fault::ExpiredToken { status: 400 }.into(),
            "the credentials have expired",
        ),
        (
            Fault::PermanentRedirect {
                region: "eu-west-1",
            }
            .into(),
            "another region",
        ),
        (Fault::FlipByte.on("GET", "similar.bin"), "section similar"),
    ] {
        proxy.inject(fault);
        let output = with_s3(
            models.scratch(),
            &proxy.endpoint(),
            &[&["publish"], &TO[..]].concat(),
        );
        let said = said(&output);
        assert!(said.contains(cause), "expected {cause:?}, found {said}");
        assert_eq!(live(&bucket), None, "{cause}");
        proxy.clear();
    }
    let args = [&["publish", "--json"], &TO[..]].concat();
    done(&with_s3(models.scratch(), &proxy.endpoint(), &args));
    assert_eq!(live(&bucket).unwrap(), models.new.as_str());
}

#[test]
fn folders_are_published_to_listed_and_rolled_back_without_s3() {
    let models = TwoModels::train();
    let dir = models.scratch();
    let args = [
        "publish",
        "--models",
        "models",
        "--to",
        "there",
        "--version",
        &models.old,
    ];
    assert_eq!(run(dir, &args, "").done().lines(), [&models.old]);
    let args = ["publish", "--models", "models", "--to", "there"];
    assert_eq!(run(dir, &args, "").done().lines(), [&models.new]);
    let listed = run(dir, &["models", "--models", "there"], "").done();
    let lines = listed.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[0].contains("VERSION"), "{lines:#?}");
    let live: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("live"))
        .collect();
    assert!(
        live.len() == 1 && live[0].contains(&models.new),
        "{lines:#?}"
    );

    let back = run(
        dir,
        &["rollback", &models.old, "--models", "there", "--json"],
        "",
    )
    .done();
    assert_eq!(back.json()["before"], models.new.as_str());
    let found = run(dir, &["find", "--models", "there"], "the matrix").done();
    assert!(found.stdout.starts_with("The Matrix (1999)"), "{found:?}");

    let nothing = run(dir, &["models", "--models", "nowhere"], "").done();
    assert!(nothing.stdout.is_empty() && nothing.stderr.contains("no model"));
    let s3 = run(dir, &["models", "--models", "s3://films/"], "");
    assert_eq!(s3.code, Some(2), "{s3:?}");
    assert!(s3.stderr.contains("--features aws"), "{s3:?}");
}

#[test]
fn rolling_back_without_a_name_takes_the_newest_older_version() {
    let models = TwoModels::train();
    let dir = models.scratch();
    let args = ["rollback", "--models", "models", "--json"];
    // Two versions of one second are in the order of their hashes.
    let listed = run(dir, &["models", "--models", "models", "--json"], "")
        .done()
        .json();
    let first_is_live = listed[0]["live"] == true;
    let outcome = run(dir, &args, "");
    if first_is_live {
        assert!(
            outcome.stderr.contains("no version is older"),
            "{outcome:?}"
        );
    } else {
        assert_eq!(outcome.json()["model_version"], models.old.as_str());
    }
}
