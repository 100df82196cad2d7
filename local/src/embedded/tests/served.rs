use matinee::ports::{Put, Recommendations};
use matinee::taste::{REMEMBERED, ServedPage};
use rusqlite::Connection;

use super::*;
use crate::embedded::{FILE, now};

fn page(list: &str, at: Millis) -> ServedPage {
    ServedPage {
        viewer: "ada".parse().unwrap(),
        recommendation: list.parse().unwrap(),
        at,
        source: Source::Http,
        model_version: "v1".to_owned(),
        movies: vec!["tmdb:603".parse().unwrap()],
    }
}

async fn put(embedded: &Embedded, page: &ServedPage) {
    let put = Recommendations::put(&embedded.tables(), page).await;
    assert_eq!(put.unwrap(), Put::New);
}

#[tokio::test]
async fn what_was_served_goes_after_thirty_days() {
    let dir = folder();
    let embedded = open(&dir);
    let old = page("old", Millis(now().0 - REMEMBERED + 600_000));
    put(&embedded, &old).await;
    assert_eq!(embedded.tables().all_served().await.unwrap(), [old]);
    let file = Connection::open(dir.path().join(FILE)).unwrap();
    let age = || file.execute("UPDATE recommendations SET at = at - 600000", []);
    age().unwrap();
    let new = page("new", now());
    put(&embedded, &new).await;
    let all = embedded.tables().all_served().await.unwrap();
    assert_eq!(all, [new], "one that is added lets the old go");
    file.execute("UPDATE recommendations SET at = 0", [])
        .unwrap();
    drop((embedded, file));
    let all = open(&dir).tables().all_served().await.unwrap();
    assert_eq!(all, [], "opening lets the old go");
}

#[tokio::test]
async fn a_file_from_before_lists_were_remembered_remembers_them_from_now_on() {
    let dir = folder();
    keep(&open(&dir), &[row("ada", "1", 10)]).await;
    let older = Connection::open(dir.path().join(FILE)).unwrap();
    older.execute_batch("DROP TABLE recommendations").unwrap();
    drop(older);
    let embedded = open(&dir);
    let page = page("new", now());
    put(&embedded, &page).await;
    assert_eq!(embedded.tables().all_served().await.unwrap(), [page]);
    assert_eq!(embedded.tables().all_interactions().await.unwrap().len(), 1);
}
