//! What viewers do, in DynamoDB and SQS: the contracts that memory keeps, and what happens when the
//! services stumble.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use matinee::ports::{
    Delivery, Films, Interactions, Put, Queue, Recommendations, StoreError, Viewers, contract,
};
use matinee::taste::{FilmRating, InteractionId, Millis, Recorded, ServedPage, ViewerId};
use matinee_aws::{
    Clients, DynamoFilms, DynamoInteractions, DynamoRecommendations, DynamoViewers, Pace, SqsQueue,
};
use matinee_integration::apart;
use matinee_integration::lambda::{
    Fault, FaultProxy, MessageQueue, Moto, Rule, TABLES, Tables, feedback_through,
};
use serde_json::json;

/// Tells a process of this test what it is to do with the stores.
const SCENE: &str = "MATINEE_STORES_SCENE";

/// The cause that every call is to fail for.
const CAUSE: &str = "MATINEE_STORES_CAUSE";

/// Rows that are put while answers get lost.
const ROWS: usize = 200;

#[test]
#[ignore = "runs in a process of its own, for the tests below"]
fn in_a_process_of_its_own() {
    apart::play(SCENE, async |scene| {
        let stores = Stores::connect();
        match scene.as_str() {
            "contracts" => stores.keep_the_contracts().await,
            "puts" => stores.put_until_it_is_known().await,
            "causes" => stores.fail_for_a_cause().await,
            other => panic!("no scene: {other}"),
        }
    });
}

struct Stores {
    interactions: DynamoInteractions,
    viewers: DynamoViewers,
    films: DynamoFilms,
    recommendations: DynamoRecommendations,
    queue: SqsQueue,
}

impl Stores {
    fn connect() -> Self {
        let clients = Clients::new(Pace::function());
        let [interactions, viewers, films, recommendations] = TABLES;
        Self {
            interactions: DynamoInteractions::new(&clients, interactions),
            viewers: DynamoViewers::new(&clients, viewers),
            films: DynamoFilms::new(&clients, films),
            recommendations: DynamoRecommendations::new(&clients, recommendations),
            queue: SqsQueue::new(&clients, std::env::var("FEEDBACK_QUEUE_URL").unwrap()),
        }
    }

    async fn keep_the_contracts(&self) {
        contract::interactions(&self.interactions).await;
        contract::viewers(&self.viewers).await;
        contract::films(&self.films).await;
        // It expires items by the clock of its machine.
        let now = matinee_local::embedded::now();
        contract::recommendations(&self.recommendations, now).await;
        contract::queue(&self.queue).await;
        self.queue.finish(&[]).await.unwrap();
    }

    /// Puts rows, every second one twice in a call, and puts those again that failed.
    async fn put_until_it_is_known(&self) {
        let rows: Vec<Recorded> = (0..ROWS).map(row).collect();
        let twice = rows
            .iter()
            .enumerate()
            .flat_map(|(at, row)| vec![row.clone(); 1 + at % 2]);
        let mut left: Vec<Recorded> = twice.collect();
        for _ in 0..100 {
            let outcomes = self.interactions.put(&left).await;
            assert_eq!(outcomes.len(), left.len());
            let mut outcomes = outcomes.into_iter();
            left.retain(|row| match outcomes.next().unwrap() {
                Ok(Put::Conflict) => panic!("{row:?} is in conflict with itself"),
                Ok(_) => false,
                Err(_) => true,
            });
            if left.is_empty() {
                return;
            }
        }
        panic!("{} rows are not kept after all that", left.len());
    }

