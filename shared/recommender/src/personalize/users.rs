//! `PutUsers`: what a client says about users.

use serde_json::{Map, Value};

use super::Fault;
use super::fields::{Fields, Length, body, shown};
use super::filter::UserColumn;
use crate::taste::{Millis, Properties, ViewerId, property_key};

/// The most users of a call.
const MAX_USERS: usize = 10;

/// The most characters of a user's properties.
const MAX_PROPERTIES: usize = 24_000;

/// The most properties of a user.
const MAX_COLUMNS: usize = 25;

/// The most characters of a property's name, as of any column.
const MAX_NAME: usize = 150;

/// A `PutUsers` call.
#[derive(Clone, Debug)]
pub struct PutUsers {
    users: Vec<(ViewerId, Map<String, Value>)>,
}

impl PutUsers {
    /// Reads a call's body. Of a user who is there several times the last one counts.
    ///
    /// # Errors
    /// [`Fault`] for the first field that is missing, malformed or out of range, and for another dataset
    /// than that of users.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let map = body(bytes)?;
        let fields = Fields::of(&map);
        fields.dataset("datasetArn", "USERS")?;
        let list = fields.list("users", Length(1, MAX_USERS))?;
        let mut users: Vec<(ViewerId, Map<String, Value>)> = Vec::new();
        for (place, value) in fields.required("users", list)?.iter().enumerate() {
            let user = fields.element("users", place, value)?;
            let id = user.required("userId", user.text("userId", Length(1, 256))?)?;
            let viewer = super::viewer(id);
            users.retain(|(other, _)| *other != viewer);
            users.push((viewer, properties(&user)?));
        }
        Ok(Self { users })
    }

    /// What is said about each viewer.
    pub fn properties(self, accepted: Millis) -> Vec<(ViewerId, Properties)> {
        let said = |(viewer, values)| (viewer, Properties { accepted, values });
        self.users.into_iter().map(said).collect()
    }
}

/// The properties of a user, none where the field is left out.
fn properties(user: &Fields<'_>) -> Result<Map<String, Value>, Fault> {
    let Some(text) = user.text("properties", Length(1, MAX_PROPERTIES))? else {
        return Ok(Map::new());
    };
    let at = user.name("properties");
    let Ok(Value::Object(values)) = serde_json::from_str(text) else {
        return Err(Fault::invalid(format_args!(
            "{at} must be a JSON object in a string"
        )));
    };
    if values.len() > MAX_COLUMNS {
        return Err(Fault::invalid(format_args!(
            "{at} must have at most {MAX_COLUMNS} entries, found {}",
            values.len()
        )));
    }
    let mut keys = Vec::new();
    for (name, value) in &values {
        let key = column(&format!("{at}.{}", shown(name)), name, value)?;
        if keys.contains(&key) {
            return Err(Fault::invalid(format_args!(
                "{at}.{} is there twice: another name means the same column",
                shown(name)
            )));
        }
        keys.push(key);
    }
    Ok(values)
}

