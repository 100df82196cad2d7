use matinee::ports::{Queue as _, StoreError};
use matinee::taste::{DeadLetter, DeadReason};

use super::*;
use crate::embedded::{Counts, EmbeddedQueue, MOST_RECEIVES};

async fn bodies(queue: &EmbeddedQueue) -> Result<Vec<String>, StoreError> {
    let deliveries = queue.receive(10).await?;
    Ok(deliveries.into_iter().map(|d| d.body).collect())
}

#[tokio::test]
async fn what_is_not_finished_comes_again_after_its_time_and_not_before() {
    let dir = folder();
    let queue = hasty(&dir).queue();
    queue.send("a").await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["a"]);
    let in_hand = Counts {
        waiting: 0,
        in_hand: 1,
    };
    assert_eq!(queue.counts().await.unwrap(), in_hand);
    assert_eq!(bodies(&queue).await.unwrap(), [""; 0]);
    tokio::time::sleep(SHORT * 2).await;
    let again = queue.receive(10).await.unwrap();
    assert_eq!(again.len(), 1);
    queue.finish(&again).await.unwrap();
    tokio::time::sleep(SHORT * 2).await;
    assert_eq!(queue.counts().await.unwrap(), Counts::default());
}

#[tokio::test]
async fn a_message_that_fails_again_is_hidden_longer() {
    let dir = folder();
    let queue = hasty(&dir).queue();
    queue.send("a").await.unwrap();
    let begin = std::time::Instant::now();
    // Between a delivery and the next lies at least the time from the one's call to the other's end.
    let mut calls = Vec::new();
    while calls.len() < 4 {
        let called = begin.elapsed();
        if bodies(&queue).await.unwrap().is_empty() {
            tokio::time::sleep(SHORT / 10).await;
        } else {
            calls.push((called, begin.elapsed()));
        }
    }
    for (times, pair) in [1, 2, 4].into_iter().zip(calls.windows(2)) {
        let hidden = pair[1].1.saturating_sub(pair[0].0);
        // Times are kept in whole milliseconds.
        assert!(
            hidden + Duration::from_millis(1) >= SHORT * times,
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn what_a_dead_process_had_in_hand_is_taken_back() {
    let dir = folder();
    let queue = open(&dir).queue();
    queue.send("a").await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["a"]);
    drop(queue);
    let queue = open(&dir).queue();
    assert_eq!(bodies(&queue).await.unwrap(), [""; 0]);
    queue.take_back().await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn new_messages_come_before_those_that_failed() {
    let dir = folder();
    let queue = hasty(&dir).queue();
    queue.send("failing").await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["failing"]);
    queue.send("new").await.unwrap();
    tokio::time::sleep(SHORT * 2).await;
    assert_eq!(bodies(&queue).await.unwrap(), ["new", "failing"]);
}

#[tokio::test]
async fn a_message_that_is_never_done_becomes_a_dead_letter() {
    let dir = folder();
    let embedded = open(&dir);
    let queue = embedded.queue();
    queue.send(r#"{"poison": true}"#).await.unwrap();
    for _ in 0..MOST_RECEIVES {
        assert_eq!(bodies(&queue).await.unwrap().len(), 1);
        queue.take_back().await.unwrap();
    }
    queue.send("good").await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["good"]);
    let letters = bodies(&embedded.dead_letters()).await.unwrap();
    assert_eq!(letters.len(), 1);
    let letter: DeadLetter = serde_json::from_str(&letters[0]).unwrap();
    assert_eq!(letter.reason, DeadReason::TooOften);
    assert_eq!(letter.message["poison"], true);
    // Looked at however often, a dead letter stays one.
    let dead = embedded.dead_letters();
    for _ in 0..2 * MOST_RECEIVES {
        dead.take_back().await.unwrap();
        assert_eq!(bodies(&dead).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_clock_that_was_put_back_hides_nothing_for_long() {
    let dir = folder();
    let embedded = open(&dir);
    let queue = embedded.queue();
    queue.send("a").await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["a"]);
    let hidden_by_a_later_clock = embedded.store.write("write", "a test", |connection| {
        connection.execute("UPDATE queue SET visible_at = visible_at + 36000000", [])
    });
    hidden_by_a_later_clock.await.unwrap();
    assert_eq!(bodies(&queue).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn whoever_waits_hears_of_a_message_even_of_one_sent_before() {
    let dir = folder();
    let queue = open(&dir).queue();
    queue.send("before").await.unwrap();
    let begin = std::time::Instant::now();
    queue.wait(Duration::from_mins(1)).await;
    let waiting = queue.clone();
    let waiter = tokio::spawn(async move { waiting.wait(Duration::from_mins(1)).await });
    queue.send("meanwhile").await.unwrap();
    waiter.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(30));
    queue.wait(SHORT).await;
}
