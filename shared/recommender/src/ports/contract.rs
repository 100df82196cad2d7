//! What every implementation of a port must do, as a test to call with an empty instance.

mod personalizer;
mod viewers;

use bytes::Bytes;

pub use personalizer::{Campaigns, personalizer};
pub use viewers::viewers;

use super::{BlobError, Blobs, ETag, Expect, Since};
use super::{Films, Interactions, Put, Queue, Recommendations, Shadow};
use crate::taste::{
    FilmRating, InteractionId, Kind, Millis, Rating, RecommendationId, Recorded, Scale, ServedPage,
    Source, ViewerId, Watch,
};

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

#[expect(clippy::unwrap_used, reason = "the ids are sound")]
fn row(viewer: &str, id: &str, at: i64, kind: Kind) -> Recorded {
    let recommendation: Option<RecommendationId> = (at % 2 == 0).then(|| "list-1".parse().unwrap());
    Recorded {
        interaction: crate::taste::Interaction {
            id: id.parse().unwrap(),
            viewer: viewer.parse().unwrap(),
            movie: "tmdb:603".parse().unwrap(),
            kind,
            at: Millis(at),
            source: Source::Http,
            recommendation,
        },
        accepted: Millis(at + 10),
        clamped: at % 3 == 0,
        undated: false,
    }
}

fn watched(seconds: f64) -> Kind {
    Kind::Watched(Some(Watch {
        seconds,
        duration: 8_160.5,
    }))
}

/// The contract of [`Interactions`].
///
/// # Panics
/// When the store breaks it.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
pub async fn interactions(store: &impl Interactions) {
    let ada: ViewerId = "alexa:ada".parse().unwrap();
    let kinds = [
        watched(5_000.25),
        Kind::Watched(None),
        Kind::Clicked(None),
        Kind::Liked,
        Kind::Disliked,
        Kind::Skipped,
        Kind::Rated(Rating::new(4.5, Scale::Five).unwrap()),
        Kind::Rated(Rating::new(10.0, Scale::Ten).unwrap()),
    ];
    let rows: Vec<Recorded> = (1_700_000_000_000_i64..)
        .zip(kinds)
        .map(|(at, kind)| row(ada.as_str(), &format!("i-{at}"), at, kind))
        .collect();
    assert_eq!(put(store, &rows).await, vec![Put::New; rows.len()]);
    let newest_first: Vec<Recorded> = rows.iter().rev().cloned().collect();
    assert_eq!(store.newest(&ada, 100).await.unwrap(), newest_first);
    assert_eq!(store.newest(&ada, 3).await.unwrap(), newest_first[..3]);
    assert_eq!(store.newest(&ada, 0).await.unwrap(), []);

    // Accepted again later, or without a time: still the same. With another film's worth of
    // seconds: not.
    let mut repeat = rows[0].clone();
    repeat.accepted = Millis(repeat.accepted.0 + 1);
    let mut undated = repeat.clone();
    undated.undated = true;
    undated.interaction.at = undated.accepted;
    let mut conflict = rows[0].clone();
    conflict.interaction.kind = watched(5_000.0);
    let mut fresh = rows[1].clone();
    fresh.interaction.id = "fresh".parse().unwrap();
    let mut clash = fresh.clone();
    clash.interaction.kind = Kind::Skipped;
    assert_eq!(
        put(
            store,
            &[repeat, undated, conflict, fresh.clone(), fresh, clash]
        )
        .await,
        [
            Put::Repeat,
            Put::Repeat,
            Put::Conflict,
            Put::New,
            Put::Repeat,
            Put::Conflict
        ]
    );
    assert_eq!(store.newest(&ada, 100).await.unwrap().len(), rows.len() + 1);

    // Another viewer's id is another id.
    let bo: ViewerId = "bo".parse().unwrap();
    let other = row(
        "bo",
        rows[0].interaction.id.as_str(),
        1_700_000_000_500,
        Kind::Liked,
    );
    assert_eq!(put(store, std::slice::from_ref(&other)).await, [Put::New]);

    let until = rows[5].accepted;
    let gone = store.forget(&ada, until).await.unwrap();
    // Those accepted until then, and "fresh", which was accepted with the second.
    assert_eq!(gone, 7);
    assert_eq!(store.newest(&ada, 100).await.unwrap(), newest_first[..2]);
    assert_eq!(store.forget(&ada, until).await.unwrap(), 0);
    assert_eq!(store.newest(&bo, 100).await.unwrap(), [other]);
    // What is gone may come again.
    assert_eq!(put(store, &rows[..1]).await, [Put::New]);

    forget_many(store).await;
}

