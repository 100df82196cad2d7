//! What every implementation of a port must do, as a test to call with an empty instance.

use bytes::Bytes;

use super::{BlobError, Blobs, ETag, Expect, Since};

/// The contract of [`Blobs`].
///
/// # Panics
/// When the store breaks it.
pub async fn blobs(store: &impl Blobs) {
    conditional_writes(store).await;
    conditional_reads(store).await;
    sizes(store).await;
    lists(store).await;
    keys(store).await;
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn conditional_writes(store: &impl Blobs) {
    let text = Bytes::from_static;
    assert!(store.get("a/b.txt").await.unwrap().is_none());

    let first = store
        .put("a/b.txt", text(b"one"), Expect::Absent)
        .await
        .unwrap();
    let read = store.get("a/b.txt").await.unwrap().unwrap();
    assert_eq!((read.bytes.as_ref(), &read.etag), (&b"one"[..], &first));

    let taken = store.put("a/b.txt", text(b"two"), Expect::Absent).await;
    assert!(
        matches!(taken, Err(BlobError::Conflict { .. })),
        "{taken:?}"
    );

    let unchanged = Expect::Unchanged(first.clone());
    let second = store
        .put("a/b.txt", text(b"two"), unchanged.clone())
        .await
        .unwrap();
    assert_ne!(first, second);
    let stale = store.put("a/b.txt", text(b"three"), unchanged).await;
    assert!(
        matches!(stale, Err(BlobError::Conflict { .. })),
        "{stale:?}"
    );
    let read = store.get("a/b.txt").await.unwrap().unwrap();
    assert_eq!(read.bytes.as_ref(), b"two");

    let gone = store
        .put("nowhere", text(b"x"), Expect::Unchanged(second))
        .await;
    assert!(matches!(gone, Err(BlobError::Conflict { .. })), "{gone:?}");

    store
        .put("a/b.txt", text(b""), Expect::Anything)
        .await
        .unwrap();
    assert!(
        store
            .get("a/b.txt")
            .await
            .unwrap()
            .unwrap()
            .bytes
            .is_empty()
    );

    store.delete("a/b.txt").await.unwrap();
    store.delete("a/b.txt").await.unwrap();
    assert!(store.get("a/b.txt").await.unwrap().is_none());
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn conditional_reads(store: &impl Blobs) {
    let text = Bytes::from_static;
    let unknown = ETag("0".to_owned());
    let since = store.get_since("c", &unknown).await.unwrap();
    assert!(matches!(since, Since::Gone), "{since:?}");

    let first = store
        .put("c", text(b"one"), Expect::Anything)
        .await
        .unwrap();
    let since = store.get_since("c", &first).await.unwrap();
    assert!(matches!(since, Since::Unchanged), "{since:?}");

    let second = store
        .put("c", text(b"two"), Expect::Anything)
        .await
        .unwrap();
    match store.get_since("c", &first).await.unwrap() {
        Since::Changed(blob) => {
            assert_eq!((blob.bytes.as_ref(), blob.etag), (&b"two"[..], second));
        }
        other => panic!("expected the new content, found {other:?}"),
    }
    store.delete("c").await.unwrap();
    let since = store.get_since("c", &first).await.unwrap();
    assert!(matches!(since, Since::Gone), "{since:?}");
}

/// Sizes around those at which a store begins to fetch in parts, and wrong ones.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn sizes(store: &impl Blobs) {
    const MIB: usize = 1 << 20;
    for size in [0, 1, MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 17 * MIB] {
        let bytes: Bytes = (0..size).map(|at| (at * 31 / 7) as u8).collect();
        store
            .put("large", bytes.clone(), Expect::Anything)
            .await
            .unwrap();
        for told in [size, size / 2, size + 9 * MIB] {
            let read = store
                .get_sized("large", told as u64)
                .await
                .unwrap()
                .unwrap();
            assert!(read.bytes == bytes, "{size} bytes, told to be {told}");
        }
    }
    store.delete("large").await.unwrap();
    assert!(store.get_sized("large", 10 << 20).await.unwrap().is_none());
}

#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn lists(store: &impl Blobs) {
    assert!(store.list("").await.unwrap().is_empty());
    for key in ["b/2", "a", "b/1", "bc"] {
        store
            .put(key, Bytes::from_static(b"x"), Expect::Absent)
            .await
            .unwrap();
    }
    assert_eq!(store.list("").await.unwrap(), ["a", "b/1", "b/2", "bc"]);
    assert_eq!(store.list("b/").await.unwrap(), ["b/1", "b/2"]);
    assert!(store.list("d").await.unwrap().is_empty());
    for key in ["a", "b/1", "b/2", "bc"] {
        store.delete(key).await.unwrap();
    }
}

async fn keys(store: &impl Blobs) {
    for key in ["", "/etc/passwd", "../up", "a//b", "a/./b", "a\0b"] {
        let refused = store.get(key).await;
        assert!(
            matches!(refused, Err(BlobError::InvalidKey { .. })),
            "{key:?}"
        );
    }
}
