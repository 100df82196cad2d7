//! What every implementation of a port must do, as a test to call with an empty instance.

use bytes::Bytes;

use super::{BlobError, Blobs, Expect};

/// The contract of [`Blobs`].
///
/// # Panics
/// When the store breaks it.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
pub async fn blobs(store: &impl Blobs) {
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

    for key in ["", "/etc/passwd", "../up", "a//b", "a/./b", "a\0b"] {
        let refused = store.get(key).await;
        assert!(
            matches!(refused, Err(BlobError::InvalidKey { .. })),
            "{key:?}"
        );
    }
}
