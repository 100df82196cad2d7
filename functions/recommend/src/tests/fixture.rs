//! A model and a client for the tests.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use matinee::catalogue::{Genre, Movie};
use matinee::model::{Model, SourceCounts, publish};
use matinee::ports::{
    Interactions, MemoryBlobs, MemoryQueue, MemoryTables, Queue as _, Recommendations,
};
use matinee::recommend::Personal;
use matinee::taste::{
    Audience, Desk, Interaction, Kind, LastForgotten, Message, Millis, Recorded, ServedPage,
    Source, WATCHED_FRACTION,
};
use matinee_training::evaluate::{LikeRule, Likes};
use matinee_training::ingest::{ImportOptions, import};
use matinee_training::viewers::Viewers;
use matinee_training::{NoProgress, TrainSettings, train};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Access, Callers, Options, Personalize, with_subject};

/// What the router answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: impl AsRef<str>) -> &str {
        let value = self.headers.get(name.as_ref());
        value.map_or("", |value| value.to_str().unwrap())
    }
}

/// The sample catalogue, with what it lacks: votes, other catalogues' ids, a film of unknown
/// year.
pub(super) fn movies() -> Vec<Movie> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample/movies.csv");
    let mut movies = import(&sample, &ImportOptions::default()).unwrap().movies;
    for (row, movie) in movies.iter_mut().enumerate() {
        if row % 3 != 0 {
            movie.vote_average = Some((row % 101) as f32 / 10.0);
            movie.votes = 100;
        }
        if movie.id.as_str() == "tmdb:603" {
            movie.aliases.push("imdb:tt0133093".parse().unwrap());
            movie.poster = "https://posters.example/603.jpg".to_owned();
        }
    }
    let mut unknown = Movie::new("film:undated".parse().unwrap(), "An Undated Reel", None);
    unknown.genres = vec![Genre::Documentary];
    movies.push(unknown);
    movies
}

static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| trained(&movies(), None));

/// A model of the films with what viewers of two tastes like.
static LEARNED: LazyLock<Arc<Model>> = LazyLock::new(|| {
    let movies = movies();
    let likes = Likes::of(&two_tastes(&movies), &LikeRule::default());
    trained(&movies, Some(&Viewers::of(&movies, &likes)))
});

fn trained(movies: &[Movie], viewers: Option<&Viewers>) -> Arc<Model> {
    let source = SourceCounts {
        movies: movies.len() as u64,
        ..SourceCounts::default()
    };
    let settings = TrainSettings::default();
    let created = "2026-01-31T12:00:00Z";
    let draft = train(movies, viewers, source, created, &settings, &NoProgress).unwrap();
    let store = MemoryBlobs::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // A thread of its own: a test's runtime may be waiting here.
    let model = std::thread::spawn(move || runtime.block_on(publish(&store, &draft)).unwrap());
    Arc::new(model.join().unwrap())
}

/// The first films of a genre, by their ids.
pub(super) fn of_genre(movies: &[Movie], genre: Genre) -> Vec<String> {
    let of = movies.iter().filter(|movie| movie.genres.contains(&genre));
    of.take(10).map(|movie| movie.id.to_string()).collect()
}

/// Forty viewers, one half of whom like science fiction and the other half romance: seven to nine films
/// of ten.
fn two_tastes(movies: &[Movie]) -> Vec<Recorded> {
    let tastes = [Genre::ScienceFiction, Genre::Romance].map(|genre| of_genre(movies, genre));
    let mut rows = Vec::new();
    for viewer in 0..40 {
        let left_out = [viewer % 10, 3 * viewer % 7, viewer / 5 % 10];
        let liked = tastes[viewer % 2].iter().enumerate();
        for (nth, movie) in liked.filter(|(nth, _)| !left_out.contains(nth)) {
            // Science fiction was liked a year before.
            let days = if viewer % 2 == 0 { 365 } else { 1 };
            let at = Millis(MORNING - days * 86_400_000);
            rows.push(
                Interaction {
                    id: format!("{viewer}-{nth}").parse().unwrap(),
                    viewer: format!("viewer-{viewer}").parse().unwrap(),
                    movie: movie.parse().unwrap(),
                    kind: Kind::Liked,
                    at,
                    source: Source::Http,
                    recommendation: None,
                }
                .accepted(at),
            );
        }
    }
    rows
}

/// A model that has not seen any viewer.
pub(super) fn model() -> Arc<Model> {
    Arc::clone(&MODEL)
}

/// A model that has learned from viewers.
pub(super) fn learned() -> Arc<Model> {
    Arc::clone(&LEARNED)
}

/// 2026-01-31T12:00:00Z, when the tests begin.
const MORNING: i64 = 1_769_860_800_000;