    async fn fail_for_a_cause(&self) {
        let expected = std::env::var(CAUSE).unwrap();
        let failed = |call: &str, error: StoreError| {
            let found = format!("{:?}", error.cause);
            assert_eq!(found, expected, "{call}: {error}: {}", error.source);
        };
        let ada: ViewerId = "ada".parse().unwrap();
        let rows = [row(1), row(1)];
        for outcome in self.interactions.put(&rows).await {
            failed("put", outcome.unwrap_err());
        }
        let read = self.interactions.newest(&ada, 5).await;
        failed("newest", read.unwrap_err());
        let gone = self.interactions.forget(&ada, Millis(5)).await;
        failed("forget rows", gone.unwrap_err());
        failed("forgotten", self.viewers.forgotten(&ada).await.unwrap_err());
        let forget = self.viewers.forget(&ada, Millis(5)).await;
        failed("forget", forget.unwrap_err());
        failed("rate", self.films.put(&rating()).await.unwrap_err());
        let served = self.recommendations.served(&ada, Millis(5)).await;
        failed("served", served.unwrap_err());
        let gone = self.recommendations.forget(&ada, Millis(5)).await;
        failed("forget lists", gone.unwrap_err());
        let put = self.recommendations.put(&page()).await;
        failed("remember", put.unwrap_err());
        failed("send", self.queue.send("a").await.unwrap_err());
        failed("receive", self.queue.receive(1).await.unwrap_err());
        let delivery = Delivery {
            receipt: "none".to_owned(),
            body: String::new(),
        };
        failed("finish", self.queue.finish(&[delivery]).await.unwrap_err());
    }
}

fn row(number: usize) -> Recorded {
    serde_json::from_value(json!({
        "viewer": format!("viewer-{}", number % 7), "id": format!("i-{number}"),
        "movie": "tmdb:603", "kind": "watched", "seconds": 0.1 + number as f64,
        "duration": 8_160.5, "at": 1_700_000_000_000_u64 + number as u64, "source": "http",
        "accepted": 1_700_000_000_010_i64,
    }))
    .unwrap()
}

fn page() -> ServedPage {
    serde_json::from_value(json!({
        "viewer": "ada", "recommendation": "list:1", "at": 1_700_000_000_000_i64,
        "source": "http", "model_version": "v1", "movies": ["tmdb:603"],
    }))
    .unwrap()
}

fn rating() -> FilmRating {
    FilmRating {
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
    }
}

/// The stores in moto, and a proxy before them.
struct Scene {
    moto: Moto,
    tables: Tables,
    queue: MessageQueue,
    proxy: FaultProxy,
}

impl Scene {
    fn start() -> Option<Self> {
        let moto = Moto::start()?;
        Some(Self {
            tables: moto.create_tables(),
            queue: moto.create_queue("feedback", 30, 5),
            proxy: FaultProxy::start(moto.endpoint()),
            moto,
        })
    }

    /// Lets a process play a scene. Of its environment, what is empty in `env` is taken away.
    fn play(&self, scene: &str, env: &[(&str, &str)]) {
        let endpoint = self.proxy.endpoint();
        let through = feedback_through(&endpoint, &self.queue, "data");
        let through = through.iter().map(|(name, value)| (*name, &**value));
        let own = [(SCENE, scene)].into_iter().chain(env.iter().copied());
        apart::in_a_process_of_its_own(&through.chain(own).collect::<Vec<_>>());
    }

    /// Every call fails for this cause.
    fn fails(&self, cause: &str, env: &[(&str, &str)]) {
        let env: Vec<_> = env.iter().copied().chain([(CAUSE, cause)]).collect();
        self.play("causes", &env);
    }
}

#[test]
fn tables_and_queue_keep_the_contracts() {
    let Some(scene) = Scene::start() else { return };
    scene.play("contracts", &[]);
    // The queue's URL names moto, but the calls went where the endpoint says.
    assert!(scene.queue.url.starts_with(scene.moto.endpoint()));
    for operation in ["PutItem", "UpdateItem", "SendMessage", "DeleteMessageBatch"] {
        assert!(scene.proxy.count_target(operation) > 0, "{operation}");
    }
    assert_eq!(scene.queue.depth(), (0, 0));
    let mut viewers = scene.tables.items("Viewers");
    viewers.sort_by_key(|item| item["viewer"].to_string());
    let expires = 1_700_000_000 + 35 * 86_400;
    // A tombstone goes by itself, also where something was said before; what was said stays.
    let expected = json!([
        {"viewer": "ada", "until": 1_700_000_000_009_i64, "expires": expires},
        {"viewer": "cy", "described": 1_700_000_000_009_i64, "properties": "{}"},
        {"viewer": "eve", "until": 1_700_000_000_007_i64, "expires": expires},
    ]);
    assert_eq!(json!(viewers), expected);
    let rating = &scene.tables.items("Films")[0];
    assert_eq!(
        (&rating["Director1"], &rating["stars"]),
        (&json!("Ada Moor"), &json!(7.5))
    );
}

