//! Lists of items by user, as recommendation splits are published: `user item item …`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ingest::report::{Ledger, lossy};
use crate::ingest::table::{Encoding, Lines};
use crate::ingest::{BadRow, ImportError};

/// Numbers names from 0 in the order in which they first come.
#[derive(Clone, Debug, Default)]
pub struct Names {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Names {
    /// The number of a name, a new one if it was never there.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    /// The number of a name that was there.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The names by their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(AsRef::as_ref)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// The lists of a file.
#[derive(Clone, Debug)]
pub struct UserLists {
    /// The users in the order of their lines.
    pub users: Names,
    /// Each user's items, ascending and each once; a user may have none.
    pub rows: Vec<Vec<u32>>,
    /// What was read and what was left out.
    pub report: UserListReport,
}

/// What the reading of lists tells about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserListReport {
    /// The file.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Lines that are not blank.
    pub lines: u64,
    /// Pairs of a user and an item.
    pub pairs: u64,
    /// Items left out because they stood in their line before.
    pub repeats: u64,
    /// Lines skipped because something in them is wrong.
    pub bad_lines: u64,
    /// The first of the bad lines.
    pub bad_line_examples: Vec<BadRow>,
}

/// Reads a file of lists: a line for each user, who stands first; then items; all separated by
/// blanks or tabs. Ids are any text without these. `items` numbers the items, over several files.
///
/// A line is bad when its user has a line already, when it is not UTF-8 or longer than 1 MiB. More
/// than 1 % of bad lines are an error, unless `lenient`. Memory is that of the lists.
///
/// # Errors
/// [`ImportError`]: the file cannot be read, holds no pair of a user and an item, or too many bad
/// lines.
pub fn read_user_lists(
    path: &Path,
    items: &mut Names,
    lenient: bool,
) -> Result<UserLists, ImportError> {
    let mut ledger = Ledger::new(lenient);
    ledger.open(path);
    let mut users = Names::default();
    let mut first_lines: Vec<u64> = Vec::new();
    let mut rows: Vec<Vec<u32>> = Vec::new();
    let (mut pairs, mut repeats) = (0, 0);
    let mut lines = Lines::open(path, Encoding::Utf8)?;
    while let Some((line, text)) = lines.next(&mut ledger)? {
        let mut words = text.split_ascii_whitespace();
        let user = words.next().unwrap_or_default();
        if let Some(before) = users.find(user) {
            let before = first_lines[before as usize];
            ledger.bad(
                line,
                format!("expected one line for each user, found {user:?} of line {before} again"),
            );
            continue;
        }
        users.number(user);
        first_lines.push(line);
        let mut row: Vec<u32> = words.map(|item| items.number(item)).collect();
        let all = row.len();
        row.sort_unstable();
        row.dedup();
        row.shrink_to_fit();
        pairs += row.len() as u64;
        repeats += (all - row.len()) as u64;
        rows.push(row);
    }
    ledger.close()?;
    let (files, examples) = ledger.files();
    let (lines, bad_lines) = files
        .first()
        .map_or((0, 0), |file| (file.rows, file.bad_rows));
    if pairs == 0 {
        return Err(ImportError::NoUserLists {
            path: path.to_owned(),
            lines,
            bad_lines,
        });
    }
    Ok(UserLists {
        users,
        rows,
        report: UserListReport {
            path: path.to_owned(),
            lines,
            pairs,
            repeats,
            bad_lines,
            bad_line_examples: examples,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>, lenient: bool) -> Result<(UserLists, Names), ImportError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lists.txt");
        std::fs::write(&path, text).unwrap();
        let mut items = Names::default();
        read_user_lists(&path, &mut items, lenient).map(|lists| (lists, items))
    }

    #[test]
    fn a_line_is_a_user_and_items_whatever_separates_them() {
        let text = "\u{feff}7 b a b\n\nann\ta  c \r\nlonely\nbob d";
        let (lists, items) = read(text, false).unwrap();
        assert_eq!(items.iter().collect::<Vec<_>>(), ["b", "a", "c", "d"]);
        assert_eq!(
            lists.users.iter().collect::<Vec<_>>(),
            ["7", "ann", "lonely", "bob"]
        );
        assert_eq!(lists.rows, [vec![0, 1], vec![1, 2], vec![], vec![3]]);
        let report = lists.report;
        assert_eq!((report.lines, report.pairs, report.repeats), (4, 5, 1));
        assert_eq!(report.bad_lines, 0);
    }

    #[test]
    fn several_files_share_the_numbers_of_items() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("train"), "1 x y\n").unwrap();
        std::fs::write(path("test"), "1 z x\n").unwrap();
        let mut items = Names::default();
        let train = read_user_lists(&path("train"), &mut items, false).unwrap();
        let test = read_user_lists(&path("test"), &mut items, false).unwrap();
        assert_eq!(
            (train.rows, test.rows),
            (vec![vec![0, 1]], vec![vec![0, 2]])
        );
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn bad_lines_are_named_and_fail_unless_forgiven() {
        let text = b"1 a\n2 \xff\n1 b\n";
        let strict = read(text, false).unwrap_err().to_string();
        for part in ["2 of 3", "lists.txt:2", "UTF-8", "lists.txt:3", "line 1"] {
            assert!(strict.contains(part), "{part} is missing in {strict}");
        }
        let (lists, _) = read(text, true).unwrap();
        assert_eq!(lists.rows, [vec![0]]);
        assert_eq!(lists.report.bad_lines, 2);
        assert_eq!(lists.report.bad_line_examples[1].line, 3);
    }

    #[test]
    fn what_holds_no_list_is_refused_with_what_was_expected() {
        for text in ["", "\n\n", "1\n2\n", "userId,movieId\n1,31\n"] {
            let error = read(text, false).unwrap_err().to_string();
            assert!(error.contains("user item item"), "{error}");
        }
        let nowhere = read_user_lists(Path::new("nowhere.txt"), &mut Names::default(), false);
        assert!(matches!(nowhere, Err(ImportError::Read { .. })));
    }
}
