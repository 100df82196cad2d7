//! `matinee fetch` from a publisher on this machine: whole, cut off, changed, broken, hostile.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use matinee_integration::{Mirror, Outcome, files, matinee, run};
use md5::{Digest as _, Md5};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SET: &str = "movielens-latest-small";
const ARCHIVE: &str = "ml-latest-small.zip";
const FOLDER: &str = ".matinee/datasets/ml-latest-small";

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(*name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A small MovieLens of so many ratings, as its publisher packs it.
fn movielens(ratings: u32) -> Vec<u8> {
    let rows =
        (0..ratings).map(|n| format!("{},{},4.0,{}\n", n / 3 + 1, n % 3 + 1, 964_982_703 + n));
    let ratings = format!(
        "userId,movieId,rating,timestamp\n{}",
        rows.collect::<String>()
    );
    let films =
        "movieId,title,genres\n1,Heat (1995),Crime\n2,Ronin (1998),Action\n3,M (1931),Crime\n";
    zipped(&[
        ("ml-latest-small/README.txt", b"terms"),
        ("ml-latest-small/movies.csv", films.as_bytes()),
        ("ml-latest-small/ratings.csv", ratings.as_bytes()),
    ])
}

fn md5(bytes: &[u8]) -> String {
    let digest: [u8; 16] = Md5::digest(bytes).into();
    format!("{:032x}", u128::from_be_bytes(digest))
}

/// Publishes an archive with its checksum.
fn publish(mirror: &Mirror, archive: &[u8]) {
    mirror.put(ARCHIVE, archive.to_vec());
    let sum = format!("{}  {ARCHIVE}\n", md5(archive));
    mirror.put(&format!("{ARCHIVE}.md5"), sum);
}

fn fetch(dir: &Path, mirror: &Mirror, more: &[&str]) -> Outcome {
    let url = mirror.url();
    let args = [&["fetch", SET, "--url", url.as_str()], more].concat();
    run(dir, &args, "")
}

fn assert_fails(outcome: &Outcome, parts: &[&str]) {
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(outcome.stdout, "", "a failure is no result");
    for part in parts {
        assert!(
            outcome.stderr.contains(part),
            "{part:?} is missing in {}",
            outcome.stderr
        );
    }
    assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
}

/// Nothing but the data set itself is left.
fn assert_tidy(dir: &Path) {
    let kept: Vec<PathBuf> = files(dir);
    assert!(kept.iter().all(|file| file.starts_with(FOLDER)), "{kept:?}");
}

/// What was asked for of the archive: ranges and statuses.
fn archive_requests(mirror: &Mirror) -> Vec<(Option<String>, u16)> {
    let asked = mirror.take_asked().into_iter();
    asked
        .filter(|asked| asked.name == ARCHIVE)
        .map(|asked| (asked.range, asked.status))
        .collect()
}

#[test]
fn a_data_set_is_fetched_verified_and_unpacked_and_then_it_is_there() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    let archive = movielens(300);
    publish(&mirror, &archive);
    let outcome = fetch(dir.path(), &mirror, &[]).done();
    assert_eq!(outcome.lines(), [FOLDER]);
    let (size, sum) = (format!("{} bytes", archive.len()), md5(&archive));
    for part in [&size, &sum, "as stated", "research", "Harper", "README.txt"] {
        assert!(
            outcome.stderr.contains(part),
            "{part} is missing in {}",
            outcome.stderr
        );
    }
    let readme = dir.path().join(FOLDER).join("README.txt");
    assert_eq!(fs::read(readme).unwrap(), b"terms");
    assert_tidy(dir.path());
    assert_eq!(archive_requests(&mirror), [(None, 200)]);

    // The second time nobody is asked, not even for the checksum.
    let again = fetch(dir.path(), &mirror, &["--json"]).done();
    assert_eq!(mirror.take_asked(), []);
    let said = again.json();
    assert_eq!(
        (&said["fetched"], &said["verified"]),
        (&false.into(), &true.into())
    );
    assert_eq!((&said["set"], &said["md5"]), (&SET.into(), &sum.into()));
    assert_eq!(said["bytes"], archive.len());
    assert_eq!(said["folder"], FOLDER);
    assert_eq!(said["files"]["README.txt"]["bytes"], 5);
}

#[test]
fn a_connection_that_ends_early_is_gone_on_with_in_the_same_run() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    publish(&mirror, &movielens(3_000));
    mirror.cut(20_000, 2);
    let _ = fetch(dir.path(), &mirror, &[]).done();
    let ranges = [
        (None, 200),
        (Some("bytes=20000-".to_owned()), 206),
        (Some("bytes=40000-".to_owned()), 206),
    ];
    assert_eq!(archive_requests(&mirror), ranges);
    assert_tidy(dir.path());
}

