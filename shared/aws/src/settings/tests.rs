//! What the environment may say.

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
    Settings::read(|name| {
        let found = variables.iter().find(|(known, _)| *known == name)?;
        Some(found.1.into())
    })
}

fn models(variables: &[(&str, &str)]) -> ModelsAt {
    read(variables).unwrap().models
}

#[test]
fn with_nothing_set_the_sample_serves() {
    let settings = read(&[]).unwrap();
    assert_eq!(
        settings.models,
        ModelsAt::Sample("/opt/matinee/models".into())
    );
    assert_eq!(settings.check, Duration::from_mins(1));
    assert_eq!(settings.alexa_skill_id, None);
    assert_eq!(settings.log, None);
    let empty = [
        "MODEL_BUCKET",
        "MODEL_DIR",
        "MODEL_PREFIX",
        "MODEL_CHECK_SECONDS",
        "INTERACTIONS_TABLE",
        "FEEDBACK_QUEUE_URL",
        "LOG_PREFIX",
        "WATCHED_FRACTION",
        "VIEWER_ID_KEY",
        "PERSONALIZE_API_KEY_ID",
        "PERSONALIZE_API_SECRET",
        "RECOMMENDER",
        "PERSONALIZE_CAMPAIGN_ARN",
        "PERSONALIZE_SHARE",
        "THING_NAME",
        "LEGACY_SHADOW_KEYS",
    ];
    let empty = read(&empty.map(|name| (name, ""))).unwrap();
    assert_eq!(format!("{empty:?}"), format!("{settings:?}"));
}

#[test]
fn a_bucket_has_a_prefix_however_it_is_written() {
    for (given, prefix) in [
        ("", "models/"),
        ("models", "models/"),
        ("/a/b/", "a/b/"),
        ("/", ""),
    ] {
        let found = models(&[("MODEL_BUCKET", "films"), ("MODEL_PREFIX", given)]);
        let bucket = "films".to_owned();
        let prefix = prefix.to_owned();
        assert_eq!(found, ModelsAt::Bucket { bucket, prefix }, "{given}");
    }
    let found = models(&[("MODEL_DIR", "/models")]);
    assert_eq!(found, ModelsAt::Directory("/models".into()));
}

#[test]
fn what_cannot_be_used_is_named() {
    let long = "x".repeat(300);
    for (name, value) in [
        ("MODEL_CHECK_SECONDS", "soon"),
        ("MODEL_CHECK_SECONDS", "-1"),
        ("MODEL_CHECK_SECONDS", "86401"),
        ("MODEL_PREFIX", "a//b"),
        ("MODEL_PREFIX", "../up"),
        ("MODEL_PREFIX", &long),
        ("MODEL_DIR", "/models"),
        ("LOG_PREFIX", "../up"),
        ("INTERACTIONS_TABLE", "arn:aws:dynamodb:us-east-1:1:table/a"),
        ("VIEWERS_TABLE", "ab"),
        ("RECOMMENDATIONS_TABLE", "what was served"),
        ("FILMS_TABLE", "films table"),
        ("FEEDBACK_QUEUE_URL", "feedback"),
        ("DEAD_LETTER_QUEUE_URL", "arn:aws:sqs:us-east-1:1:dead"),
        ("CATALOGUE_PREFIX", "../up"),
        ("DENSE_FILMS", "0"),
        ("DENSE_FILMS", "many"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "10 GB"),
        ("WATCHED_FRACTION", "0"),
        ("WATCHED_FRACTION", "1.01"),
        ("WATCHED_FRACTION", "NaN"),
        ("WATCHED_FRACTION", "half"),
        ("RECOMMENDER", "amazon"),
        ("PERSONALIZE_CAMPAIGN_ARN", "for-you"),
        ("PERSONALIZE_SHARE", "2"),
        ("PERSONALIZE_TIMEOUT_MS", "soon"),
        ("THING_NAME", "a/b"),
        ("LEGACY_SHADOW_KEYS", "yes"),
    ] {
        let error = read(&[("MODEL_BUCKET", "films"), (name, value)]).unwrap_err();
        assert_eq!((error.variable, error.found.as_str()), (name, value));
        assert!(error.to_string().contains(name), "{error}");
    }
}

const AUDIENCE: [(&str, &str); 4] = [
    ("INTERACTIONS_TABLE", "Interactions"),
    ("VIEWERS_TABLE", "Viewers"),
    ("RECOMMENDATIONS_TABLE", "Recommendations"),
    (
        "FEEDBACK_QUEUE_URL",
        "https://sqs.us-east-1.amazonaws.com/1/a",
    ),
];

