use matinee::ports::{Delivery, MemoryQueue, MemoryTables, StoreCause};
use matinee::ports::{Films, Interactions, Put, Queue, Recommendations, StoreError, Viewers};
use matinee::taste::{
    DeadLetter, DeadReason, FilmRating, Interaction, Kind, Message, Millis, Properties, Recorded,
    ServedPage, Source, ViewerId,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Consumed, Feedback, Tally};

type Tables = Arc<Flaky>;

/// Tables of which the calls with these numbers fail: half of them before they did anything, half
/// of them afterwards.
#[derive(Default)]
struct Flaky {
    tables: MemoryTables,
    calls: AtomicUsize,
    every: Option<usize>,
}

impl Flaky {
    /// Whether the next call fails, and whether it does its work all the same.
    fn next(&self) -> (bool, bool) {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match self.every {
            Some(every) if number.is_multiple_of(every) => (true, number.is_multiple_of(2)),
            _ => (false, true),
        }
    }
}

fn failure<T>() -> Result<T, StoreError> {
    Err(StoreError {
        action: "write",
        what: "a table".to_owned(),
        cause: StoreCause::Unavailable,
        source: "as the test wants it".into(),
    })
}

impl Interactions for Flaky {
    async fn put(&self, rows: &[Recorded]) -> Vec<Result<Put, StoreError>> {
        let mut outcomes = Vec::new();
        for row in rows {
            let (fails, works) = self.next();
            let put = Interactions::put(&self.tables, std::slice::from_ref(row));
            let put = if works { put.await } else { Vec::new() };
            outcomes.extend(if fails { vec![failure()] } else { put });
        }
        outcomes
    }

    async fn newest(&self, viewer: &ViewerId, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.tables.newest(viewer, limit).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        match self.next() {
            (true, _) => failure(),
            _ => Interactions::forget(&self.tables, viewer, until).await,
        }
    }
}

impl Viewers for Flaky {
    async fn forgotten(&self, viewer: &ViewerId) -> Result<Option<Millis>, StoreError> {
        match self.next() {
            (true, _) => failure(),
            _ => self.tables.forgotten(viewer).await,
        }
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<(), StoreError> {
        match self.next() {
            (true, _) => failure(),
            _ => Viewers::forget(&self.tables, viewer, until).await,
        }
    }

    async fn describe(&self, _: &ViewerId, _: &Properties) -> Result<(), StoreError> {
        unreachable!("what is said about viewers takes no message")
    }

    async fn properties(&self, _: &ViewerId) -> Result<Option<Properties>, StoreError> {
        unreachable!("nobody asks")
    }
}

impl Films for Flaky {
    async fn put(&self, rating: &FilmRating) -> Result<Put, StoreError> {
        match self.next() {
            (true, _) => failure(),
            _ => Films::put(&self.tables, rating).await,
        }
    }
}

impl Recommendations for Flaky {
    async fn put(&self, page: &ServedPage) -> Result<Put, StoreError> {
        let (fails, works) = self.next();
        let put = if works {
            Recommendations::put(&self.tables, page).await
        } else {
            failure()
        };
        if fails { failure() } else { put }
    }

    async fn served(
        &self,
        viewer: &ViewerId,
        since: Millis,
    ) -> Result<Vec<ServedPage>, StoreError> {
        self.tables.served(viewer, since).await
    }

    async fn forget(&self, viewer: &ViewerId, until: Millis) -> Result<u64, StoreError> {
        match self.next() {
            (true, _) => failure(),
            _ => Recommendations::forget(&self.tables, viewer, until).await,
        }
    }
}

fn feedback(every: Option<usize>) -> Feedback<Tables, Tables, Tables, Tables, Arc<MemoryQueue>> {
    let tables = Arc::new(Flaky {
        every,
        ..Flaky::default()
    });
    Feedback {
        interactions: Arc::clone(&tables),
        viewers: Arc::clone(&tables),
        films: Arc::clone(&tables),
        recommendations: tables,
        dead_letters: Arc::default(),
    }
}

fn row(viewer: &str, id: &str, kind: Kind, accepted: i64) -> Recorded {
    Interaction {
        id: id.parse().unwrap(),
        viewer: viewer.parse().unwrap(),
        movie: "tmdb:603".parse().unwrap(),
        kind,
        at: Millis(1_700_000_000_000),
        source: Source::Http,
        recommendation: None,
    }
    .accepted(after(accepted))
}

/// So many milliseconds after some moment.
fn after(milliseconds: i64) -> Millis {
    Millis(1_700_000_000_000 + milliseconds)
}

fn letters(queue: &MemoryQueue) -> Vec<DeadLetter> {
    let bodies = queue.bodies();
    let letters = bodies
        .iter()
        .map(|body| serde_json::from_str(body).unwrap());
    letters.collect()
}

#[tokio::test]
async fn a_row_is_kept_once_however_often_it_comes() {
    let feedback = feedback(None);
    let rows = [
        row("ada", "1", Kind::Liked, 10),
        row("bo", "1", Kind::Liked, 10),
    ];
    let body = Message::interactions(&rows);
    let consumed = feedback.consume(&[&body, &body]).await;
    assert!(consumed.failed.is_empty());
    assert_eq!((consumed.tally.new, consumed.tally.repeats), (2, 2));
    assert_eq!(feedback.interactions.tables.rows(), rows);
}

#[tokio::test]
async fn an_id_used_again_for_something_else_is_a_dead_letter_and_the_first_stands() {
    let feedback = feedback(None);
    let first = row("ada", "1", Kind::Liked, 10);
    let other = row("ada", "1", Kind::Disliked, 11);
    let good = row("ada", "2", Kind::Skipped, 11);
    let bodies = [
        Message::interactions(std::slice::from_ref(&first)),
        Message::interactions(&[other.clone(), good.clone()]),
    ];
    let consumed = feedback.consume(&[&bodies[0], &bodies[1]]).await;
    assert!(consumed.failed.is_empty());
    assert_eq!(feedback.interactions.tables.rows(), [first, good]);
    let letters = letters(&feedback.dead_letters);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, DeadReason::IdConflict);
    assert_eq!(letters[0].message, serde_json::to_value(other).unwrap());
}

