//! The description and the router say the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::check::faults;
use super::fixture::{Answer, House, converse, get, ok, post, send};
use crate::{Access, Subject};

/// Every call, in a request that goes well and in those that do not.
const REQUESTS: [(&str, &str, &str); 27] = [
    ("GET", "/", "/"),
    ("GET", "/health", "/health"),
    ("GET", "/openapi.json", "/openapi.json"),
    ("GET", "/recommend", "/recommend?movie_name=The%20Matrix"),
    (
        "GET",
        "/recommend",
        "/recommend?movie_name=heat&model=tfidf&limit=100",
    ),
    (
        "GET",
        "/recommend",
        "/recommend?movie_name=Flurb%20of%20Zanzibar",
    ),
    ("GET", "/recommend", "/recommend?movie_name=alienz"),
    ("GET", "/recommend", "/recommend"),
    ("GET", "/movies", "/movies"),
    ("GET", "/movies", "/movies?query=alien"),
    ("GET", "/movies", "/movies?limit=0&limit=1"),
    ("GET", "/movies/{id}", "/movies/tmdb:603"),
    ("GET", "/movies/{id}", "/movies/film:undated"),
    ("GET", "/movies/{id}", "/movies/film:unknown"),
    ("GET", "/movies/{id}", "/movies/603"),
    (
        "GET",
        "/movies/{id}/similar",
        "/movies/tmdb:603/similar?limit=100",
    ),
    (
        "GET",
        "/movies/{id}/similar",
        "/movies/film:undated/similar?limit=100",
    ),
    (
        "GET",
        "/movies/{id}/similar",
        "/movies/film:unknown/similar",
    ),
    (
        "GET",
        "/movies/{id}/similar",
        "/movies/tmdb:603/similar?model=x",
    ),
    (
        "GET",
        "/movies/{id}/also-liked",
        "/movies/tmdb:603/also-liked",
    ),
    (
        "GET",
        "/movies/{id}/also-liked",
        "/movies/film:unknown/also-liked",
    ),
    (
        "GET",
        "/movies/{id}/also-liked",
        "/movies/603/also-liked?model=tfidf",
    ),
    ("GET", "/trending", "/trending?limit=3"),
    ("GET", "/trending", "/trending?limit=0"),
    ("GET", "/top-picks", "/top-picks"),
    ("GET", "/top-picks", "/top-picks?genre=Gardening"),
    ("GET", "/top-picks", "/top-picks?page=AAAAAAAAAAA"),
];

fn described() -> Value {
    serde_json::to_value(crate::openapi()).unwrap()
}

/// Asserts that an answer is one of those that the operation declares.
fn conforms(document: &Value, operation: &Value, answer: &Answer, request: &str) {
    let status = answer.status.as_str();
    let response = &operation["responses"][status];
    assert!(response.is_object(), "{request}: {status} is not declared");
    for header in response["headers"].as_object().unwrap().keys() {
        assert!(
            answer.headers.contains_key(header),
            "{request}: no {header}"
        );
    }
    let Some(content) = response["content"].as_object() else {
        assert!(answer.body.is_empty(), "{request}: a body");
        return;
    };
    let (media_type, content) = content.iter().next().unwrap();
    let found = answer.header("content-type");
    assert_eq!(
        found.split(';').next(),
        Some(media_type.as_str()),
        "{request}"
    );
    if media_type.ends_with("json") {
        let wrong = faults(document, &content["schema"], &answer.json());
        assert!(wrong.is_empty(), "{request}: {wrong:?}");
    }
}

