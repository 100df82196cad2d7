//! Who may do what.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::calls;
use crate::template::{each, resources, said, template};

const STREAMS: &str = "InteractionsTable.StreamArn ViewersTable.StreamArn FilmsTable.StreamArn";
const FOLLOW: &str =
    "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams";
const TAKE: &str = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes";
const LOG: &str = "logs:CreateLogStream logs:PutLogEvents";
/// They know no resources: they can only be allowed on all.
const TRACE: &str = "xray:PutTraceSegments xray:PutTelemetryRecords";

const MODELS: &str = "get get_sized get_since";

/// What each function does with each store: its role, the module of `shared/aws`, the methods of the
/// port, and what it is done to. Which calls of AWS that takes, the module's source says.
const USED: [(&str, &str, &str, &str); 38] = [
    (
        "AlexaRole",
        "s3",
        MODELS,
        "${ModelBucket.Arn}/${ModelPrefix}*",
    ),
    ("AlexaRole", "sqs", "send", "FeedbackQueue.Arn"),
    (
        "AlexaRole",
        "dynamo/interactions",
        "newest",
        "InteractionsTable.Arn",
    ),
    (
        "AlexaRole",
        "dynamo/viewers",
        "forgotten",
        "ViewersTable.Arn",
    ),
    (
        "RecommendRole",
        "s3",
        MODELS,
        "${ModelBucket.Arn}/${ModelPrefix}*",
    ),
    (
        "RecommendRole",
        "s3",
        "get put",
        "${DataBucket.Arn}/items/*",
    ),
    ("RecommendRole", "sqs", "send", "FeedbackQueue.Arn"),
    (
        "RecommendRole",
        "dynamo/interactions",
        "newest",
        "InteractionsTable.Arn",
    ),
    (
        "RecommendRole",
        "dynamo/viewers",
        "forgotten forget describe properties",
        "ViewersTable.Arn",
    ),
    (
        "RecommendRole",
        "dynamo/recommendations",
        "served",
        "RecommendationsTable.Arn",
    ),
    (
        "RecommendRole",
        "personalize",
        "recommend",
        "arn:${AWS::Partition}:personalize:${AWS::Region}:${AWS::AccountId}:campaign/${PersonalizeCampaign}",
    ),
    (
        "RecommendRole",
        "personalize",
        "recommend",
        "arn:${AWS::Partition}:personalize:${AWS::Region}:${AWS::AccountId}:campaign/${PersonalizeSimilar}",
    ),
    (
        "RecommendRole",
        "personalize",
        "rank",
        "arn:${AWS::Partition}:personalize:${AWS::Region}:${AWS::AccountId}:campaign/${PersonalizeRanking}",
    ),
    ("FeedbackRole", "sqs", "send", "DeadLetterQueue.Arn"),
    (
        "FeedbackRole",
        "dynamo/recommendations",
        "put forget",
        "RecommendationsTable.Arn",
    ),
    (
        "FeedbackRole",
        "dynamo/interactions",
        "put forget",
        "InteractionsTable.Arn",
    ),
    (
        "FeedbackRole",
        "dynamo/viewers",
        "forgotten forget",
        "ViewersTable.Arn",
    ),
    ("FeedbackRole", "dynamo/films", "put", "FilmsTable.Arn"),
    ("FeedbackRole", "s3", "put", "${DataBucket.Arn}/log/*"),
    (
        "PredictRole",
        "s3",
        MODELS,
        "${ModelBucket.Arn}/${ModelPrefix}current.json",
    ),
    (
        "PredictRole",
        "s3",
        MODELS,
        "${ModelBucket.Arn}/${ModelPrefix}*/manifest.json",
    ),
    (
        "PredictRole",
        "s3",
        MODELS,
        "${ModelBucket.Arn}/${ModelPrefix}*/rating.bin",
    ),
    (
        "PredictRole",
        "iotdata",
        "publish",
        "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topic/matinee/*/prediction/*",
    ),
    (
        "PredictRole",
        "iotdata",
        "publish",
        "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topic/matinee/*/rejected",
    ),
    (
        "PredictRole",
        "iotdata",
        "publish",
        "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:topic/$aws/things/*/shadow/update",
    ),
    (
        "TrainRole",
        "s3",
        "get get_sized put delete",
        "${ModelBucket.Arn}/${ModelPrefix}*",
    ),
    ("TrainRole", "s3", "get", "${DataBucket.Arn}/catalogue/*"),
    ("TrainRole", "s3", "get", "${DataBucket.Arn}/items/*"),
    (
        "TrainRole",
        "s3",
        "get put delete",
        "${DataBucket.Arn}/log/*",
    ),
    ("TrainRole", "s3", "list", "DataBucket.Arn"),
    (
        "BatchRole",
        "s3",
        "get get_sized",
        "${ModelBucket.Arn}/${ModelPrefix}*",
    ),
    ("BatchRole", "s3", "get", "${DataBucket.Arn}/catalogue/*"),
    ("BatchRole", "s3", "get", "${DataBucket.Arn}/items/*"),
    ("BatchRole", "s3", "get", "${DataBucket.Arn}/log/*"),
    (
        "BatchRole",
        "s3",
        "get put delete",
        "${DataBucket.Arn}/batch/*",
    ),
    (
        "BatchRole",
        "s3",
        "get put delete",
        "${DataBucket.Arn}/batch-rows/*",
    ),
    (
        "BatchRole",
        "s3",
        "get put delete",
        "${DataBucket.Arn}/personalize/*",
    ),
    ("BatchRole", "s3", "list", "DataBucket.Arn"),
];

