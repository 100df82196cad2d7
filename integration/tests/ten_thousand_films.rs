//! A model of ten thousand films in the function that serves it.

use std::time::Duration;

use matinee_integration::lambda::{Function, Invoke as _, ObjectServer, model_from};
use matinee_integration::{built, data, run};

/// The most memory of the function, in bytes, so that one with 128 MB of it is enough.
const MOST: u64 = 70_000_000;

#[test]
fn the_function_serves_it_in_little_memory_and_fetches_every_byte_once() {
    let (Some(bootstrap), Some(catalogue)) =
        (built("RecommendFunction"), data("tmdb-10k/movies.csv"))
    else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "train",
        "--catalogue",
        &catalogue,
        "--out",
        "models",
        "--json",
    ];
    let trained = run(dir.path(), &args, "").done().json();
    let server = ObjectServer::start(&dir.path().join("models"), "films", "models/", 0).unwrap();
    let function = Function::start(&bootstrap, &model_from(&server.endpoint(), "films"));
    function.ready(Duration::from_secs(30));
    let sections = trained["sections"].as_object().unwrap();
    let sections: u64 = sections
        .values()
        .filter_map(serde_json::Value::as_u64)
        .sum();
    let fetched: usize = server.take_served().iter().map(|served| served.bytes).sum();
    let documents = 5_000;
    assert!(
        (sections..sections + documents).contains(&(fetched as u64)),
        "{fetched} bytes fetched, the sections have {sections}"
    );
    for film in ["The%20Matrix", "Spirited%20Away", "Heat", "Alien"]
        .iter()
        .cycle()
        .take(200)
    {
        let answer = function.get(&format!("/recommend?movie_name={film}&limit=20"));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let memory = function.memory().unwrap();
    assert!(memory.peak <= MOST, "{memory:?}");
}
