//! What is kept, and the ways into it.

use std::collections::BTreeSet;

use matinee::taste::{FILM_UPDATE, FILM_UPDATE_THING, Message};
use serde_json::{Value, json};

use crate::rule::Rule;
use crate::template::{each, resources, said, template};

const DAY: u64 = 24 * 60 * 60;

/// How long a tombstone stays.
const TOMBSTONE_DAYS: u64 = 35;

fn outlives_the_stack(template: &Value, name: &str) {
    for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
        assert_eq!(
            template["Resources"][name][policy], "Retain",
            "{name}: {policy}"
        );
    }
}

fn only_over_tls(
    template: &Value,
    kind: &str,
    names: impl Fn(&Value) -> Vec<String>,
) -> BTreeSet<String> {
    let mut covered = BTreeSet::new();
    for (name, policy) in resources(template, kind) {
        for statement in each(&policy["PolicyDocument"]["Statement"]) {
            if !statement["Fn::If"].is_null() {
                lets_in_personalize_alone(statement);
                continue;
            }
            // Nobody else is let in by such a policy: roles do that.
            assert_eq!(statement["Effect"], "Deny", "{name}");
            assert_eq!(statement["Principal"], "*", "{name}");
            assert_eq!(
                statement["Condition"]["Bool"]["aws:SecureTransport"], false,
                "{name}"
            );
            assert!(said(&statement["Action"]).ends_with(":*"), "{name}");
            let held: Vec<String> = each(&statement["Resource"]).into_iter().map(said).collect();
            for of in names(policy) {
                assert!(held.contains(&format!("{of}.Arn")), "{name}: {held:?}");
                covered.insert(of);
            }
        }
    }
    covered
}

/// Personalize asks for the bucket's word beside that of its role: for this account, for its own part, and
/// only where it is used.
fn lets_in_personalize_alone(statement: &Value) {
    let branches = &statement["Fn::If"];
    assert_eq!(branches[0], "HasPersonalizeTraining");
    assert_eq!(branches[2], json!({"Ref": "AWS::NoValue"}));
    let statement = &branches[1];
    let service = json!({"Service": "personalize.amazonaws.com"});
    assert_eq!(statement["Principal"], service);
    let equals = &statement["Condition"]["StringEquals"];
    assert_eq!(said(&equals["aws:SourceAccount"]), "AWS::AccountId");
    let (action, on) = (said(&statement["Action"]), said(&statement["Resource"]));
    match action.as_str() {
        "s3:GetObject" => assert_eq!(on, "${DataBucket.Arn}/personalize/*"),
        "s3:PutObject" => assert_eq!(on, "${DataBucket.Arn}/personalize/lists/*"),
        "s3:ListBucket" => {
            let prefix = &statement["Condition"]["StringLike"]["s3:prefix"];
            assert_eq!(prefix, "personalize/*");
        }
        other => panic!("{other} on {on}"),
    }
}

#[test]
fn every_table_outlives_the_stack_costs_by_the_call_and_can_be_had_back() {
    let Some(template) = template() else { return };
    for (name, table) in resources(&template, "AWS::DynamoDB::Table") {
        outlives_the_stack(&template, name);
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
        assert_eq!(
            table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true,
            "{name}"
        );
        // What was served is counted and not in the log.
        let stream = match name {
            "RecommendationsTable" => Value::Null,
            _ => "NEW_IMAGE".into(),
        };
        assert_eq!(
            table["StreamSpecification"]["StreamViewType"], stream,
            "{name}"
        );
        // Encrypted without it; with it a key would cost.
        assert_eq!(table["SSESpecification"], Value::Null, "{name}");
    }
}

#[test]
fn the_tables_have_the_keys_that_the_rows_have() {
    let Some(template) = template() else { return };
    let keys = |keys: &Value| -> Vec<String> {
        let names = keys.as_array().unwrap().iter();
        names.map(|key| said(&key["AttributeName"])).collect()
    };
    let tables = resources(&template, "AWS::DynamoDB::Table");
    let found: Vec<_> = tables
        .iter()
        .map(|(name, t)| (*name, keys(&t["KeySchema"])))
        .collect();
    let expected = [
        ("FilmsTable", &["title", "id"][..]),
        ("InteractionsTable", &["viewer", "id"]),
        ("RecommendationsTable", &["viewer", "id"]),
        ("ViewersTable", &["viewer"]),
    ];
    let mut found: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|(name, keys)| (*name, keys.iter().map(String::as_str).collect()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected.map(|(name, keys)| (name, keys.to_vec())));

    for (name, table) in tables {
        let indexes = &table["LocalSecondaryIndexes"];
        let expires = &table["TimeToLiveSpecification"];
        if name == "InteractionsTable" {
            assert_eq!(indexes[0]["IndexName"], "by_time");
            assert_eq!(keys(&indexes[0]["KeySchema"]), ["viewer", "at"]);
            assert_eq!(indexes[0]["Projection"]["ProjectionType"], "ALL");
        } else {
            assert_eq!(*indexes, Value::Null, "{name}");
        }
        // Tombstones and what was served age.
        let ages = json!({"AttributeName": "expires", "Enabled": true});
        let expected = if ["ViewersTable", "RecommendationsTable"].contains(&name) {
            ages
        } else {
            Value::Null
        };
        assert_eq!(*expires, expected, "{name}");
    }
}

