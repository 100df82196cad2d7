//! Plain text as Alexa's speech markup, within a given length.

use std::borrow::Cow;

const OPEN: &str = "<speak>";
const CLOSE: &str = "</speak>";

/// Stands for what was cut out.
const ELLIPSIS: &str = " … ";

/// The text as SSML of at most `limit` characters, markup included. What is too long is cut in
/// the middle: the question at the end stays.
pub(crate) fn speak(text: &str, limit: usize) -> String {
    let room = limit.saturating_sub(OPEN.len() + CLOSE.len());
    let text = shorten(text, room, |c| escape(c).len_in_chars());
    let mut ssml = String::with_capacity(text.len() + OPEN.len() + CLOSE.len());
    ssml.push_str(OPEN);
    for c in text.chars() {
        match escape(c) {
            Escaped::Dropped => {}
            Escaped::Plain => ssml.push(c),
            Escaped::Entity(entity) => ssml.push_str(entity),
        }
    }
    ssml.push_str(CLOSE);
    ssml
}

/// The text in at most `limit` characters, cut as [`speak`] cuts.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    shorten(text, limit, |_| 1).into_owned()
}

enum Escaped {
    /// XML 1.0 cannot hold it, not even as an entity.
    Dropped,
    Plain,
    Entity(&'static str),
}

impl Escaped {
    fn len_in_chars(&self) -> usize {
        match self {
            Self::Dropped => 0,
            Self::Plain => 1,
            Self::Entity(entity) => entity.len(),
        }
    }
}

/// What text between tags needs; quotes only matter within a tag.
///
/// <https://www.w3.org/TR/xml/#charsets>
fn escape(c: char) -> Escaped {
    match c {
        '&' => Escaped::Entity("&amp;"),
        '<' => Escaped::Entity("&lt;"),
        '>' => Escaped::Entity("&gt;"),
        '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => Escaped::Plain,
        _ => Escaped::Dropped,
    }
}

/// Cuts whole words out of the middle until the characters' widths add up to at most `room`; a
/// quarter of the room is kept for the end.
fn shorten(text: &str, room: usize, width: impl Fn(char) -> usize) -> Cow<'_, str> {
    if text.chars().map(&width).sum::<usize>() <= room {
        return text.into();
    }
    let back_room = room / 4;
    let front_room = (room - back_room).saturating_sub(ELLIPSIS.chars().count());
    let mut used = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            used += width(*c);
            used > front_room
        })
        .map_or(text.len(), |(at, _)| at);
    let mut used = 0;
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| {
            used += width(*c);
            used <= back_room
        })
        .last()
        .map_or(text.len(), |(at, _)| at);
    let (front, back) = (&text[..end], &text[start..]);
    let front = front.rsplit_once(' ').map_or(front, |(words, _)| words);
    let back = back.split_once(' ').map_or(back, |(_, words)| words);
    format!("{front}{ELLIPSIS}{back}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markup_uses_is_escaped_and_what_it_cannot_hold_is_dropped() {
        assert_eq!(
            speak("<\"Tom & Jerry's\">\u{0}\u{b}\u{fffe}", 8_000),
            "<speak>&lt;\"Tom &amp; Jerry's\"&gt;</speak>"
        );
        assert_eq!(speak("a\tb\n🎬", 8_000), "<speak>a\tb\n🎬</speak>");
    }

    #[test]
    fn what_is_too_long_loses_words_in_the_middle() {
        let text = format!("It begins. {}And how does it end?", "word ".repeat(50));
        let short = plain(&text, 80);
        assert!(short.chars().count() <= 80, "{short}");
        assert!(short.starts_with("It begins. word"), "{short}");
        assert!(short.contains("word … "), "{short}");
        assert!(short.ends_with("does it end?"), "{short}");
        assert_eq!(plain("short enough", 12), "short enough");
    }

    #[test]
    fn an_entity_is_never_cut_in_two() {
        for limit in 40..80 {
            let ssml = speak(&"&".repeat(100), limit);
            assert!(ssml.chars().count() <= limit, "{ssml}");
            let inside = ssml.replace("&amp;", "").replace(" … ", "");
            assert_eq!(inside, "<speak></speak>");
        }
    }
}