#[tokio::test]
async fn answers_are_as_described() {
    let document = ok("/openapi.json").await;
    let mut asked = BTreeSet::new();
    for (method, path, target) in REQUESTS {
        let operation = &document["paths"][path][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not described");
        conforms(&document, operation, &get(target).await, target);
        asked.insert(path);
    }
    let operation = &document["paths"]["/converse"]["post"];
    let launched = converse(&json!({"text": ""})).await;
    let turns = [
        converse(&json!({"session": launched.json()["session"], "text": "The Matrix"})).await,
        converse(&json!({"session": null, "text": "I like Alienz"})).await,
        converse(&json!({"session": null, "text": "stop", "locale": "en-US"})).await,
        converse(&json!({"text": 5})).await,
        converse(&json!({"text": "x".repeat(70_000)})).await,
        post("/converse", "text/plain", "hello").await,
        launched,
    ];
    for answer in turns {
        conforms(&document, operation, &answer, "/converse");
    }
    asked.insert("/converse");
    asked.extend(viewers_are_answered_as_described(&document).await);
    let described: BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(asked, described);
}

/// The same for the calls about viewers; gives their paths.
async fn viewers_are_answered_as_described(document: &Value) -> [&'static str; 4] {
    let paths = [
        "/viewers/{viewer}",
        "/viewers/{viewer}/interactions",
        "/viewers/{viewer}/analytics",
        "/viewers/{viewer}/recommendations",
    ];
    let [viewer, interactions, analytics, recommendations] =
        paths.map(|path| &document["paths"][path]);
    let post = &interactions["post"];
    let house = House::new(Access::Open);
    let target = "/viewers/ada/interactions";
    let one = json!({"movie": "tmdb:603", "kind": "rated", "stars": 4, "id": "a"});
    for body in [
        one.clone(),
        json!({"movie": "tmdb:603", "kind": "watched", "seconds": 9e9, "duration": 60}),
        json!({"movie": "tmdb:603", "kind": "watched", "seconds": 0}),
        json!([one, {"movie": "tmdb:603", "kind": "liked", "id": "a"}, {"kind": []}, 5,
            {"movie": "tmdb:0", "kind": "liked"}]),
        json!({"movie": "tmdb:0", "kind": "liked"}),
        json!({"movie": "tmdb:603", "kind": "rated", "stars": 11}),
        json!([]),
        json!("x".repeat(70_000)),
    ] {
        conforms(document, post, &house.post(target, &body).await, target);
    }
    conforms(document, post, &house.call("POST", target).await, target);
    house.settle().await;
    house
        .serve("ada", "list-1", &["tmdb:603", "tmdb:604"])
        .await;
    for (item, method, target) in [
        (viewer, "GET", "/viewers/ada"),
        (viewer, "GET", "/viewers/nobody"),
        (viewer, "GET", "/viewers/a%20b"),
        (analytics, "GET", "/viewers/ada/analytics"),
        (analytics, "GET", "/viewers/nobody/analytics"),
        (analytics, "GET", "/viewers/a%20b/analytics"),
        (recommendations, "GET", "/viewers/ada/recommendations"),
        (recommendations, "GET", "/viewers/nobody/recommendations"),
        (
            recommendations,
            "GET",
            "/viewers/ada/recommendations?page=A",
        ),
        (viewer, "DELETE", "/viewers/ada"),
        (viewer, "DELETE", "/viewers/ada?now"),
    ] {
        let operation = &item[method.to_lowercase()];
        conforms(
            document,
            operation,
            &house.call(method, target).await,
            target,
        );
    }

    let cloud = House::new(Access::SignedIn);
    for (path, item, method) in [
        ("/viewers/ada", viewer, "GET"),
        ("/viewers/ada", viewer, "DELETE"),
        ("/viewers/ada/analytics", analytics, "GET"),
        (target, interactions, "POST"),
        ("/viewers/ada/recommendations", recommendations, "GET"),
    ] {
        let operation = &item[method.to_lowercase()];
        for subject in [None, Some(Subject("bo".to_owned()))] {
            let request = Request::builder().method(method).uri(path);
            let mut request = request.body(Body::empty()).unwrap();
            subject.map(|subject| request.extensions_mut().insert(subject));
            conforms(document, operation, &cloud.send(request).await, path);
        }
    }
    paths
}

/// A path with something in its braces.
fn filled(path: &str) -> String {
    path.replace("{id}", "tmdb:603").replace("{viewer}", "ada")
}

#[tokio::test]
async fn the_examples_of_bodies_are_accepted() {
    let house = House::new(Access::Open);
    for (path, item) in described()["paths"].as_object().unwrap() {
        let Some(content) = item["post"]["requestBody"]["content"].as_object() else {
            continue;
        };
        let schema = &content["application/json"]["schema"];
        let examples = match schema["$ref"].as_str() {
            Some(reference) => described().pointer(&reference[1..]).unwrap()["examples"].clone(),
            None => schema["examples"].clone(),
        };
        let examples = examples.as_array().unwrap();
        assert!(!examples.is_empty(), "{path}");
        for example in examples {
            let answer = house.post(&filled(path), example).await;
            assert!(answer.status.is_success(), "{path}: {example}");
            for result in answer.json()["results"].as_array().into_iter().flatten() {
                assert_eq!(result["code"], "accepted", "{path}: {example}");
            }
        }
    }
    let interaction = &described()["components"]["schemas"]["Interaction"];
    for example in interaction["examples"].as_array().unwrap() {
        let answer = house.post("/viewers/ada/interactions", example).await;
        assert_eq!(answer.json()["results"][0]["code"], "accepted", "{example}");
    }
}

#[test]
fn calls_about_viewers_and_no_others_take_a_token() {
    let document = described();
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let takes = operation["security"] == json!([{}, {"bearer": []}]);
            assert_eq!(takes, path.starts_with("/viewers/"), "{method} {path}");
            for status in ["401", "403"] {
                let told = operation["responses"][status].is_object();
                assert_eq!(told, takes, "{method} {path} {status}");
            }
        }
    }
}