/// More than one call of any store holds.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
async fn forget_many(store: &impl Interactions) {
    let many: Vec<Recorded> = (0..60)
        .map(|at| {
            row(
                "many",
                &format!("m-{at}"),
                1_700_000_000_000 + at,
                Kind::Liked,
            )
        })
        .collect();
    assert_eq!(put(store, &many).await, vec![Put::New; many.len()]);
    let viewer: ViewerId = "many".parse().unwrap();
    let until = Millis(i64::MAX);
    assert_eq!(store.forget(&viewer, until).await.unwrap(), 60);
    assert_eq!(store.newest(&viewer, 100).await.unwrap(), []);
}

async fn put(store: &impl Interactions, rows: &[Recorded]) -> Vec<Put> {
    let outcomes = store.put(rows).await;
    outcomes.into_iter().map(Result::unwrap).collect()
}

/// The contract of [`Films`].
///
/// # Panics
/// When the store breaks it.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
pub async fn films(store: &impl Films) {
    let rating = FilmRating {
        title: "Night Ferry".to_owned(),
        id: InteractionId::derived(["a"]),
        year: 1999,
        director: "Ada Moor".to_owned(),
        genre1: "Drama".to_owned(),
        genre2: "None".to_owned(),
        genre3: "None".to_owned(),
        stars: 7.5,
        thing: "MovieSelector".to_owned(),
        accepted: Millis(1_700_000_000_000),
    };
    let later = FilmRating {
        accepted: Millis(1_700_000_000_001),
        ..rating.clone()
    };
    let other = FilmRating {
        stars: 8.0,
        ..rating.clone()
    };
    let elsewhere = FilmRating {
        title: "Day Ferry".to_owned(),
        ..rating.clone()
    };
    for (rating, outcome) in [
        (&rating, Put::New),
        (&later, Put::Repeat),
        (&other, Put::Conflict),
        (&elsewhere, Put::New),
        (&rating, Put::Repeat),
    ] {
        assert_eq!(store.put(rating).await.unwrap(), outcome, "{rating:?}");
    }
}

