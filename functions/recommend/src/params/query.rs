/// The pairs of a query string, percent-decoded; `None` stands for a name or value that is no
/// UTF-8.
///
/// Decoding is strict where `application/x-www-form-urlencoded` readers usually put replacement
/// characters: a title that arrives broken would be looked up as another one. A percent sign that
/// begins no escape stands for itself.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (Option<String>, Option<String>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        bytes.push(match (first, behind) {
            (b'+', _) => b' ',
            (b'%', [high, low, behind @ ..])
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                rest = behind;
                high * 16 + low
            }
            (byte, _) => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_plus_signs_are_undone() {
        let read: Vec<_> = pairs("a=The%20Matrix&b=x+y&&c&%C3%A9=%26%3d&d=1=2").collect();
        let expected = [
            ("a", "The Matrix"),
            ("b", "x y"),
            ("c", ""),
            ("é", "&="),
            ("d", "1=2"),
        ]
        .map(|(name, value)| (Some(name.to_owned()), Some(value.to_owned())));
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_no_escape_stands_for_itself_and_what_is_no_text_is_nothing() {
        assert_eq!(decode("100%"), Some("100%".to_owned()));
        assert_eq!(decode("%zz%4"), Some("%zz%4".to_owned()));
        assert_eq!(decode("%+1"), Some("% 1".to_owned()));
        assert_eq!(decode("%FF"), None);
        assert_eq!(decode("%C3%28"), None);
    }
}