#[test]
fn every_bucket_outlives_the_stack_is_closed_and_forgets_old_versions() {
    let Some(template) = template() else { return };
    let buckets = resources(&template, "AWS::S3::Bucket");
    for (name, bucket) in &buckets {
        outlives_the_stack(&template, name);
        let encryption = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
        let algorithm = &encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"];
        assert_eq!(algorithm, "AES256", "{name}");
        assert_eq!(
            bucket["VersioningConfiguration"]["Status"], "Enabled",
            "{name}"
        );
        let closed = bucket["PublicAccessBlockConfiguration"]
            .as_object()
            .unwrap();
        assert!(
            closed.len() == 4 && closed.values().all(|c| c == true),
            "{name}"
        );
        let rules = bucket["LifecycleConfiguration"]["Rules"]
            .as_array()
            .unwrap();
        let days = rules
            .iter()
            .find_map(|rule| rule["NoncurrentVersionExpiration"]["NoncurrentDays"].as_u64());
        // What viewers want forgotten must not stay as an old version for long.
        let most = if *name == "DataBucket" { 7 } else { 30 };
        assert_eq!(days, Some(most), "{name}");
        assert!(
            rules.iter().all(|rule| rule["Status"] == "Enabled"),
            "{name}"
        );
        // Rows themselves are removed by nobody but a compaction; copies of them, that a batch of lists left
        // behind or that were exported, go.
        let expired: BTreeSet<(&str, u64)> = rules
            .iter()
            .filter_map(|rule| {
                let days = rule["ExpirationInDays"].as_u64()?;
                Some((rule["Prefix"].as_str().unwrap_or_default(), days))
            })
            .collect();
        let expected = match *name {
            "DataBucket" => BTreeSet::from([("batch-rows/", 2), ("personalize/", 30)]),
            _ => BTreeSet::new(),
        };
        assert_eq!(expired, expected, "{name}");
    }
    let covered = only_over_tls(&template, "AWS::S3::BucketPolicy", |policy| {
        vec![said(&policy["Bucket"])]
    });
    assert_eq!(
        covered,
        buckets.iter().map(|(name, _)| (*name).to_owned()).collect()
    );
}

#[test]
fn every_queue_is_encrypted_and_messages_outlive_what_may_go_wrong() {
    let Some(template) = template() else { return };
    let queues = resources(&template, "AWS::SQS::Queue");
    for (name, queue) in &queues {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
    }
    let covered = only_over_tls(&template, "AWS::SQS::QueuePolicy", |policy| {
        each(&policy["Queues"]).into_iter().map(said).collect()
    });
    assert_eq!(
        covered,
        queues.iter().map(|(name, _)| (*name).to_owned()).collect()
    );

    let seconds = |queue: &str| {
        let queue = &template["Resources"][queue]["Properties"];
        queue["MessageRetentionPeriod"].as_u64().unwrap()
    };
    let (queue, dead) = (seconds("FeedbackQueue"), seconds("DeadLetterQueue"));
    assert!(queue >= 4 * DAY && dead == 14 * DAY);
    // A message that was put back once from among the dead letters may live for both times, and for
    // the second one again. The tombstone of its viewer must still be there.
    assert!(2 * dead.max(queue) <= TOMBSTONE_DAYS * DAY);

    let feedback = &template["Resources"]["FeedbackQueue"]["Properties"];
    let redrive = &feedback["RedrivePolicy"];
    assert_eq!(said(&redrive["deadLetterTargetArn"]), "DeadLetterQueue.Arn");
    assert!((5..=10).contains(&redrive["maxReceiveCount"].as_u64().unwrap()));
    let function = &template["Resources"]["FeedbackFunction"]["Properties"];
    let window = &function["Events"]["Queue"]["Properties"]["MaximumBatchingWindowInSeconds"];
    let least = 6 * function["Timeout"].as_u64().unwrap() + window.as_u64().unwrap();
    assert!(feedback["VisibilityTimeout"].as_u64() >= Some(least));
}

