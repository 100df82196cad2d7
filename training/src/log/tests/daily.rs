//! What is read day by day is what is read at once.

use proptest::prelude::*;

use super::*;
use crate::log::{Daily, Day, DayRange, DayRows};

const DAYS: [&str; 3] = ["2026-01-05", "2026-01-06", "2026-01-07"];

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn range(from: Option<&str>, until: Option<&str>) -> DayRange {
    DayRange {
        from: from.map(day),
        until: until.map(day),
    }
}

fn daily(blobs: &impl Blobs, range: DayRange) -> Vec<DayRows> {
    let mut daily = now(Daily::open(blobs, range)).unwrap();
    let mut rows = Vec::new();
    while let Some(day) = now(daily.next()).unwrap() {
        rows.push(day);
    }
    assert_eq!(daily.days(), rows.len());
    assert!(now(daily.holds()).unwrap());
    rows
}

proptest! {
    #[test]
    fn days_together_say_what_the_log_says(
        rows in prop::collection::vec((0..3_u8, 0..12_i64, prop::bool::weighted(0.1)), 0..60),
        whole in any::<bool>(),
    ) {
        let blobs = MemoryBlobs::default();
        for (number, (viewer, time, forget)) in rows.iter().enumerate() {
            let viewer = ["ada", "bo", "cy"][usize::from(*viewer)];
            // A row lies on the day of its acceptance; written a second time it may be a day late.
            let at = DAYS[usize::from(*time >= 6) + usize::from(number % 5 == 0)];
            let row = if *forget { forgotten(viewer, *time) } else { row(viewer, &time.to_string(), *time) };
            append(&blobs, at, number, &[row]);
        }
        if whole {
            compacted(&blobs).unwrap();
        }
        let mut together: Vec<Recorded> = Vec::new();
        for day in daily(&blobs, DayRange::default()) {
            prop_assert!(day.interactions.is_sorted_by_key(|row| row.interaction.at));
            together.extend(day.interactions);
        }
        let by_name = |row: &Recorded| (row.interaction.viewer.clone(), row.interaction.id.clone());
        together.sort_by_key(by_name);
        let mut at_once = live(&blobs).interactions;
        at_once.sort_by_key(by_name);
        prop_assert_eq!(together, at_once);
    }
}

#[test]
fn what_is_left_out_is_counted() {
    let blobs = MemoryBlobs::default();
    append(&blobs, DAYS[0], 1, &[row("ada", "1", 1), row("bo", "1", 2)]);
    append(
        &blobs,
        DAYS[0],
        2,
        &[row("ada", "1", 1), row("ada", "1", 3)],
    );
    append(
        &blobs,
        DAYS[1],
        3,
        &[row("ada", "1", 1), forgotten("bo", 2)],
    );
    let days = daily(&blobs, DayRange::default());
    let counts: Vec<_> = days
        .iter()
        .map(|day| {
            (
                day.interactions.len(),
                day.repeats,
                day.forgotten,
                day.conflicts,
            )
        })
        .collect();
    assert_eq!(counts, [(1, 1, 1, 1), (0, 1, 0, 0)]);
}

#[test]
fn a_day_says_the_same_whichever_days_are_asked_for() {
    let blobs = MemoryBlobs::default();
    append(&blobs, DAYS[0], 1, &[row("ada", "1", 1), row("bo", "1", 2)]);
    append(
        &blobs,
        DAYS[1],
        2,
        &[row("ada", "1", 1), row("ada", "2", 8)],
    );
    append(
        &blobs,
        DAYS[2],
        3,
        &[row("ada", "3", 9), forgotten("bo", 2)],
    );
    let all = daily(&blobs, DayRange::default());
    assert_eq!(all.len(), 3);
    assert_eq!(daily(&blobs, range(Some(DAYS[1]), None)), all[1..]);
    assert_eq!(daily(&blobs, range(None, Some(DAYS[1]))), all[..1]);
    assert_eq!(
        daily(&blobs, range(Some(DAYS[1]), Some(DAYS[2]))),
        all[1..2]
    );
    assert_eq!(daily(&blobs, range(Some("2026-01-08"), None)), []);
}

#[test]
fn who_is_forgotten_or_comes_to_light_meanwhile_makes_it_hold_no_more() {
    let blobs = MemoryBlobs::default();
    append(&blobs, DAYS[0], 1, &[row("ada", "1", 1)]);
    let until = range(None, Some(DAYS[1]));
    let daily = now(Daily::open(&blobs, until)).unwrap();
    append(&blobs, DAYS[1], 2, &[row("ada", "2", 2)]);
    assert!(now(daily.holds()).unwrap());
    let every = now(Daily::open(&blobs, DayRange::default())).unwrap();
    append(&blobs, DAYS[2], 3, &[row("ada", "3", 3)]);
    assert!(!now(every.holds()).unwrap());
    append(&blobs, DAYS[2], 4, &[forgotten("ada", 1)]);
    assert!(!now(daily.holds()).unwrap());
}

#[test]
fn a_damaged_file_is_named() {
    let blobs = MemoryBlobs::default();
    append(&blobs, DAYS[0], 1, &[row("ada", "1", 1)]);
    put(&blobs, "dt=2026-01-06/x-1-1.tsv", "nonsense\n");
    let mut daily = now(Daily::open(&blobs, DayRange::default())).unwrap();
    assert!(now(daily.next()).unwrap().is_some());
    let error = now(daily.next()).unwrap_err().to_string();
    assert!(error.contains("dt=2026-01-06/x-1-1.tsv, line 1"), "{error}");
}
