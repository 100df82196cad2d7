//! Many interactions at once, past the queue.

use matinee::ports::{Interactions as _, Viewers};
use matinee::taste::Millis;

use super::{folder, log_of, open, row};
use crate::embedded::BroughtIn;

fn outcome(new: u64, repeats: u64) -> BroughtIn {
    BroughtIn {
        new,
        repeats,
        ..BroughtIn::default()
    }
}

#[tokio::test]
async fn what_is_brought_in_twice_is_kept_once_and_in_the_log_once() {
    let dir = folder();
    let embedded = open(&dir);
    let tables = embedded.tables();
    let rows = vec![
        row("ada", "1", 10),
        row("ben", "2", 11),
        row("ada", "1", 12),
    ];
    assert_eq!(tables.bring_in(rows.clone()).await.unwrap(), outcome(2, 1));
    assert_eq!(tables.bring_in(rows.clone()).await.unwrap(), outcome(0, 3));
    assert_eq!(tables.all_interactions().await.unwrap(), rows[..2]);
    let feeder = embedded.log_feeder(log_of(&dir));
    assert_eq!(feeder.feed().await.unwrap(), 2);
    assert_eq!(tables.bring_in(Vec::new()).await.unwrap(), outcome(0, 0));
}

#[tokio::test]
async fn who_is_forgotten_stays_forgotten_unless_it_is_accepted_later() {
    let dir = folder();
    let tables = open(&dir).tables();
    let ada = "ada".parse().unwrap();
    Viewers::forget(&tables, &ada, Millis(20)).await.unwrap();
    let (before, after) = (row("ada", "1", 20), row("ada", "2", 21));
    let brought = tables.bring_in(vec![before, after.clone()]).await.unwrap();
    assert_eq!((brought.new, brought.forgotten), (1, 1));
    assert_eq!(tables.newest(&ada, 10).await.unwrap(), [after]);
}

#[tokio::test]
async fn another_content_under_an_id_is_not_taken() {
    let dir = folder();
    let tables = open(&dir).tables();
    let first = row("ada", "1", 10);
    let mut other = first.clone();
    other.interaction.movie = "tmdb:604".parse().unwrap();
    let brought = tables.bring_in(vec![first.clone(), other]).await.unwrap();
    assert_eq!((brought.new, brought.conflicts), (1, 1));
    assert_eq!(tables.all_interactions().await.unwrap(), [first]);
}