#[test]
fn a_run_that_was_given_up_is_gone_on_with_by_the_next() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    publish(&mirror, &movielens(3_000));
    // The first 20,000 bytes, and from then on not one more.
    mirror.cut(0, 20);
    mirror.cut_first(20_000);
    let first = fetch(dir.path(), &mirror, &[]);
    assert_fails(&first, &[ARCHIVE, "goes on"]);
    let part = dir
        .path()
        .join(".matinee/datasets/ml-latest-small.zip.part");
    assert_eq!(fs::metadata(part).unwrap().len(), 20_000);
    assert!(!dir.path().join(FOLDER).exists());

    mirror.cut(0, 0);
    mirror.take_asked();
    let _ = fetch(dir.path(), &mirror, &[]).done();
    assert_eq!(
        archive_requests(&mirror),
        [(Some("bytes=20000-".to_owned()), 206)]
    );
    assert_tidy(dir.path());
}

#[test]
fn what_was_fetched_of_a_file_that_has_changed_is_fetched_anew() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    publish(&mirror, &movielens(3_000));
    mirror.cut(0, 20);
    mirror.cut_first(20_000);
    let _ = fetch(dir.path(), &mirror, &[]);

    // With a new checksum nothing of the old one is asked about; with the old checksum (here: one
    // that stands in the arguments) the server tells the files apart.
    mirror.cut(0, 0);
    let newer = movielens(4_000);
    publish(&mirror, &newer);
    mirror.take_asked();
    let _ = fetch(dir.path(), &mirror, &[]).done();
    assert_eq!(archive_requests(&mirror), [(None, 200)]);

    let other = tempfile::tempdir().unwrap();
    let newest = movielens(5_000);
    let sum = md5(&newest);
    mirror.cut(0, 20);
    mirror.cut_first(20_000);
    let _ = fetch(other.path(), &mirror, &["--md5", &sum]);
    mirror.cut(0, 0);
    publish(&mirror, &newest);
    mirror.take_asked();
    let outcome = fetch(other.path(), &mirror, &["--md5", &sum]).done();
    assert!(outcome.stderr.contains("anew"), "{}", outcome.stderr);
    assert_eq!(
        archive_requests(&mirror),
        [(Some("bytes=20000-".to_owned()), 200)]
    );
    let ratings = fs::read_to_string(other.path().join(FOLDER).join("ratings.csv")).unwrap();
    assert_eq!(ratings.lines().count(), 5_001);
    assert_tidy(other.path());
}

#[test]
fn a_wrong_checksum_is_named_beside_the_right_one_and_nothing_is_kept() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    let archive = movielens(300);
    publish(&mirror, &archive);
    let wrong = md5(b"something else");
    mirror.put(
        &format!("{ARCHIVE}.md5"),
        format!("MD5 ({ARCHIVE}) = {wrong}\n"),
    );
    let outcome = fetch(dir.path(), &mirror, &[]);
    assert_fails(&outcome, &[&wrong, &md5(&archive), "expected"]);
    assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_part_that_was_damaged_on_the_disk_is_fetched_anew() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    publish(&mirror, &movielens(3_000));
    mirror.cut(0, 20);
    mirror.cut_first(20_000);
    let _ = fetch(dir.path(), &mirror, &[]);
    let part = dir
        .path()
        .join(".matinee/datasets/ml-latest-small.zip.part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[10_000] ^= 1;
    fs::write(&part, bytes).unwrap();
    mirror.cut(0, 0);
    mirror.take_asked();
    let outcome = fetch(dir.path(), &mirror, &[]).done();
    assert!(
        outcome.stderr.contains("checksum is wrong"),
        "{}",
        outcome.stderr
    );
    let asked = [(Some("bytes=20000-".to_owned()), 206), (None, 200)];
    assert_eq!(archive_requests(&mirror), asked);
    assert_tidy(dir.path());
}

#[test]
fn what_is_not_there_or_not_reached_is_said_with_its_address() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    mirror.put(&format!("{ARCHIVE}.md5"), md5(b""));
    let missing = fetch(dir.path(), &mirror, &[]);
    assert_fails(&missing, &["404", ARCHIVE, "--url"]);

    mirror.refuse(Some(403));
    assert_fails(&fetch(dir.path(), &mirror, &[]), &["403", ARCHIVE]);

    mirror.accept(false);
    assert_fails(
        &fetch(dir.path(), &mirror, &[]),
        &["cannot be reached", "--url", ARCHIVE],
    );
    assert!(!dir.path().join(FOLDER).exists());
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    let archive = movielens(300);
    publish(&mirror, &archive);
    mirror.refuse(Some(503));
    let sum = md5(&archive);
    let outcome = thread::scope(|scope| {
        scope.spawn(|| {
            while mirror.take_asked().is_empty() {
                thread::sleep(Duration::from_millis(5));
            }
            mirror.refuse(None);
        });
        fetch(dir.path(), &mirror, &["--md5", &sum])
    });
    let outcome = outcome.done();
    assert!(outcome.stderr.contains("503"), "{}", outcome.stderr);
}

#[test]
fn a_mirror_without_a_checksum_is_warned_of() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    mirror.put(ARCHIVE, movielens(300));
    let outcome = fetch(dir.path(), &mirror, &["--json"]).done();
    assert!(
        outcome.stderr.contains("not verified"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.json()["verified"], false);

    mirror.put(&format!("{ARCHIVE}.md5"), "<html>moved</html>");
    let outcome = fetch(dir.path(), &mirror, &["--again"]);
    assert_fails(&outcome, &["holds no MD5", "<html>"]);
}