#[tokio::test]
async fn the_served_description_is_that_of_the_code() {
    let served = ok("/openapi.json").await;
    assert!(
        served == described(),
        "src/openapi.json is of other code: cargo run -p matinee-recommend --no-default-features \
         --example openapi > functions/recommend/src/openapi.json"
    );
    assert_eq!(served["openapi"], "3.1.0");
    assert_eq!(served["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn every_path_described_is_routed_with_its_methods_and_no_others() {
    for (path, item) in described()["paths"].as_object().unwrap() {
        let described: BTreeSet<String> = item.as_object().unwrap().keys().cloned().collect();
        let request = Request::patch(filled(path));
        let answer = send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "{path}");
        let routed: BTreeSet<String> = answer
            .header("allow")
            .split(',')
            .filter(|method| *method != "HEAD")
            .map(str::to_lowercase)
            .collect();
        assert_eq!(routed, described, "{path}");
    }
}

#[test]
fn every_path_routed_is_described() {
    // Nothing but the router's account of itself tells its paths.
    let account = format!("{:?}", super::fixture::router());
    let routed: BTreeSet<&str> = account
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with('/') && !text.contains("__private"))
        .collect();
    let described = described();
    // Amazon describes its own calls.
    let described: BTreeSet<&str> = described["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .chain([
            "/events",
            "/items",
            "/personalize-ranking",
            "/recommendations",
            "/users",
        ])
        .collect();
    assert_eq!(routed, described);
}

#[tokio::test]
async fn every_parameter_described_is_known_and_no_other() {
    let document = described();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(parameters) = item["get"]["parameters"].as_array() else {
            continue;
        };
        let described: Vec<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let target = format!("{}?no_such_parameter=1", filled(path));
        let json = get(&target).await.json();
        assert_eq!(json["field"], "no_such_parameter", "{path}");
        let known = json["errors"][0]["detail"].as_str().unwrap();
        let expected = if described.is_empty() {
            "is unknown: this call takes no parameters".to_owned()
        } else {
            format!("is unknown: this call takes {}", described.join(", "))
        };
        assert_eq!(known, expected, "{path}");
    }
}

#[tokio::test]
async fn the_examples_of_parameters_are_accepted_all_together() {
    for (path, item) in described()["paths"].as_object().unwrap() {
        let mut target = format!("{}?", filled(path));
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            let value = match &parameter["example"] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Array(several) => several[0].as_str().unwrap().to_owned(),
                other => other.to_string(),
            };
            if parameter["in"] == "query" {
                let name = parameter["name"].as_str().unwrap();
                write!(target, "{name}={}&", value.replace(' ', "%20")).unwrap();
            }
        }
        if item.get("get").is_some() {
            assert_eq!(get(&target).await.status, 200, "{target}");
        }
    }
}

#[test]
fn every_schema_has_a_description_and_its_examples_fit_it() {
    let document = described();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name}");
        for (property, inner) in schema["properties"].as_object().into_iter().flatten() {
            let told = inner["description"].is_string()
                || inner["$ref"].is_string()
                || inner["oneOf"].is_array();
            assert!(told, "{name}.{property} is not described");
        }
        for example in schema["examples"].as_array().into_iter().flatten() {
            let wrong = faults(&document, schema, example);
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
        }
    }
}

#[test]
fn every_operation_and_parameter_is_described() {
    for (path, item) in described()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for field in ["operationId", "summary", "description"] {
                assert!(operation[field].is_string(), "{method} {path}: {field}");
            }
            assert!(operation["responses"]["500"].is_object(), "{method} {path}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{path} {parameter}");
                assert!(parameter["schema"].is_object(), "{path} {parameter}");
            }
        }
    }
}