/// The key under which filters find a property, if it may be one.
fn column(at: &str, name: &str, value: &Value) -> Result<String, Fault> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || name.len() > MAX_NAME || !name.chars().all(of_name) {
        return Err(Fault::invalid(format_args!(
            "the key {at} must be a letter and up to {} letters, digits and underscores, such as \
             membershipLevel",
            MAX_NAME - 1
        )));
    }
    let key = property_key(name);
    if let Some((_, own)) = UserColumn::own(&key) {
        return Err(Fault::invalid(format_args!(
            "the key {at} must be another one: {own} is known without being put"
        )));
    }
    let found = match value {
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
        _ => return Ok(key),
    };
    Err(Fault::invalid(format_args!(
        "{at} must be a string, a number, true, false or null, found {found}"
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::personalize::FaultKind;

    const ARN: &str = "arn:aws:personalize:us-east-1:123456789012:dataset/films/USERS";

    fn call(dataset: &str, users: &Value) -> Result<PutUsers, Fault> {
        PutUsers::read(
            json!({"datasetArn": dataset, "users": users})
                .to_string()
                .as_bytes(),
        )
    }

    fn user(id: &str, properties: &Value) -> Value {
        json!({"userId": id, "properties": properties.to_string()})
    }

    #[test]
    fn each_user_is_a_viewer_with_the_properties_that_were_put_last() {
        let gold = json!({"membershipLevel": "gold", "age": 30, "score": 0.5, "kids": false, "town": null});
        let users = json!([
            user("ada", &json!({"age": 29})),
            user("Ada Moor", &json!({})),
            {"userId": "bo"},
            user("ada", &gold),
        ]);
        let put = call(ARN, &users).unwrap().properties(Millis(5));
        let put: Vec<(&str, i64, Value)> = put
            .iter()
            .map(|(viewer, of)| (viewer.as_str(), of.accepted.0, json!(of.values)))
            .collect();
        let foreign = crate::personalize::viewer("Ada Moor");
        assert_eq!(
            put,
            [
                (foreign.as_str(), 5, json!({})),
                ("bo", 5, json!({})),
                ("ada", 5, gold)
            ]
        );
    }

    #[test]
    fn a_dataset_of_users_is_known_by_the_last_part_of_its_arn() {
        let users = json!([{"userId": "ada"}]);
        for good in ["dataset/films/USERS", "dataset/a/b/USERS"] {
            let arn = format!("arn:aws:personalize:::{good}");
            assert!(call(&arn, &users).is_ok(), "{good}");
        }
        for bad in [
            "dataset/films/ITEMS",
            "dataset/films/users",
            "dataset/USERS",
            "dataset//USERS",
            "campaign/films/USERS",
            "campaign/dataset/films/USERS",
            "USERS",
        ] {
            let arn = format!("arn:aws:personalize:::{bad}");
            let fault = call(&arn, &users).unwrap_err();
            // Whatever else is wrong.
            assert_eq!(call(&arn, &json!([])).unwrap_err(), fault);
            assert_eq!(fault.kind, FaultKind::ResourceNotFound, "{bad}");
            assert!(fault.message.contains(bad), "{fault}");
            assert!(fault.message.contains("dataset/NAME/USERS"), "{fault}");
        }
    }

    #[test]
    fn a_users_properties_are_few_and_plain_and_have_names_of_their_own() {
        let many: Map<String, Value> = (0..26).map(|n| (format!("p{n}"), json!(n))).collect();
        let long = "x".repeat(151);
        for (properties, said) in [
            (
                json!({"tags": ["a"]}),
                "users[1].properties.tags must be a string",
            ),
            (json!({"tags": {"a": 1}}), "found an object"),
            (
                json!({"1st": 1}),
                "the key users[1].properties.1st must be a letter",
            ),
            (json!({"": 1}), "must be a letter"),
            (json!({"größe": 1}), "must be a letter"),
            (json!({(&long): 1}), "must be a letter"),
            (json!({"userId": "x"}), "USER_ID is known"),
            (json!({"PERSONA": "x"}), "PERSONA is known"),
            (json!({"interactions": 1}), "INTERACTIONS is known"),
            (
                json!({"ageGroup": 1, "age_group": 2}),
                "another name means the same column",
            ),
            (json!(many), "at most 25 entries, found 26"),
        ] {
            let users = json!([user("bo", &json!({"age": 1})), user("ada", &properties)]);
            let fault = call(ARN, &users).unwrap_err();
            assert_eq!(fault.kind, FaultKind::InvalidInput, "{properties}");
            assert!(fault.message.contains(said), "{properties}: {fault}");
        }
        let most: Map<String, Value> = many.into_iter().take(25).collect();
        assert!(call(ARN, &json!([user("ada", &json!(most))])).is_ok());
        assert!(call(ARN, &json!([user("ada", &json!({(&long[1..]): 1}))])).is_ok());
    }

    #[test]
    fn users_have_the_limits_of_the_service_model() {
        let put = |more: &Value| {
            let mut call = json!({"datasetArn": ARN, "users": [{"userId": "ada"}]});
            let fields = call.as_object_mut().unwrap();
            fields.extend(more.as_object().unwrap().clone());
            PutUsers::read(call.to_string().as_bytes())
        };
        let of = |field: &str, value: Value| json!({"users": [{"userId": "ada", (field): value}]});
        let text = |length: usize| json!(format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8)));
        for (more, field) in [
            (json!({"datasetArn": null}), "datasetArn must be given"),
            (
                json!({"datasetArn": "films/USERS"}),
                "datasetArn must be an ARN",
            ),
            (json!({"users": null}), "users must be given"),
            (json!({"users": []}), "1 to 10 elements, found 0"),
            (
                json!({"users": vec![json!({"userId": "a"}); 11]}),
                "found 11",
            ),
            (json!({"users": [{}]}), "users[0].userId must be given"),
            (of("userId", json!("x".repeat(257))), "found 257"),
            (of("userId", json!("")), "users[0].userId"),
            (of("properties", json!("")), "users[0].properties"),
            (of("properties", json!("5")), "JSON object in a string"),
            (of("properties", json!({})), "must be a string"),
            (of("properties", text(24_001)), "found 24001"),
        ] {
            let fault = put(&more).unwrap_err();
            assert_eq!(fault.kind, FaultKind::InvalidInput, "{field}");
            assert!(fault.message.contains(field), "{field}: {fault}");
        }
        assert!(put(&of("properties", text(24_000))).is_ok());
        assert!(put(&of("userId", json!("x".repeat(256)))).is_ok());
        let ten: Vec<Value> = (0..10).map(|n| json!({"userId": n.to_string()})).collect();
        assert_eq!(put(&json!({"users": ten})).unwrap().users.len(), 10);
    }
}
