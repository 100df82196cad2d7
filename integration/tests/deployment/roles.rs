//! Who may do what.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::template::{each, resources, said, template};

const MODELS: &str = "${ModelBucket.Arn}/${ModelPrefix}*";
const BY_TIME: &str = "${InteractionsTable.Arn}/index/by_time";
const STREAMS: &str = "InteractionsTable.StreamArn ViewersTable.StreamArn FilmsTable.StreamArn";
const FOLLOW: &str =
    "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams";
const TAKE: &str = "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes";
const KEEP: &str = "dynamodb:PutItem dynamodb:Query dynamodb:BatchWriteItem";
const LOG: &str = "logs:CreateLogStream logs:PutLogEvents";
/// They know no resources: they can only be allowed on all.
const TRACE: &str = "xray:PutTraceSegments xray:PutTelemetryRecords";

/// Everything that is allowed: which role, what, on what. Nothing else may be.
const ALLOWED: [(&str, &[(&str, &str)]); 4] = [
    (
        "AlexaRole",
        &[
            ("s3:GetObject", MODELS),
            ("s3:ListBucket", "ModelBucket.Arn"),
            ("sqs:SendMessage", "FeedbackQueue.Arn"),
            ("dynamodb:Query", BY_TIME),
            ("dynamodb:GetItem", "ViewersTable.Arn"),
            (LOG, "AlexaLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "RecommendRole",
        &[
            ("s3:GetObject", MODELS),
            ("s3:ListBucket", "ModelBucket.Arn"),
            ("sqs:SendMessage", "FeedbackQueue.Arn"),
            ("dynamodb:Query", BY_TIME),
            ("dynamodb:GetItem dynamodb:UpdateItem", "ViewersTable.Arn"),
            (LOG, "RecommendLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "FeedbackRole",
        &[
            (TAKE, "FeedbackQueue.Arn"),
            ("sqs:SendMessage", "DeadLetterQueue.Arn"),
            (KEEP, "InteractionsTable.Arn"),
            ("dynamodb:GetItem dynamodb:UpdateItem", "ViewersTable.Arn"),
            ("dynamodb:PutItem", "FilmsTable.Arn"),
            (FOLLOW, STREAMS),
            ("s3:PutObject", "${DataBucket.Arn}/log/*"),
            (LOG, "FeedbackLogGroup.Arn"),
            (TRACE, "*"),
        ],
    ),
    (
        "DevicesRole",
        &[("sqs:SendMessage", "FeedbackQueue.Arn DeadLetterQueue.Arn")],
    ),
];

fn statements(resource: &Value) -> Vec<&Value> {
    each(&resource["PolicyDocument"]["Statement"])
}

#[test]
fn no_function_may_do_more_than_it_must() {
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

    let expected: BTreeSet<[String; 3]> = ALLOWED
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
fn only_services_take_the_roles_and_rules_only_those_of_this_account() {
    let Some(template) = template() else { return };
    for (name, role) in resources(&template, "AWS::IAM::Role") {
        for statement in each(&role["AssumeRolePolicyDocument"]["Statement"]) {
            assert_eq!(statement["Action"], "sts:AssumeRole", "{name}");
            let service = statement["Principal"]["Service"].as_str().unwrap();
            if service == "lambda.amazonaws.com" {
                continue;
            }
            assert_eq!(service, "iot.amazonaws.com", "{name}");
            let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
            assert_eq!(said(account), "AWS::AccountId", "{name}");
            let source = said(&statement["Condition"]["ArnLike"]["aws:SourceArn"]);
            assert!(
                source.ends_with(":iot:${AWS::Region}:${AWS::AccountId}:rule/*"),
                "{name}: {source}"
            );
        }
    }
}