/// The contract of [`Recommendations`]. `now` is the time by the machine's clock: a store may let go of
/// what expired before.
///
/// # Panics
/// When the store breaks it.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
pub async fn recommendations(store: &impl Recommendations, now: Millis) {
    let page = |viewer: &str, list: &str, before: i64, films: std::ops::Range<u32>| ServedPage {
        viewer: viewer.parse().unwrap(),
        recommendation: list.parse().unwrap(),
        at: Millis(now.0 - before),
        source: Source::Voice,
        model_version: "20260131T120000Z-0a1b2c3d".to_owned(),
        movies: films
            .map(|film| format!("tmdb:{film}").parse().unwrap())
            .collect(),
    };
    let ada: ViewerId = "ada".parse().unwrap();
    assert_eq!(store.served(&ada, Millis(0)).await.unwrap(), []);
    let first = page("ada", "list:a", 5_000, 0..20);
    let second = page("ada", "list:a", 4_000, 20..120);
    let other = page("ada", "list:b", 3_000, 0..20);
    for page in [&first, &second, &other] {
        assert_eq!(store.put(page).await.unwrap(), Put::New);
    }
    // Served again: the first stands.
    let again = page("ada", "list:a", 2_000, 0..20);
    assert_eq!(store.put(&again).await.unwrap(), Put::Repeat);
    let bos = page("bo", "list:a", 5_000, 0..20);
    assert_eq!(store.put(&bos).await.unwrap(), Put::New);

    let served = async |since: Millis| {
        let mut pages = store.served(&ada, since).await.unwrap();
        pages.sort_by_key(|page| page.at);
        pages
    };
    let all = [first.clone(), second.clone(), other.clone()];
    assert_eq!(served(Millis(0)).await, all);
    assert_eq!(served(second.at).await, all[1..]);
    assert_eq!(served(now).await, []);

    assert_eq!(store.forget(&ada, second.at).await.unwrap(), 2);
    assert_eq!(served(Millis(0)).await, all[2..]);
    assert_eq!(store.forget(&ada, second.at).await.unwrap(), 0);
    let bo: ViewerId = "bo".parse().unwrap();
    assert_eq!(store.served(&bo, Millis(0)).await.unwrap(), [bos]);
    // What is gone may come again.
    assert_eq!(store.put(&first).await.unwrap(), Put::New);

    let many = (0..40).map(|number| page("many", &format!("list:{number}"), number, 0..5));
    for page in many {
        assert_eq!(store.put(&page).await.unwrap(), Put::New);
    }
    let viewer: ViewerId = "many".parse().unwrap();
    assert_eq!(store.served(&viewer, Millis(0)).await.unwrap().len(), 40);
    assert_eq!(store.forget(&viewer, now).await.unwrap(), 40);
    assert_eq!(store.served(&viewer, Millis(0)).await.unwrap(), []);
}

/// The contract of [`Queue`], as far as it holds while no delivery is left too long.
///
/// # Panics
/// When the queue breaks it.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
pub async fn queue(queue: &impl Queue) {
    assert_eq!(queue.receive(10).await.unwrap(), []);
    let mut sent: Vec<String> = (0..12)
        .map(|number| format!("message {number} ü"))
        .collect();
    for body in &sent {
        queue.send(body).await.unwrap();
    }
    let mut received = Vec::new();
    // Some stores give less than there is; none gives more than was asked for.
    for _ in 0..100 {
        let deliveries = queue.receive(5).await.unwrap();
        assert!(deliveries.len() <= 5);
        queue.finish(&deliveries).await.unwrap();
        received.extend(deliveries.into_iter().map(|delivery| delivery.body));
        if received.len() >= sent.len() {
            break;
        }
    }
    received.sort_unstable();
    sent.sort_unstable();
    assert_eq!(received, sent);
    assert_eq!(queue.receive(10).await.unwrap(), []);
}

/// The contract of [`Shadow`]. `published` tells what was published so far, topic and payload, in order.
///
/// # Panics
/// When the broker breaks it.
#[expect(clippy::unwrap_used, reason = "a failed call is a failed test")]
pub async fn shadow(
    shadow: &impl Shadow,
    mut published: impl AsyncFnMut() -> Vec<(String, Vec<u8>)>,
) {
    assert_eq!(published().await, []);
    let largest = vec![b'x'; crate::rating::MAX_PAYLOAD];
    let longest = format!("matinee/{}/rejected", "T".repeat(128));
    let messages: [(&str, &[u8]); 6] = [
        (
            "$aws/things/MovieSelector/shadow/update",
            br#"{"state":{"desired":{"a":"\u00fc"}}}"#,
        ),
        (
            "matinee/Living:Room_1-a/prediction/derived:0f.9",
            "{\"a\":\"ü\"}".as_bytes(),
        ),
        (&longest, b"not JSON"),
        (&longest, &[0, 0xff, 0x0a]),
        ("matinee/a/prediction/b", &largest),
        ("matinee/a/prediction/b", &largest),
    ];
    for (topic, payload) in messages {
        shadow.publish(topic, payload).await.unwrap();
    }
    let published = published().await;
    assert_eq!(published.len(), messages.len());
    for ((topic, payload), (found, content)) in messages.iter().zip(&published) {
        assert_eq!(topic, found);
        assert!(*payload == content, "another payload at {topic}");
    }
}
