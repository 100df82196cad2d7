//! The function that trains, and what starts it.

use serde_json::{Value, json};

use crate::template::{said, template};

fn function(template: &Value) -> &Value {
    &template["Resources"]["TrainFunction"]["Properties"]
}

#[test]
fn training_has_all_that_lambda_gives_and_one_instance() {
    let Some(template) = template() else { return };
    let function = function(&template);
    assert_eq!(function["Timeout"], 900);
    assert_eq!(said(&function["MemorySize"]), "TrainMemory");
    assert_eq!(template["Parameters"]["TrainMemory"]["Default"], 10_240);
    let one = json!(["HasTrainReserved", 1, {"Ref": "AWS::NoValue"}]);
    assert_eq!(function["ReservedConcurrentExecutions"]["Fn::If"], one);
    assert_eq!(template["Parameters"]["TrainReserved"]["Default"], "on");
    // A snapshot may not have a larger disk than 512.
    assert!(function["EphemeralStorage"]["Size"].as_u64() > Some(512));
    assert_eq!(function["SnapStart"]["ApplyOn"], "None");
}

#[test]
fn a_schedule_starts_it_every_night_in_a_role_of_its_own() {
    let Some(template) = template() else { return };
    let event = &function(&template)["Events"]["Nightly"];
    assert_eq!(event["Type"], "ScheduleV2");
    let schedule = &event["Properties"];
    assert_eq!(schedule["ScheduleExpression"], "cron(0 3 * * ? *)");
    let state = json!(["HasTrainSchedule", "ENABLED", "DISABLED"]);
    assert_eq!(schedule["State"]["Fn::If"], state);
    assert_eq!(said(&schedule["RoleArn"]), "TrainScheduleRole.Arn");
    assert_eq!(schedule["Input"], "{}");
    assert_eq!(
        said(&schedule["DeadLetterConfig"]["Arn"]),
        "DeadLetterQueue.Arn"
    );
}

#[test]
fn a_training_that_fails_is_heard_of() {
    let Some(template) = template() else { return };
    let config = &template["Resources"]["TrainInvokeConfig"]["Properties"];
    assert_eq!(said(&config["FunctionName"]), "TrainFunction");
    let qualifier = json!([7, {"Fn::Split": [":", {"Ref": "TrainFunction.Alias"}]}]);
    assert_eq!(config["Qualifier"]["Fn::Select"], qualifier);
    assert_eq!(config["MaximumRetryAttempts"], 1);
    let failed = &config["DestinationConfig"]["OnFailure"]["Destination"];
    assert_eq!(said(failed), "DeadLetterQueue.Arn");
}
