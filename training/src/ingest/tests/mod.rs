//! Whole imports of small made-up catalogues: one file per question.

mod formats;
mod rejections;
mod reporting;

use std::fs;

use tempfile::TempDir;

use super::{ImportError, ImportOptions, Imported, import};

const TMDB: &str =
    "id,title,genre,original_language,overview,popularity,release_date,vote_average,vote_count";

const STRICT: ImportOptions = ImportOptions { lenient: false };
const LENIENT: ImportOptions = ImportOptions { lenient: true };

/// A folder with these files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// Imports a file of this content.
fn import_bytes(content: &[u8], options: ImportOptions) -> Result<Imported, ImportError> {
    let folder = folder(&[("films.csv", content)]);
    import(&folder.path().join("films.csv"), &options)
}

fn import_rows(
    header: &str,
    rows: &[&str],
    options: ImportOptions,
) -> Result<Imported, ImportError> {
    import_bytes(
        format!("{header}\n{}\n", rows.join("\n")).as_bytes(),
        options,
    )
}

/// The reason for which the only row under the header is refused.
fn reason(header: &str, row: &str) -> String {
    match import_rows(header, &[row], STRICT) {
        Err(ImportError::TooManyBadRows { examples, .. }) => {
            assert_eq!(examples.len(), 1, "{row}");
            assert_eq!(examples[0].line, 2, "{row}");
            examples[0].reason.clone()
        }
        other => panic!("{row} was not refused: {other:?}"),
    }
}
