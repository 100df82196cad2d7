//! What a call gives for a parameter: values with commas between, strings in double quotes.

use super::super::Fault;
use super::super::fields::shown;

/// The values of a parameter. Within quotes `\"` stands for a quote and `\\` for a backslash; a value
/// without quotes goes to the next comma, less the spaces around it.
pub(super) fn split(name: &str, text: &str) -> Result<Vec<String>, Fault> {
    let wrong = |expected: &str| {
        Err(Fault::invalid(format_args!(
            "filterValues.{} must be values with commas between them, strings in double quotes: {expected}",
            shown(name)
        )))
    };
    let mut values = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (value, behind) = if let Some(quoted) = rest.strip_prefix('"') {
            let Some(found) = unquote(quoted) else {
                return wrong("one does not end in a quote");
            };
            found
        } else {
            let (value, _) = rest.split_once(',').unwrap_or((rest, ""));
            (value.trim_end().to_owned(), &rest[value.len()..])
        };
        if value.is_empty() && values.is_empty() && behind.trim().is_empty() {
            return wrong("there is none");
        }
        values.push(value);
        let behind = behind.trim_start();
        if behind.is_empty() {
            return Ok(values);
        }
        match behind.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return wrong("a comma must follow a closing quote"),
        }
    }
}

/// What stands before the closing quote, and what behind it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match text.get(at + 1..)?.chars().next()? {
                escaped @ ('"' | '\\') => {
                    letters.next();
                    value.push(escaped);
                }
                _ => value.push(letter),
            },
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_at_commas_outside_of_quotes() {
        for (text, expected) in [
            (r#""Comedy""#, &["Comedy"][..]),
            (r#""Comedy","Drama""#, &["Comedy", "Drama"]),
            (r#" "Comedy" , "Drama" "#, &["Comedy", "Drama"]),
            (r#""Crime, Inc.""#, &["Crime, Inc."]),
            (r#""a \"b\" \\ \c""#, &[r#"a "b" \ \c"#]),
            ("Comedy, Science Fiction", &["Comedy", "Science Fiction"]),
            ("1999", &["1999"]),
            ("1999,", &["1999", ""]),
        ] {
            assert_eq!(split("P", text).unwrap(), expected, "{text}");
        }
        for wrong in [
            "",
            "  ",
            r#""""#,
            r#""Comedy"#,
            r#""Comedy" "Drama""#,
            r#""a\"#,
        ] {
            let fault = split("P", wrong).unwrap_err();
            assert!(fault.message.contains("filterValues.P"), "{fault}");
        }
    }
}
