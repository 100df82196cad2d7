//! A folder, and several at work in it at once.

use std::sync::atomic::AtomicBool;
use std::thread;

use matinee::ports::DirectoryBlobs;

use super::*;

/// Segments that are appended, and rows of each.
const SEGMENTS: usize = 150;
const ROWS: usize = 20;

fn rows(segment: usize) -> Vec<LogRow> {
    let row = |number: usize| {
        let number = segment * ROWS + number;
        row("ada", &number.to_string(), number.try_into().unwrap())
    };
    (0..ROWS).map(row).collect()
}

#[test]
fn appending_compacting_twice_at_once_and_reading_get_along() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = DirectoryBlobs::new(folder.path());
    let appended = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Acquire) {
                    // Too much at once is an error, but never a loss.
                    match compacted(&blobs) {
                        Ok(_) | Err(CompactError::Contended { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
        scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                let known = appended.load(Ordering::Acquire) * ROWS;
                let found = live(&blobs).interactions.len();
                assert!(found >= known, "{found} rows of {known}");
            }
        });
        let appends = scope.spawn(|| {
            for segment in 0..SEGMENTS {
                let day = format!("2026-01-0{}", 1 + segment / 60);
                append(&blobs, &day, segment, &rows(segment));
                appended.fetch_add(1, Ordering::Release);
            }
        });
        // The others end, too, when this one fails.
        let outcome = appends.join();
        over.store(true, Ordering::Release);
        outcome.unwrap();
    });
    let all: Vec<LogRow> = (0..SEGMENTS).flat_map(rows).collect();
    compacted(&blobs).unwrap();
    assert_eq!(live(&blobs).interactions, counting(&all));
    let days = ["2026-01-01", "2026-01-02", "2026-01-03"];
    assert_eq!(
        keys(&blobs),
        days.map(|day| format!("dt={day}/compacted.tsv"))
    );
}