#[test]
fn the_address_of_one_archive_is_as_good_as_that_of_a_folder() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    let archive = movielens(300);
    mirror.put("mine.zip", archive.clone());
    mirror.put("mine.zip.md5", md5(&archive));
    let url = format!("{}mine.zip", mirror.url());
    let args = ["fetch", SET, "--url", &url, "--out", "here"];
    let outcome = run(dir.path(), &args, "").done();
    assert_eq!(outcome.lines(), ["here/ml-latest-small"]);
    assert!(
        dir.path()
            .join("here/ml-latest-small/ratings.csv")
            .is_file()
    );
}

#[test]
fn archives_that_want_out_of_their_folder_are_not_unpacked() {
    let films = b"movieId,title,genres\n1,Heat (1995),Crime\n";
    for name in [
        "../movies.csv",
        "ml-latest-small/../../movies.csv",
        "/tmp/movies.csv",
        "..\\movies.csv",
        "C:movies.csv",
    ] {
        let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
        let archive = zipped(&[("ml-latest-small/ratings.csv", b"x"), (name, films)]);
        publish(&mirror, &archive);
        let outcome = fetch(dir.path(), &mirror, &[]);
        assert_fails(&outcome, &["not unpacked", "leads out"]);
        assert_eq!(files(dir.path()), Vec::<PathBuf>::new(), "{name}");
    }
}

#[test]
fn what_is_no_archive_or_no_such_data_set_is_said_and_removed() {
    let other = zipped(&[("films/readme.txt", b"no films")]);
    let broken = &movielens(300)[..5_000];
    let mut flipped = movielens(300);
    flipped[1_000] ^= 1;
    for (archive, part) in [
        (&b"<html>not here</html>"[..], "zip archive"),
        (broken, "zip archive"),
        (&flipped, "zip archive"),
        (&other, "is not movielens-latest-small"),
    ] {
        let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
        publish(&mirror, archive);
        assert_fails(&fetch(dir.path(), &mirror, &[]), &[part]);
        assert_eq!(files(dir.path()), Vec::<PathBuf>::new(), "{part}");
    }
}

#[test]
fn a_folder_that_was_changed_is_fetched_anew_and_one_of_somebody_else_is_left_alone() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    publish(&mirror, &movielens(300));
    let films = dir.path().join(FOLDER).join("movies.csv");
    let _ = fetch(dir.path(), &mirror, &[]).done();
    let before = fs::read(&films).unwrap();
    fs::write(&films, "movieId,title,genres\n").unwrap();
    let outcome = fetch(dir.path(), &mirror, &[]).done();
    assert!(outcome.stderr.contains("movies.csv"), "{}", outcome.stderr);
    assert_eq!(fs::read(&films).unwrap(), before);
    assert_tidy(dir.path());

    fs::remove_file(dir.path().join(FOLDER).join(".matinee-fetch.json")).unwrap();
    fs::write(&films, "mine").unwrap();
    assert_fails(&fetch(dir.path(), &mirror, &[]), &[FOLDER, "--out"]);
    assert_eq!(fs::read(&films).unwrap(), b"mine");
}

#[test]
fn ctrl_c_leaves_a_part_that_the_next_run_goes_on_with() {
    let (dir, mirror) = (tempfile::tempdir().unwrap(), Mirror::start());
    publish(&mirror, &movielens(3_000));
    mirror.cut(0, 1_000);
    mirror.cut_first(20_000);
    let child = Command::new(matinee())
        .args(["fetch", SET, "--url", &mirror.url()])
        .current_dir(dir.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let part = dir
        .path()
        .join(".matinee/datasets/ml-latest-small.zip.part");
    let begin = Instant::now();
    while fs::metadata(&part).map_or(0, |part| part.len()) < 20_000 {
        assert!(begin.elapsed() < Duration::from_mins(1), "nothing comes");
        thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("goes on"), "{said}");

    mirror.cut(0, 0);
    mirror.take_asked();
    let _ = fetch(dir.path(), &mirror, &[]).done();
    assert_eq!(
        archive_requests(&mirror),
        [(Some("bytes=20000-".to_owned()), 206)]
    );
}

#[test]
fn wrong_usage_is_code_2() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["fetch"][..],
        &["fetch", "movielens-20m"],
        &["fetch", SET, "--url", "ftp://mirror.example/"],
        &["fetch", SET, "--url", "mirror.example"],
        &["fetch", SET, "--md5", "abc"],
    ] {
        let outcome = run(dir.path(), args, "");
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
    }
    let help = run(dir.path(), &["fetch", "--help"], "").done().stdout;
    for part in ["Examples:", "movielens-32m", "--url", "Harper"] {
        assert!(help.contains(part), "{part} is missing in {help}");
    }
    assert_eq!(files(dir.path()), Vec::<PathBuf>::new());
}