#[tokio::test]
async fn what_is_no_message_is_a_dead_letter_and_the_others_go_through() {
    let feedback = feedback(None);
    let good = Message::interactions(&[row("ada", "1", Kind::Liked, 10)]);
    let rating = r#"{"title": "A", "year": "1999", "stars": ["7"], "matinee_topic": "filmupdate",
        "matinee_received": 5}"#;
    let bad = r#"{"title": "A", "stars": 70, "matinee_topic": "filmupdate"}"#;
    let consumed = feedback.consume(&["{", &good, rating, bad]).await;
    assert!(consumed.failed.is_empty());
    assert_eq!((consumed.tally.new, consumed.tally.dead), (2, 2));
    assert_eq!(feedback.films.tables.ratings().len(), 1);
    let letters = letters(&feedback.dead_letters);
    assert_eq!(letters[0].message, "{");
    assert!(letters.iter().all(|l| l.reason == DeadReason::Unreadable));
}

#[tokio::test]
async fn a_forgotten_viewers_rows_go_whether_they_come_before_or_after() {
    let feedback = feedback(None);
    let before = Message::interactions(&[row("ada", "1", Kind::Liked, 10)]);
    let late = Message::interactions(&[row("ada", "2", Kind::Liked, 20)]);
    let later = row("ada", "3", Kind::Liked, 21);
    let other = row("bo", "1", Kind::Liked, 10);
    let forget = Message::forget(&"ada".parse().unwrap(), after(20));
    let rest = Message::interactions(&[other.clone(), later.clone()]);
    feedback.consume(&[&before]).await;
    feedback.consume(&[&late, &forget, &rest]).await;
    feedback.consume(&[&late]).await;
    assert_eq!(feedback.interactions.tables.rows(), [later, other]);
}

#[tokio::test]
async fn who_comes_back_may_use_the_ids_of_what_is_forgotten() {
    let before = row("ada", "1", Kind::Liked, 10);
    for again in [Kind::Liked, Kind::Disliked] {
        let feedback = feedback(None);
        let after_it = row("ada", "1", again, 21);
        let forget = Message::forget(&"ada".parse().unwrap(), after(20));
        feedback
            .consume(&[&Message::interactions(std::slice::from_ref(&before))])
            .await;
        // The tombstone is there before the message that removes the rows is delivered.
        let ada = "ada".parse().unwrap();
        Viewers::forget(&feedback.viewers.tables, &ada, after(20))
            .await
            .unwrap();
        let consumed = feedback
            .consume(&[&Message::interactions(std::slice::from_ref(&after_it))])
            .await;
        assert_eq!((consumed.tally.new, consumed.tally.forgotten), (1, 1));
        feedback.consume(&[&forget]).await;
        assert_eq!(feedback.interactions.tables.rows(), [after_it]);
        assert_eq!(letters(&feedback.dead_letters), []);
    }
}

#[tokio::test]
async fn a_batch_with_both_what_is_forgotten_and_its_id_anew_keeps_the_second() {
    let feedback = feedback(None);
    let ada = "ada".parse().unwrap();
    Viewers::forget(&feedback.viewers.tables, &ada, after(20))
        .await
        .unwrap();
    let [late, anew] = [10, 21].map(|accepted| row("ada", "1", Kind::Liked, accepted));
    feedback
        .consume(&[&Message::interactions(&[late, anew.clone()])])
        .await;
    assert_eq!(feedback.interactions.tables.rows(), [anew]);
}