#[test]
fn viewers_need_all_their_tables_and_the_queue_or_none_of_them() {
    assert_eq!(read(&[]).unwrap().audience(), Ok(None));
    let at = read(&AUDIENCE).unwrap().audience().unwrap().unwrap();
    assert_eq!(
        (at.interactions.as_str(), at.viewers.as_str()),
        ("Interactions", "Viewers")
    );
    for left_out in 0..AUDIENCE.len() {
        let mut some = AUDIENCE.to_vec();
        let (missing, _) = some.remove(left_out);
        let error = read(&some).unwrap().audience().unwrap_err();
        assert_eq!(error.variable, missing);
    }
}

#[test]
fn the_function_behind_the_queue_needs_all_it_writes_to() {
    let all = [
        ("INTERACTIONS_TABLE", "Interactions"),
        ("VIEWERS_TABLE", "Viewers"),
        ("RECOMMENDATIONS_TABLE", "Recommendations"),
        ("FILMS_TABLE", "Films"),
        ("DEAD_LETTER_QUEUE_URL", "http://127.0.0.1:5000/1/dead"),
        ("DATA_BUCKET", "data"),
    ];
    let at = read(&all).unwrap().feedback().unwrap();
    assert_eq!((at.films.as_str(), at.prefix.as_str()), ("Films", "log/"));
    for left_out in 0..all.len() {
        let mut some = all.to_vec();
        let (missing, _) = some.remove(left_out);
        let error = read(&some).unwrap().feedback().unwrap_err();
        assert_eq!(error.variable, missing);
    }
}

#[test]
fn training_needs_a_store_of_models_and_the_bucket_of_the_data() {
    let all = [("MODEL_BUCKET", "films"), ("DATA_BUCKET", "data")];
    let at = read(&all).unwrap().train().unwrap();
    assert_eq!(
        (at.catalogues.as_str(), at.log.as_str()),
        ("catalogue/", "log/")
    );
    assert_eq!((at.dense_films, at.memory), (20_000, None));
    for left_out in 0..all.len() {
        let mut some = all.to_vec();
        let (missing, _) = some.remove(left_out);
        let error = read(&some).unwrap().train().unwrap_err();
        assert_eq!(error.variable, missing);
    }
    let sized = [("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "10240")];
    assert_eq!(read(&sized).unwrap().memory, Some(10_240 << 20));
}

#[test]
fn a_key_is_taken_and_never_told() {
    let secret = "0123456789abcdef";
    let settings = read(&[("VIEWER_ID_KEY", secret)]).unwrap();
    assert!(settings.viewer_key.is_some());
    assert!(!format!("{settings:?}").contains(secret));
    let error = read(&[("VIEWER_ID_KEY", &secret[1..])]).unwrap_err();
    assert_eq!(error.variable, "VIEWER_ID_KEY");
    let told = format!("{error} {error:?}");
    assert!(!told.contains("23456"), "{told}");
}

#[test]
fn a_share_of_a_film_may_be_all_of_it() {
    for (given, share) in [("", 0.5), ("1", 1.0), ("0.25", 0.25)] {
        let settings = read(&[("WATCHED_FRACTION", given)]).unwrap();
        assert!((settings.watched_fraction - share).abs() < f64::EPSILON);
    }
}

#[test]
fn lambdas_log_level_counts_where_no_other_is_set() {
    let lambda = ("AWS_LAMBDA_LOG_LEVEL", "WARN");
    assert_eq!(read(&[lambda]).unwrap().log.unwrap(), "WARN");
    let both = read(&[lambda, ("RUST_LOG", "matinee=debug")]).unwrap();
    assert_eq!(both.log.unwrap(), "matinee=debug");
}

#[test]
fn clients_of_personalize_have_a_key_of_two_parts_or_none() {
    let secret = "abcdefghijklmnop";
    let of = |variables: &[(&str, &str)]| read(variables).unwrap();
    assert!(of(&[]).personalize_key().unwrap().is_none());
    let both = [
        ("PERSONALIZE_API_KEY_ID", "FILMS"),
        ("PERSONALIZE_API_SECRET", secret),
    ];
    let settings = of(&both);
    assert!(settings.personalize_key().unwrap().is_some());
    assert!(!format!("{settings:?}").contains(secret));
    for (variables, named) in [
        (&both[..1], "PERSONALIZE_API_SECRET"),
        (&both[1..], "PERSONALIZE_API_KEY_ID"),
        (
            &[both[0], ("PERSONALIZE_API_SECRET", "short")],
            "PERSONALIZE_API_SECRET",
        ),
        (
            &[("PERSONALIZE_API_KEY_ID", "my key"), both[1]],
            "PERSONALIZE_API_KEY_ID",
        ),
    ] {
        let error = of(variables).personalize_key().unwrap_err();
        assert_eq!(error.variable, named);
        assert!(!error.to_string().contains("short"), "{error}");
    }
}
