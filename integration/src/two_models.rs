//! Two models in one folder, told apart by every answer of theirs.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::lambda::Bucket;
use crate::{run, workspace};

/// What every title of the newer model ends in.
const MARK: &str = " Redux";

/// A folder of models with two versions: the built-in films, and the same films under other
/// titles.
#[derive(Debug)]
pub struct TwoModels {
    dir: tempfile::TempDir,
    /// The version with the films' own titles.
    pub old: String,
    /// The version with the other titles, the live one.
    pub new: String,
}

impl TwoModels {
    /// Trains them.
    ///
    /// # Panics
    /// When that fails.
    #[expect(clippy::expect_used, reason = "a test cannot go on")]
    pub fn train() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let sample = fs::read_to_string(workspace().join("data/sample/movies.csv"));
        let sample = sample.expect("the sample catalogue");
        let catalogue = dir.path().join("movies.csv");
        let mut versions = [&sample, &marked(&sample)].map(|films| {
            fs::write(&catalogue, films).expect("a catalogue");
            let args = [
                "train",
                "--catalogue",
                "movies.csv",
                "--out",
                "models",
                "--force",
            ];
            let trained = run(dir.path(), &args, "").done();
            let version = trained.stdout.split(' ').next();
            version.expect("a version").to_owned()
        });
        let [old, new] = &mut versions;
        Self {
            old: std::mem::take(old),
            new: std::mem::take(new),
            dir,
        }
    }

    /// Where they lie.
    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("models")
    }

    /// A folder for whatever else the test writes.
    pub fn scratch(&self) -> &Path {
        self.dir.path()
    }

    /// Puts both into a bucket below `models/` and makes the older one live.
    pub fn put_into(&self, bucket: &Bucket) {
        bucket.put_folder(&self.folder(), "models/");
        point(bucket, &self.old);
    }

    /// The version that a film of an answer belongs to, by its title.
    pub fn version_of(&self, movie: &Value) -> &str {
        let title = movie["title"].as_str().unwrap_or_default();
        if title.ends_with(MARK) {
            &self.new
        } else {
            &self.old
        }
    }
}

/// Makes a version of the models below `models/` the live one.
pub fn point(bucket: &Bucket, version: &str) {
    let pointer = json!({"format_version": 1, "model_version": version});
    bucket.put("models/current.json", pointer.to_string());
}

/// The catalogue with every title marked.
#[expect(clippy::expect_used, reason = "a test cannot go on")]
fn marked(catalogue: &str) -> String {
    let mut reader = csv::Reader::from_reader(catalogue.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headers = reader.headers().expect("a heading").clone();
    let title = headers.iter().position(|name| name == "title");
    writer.write_record(&headers).expect("memory");
    for row in reader.records() {
        let row = row.expect("a row");
        let cells = row.iter().enumerate().map(|(column, cell)| {
            if Some(column) == title {
                format!("{cell}{MARK}")
            } else {
                cell.to_owned()
            }
        });
        writer.write_record(cells).expect("memory");
    }
    let bytes = writer.into_inner().expect("memory");
    String::from_utf8(bytes).expect("text as it was read")
}
