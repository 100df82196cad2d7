//! Lists and dictionaries inside a field: JSON, or what Python prints for them.
//!
//! Python writes strings in single quotes unless they hold one, and `None`, `True`, `False`. One
//! parser reads both, because both mean the same here.

use std::borrow::Cow;

/// How deep lists may be nested; the data sets need three.
const MAX_DEPTH: usize = 16;

/// A value of the literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A number, a truth value or nothing: no field of a film is read from these.
    Plain,
    /// A string.
    Text(Cow<'a, str>),
    /// `[…]`.
    List(Vec<Value<'a>>),
    /// `{…}`, in its order.
    Dictionary(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The string under `key`, when this is a dictionary that has one.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let Self::Dictionary(entries) = self else {
            return None;
        };
        entries.iter().find_map(|(name, value)| match value {
            Self::Text(text) if name == key => Some(text.as_ref()),
            _ => None,
        })
    }

    /// The items of a list; a lone `None` is an empty one.
    pub(super) fn items(self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::List(items) => Some(items),
            Self::Plain => Some(Vec::new()),
            _ => None,
        }
    }
}

/// Reads a whole literal.
///
/// # Errors
/// What was expected, and at which byte of the literal.
pub(super) fn parse(source: &str) -> Result<Value<'_>, String> {
    let mut parser = Parser { source, at: 0 };
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.at == source.len() {
        Ok(value)
    } else {
        Err(parser.expected("the end"))
    }
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn expected(&self, what: &str) -> String {
        let found = match self.rest().chars().next() {
            Some(found) => format!("{found:?}"),
            None => "the end".to_owned(),
        };
        format!(
            "expected {what} at byte {} of the literal, found {found}",
            self.at
        )
    }

    fn skip_space(&mut self) {
        self.at = self.source.len() - self.rest().trim_start().len();
    }

    /// Steps over `token`, and the space before it, when it comes next.
    fn take(&mut self, token: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, String> {
        if depth > MAX_DEPTH {
            return Err(self.expected("lists nested less deeply"));
        }
        self.skip_space();
        match self.rest().bytes().next() {
            Some(b'[') => self.list(depth),
            Some(b'{') => self.dictionary(depth),
            Some(b'\'' | b'"') => self.string().map(Value::Text),
            _ => self.plain(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value<'a>, String> {
        let mut items = Vec::new();
        self.take('[');
        while !self.take(']') {
            items.push(self.value(depth + 1)?);
            self.comma_before(']')?;
        }
        Ok(Value::List(items))
    }

    fn dictionary(&mut self, depth: usize) -> Result<Value<'a>, String> {
        let mut entries = Vec::new();
        self.take('{');
        while !self.take('}') {
            let key = self.string()?;
            if !self.take(':') {
                return Err(self.expected("':'"));
            }
            entries.push((key, self.value(depth + 1)?));
            self.comma_before('}')?;
        }
        Ok(Value::Dictionary(entries))
    }

    /// Behind an item: a comma, or the closing bracket, which stays. A comma before the bracket is
    /// allowed, as Python does.
    fn comma_before(&mut self, close: char) -> Result<(), String> {
        if self.take(',') || self.rest().starts_with(close) {
            Ok(())
        } else {
            Err(self.expected(&format!("',' or '{close}'")))
        }
    }

    fn plain(&mut self) -> Result<Value<'a>, String> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let known = matches!(
            word,
            "None" | "True" | "False" | "null" | "true" | "false" | "nan" | "NaN"
        );
        if known || word.parse::<f64>().is_ok() {
            self.at += end;
            Ok(Value::Plain)
        } else {
            Err(self.expected("a list, a dictionary, a string or a number"))
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, String> {
        self.skip_space();
        let Some(quote @ ('\'' | '"')) = self.rest().chars().next() else {
            return Err(self.expected("a string in quotes"));
        };
        let opening = self.at;
        self.at += 1;
        let mut text = Cow::Borrowed("");
        loop {
            let rest = self.rest();
            let Some(end) = rest.find([quote, '\\']) else {
                self.at = opening;
                return Err(self.expected("a string that is closed"));
            };
            // Adding to nothing only borrows: strings without escapes are never copied.
            text += &rest[..end];
            self.at += end + 1;
            if rest[end..].starts_with(quote) {
                return Ok(text);
            }
            let escaped = self.escape();
            text.to_mut().push_str(&escaped);
        }
    }

    /// What stands behind a backslash. An escape nobody knows means itself, as in Python.
    fn escape(&mut self) -> String {
        let Some(code) = self.rest().chars().next() else {
            return String::new();
        };
        self.at += code.len_utf8();
        match code {
            'n' => "\n".to_owned(),
            't' => "\t".to_owned(),
            'r' => "\r".to_owned(),
            'b' => "\u{8}".to_owned(),
            'f' => "\u{c}".to_owned(),
            '\n' => String::new(),
            '\\' | '\'' | '"' | '/' => code.to_string(),
            'x' => self.code_point(2, code),
            'u' => self.code_point(4, code),
            'U' => self.code_point(8, code),
            _ => format!("\\{code}"),
        }
    }

    fn code_point(&mut self, digits: usize, code: char) -> String {
        let Some(first) = self.hexadecimal(digits) else {
            return format!("\\{code}");
        };
        // JSON writes a character beyond the first 65,536 as a pair of surrogates.
        let mut number = first;
        if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            match self.hexadecimal(4) {
                Some(second @ 0xdc00..0xe000) => {
                    number = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                }
                _ => self.at = before,
            }
        }
        char::from_u32(number)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
            .to_string()
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let text = self.rest().get(..digits)?;
        let all_digits = text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(text, 16).ok().filter(|_| all_digits)?;
        self.at += digits;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(source: &str) -> Vec<String> {
        let items = parse(source).unwrap().items().unwrap();
        items
            .iter()
            .map(|item| item.text("name").unwrap().to_owned())
            .collect()
    }

    #[test]
    fn json_and_python_mean_the_same() {
        let names_of = ["Drama", "Film Noir"];
        assert_eq!(
            names(r#"[{"id": 18, "name": "Drama"}, {"id": 9, "name": "Film Noir"}]"#),
            names_of
        );
        assert_eq!(
            names("[{'id': 18, 'name': 'Drama'}, {'id': 9, 'name': 'Film Noir'},]"),
            names_of
        );
        assert_eq!(
            parse("[None, True, false, null, -1.5e3]").unwrap(),
            Value::List(vec![Value::Plain; 5])
        );
        assert_eq!(parse(" [ ] ").unwrap(), Value::List(vec![]));
        assert_eq!(parse("{}").unwrap(), Value::Dictionary(vec![]));
    }

    #[test]
    fn quotes_and_escapes_are_resolved() {
        assert_eq!(
            names(r#"[{'name': "Ann O'Nym"}, {'name': 'Bo \'Big\' Ox'}, {'name': "a \"b\" c"}]"#),
            ["Ann O'Nym", "Bo 'Big' Ox", r#"a "b" c"#]
        );
        assert_eq!(
            names(r#"[{"name": "caf\u00e9 \ud83c\udfac"}, {'name': '\xe9\U0001f3ac\\ \q'}]"#),
            ["café 🎬", "é🎬\\ \\q"]
        );
        assert_eq!(names(r#"[{"name": "\ud83c!"}]"#), ["\u{fffd}!"]);
    }

    #[test]
    fn what_is_broken_is_refused_with_its_place() {
        for (source, at) in [
            ("", "at byte 0"),
            ("[{'name': 'Dra", "at byte 10"),
            ("[1 2]", "at byte 3"),
            ("[1] x", "at byte 4"),
            ("{1: 2}", "at byte 1"),
            ("{'a' 2}", "at byte 5"),
            ("Drama", "at byte 0"),
            ("['a\\", "at byte 1"),
        ] {
            let error = parse(source).unwrap_err();
            assert!(error.contains(at), "{source}: {error}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(source in "[\\[\\]{}:,'\"\\\\ uxUNone0-9a-fé🎬\\n]{0,60}") {
            let _ = parse(&source);
        }

        #[test]
        fn no_text_at_all_makes_it_panic(source in ".{0,200}") {
            let _ = parse(&source);
        }

        #[test]
        fn any_string_is_read_back_from_json(text in "\\PC{0,40}") {
            let json = serde_json::json!([{ "name": &text }]).to_string();
            prop_assert_eq!(names(&json), [text]);
        }
    }
}
