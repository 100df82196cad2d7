//! Any log, against the obvious way to work out what it says.

use super::*;
use proptest::prelude::*;

/// Few viewers, ids and times, so that rows repeat and collide.
fn any_row() -> impl Strategy<Value = LogRow> {
    let row = (0..3u8, 0..4u8, 0..12i64)
        .prop_map(|(viewer, id, accepted)| row(&format!("v{viewer}"), &format!("i{id}"), accepted));
    let forgotten = (0..3u8, 0..12i64)
        .prop_map(|(viewer, until)| super::forgotten(&format!("v{viewer}"), until));
    prop_oneof![6 => row, 1 => forgotten]
}

proptest! {
    #[test]
    fn a_log_says_the_same_however_it_is_cut_and_compacted(
        segments in prop::collection::vec((0..3u8, prop::collection::vec(any_row(), 0..8), any::<bool>()), 0..12)
    ) {
        let blobs = MemoryBlobs::default();
        let mut rows = Vec::new();
        for (number, (day, segment, compact)) in segments.into_iter().enumerate() {
            append(&blobs, &format!("2026-01-0{}", day + 1), number, &segment);
            rows.extend(segment);
            prop_assert_eq!(live(&blobs).interactions, counting(&rows));
            if compact {
                compacted(&blobs).unwrap();
                prop_assert_eq!(live(&blobs).interactions, counting(&rows));
            }
        }
        compacted(&blobs).unwrap();
        prop_assert_eq!(live(&blobs).interactions, counting(&rows));
        compacted(&ReadOnly(&blobs)).unwrap();
    }
}