/// A clock that never shows a time twice.
pub(super) fn now() -> Millis {
    static CLOCK: AtomicI64 = AtomicI64::new(MORNING);
    Millis(CLOCK.fetch_add(1, Ordering::Relaxed))
}

/// A service with its tables and its queue, all in memory.
pub(super) struct House {
    pub(super) tables: Arc<MemoryTables>,
    pub(super) queue: Arc<MemoryQueue>,
    pub(super) router: Router,
    pub(super) audience: Arc<dyn Audience>,
}

impl House {
    /// As it is on one machine, or as API Gateway stands before it.
    pub(super) fn new(access: Access) -> Self {
        Self::serving(model(), access)
    }

    pub(super) fn serving(model: Arc<Model>, access: Access) -> Self {
        Self::with(model, access, Options::default())
    }

    /// With campaigns and filters of one's own, whoever may ask at all asking by them, or with another
    /// recommender.
    pub(super) fn with(model: Arc<Model>, access: Access, options: Options) -> Self {
        let tables = Arc::new(MemoryTables::default());
        let queue = Arc::new(MemoryQueue::default());
        let desk = Desk {
            interactions: Arc::clone(&tables),
            viewers: Arc::clone(&tables),
            recommendations: Arc::clone(&tables),
            queue: Arc::clone(&queue),
            now,
            watched_fraction: WATCHED_FRACTION,
            personal: Personal::default(),
            forgotten: LastForgotten::default(),
        };
        let audience: Arc<dyn Audience> = Arc::new(desk);
        let callers = match access {
            Access::Open => Callers::Anybody,
            Access::SignedIn => Callers::Nobody,
        };
        let options = Options {
            personalize: Personalize {
                callers,
                ..options.personalize
            },
            ..options
        };
        let router = crate::router_with(model, Arc::clone(&audience), access, options);
        let router = with_subject(router);
        Self {
            tables,
            queue,
            router,
            audience,
        }
    }

    /// Brings what waits in the queue into the tables.
    pub(super) async fn settle(&self) {
        let deliveries = self.queue.receive(usize::MAX).await.unwrap();
        for delivery in &deliveries {
            match Message::read(&delivery.body).unwrap() {
                Message::Interactions(rows) => {
                    for outcome in Interactions::put(&self.tables, &rows).await {
                        outcome.unwrap();
                    }
                }
                Message::Served(page) => {
                    Recommendations::put(&self.tables, &page).await.unwrap();
                }
                Message::Forget { viewer, until } => {
                    let forgotten = Interactions::forget(&self.tables, &viewer, until).await;
                    forgotten.unwrap();
                    let forgotten = Recommendations::forget(&self.tables, &viewer, until).await;
                    forgotten.unwrap();
                }
                Message::FilmRating(_) => panic!("no front sends it"),
            }
        }
        self.queue.finish(&deliveries).await.unwrap();
    }

    /// Remembers a list as a front does that has just served it, and brings it into the tables.
    pub(super) async fn serve(&self, viewer: &str, list: &str, movies: &[&str]) {
        let page = ServedPage {
            viewer: viewer.parse().unwrap(),
            recommendation: list.parse().unwrap(),
            at: self.audience.now(),
            source: Source::Http,
            model_version: model().version().to_owned(),
            movies: movies.iter().map(|id| id.parse().unwrap()).collect(),
        };
        self.audience.remember(&page).await.unwrap();
        self.settle().await;
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        send_to(self.router.clone(), request).await
    }

    pub(super) async fn call(&self, method: &str, target: &str) -> Answer {
        let request = Request::builder().method(method).uri(target);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts JSON.
    pub(super) async fn post(&self, target: &str, body: &Value) -> Answer {
        let request = Request::post(target).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap())
            .await
    }
}

pub(super) fn router() -> Router {
    House::new(Access::Open).router
}

pub(super) async fn send(request: Request<Body>) -> Answer {
    send_to(router(), request).await
}

pub(super) async fn send_to(router: Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    }
}

pub(super) async fn get(target: &str) -> Answer {
    send(Request::get(target).body(Body::empty()).unwrap()).await
}

/// The JSON of a call that must go well.
pub(super) async fn ok(target: &str) -> Value {
    let answer = get(target).await;
    assert_eq!(answer.status, StatusCode::OK, "{target}: {}", answer.json());
    answer.json()
}

pub(super) async fn post(target: &str, content_type: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(target).header(header::CONTENT_TYPE, content_type);
    send(request.body(body.into()).unwrap()).await
}

pub(super) async fn converse(body: &Value) -> Answer {
    post("/converse", "application/json", body.to_string()).await
}

/// What `field` holds in every element of an array.
pub(super) fn each<'a>(list: &'a Value, pointer: &str) -> Vec<&'a str> {
    let list = list.as_array().unwrap();
    list.iter()
        .map(|element| element.pointer(pointer).unwrap().as_str().unwrap())
        .collect()
}
