//! Measures how long the server on one machine takes to answer `GetRecommendations`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Parser;
use jiff::Timestamp;
use matinee_integration::Server;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:personalize:us-east-1:123456789012";

/// How many films a viewer has liked whom films are recommended to.
const HISTORY: usize = 200;

/// Measures `GetRecommendations` over HTTP, 25 items, with a filter by genre, one request after the other over
/// one connection: films for a viewer of 200 likes, films like one, and popular films.
#[derive(Parser)]
struct Arguments {
    /// A folder of published models.
    #[arg(long)]
    models: PathBuf,
    /// How many requests a list is asked for.
    #[arg(long, default_value_t = 5000)]
    requests: usize,
}

fn main() -> ExitCode {
    match measure(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cannot measure: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let models = std::path::absolute(&arguments.models)?;
    let models = models.to_str().context("the folder's name is no text")?;
    let dir = tempfile::tempdir()?;
    let args = [
        "serve",
        "--port",
        "0",
        "--mqtt-port",
        "0",
        "--models",
        models,
    ];
    let server = Server::start(dir.path(), &args);
    let films = films(&server)?;
    like(&server, films.get(..HISTORY).unwrap_or(&films))?;
    for (list, about) in [
        ("for-you", json!({"userId": "ada"})),
        ("similar", json!({"itemId": films.first()})),
        ("popular", json!({})),
    ] {
        let times = times(&server, list, &about, arguments.requests)?;
        let at = |percent: usize| {
            let time = times.get(times.len() * percent / 100);
            time.copied().unwrap_or_default().as_secs_f64() * 1e3
        };
        let (median, p99) = (at(50), at(99));
        writeln!(
            io::stdout(),
            "{list}: median {median:.2} ms, p99 {p99:.2} ms"
        )?;
    }
    Ok(())
}

/// The ids of well-known films, every second of the list.
fn films(server: &Server) -> anyhow::Result<Vec<String>> {
    let call = json!({"campaignArn": format!("{ARN}:campaign/matinee-popular"), "numResults": 500});
    let answer = ask(server, "/recommendations", &call)?;
    let items = answer["itemList"].as_array().context("no list")?;
    let ids = items.iter().step_by(2).map(|item| &item["itemId"]);
    Ok(ids.filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Lets the viewer like films, and waits until that is known.
fn like(server: &Server, films: &[String]) -> anyhow::Result<()> {
    let sent_at = Timestamp::now().as_second() - 86_400;
    for films in films.chunks(10) {
        let events: Vec<Value> = films
            .iter()
            .map(|film| json!({"eventType": "like", "itemId": film, "sentAt": sent_at}))
            .collect();
        let call =
            json!({"trackingId": "t", "sessionId": "s", "userId": "ada", "eventList": events});
        ask(server, "/events", &call)?;
    }
    let deadline = Instant::now() + Duration::from_secs(30);
    while server.get("/viewers/ada").json()["interactions"] != films.len() {
        ensure!(Instant::now() < deadline, "the likes are not kept");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// How long each request took, the shortest first.
fn times(
    server: &Server,
    list: &str,
    about: &Value,
    requests: usize,
) -> anyhow::Result<Vec<Duration>> {
    const GENRES: [&str; 5] = ["Drama", "Comedy", "Thriller", "Romance", "Science Fiction"];
    let mut times = Vec::with_capacity(requests);
    for genre in GENRES.iter().cycle().take(requests) {
        let mut call = json!({"campaignArn": format!("{ARN}:campaign/matinee-{list}"),
            "filterArn": format!("{ARN}:filter/matinee-genres"),
            "filterValues": {"GENRES": format!("\"{genre}\"")}});
        let more = about.as_object().into_iter().flatten();
        for (field, value) in more {
            call[field] = value.clone();
        }
        let body = call.to_string();
        let begun = Instant::now();
        let answer = server.post("/recommendations", body);
        times.push(begun.elapsed());
        ensure!(answer.status == 200, "{answer:?}");
        let items = answer.json()["itemList"].as_array().map_or(0, Vec::len);
        ensure!(items == 25, "{items} items of {list}");
    }
    times.sort_unstable();
    Ok(times)
}

fn ask(server: &Server, path: &str, call: &Value) -> anyhow::Result<Value> {
    let answer = server.post(path, call.to_string());
    ensure!(answer.status == 200, "{path}: {answer:?}");
    Ok(answer.json())
}
