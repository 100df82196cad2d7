//! Topic names and topic filters: what is one, and what matches what.

/// The longest topic or filter, in bytes, as AWS IoT has it.
pub(super) const MAX_TOPIC: usize = 256;

/// The most slashes of a topic or filter, as AWS IoT has it.
pub(super) const MAX_SLASHES: usize = 7;

/// What topics begin with that bring a message to one rule and to nobody else: Basic Ingest.
const RULES: &str = "$aws/rules/";

/// Why a text is no topic or no filter that is served here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// It has no characters.
    #[error("expected a topic, found nothing")]
    Empty,
    /// A topic that somebody publishes to has to be one.
    #[error("expected a topic without + and #")]
    Wildcard,
    /// A wildcard stands for whole levels, and # for the last ones.
    #[error("expected + to be a whole level, and # to be the whole last one")]
    MisplacedWildcard,
    /// No text of MQTT has it.
    #[error("expected no character U+0000")]
    Nul,
    /// It is longer than [`MAX_TOPIC`].
    #[error("expected at most {MAX_TOPIC} bytes")]
    TooLong,
    /// It has more than [`MAX_SLASHES`].
    #[error("expected at most {MAX_SLASHES} slashes")]
    TooDeep,
}

/// Checks what somebody wants to publish to. What Basic Ingest puts in front does not count towards
/// length and depth.
///
/// # Errors
/// [`TopicError`].
pub fn check_topic(topic: &str) -> Result<(), TopicError> {
    let counted = basic_ingest(topic).map_or(topic, |(_, rest)| rest);
    check_size(counted)?;
    if topic.contains(['+', '#']) {
        return Err(TopicError::Wildcard);
    }
    Ok(())
}

/// Checks what somebody wants to subscribe to.
///
/// # Errors
/// [`TopicError`].
pub fn check_filter(filter: &str) -> Result<(), TopicError> {
    check_size(filter)?;
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let alone = level.len() == 1;
        let misplaced = match level {
            "#" => levels.peek().is_some(),
            _ => level.contains(['+', '#']) && !(alone && level == "+"),
        };
        if misplaced {
            return Err(TopicError::MisplacedWildcard);
        }
    }
    Ok(())
}

/// Whether a filter may match other topics than the one that it is.
pub(super) fn is_pattern(filter: &str) -> bool {
    filter.contains(['+', '#'])
}

fn check_size(text: &str) -> Result<(), TopicError> {
    if text.is_empty() {
        Err(TopicError::Empty)
    } else if text.contains('\0') {
        Err(TopicError::Nul)
    } else if text.len() > MAX_TOPIC {
        Err(TopicError::TooLong)
    } else if text.bytes().filter(|&b| b == b'/').count() > MAX_SLASHES {
        Err(TopicError::TooDeep)
    } else {
        Ok(())
    }
}

/// Rule and topic of a Basic Ingest topic, `$aws/rules/<rule>/<topic>`.
pub(super) fn basic_ingest(topic: &str) -> Option<(&str, &str)> {
    topic.strip_prefix(RULES)?.split_once('/')
}

/// Whether a valid filter matches a valid topic. A wildcard on the first level does not match what
/// begins with `$`.
pub fn matches(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let (mut levels, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (levels.next(), topic.next()) {
            // Also the level above: a/# matches a.
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(level), Some(found)) if level == found => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_match_as_it_says() {
        for (filter, topic) in [
            ("sport/tennis/player1/#", "sport/tennis/player1"),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/score/wimbledon",
            ),
            ("sport/#", "sport"),
            ("#", "sport/tennis"),
            ("sport/tennis/+", "sport/tennis/player1"),
            ("sport/+", "sport/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("$SYS/#", "$SYS/monitor"),
            (
                "$aws/things/+/shadow/#",
                "$aws/things/tv/shadow/update/delta",
            ),
        ] {
            assert!(matches(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [
            ("sport/tennis/+", "sport/tennis/player1/ranking"),
            ("sport/+", "sport"),
            ("+", "/finance"),
            ("#", "$SYS/monitor"),
            ("+/monitor", "$SYS/monitor"),
            ("+/things/#", "$aws/things/tv/shadow/get"),
            ("a/b", "a/B"),
        ] {
            assert!(!matches(filter, topic), "{filter} {topic}");
        }
    }

    #[test]
    fn wildcards_stand_for_whole_levels() {
        for good in ["+", "#", "/", "a/+/b/#", "+/+/#", "$aws/#", "//"] {
            assert_eq!(check_filter(good), Ok(()), "{good}");
        }
        for bad in ["a+", "+a/b", "#/a", "a/#/b", "a#", "a/b#", "++"] {
            assert_eq!(
                check_filter(bad),
                Err(TopicError::MisplacedWildcard),
                "{bad}"
            );
        }
        assert_eq!(check_filter(""), Err(TopicError::Empty));
    }

    #[test]
    fn topics_have_no_wildcards_and_the_size_that_aws_allows() {
        assert_eq!(check_topic("matinee/tv/request"), Ok(()));
        assert_eq!(check_topic(""), Err(TopicError::Empty));
        assert_eq!(check_topic("a\0"), Err(TopicError::Nul));
        for wild in ["matinee/a+b/request", "matinee/#/request", "+"] {
            assert_eq!(check_topic(wild), Err(TopicError::Wildcard), "{wild}");
        }
        assert_eq!(check_topic(&"x".repeat(256)), Ok(()));
        assert_eq!(check_topic(&"x".repeat(257)), Err(TopicError::TooLong));
        assert_eq!(check_topic("1/2/3/4/5/6/7/8"), Ok(()));
        assert_eq!(check_topic("1/2/3/4/5/6/7/8/9"), Err(TopicError::TooDeep));
    }

    #[test]
    fn what_basic_ingest_puts_in_front_does_not_count() {
        let topic = format!("$aws/rules/FilmRequestRule/{}", "x".repeat(256));
        assert_eq!(check_topic(&topic), Ok(()));
        assert_eq!(check_topic(&format!("{topic}y")), Err(TopicError::TooLong));
        assert_eq!(
            basic_ingest("$aws/rules/R/filmrequest"),
            Some(("R", "filmrequest"))
        );
        assert_eq!(basic_ingest("$aws/rules/R"), None);
        assert_eq!(basic_ingest("aws/rules/R/x"), None);
        assert_eq!(check_topic("$aws/rules/R/"), Err(TopicError::Empty));
    }
}