/// What is called by none of our code: by Lambda and its pollers in a function's name, by the topic
/// rules.
const BESIDES: [(&str, &[(&str, &str)]); 11] = [
    (
        "AlexaRole",
        &[
            // By nobody: with it S3 tells a missing object from a forbidden one.
            ("s3:ListBucket", "ModelBucket.Arn"),
            (LOG, "AlexaLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "RecommendRole",
        &[
            // Whoever asks with a filter needs it for that, too.
            (
                "personalize:GetRecommendations",
                "arn:${AWS::Partition}:personalize:${AWS::Region}:${AWS::AccountId}:filter/${PersonalizeFilter}",
            ),
            ("s3:ListBucket", "ModelBucket.Arn DataBucket.Arn"),
            (LOG, "RecommendLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "FeedbackRole",
        &[
            (TAKE, "FeedbackQueue.Arn"),
            (FOLLOW, STREAMS),
            (LOG, "FeedbackLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "PredictRole",
        &[
            ("s3:ListBucket", "ModelBucket.Arn"),
            // What Lambda gives up, after a request failed three times.
            ("sqs:SendMessage", "DeadLetterQueue.Arn"),
            (LOG, "PredictLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "TrainRole",
        &[
            ("s3:ListBucket", "ModelBucket.Arn"),
            // What Lambda gives up, after a training failed twice.
            ("sqs:SendMessage", "DeadLetterQueue.Arn"),
            (LOG, "TrainLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "TrainScheduleRole",
        &[
            ("lambda:InvokeFunction", "TrainFunction.Alias"),
            ("sqs:SendMessage", "DeadLetterQueue.Arn"),
        ],
    ),
    (
        "DevicesRole",
        &[("sqs:SendMessage", "FeedbackQueue.Arn DeadLetterQueue.Arn")],
    ),
    (
        "BatchRole",
        &[
            ("s3:ListBucket", "ModelBucket.Arn"),
            (LOG, "BatchLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    // A Distributed Map runs its parts as executions of the same machine.
    (
        "BatchMachineRole",
        &[
            ("lambda:InvokeFunction", "BatchFunction.Alias"),
            (
                "states:StartExecution",
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-batch",
            ),
            (
                "states:DescribeExecution states:StopExecution",
                "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-batch/*",
            ),
        ],
    ),
    // What Personalize itself does.
    (
        "PersonalizeRole",
        &[
            ("s3:GetObject", "${DataBucket.Arn}/personalize/*"),
            ("s3:PutObject", "${DataBucket.Arn}/personalize/lists/*"),
            ("s3:ListBucket", "DataBucket.Arn"),
        ],
    ),
    // Beside what its tasks call: machines.rs.
    (
        "PersonalizeMachineRole",
        &[
            ("lambda:InvokeFunction", "BatchFunction.Alias"),
            ("iam:PassRole", "PersonalizeRole.Arn"),
        ],
    ),
];

/// What a policy says; what it says on a condition, as if that held.
fn statements(resource: &Value) -> Vec<&Value> {
    let statements = each(&resource["PolicyDocument"]["Statement"]).into_iter();
    statements
        .map(|statement| statement.pointer("/Fn::If/1").unwrap_or(statement))
        .collect()
}

#[test]
fn every_function_may_do_what_its_code_calls_and_no_more() {
    let Some(template) = template() else { return };
    let functions = resources(&template, "AWS::Serverless::Function");
    let roles: BTreeSet<_> = functions
        .iter()
        .map(|(name, function)| {
            let role = function["Role"]["Fn::GetAtt"][0].as_str();
            role.unwrap_or_else(|| panic!("{name} has no role of the template"))
        })
        .collect();
    assert_eq!(
        roles.len(),
        functions.len(),
        "functions share a role: {roles:?}"
    );

    let mut expected: BTreeSet<[String; 3]> = BESIDES
        .iter()
        .flat_map(|(role, statements)| statements.iter().map(move |said| (role, said)))
        .flat_map(|(role, (actions, resources))| {
            let actions = actions.split(' ');
            actions.flat_map(move |action| {
                let resources = resources.split(' ');
                resources.map(move |resource| [*role, action, resource].map(str::to_owned))
            })
        })
        .collect();
    for (role, module, methods, resource) in USED {
        let needed = calls::of(module, methods, resource);
        let needed = needed.into_iter();
        expected.extend(needed.map(|(action, on)| [role.to_owned(), action, on]));
    }
    let mut found = BTreeSet::new();
    for (name, role) in resources(&template, "AWS::IAM::Role") {
        // What a policy elsewhere allows would not be seen here.
        assert_eq!(role["ManagedPolicyArns"], Value::Null, "{name}");
        for policy in each(&role["Policies"]) {
            for statement in statements(policy) {
                assert_eq!(statement["Effect"], "Allow", "{name}");
                for field in ["NotAction", "NotResource"] {
                    assert_eq!(statement[field], Value::Null, "{name}");
                }
                for action in each(&statement["Action"]) {
                    // Which of them the state machine calls, and on what: machines.rs.
                    let of_machine = name == "PersonalizeMachineRole";
                    if of_machine && said(action).starts_with("personalize:") {
                        continue;
                    }
                    for resource in each(&statement["Resource"]) {
                        found.insert([name.to_owned(), said(action), said(resource)]);
                    }
                }
            }
        }
    }
    let more: Vec<_> = found.difference(&expected).collect();
    let less: Vec<_> = expected.difference(&found).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "more: {more:?}, less: {less:?}"
    );
}

#[test]
fn no_policy_comes_from_anywhere_else() {
    let Some(template) = template() else { return };
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        let stray = ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"].contains(&kind);
        assert!(!stray, "{name}: a policy belongs into its role");
        // SAM would add policies to a role of its own making.
        let of_sam = kind == "AWS::Serverless::Function"
            && ["Policies", "Connectors", "EventInvokeConfig"]
                .iter()
                .any(|field| !resource["Properties"][*field].is_null());
        assert!(!of_sam, "{name}");
    }
}

#[test]
fn only_services_take_the_roles_and_rules_and_schedules_only_of_this_account() {
    let Some(template) = template() else { return };
    for (name, role) in resources(&template, "AWS::IAM::Role") {
        for statement in each(&role["AssumeRolePolicyDocument"]["Statement"]) {
            assert_eq!(statement["Action"], "sts:AssumeRole", "{name}");
            let service = statement["Principal"]["Service"].as_str().unwrap();
            if service == "lambda.amazonaws.com" {
                continue;
            }
            let of_account = match service {
                "iot.amazonaws.com" => ":iot:${AWS::Region}:${AWS::AccountId}:rule/*",
                "scheduler.amazonaws.com" => {
                    ":scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default"
                }
                "states.amazonaws.com" => ":states:${AWS::Region}:${AWS::AccountId}:stateMachine:*",
                "personalize.amazonaws.com" => ":personalize:${AWS::Region}:${AWS::AccountId}:*",
                other => panic!("{name}: {other}"),
            };
            let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
            assert_eq!(said(account), "AWS::AccountId", "{name}");
            let source = said(&statement["Condition"]["ArnLike"]["aws:SourceArn"]);
            assert!(source.ends_with(of_account), "{name}: {source}");
        }
    }
}