#[tokio::test]
async fn a_message_that_failed_in_part_comes_again_as_a_whole() {
    let feedback = feedback(Some(5));
    let queue = MemoryQueue::default();
    let rows: Vec<Recorded> = (0..50)
        .map(|number| row("ada", &number.to_string(), Kind::Liked, 10))
        .collect();
    for rows in rows.chunks(3) {
        queue.send(&Message::interactions(rows)).await.unwrap();
    }
    let mut rounds = 0;
    let mut failures = 0;
    loop {
        let (received, consumed) = feedback.drain(&queue, 10).await.unwrap();
        failures += consumed.failed.len();
        queue.time_out();
        rounds += 1;
        if received == 0 {
            break;
        }
        assert!(rounds < 1_000, "it never comes to an end");
    }
    assert!(failures > 0);
    let mut kept = feedback.interactions.tables.rows();
    kept.sort_by_key(|row| row.interaction.id.as_str().parse::<u32>().unwrap());
    assert_eq!(kept, rows);
}

#[tokio::test]
async fn without_a_place_for_dead_letters_the_message_stays() {
    struct Gone;
    impl Queue for Gone {
        async fn send(&self, _: &str) -> Result<(), StoreError> {
            failure()
        }
        async fn receive(&self, _: usize) -> Result<Vec<Delivery>, StoreError> {
            failure()
        }
        async fn finish(&self, _: &[Delivery]) -> Result<(), StoreError> {
            failure()
        }
    }
    let memory = feedback(None);
    let feedback = Feedback {
        interactions: memory.interactions,
        viewers: memory.viewers,
        films: memory.films,
        recommendations: memory.recommendations,
        dead_letters: Gone,
    };
    let Consumed { failed, tally } = feedback.consume(&["{"]).await;
    assert_eq!((failed.len(), tally.dead), (1, 0));
}

#[tokio::test]
async fn films_served_and_accepted_are_counted_once_however_often_they_are_delivered() {
    let feedback = feedback(None);
    let rows = [
        ("1", Kind::Watched(None), Some("a")),
        ("2", Kind::Liked, Some("a")),
        ("3", Kind::Clicked(None), Some("a")),
        ("4", Kind::Liked, None),
    ]
    .map(|(id, kind, list)| {
        let mut row = row("ada", id, kind, 10);
        row.interaction.recommendation = list.map(|list| list.parse().unwrap());
        row
    });
    let messages = [
        Message::served(&page("ada", "a", 0)),
        Message::interactions(&rows),
    ];
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let counted = |tally: Tally| (tally.served, tally.films_served, tally.films_accepted);
    assert_eq!(counted(feedback.consume(&messages).await.tally), (1, 1, 2));
    assert_eq!(counted(feedback.consume(&messages).await.tally), (0, 0, 0));
}

fn page(viewer: &str, list: &str, at: i64) -> ServedPage {
    ServedPage {
        viewer: viewer.parse().unwrap(),
        recommendation: list.parse().unwrap(),
        at: after(at),
        source: Source::Http,
        model_version: "v1".to_owned(),
        movies: vec!["tmdb:603".parse().unwrap()],
    }
}

#[tokio::test]
async fn what_was_served_is_remembered_once_and_forgotten_with_its_viewer() {
    let feedback = feedback(None);
    let [old, new] = [page("ada", "a", 0), page("ada", "b", 10)];
    let (ada, since) = ("ada".parse().unwrap(), Millis(0));
    let [first, second] = [&old, &new].map(Message::served);
    let consumed = feedback.consume(&[&first, &second, &first]).await;
    assert!(consumed.failed.is_empty());
    assert_eq!((consumed.tally.served, consumed.tally.repeats), (2, 1));
    let served = feedback.recommendations.served(&ada, since).await.unwrap();
    assert_eq!(served, [old, new.clone()]);

    let wish = Message::forget(&ada, after(5));
    let consumed = feedback.consume(&[&wish]).await;
    assert_eq!(consumed.tally.forgotten, 1);
    // A list that arrives behind the wish, and another one that was served behind it.
    let late = Message::served(&page("ada", "c", 4));
    let fresh = page("ada", "d", 6);
    let consumed = feedback.consume(&[&late, &Message::served(&fresh)]).await;
    assert_eq!(consumed.tally.forgotten, 1);
    let served = feedback.recommendations.served(&ada, since).await.unwrap();
    assert_eq!(served, [new, fresh]);
}

#[tokio::test]
async fn what_was_served_is_remembered_however_often_the_tables_fail() {
    let feedback = feedback(Some(3));
    let messages: Vec<String> = (0..20)
        .map(|list| Message::served(&page("ada", &format!("l-{list}"), list)))
        .collect();
    let mut left: Vec<&str> = messages.iter().map(String::as_str).collect();
    for _ in 0..50 {
        let consumed = feedback.consume(&left).await;
        let failed = consumed.failed.iter().map(|place| left[*place]);
        left = failed.collect();
    }
    assert_eq!(left, [""; 0]);
    let ada = "ada".parse().unwrap();
    let served = feedback.recommendations.served(&ada, Millis(0)).await;
    assert_eq!(served.unwrap().len(), 20);
}