#[test]
fn tables_and_queue_keep_the_contracts_also_where_they_stumble() {
    let Some(scene) = Scene::start() else { return };
    // Longer than a function waits for an answer.
    let late = Fault::Delay(Duration::from_millis(2_500));
    let rules: Vec<Rule> = vec![
        Fault::SlowDown.on_target("PutItem").times(1),
        Fault::InternalError.on_target("PutItem").times(1),
        Fault::HangUp.on_target("PutItem").times(1),
        Fault::Unavailable.on_target("Query").times(1),
        late.clone().on_target("Query").times(1),
        Fault::CutShort.on_target("Query").times(1),
        Fault::SlowDown.on_target("DeleteItem").times(1),
        Fault::LoseAnswer.on_target("DeleteItem").times(2),
        Fault::LoseAnswer.on_target("UpdateItem").times(1),
        late.on_target("UpdateItem").times(1),
        Fault::InternalError.on_target("GetItem").times(2),
        Fault::SlowDown.on_target("SendMessage").times(1),
        Fault::Unavailable.on_target("SendMessage").times(1),
        Fault::HangUp.on_target("SendMessage").times(1),
        Fault::SlowDown.on_target("ReceiveMessage").times(2),
        Fault::InternalError
            .on_target("DeleteMessageBatch")
            .times(2),
    ];
    for rule in rules {
        scene.proxy.inject(rule);
    }
    scene.play("contracts", &[]);
    assert_eq!(scene.proxy.faulted(), 20, "not all of them happened");
}

/// A row whose answer gets lost is put again, by the client or by whoever called, and is found to be
/// the same.
#[test]
fn rows_are_kept_once_while_requests_fail_and_answers_get_lost() {
    let Some(scene) = Scene::start() else { return };
    for (seed, fault) in [
        Fault::SlowDown,
        Fault::InternalError,
        Fault::HangUp,
        Fault::LoseAnswer,
    ]
    .into_iter()
    .enumerate()
    {
        scene
            .proxy
            .inject(fault.on_target("PutItem").share(0.1, seed as u64));
    }
    scene.play("puts", &[]);
    assert!(scene.proxy.faulted() > ROWS / 10);
    let mut kept: Vec<Recorded> = scene
        .tables
        .items("Interactions")
        .into_iter()
        .map(|item| serde_json::from_value(item.into()).unwrap())
        .collect();
    let number = |row: &Recorded| row.interaction.at;
    kept.sort_by_key(number);
    assert_eq!(kept, (0..ROWS).map(row).collect::<Vec<_>>());
    // One stream record for each row: the log gets it once.
    let streamed: usize = scene
        .tables
        .stream_events("Interactions", 1_000)
        .iter()
        .map(|event| event["Records"].as_array().unwrap().len())
        .sum();
    assert_eq!(streamed, ROWS);
}

#[test]
fn every_failure_has_its_cause() {
    let Some(scene) = Scene::start() else { return };
    for (fault, cause) in [
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::ExpiredToken { status: 400 }, "ExpiredCredentials"),
        (Fault::SlowDown, "Unavailable"),
        (Fault::InternalError, "Unavailable"),
        (Fault::Unavailable, "Unavailable"),
        (Fault::HangUp, "Unavailable"),
    ] {
        scene.proxy.clear();
        scene.proxy.inject(fault);
        scene.fails(cause, &[]);
    }
    scene.proxy.clear();
    scene.proxy.refuse_connections();
    scene.fails("Unavailable", &[]);
    scene.proxy.accept_connections();
    scene.fails(
        "NoCredentials",
        &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
    );
    let nowhere = [
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", ""),
        ("AWS_ENDPOINT_URL", ""),
    ];
    scene.fails("NoRegion", &nowhere);
}

#[test]
fn what_does_not_exist_is_said_to_be_missing() {
    let Some(moto) = Moto::start() else { return };
    let mut queue = moto.create_queue("feedback", 30, 5);
    queue.url.push_str("-other");
    let scene = Scene {
        tables: Tables::at(moto.endpoint()),
        proxy: FaultProxy::start(moto.endpoint()),
        queue,
        moto,
    };
    scene.fails("NotFound", &[]);
}
