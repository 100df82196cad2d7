//! The topics of shadows.

/// What is wanted of a shadow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Update,
    Get,
    Delete,
}

/// What a topic below `$aws/things/` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShadowTopic<'a> {
    /// Something of a thing's classic shadow.
    Classic(&'a str, Operation),
    /// Something of a named shadow.
    Named,
}

impl<'a> ShadowTopic<'a> {
    /// Reads a topic; none where it asks nothing of a shadow.
    pub(crate) fn read(topic: &'a str) -> Option<Self> {
        let mut levels = topic.strip_prefix("$aws/things/")?.split('/');
        let thing = levels.next()?;
        if levels.next() != Some("shadow") {
            return None;
        }
        let operation = |name| match name {
            "update" => Some(Operation::Update),
            "get" => Some(Operation::Get),
            "delete" => Some(Operation::Delete),
            _ => None,
        };
        let rest: Vec<&str> = levels.collect();
        match rest[..] {
            [name] => Some(Self::Classic(thing, operation(name)?)),
            ["name", _, name] => operation(name).map(|_| Self::Named),
            _ => None,
        }
    }
}

/// Whether things may be called so.
pub(super) fn is_thing(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b":_-".contains(&byte);
    (1..=128).contains(&name.len()) && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_for_the_classic_shadow_are_taken_for_some() {
        let tv = |operation| Some(ShadowTopic::Classic("tv", operation));
        assert_eq!(
            ShadowTopic::read("$aws/things/tv/shadow/update"),
            tv(Operation::Update)
        );
        assert_eq!(
            ShadowTopic::read("$aws/things/tv/shadow/get"),
            tv(Operation::Get)
        );
        assert_eq!(
            ShadowTopic::read("$aws/things/tv/shadow/delete"),
            tv(Operation::Delete)
        );
        for named in ["update", "get", "delete"] {
            let topic = format!("$aws/things/tv/shadow/name/update/{named}");
            assert_eq!(ShadowTopic::read(&topic), Some(ShadowTopic::Named));
        }
        for other in [
            "$aws/things/tv/shadow",
            "$aws/things/tv/shadow/update/accepted",
            "$aws/things/tv/shadow/updates",
            "$aws/things/tv/shadow/name/x/update/delta",
            "$aws/things/tv/jobs/get",
            "aws/things/tv/shadow/update",
            "$aws/things/a/b/shadow/update",
        ] {
            assert_eq!(ShadowTopic::read(other), None, "{other}");
        }
    }

    #[test]
    fn things_are_called_as_aws_allows() {
        for good in ["MovieSelector", "a", "tv:1_b-2", &"x".repeat(128)] {
            assert!(is_thing(good), "{good}");
        }
        for bad in ["", "a b", "a.b", "Ä", "a$", &"x".repeat(129)] {
            assert!(!is_thing(bad), "{bad}");
        }
    }
}