#[test]
fn the_function_takes_from_the_queue_one_by_one_and_from_every_table_without_end() {
    let Some(template) = template() else { return };
    let function = &template["Resources"]["FeedbackFunction"]["Properties"];
    let mut streams = BTreeSet::new();
    for (name, event) in function["Events"].as_object().unwrap() {
        let said_of = &event["Properties"];
        let number = |field: &str| said_of[field].as_i64().unwrap();
        if event["Type"] == "SQS" {
            assert_eq!(said(&said_of["Queue"]), "FeedbackQueue.Arn");
            assert_eq!(
                said_of["FunctionResponseTypes"],
                json!(["ReportBatchItemFailures"])
            );
            assert!(said_of["ScalingConfig"]["MaximumConcurrency"].as_u64() >= Some(2));
            // Lambda refuses more than ten without a window.
            assert!(number("BatchSize") <= 10 || number("MaximumBatchingWindowInSeconds") >= 1);
            continue;
        }
        assert_eq!(event["Type"], "DynamoDB", "{name}");
        streams.insert(said(&said_of["Stream"]));
        // What was written before the function was there is in the log, too.
        assert_eq!(said_of["StartingPosition"], "TRIM_HORIZON", "{name}");
        assert_eq!(number("MaximumRetryAttempts"), -1, "{name}");
        let age = number("MaximumRecordAgeInSeconds");
        assert!((20 * 3600..24 * 3600).contains(&age), "{name}: {age}");
        let given_up = &said_of["DestinationConfig"]["OnFailure"];
        assert_eq!(
            said(&given_up["Destination"]),
            "DeadLetterQueue.Arn",
            "{name}"
        );
        assert_eq!(number("ParallelizationFactor"), 1, "{name}");
        let pattern = said_of["FilterCriteria"]["Filters"][0]["Pattern"]
            .as_str()
            .unwrap();
        let pattern: Value = serde_json::from_str(pattern).unwrap();
        let news = if name == "ViewersStream" {
            json!({"eventName": ["INSERT", "MODIFY"]})
        } else {
            json!({"eventName": ["INSERT"]})
        };
        assert_eq!(pattern, news, "{name}");
    }
    let tables = resources(&template, "AWS::DynamoDB::Table");
    let with_stream = tables
        .iter()
        .filter(|(_, table)| !table["StreamSpecification"].is_null());
    let all = with_stream.map(|(name, _)| format!("{name}.StreamArn"));
    assert_eq!(streams, all.collect());
}

#[test]
fn what_the_rules_make_of_devices_ratings_is_understood() {
    let Some(template) = template() else { return };
    let payload = json!({"title": ["Night Ferry"], "year": ["1987"], "Director1": ["Ines Calder"],
        "Genre1": ["Thriller"], "Genre2": ["None"], "Genre3": ["None"], "stars": "9"});
    let mut things = BTreeSet::new();
    for (name, rule) in resources(&template, "AWS::IoT::TopicRule") {
        let rule = &rule["TopicRulePayload"];
        let sql = Rule::read(name, rule);
        if rule["Actions"][0]["Sqs"].is_null() {
            continue;
        }
        let topic = sql.filter.replace('+', "LivingRoom");
        let made = sql
            .apply(payload.to_string().as_bytes(), &topic)
            .to_string();
        let Ok(Message::FilmRating(rating)) = Message::read(&made) else {
            panic!("{name}: {made}");
        };
        assert_eq!((rating.title.as_str(), rating.stars), ("Night Ferry", 9.0));
        assert_eq!(rating.accepted.0, 1_772_401_260_120);
        things.insert((sql.filter, rating.thing));

        for (action, queue) in [
            (&rule["Actions"][0], "FeedbackQueue"),
            (&rule["ErrorAction"], "DeadLetterQueue"),
        ] {
            assert_eq!(said(&action["Sqs"]["QueueUrl"]), queue, "{name}");
            assert_eq!(said(&action["Sqs"]["RoleArn"]), "DevicesRole.Arn", "{name}");
            assert_eq!(action["Sqs"]["UseBase64"], false, "{name}");
        }
        let disabled = json!(["HasFeedback", false, true]);
        assert_eq!(rule["RuleDisabled"]["Fn::If"], disabled, "{name}");
    }
    let expected = [
        (FILM_UPDATE, FILM_UPDATE_THING),
        ("matinee/+/feedback", "LivingRoom"),
    ];
    let expected = expected.map(|(filter, thing)| (filter.to_owned(), thing.to_owned()));
    assert_eq!(things, BTreeSet::from(expected));
}
