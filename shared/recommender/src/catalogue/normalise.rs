//! Titles and phrases reduced to one spelling, so that both sides of a comparison meet.

use deunicode::deunicode;

/// Reduces a title or a spoken phrase to lower-case ASCII words separated by single spaces.
///
/// Diacritics are folded, apostrophes vanish, other punctuation separates, `&` is "and", a trailing
/// article ("Matrix, The") moves to the front, and numbers become digits however they were written:
/// "II", "two" and "2" meet, "two thousand one" and "2001" too. The words "part", "volume" and
/// "chapter" before a number vanish.
pub fn normalise(text: &str) -> String {
    let folded = fold(&article_first(text));
    let words: Vec<&str> = folded.split_ascii_whitespace().collect();
    numbers_as_digits(&words).join(" ")
}

/// How a normalised form relates to its film's title; a smaller number is the closer form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TitleForm {
    /// The whole title.
    Title = 0,
    /// The whole title in the film's own language.
    Original = 1,
    /// The title without its leading article.
    WithoutArticle = 2,
    /// What stands before or behind the colon, or the title read without its play on digits.
    Part = 3,
}

impl TitleForm {
    /// The form stored as `number`.
    pub fn from_number(number: u8) -> Option<Self> {
        [
            Self::Title,
            Self::Original,
            Self::WithoutArticle,
            Self::Part,
        ]
        .get(usize::from(number))
        .copied()
    }
}

/// The distinct normalised forms under which one film is known, none of them empty.
pub type TitleForms = Vec<(String, TitleForm)>;

/// Every form under which a film of this title is found: see [`TitleForm`].
pub fn title_forms(title: &str, original_title: &str) -> TitleForms {
    let mut forms = TitleForms::new();
    let mut add = |form: String, kind| {
        if !form.is_empty() && !forms.iter().any(|(known, _)| *known == form) {
            forms.push((form, kind));
        }
    };
    let whole = normalise(title);
    add(whole.clone(), TitleForm::Title);
    add(normalise(original_title), TitleForm::Original);
    if let Some(bare) = without_article(&whole) {
        add(bare.to_owned(), TitleForm::WithoutArticle);
    }
    if let Some(plain) = digits_as_letters(title) {
        add(normalise(&plain), TitleForm::Part);
    }
    for part in parts(title) {
        let part = normalise(part);
        if let Some(bare) = without_article(&part) {
            add(bare.to_owned(), TitleForm::Part);
        }
        add(part, TitleForm::Part);
    }
    forms
}

/// The normalised phrase without its leading article, when something is left.
pub(crate) fn without_article(normalised: &str) -> Option<&str> {
    ["the ", "a ", "an "]
        .iter()
        .find_map(|article| normalised.strip_prefix(article))
        .filter(|rest| !rest.is_empty())
}

/// What stands before and behind the first colon or spaced dash, where both are worth saying
/// alone: a part of one short word ("Part", "II") names no film.
fn parts(title: &str) -> Vec<&str> {
    let split = title
        .split_once(": ")
        .or_else(|| title.split_once(" - "))
        .or_else(|| title.split_once(" or: "));
    split.map_or_else(Vec::new, |(before, behind)| {
        [before, behind]
            .into_iter()
            .filter(|part| part.chars().filter(|c| c.is_alphabetic()).count() >= 4)
            .collect()
    })
}

/// "Se7en" as it is said: digits inside a word stand for the letters they look like.
fn digits_as_letters(title: &str) -> Option<String> {
    const LOOKS: [(char, char); 6] = [
        ('0', 'o'),
        ('1', 'i'),
        ('3', 'e'),
        ('4', 'a'),
        ('5', 's'),
        ('7', 'v'),
    ];
    let chars: Vec<char> = title.chars().collect();
    let letter = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphabetic())
    };
    let plain: String = chars
        .iter()
        .enumerate()
        .map(|(at, c)| match LOOKS.iter().find(|(digit, _)| digit == c) {
            Some((_, like)) if letter(at.checked_sub(1)) && letter(Some(at + 1)) => *like,
            _ => *c,
        })
        .collect();
    (plain != title).then_some(plain)
}

/// "Matrix, The" -> "The Matrix"; also where a year or a translated title in brackets follows.
fn article_first(text: &str) -> String {
    const ARTICLES: [&str; 14] = [
        "the", "a", "an", "la", "le", "les", "il", "el", "los", "las", "der", "die", "das", "l'",
    ];
    let (head, tail) = match text.find(" (") {
        Some(bracket) => text.split_at(bracket),
        None => (text, ""),
    };
    if let Some((rest, article)) = head.rsplit_once(',') {
        let article = article.trim();
        if ARTICLES.contains(&article.to_lowercase().as_str()) {
            let gap = if article.ends_with('\'') { "" } else { " " };
            return format!("{article}{gap}{}{tail}", rest.trim());
        }
    }
    text.to_owned()
}

/// Lower-case ASCII letters, digits and spaces.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut push = |ascii: char| match ascii {
        'a'..='z' | '0'..='9' => folded.push(ascii),
        'A'..='Z' => folded.push(ascii.to_ascii_lowercase()),
        '\'' | '`' => {}
        '&' => folded.push_str(" and "),
        _ => folded.push(' '),
    };
    for c in text.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{2bc}' => {}
            c if c.is_ascii() => push(c),
            c => deunicode(c.encode_utf8(&mut [0; 4]))
                .chars()
                .for_each(&mut push),
        }
    }
    folded
}

/// Joins number words, Roman numerals and digits into digits, and drops "part" before them.
fn numbers_as_digits(words: &[&str]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let word = words[at];
        let after_part = at > 0 && is_part_word(words[at - 1]);
        if is_part_word(word)
            && at > 0
            && words
                .get(at + 1)
                .is_some_and(|next| starts_number(next, true))
        {
            at += 1;
        } else if let Some((value, used)) = spoken_number(&words[at..]) {
            out.push(value.to_string());
            at += used;
        } else if let Some(value) = roman(word, after_part) {
            out.push(value.to_string());
            at += 1;
        } else {
            out.push(word.to_owned());
            at += 1;
        }
    }
    out
}

fn is_part_word(word: &str) -> bool {
    matches!(word, "part" | "pt" | "vol" | "volume" | "chapter")
}

fn starts_number(word: &str, after_part: bool) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
        || unit(word).is_some()
        || tens(word).is_some()
        || roman(word, after_part).is_some()
}

/// Lone Roman numerals from two to twenty. "i" is a pronoun unless "part" or its like stands
/// before it.
fn roman(word: &str, after_part: bool) -> Option<u32> {
    const NUMERALS: [&str; 20] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv",
        "xv", "xvi", "xvii", "xviii", "xix", "xx",
    ];
    let position = NUMERALS.iter().position(|numeral| *numeral == word)?;
    (position > 0 || after_part).then_some(position as u32 + 1)
}

fn unit(word: &str) -> Option<u32> {
    const UNITS: [&str; 20] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    UNITS
        .iter()
        .position(|unit| *unit == word)
        .map(|n| n as u32)
}

fn tens(word: &str) -> Option<u32> {
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    TENS.iter()
        .position(|ten| *ten == word)
        .map(|n| (n as u32 + 2) * 10)
}

/// The number that `words` begin with, as a cardinal ("one hundred and one") or as a year is read
/// ("nineteen eighty four"), and how many words it took. Digits stand for themselves.
fn spoken_number(words: &[&str]) -> Option<(u32, usize)> {
    let (first, used) = below_hundred(words)?;
    let rest = &words[used..];
    match rest.first() {
        Some(&"thousand") => {
            let (more, extra) = below_thousand(skip_and(&rest[1..])).map_or((0, 0), |found| {
                (found.0, found.1 + usize::from(rest.get(1) == Some(&"and")))
            });
            Some((first * 1000 + more, used + 1 + extra))
        }
        Some(&"hundred") => below_thousand(words),
        _ => {
            if (11..=20).contains(&first)
                && let Some((second, extra)) = below_hundred(rest)
                && second >= 10
            {
                return Some((first * 100 + second, used + extra));
            }
            Some((first, used))
        }
    }
}

fn skip_and<'a>(words: &'a [&'a str]) -> &'a [&'a str] {
    match words.first() {
        Some(&"and") => &words[1..],
        _ => words,
    }
}

fn below_thousand(words: &[&str]) -> Option<(u32, usize)> {
    let (first, used) = below_hundred(words)?;
    if words.get(used) != Some(&"hundred") {
        return Some((first, used));
    }
    let rest = &words[used + 1..];
    let and = usize::from(rest.first() == Some(&"and"));
    Some(match below_hundred(&rest[and..]) {
        Some((more, extra)) => (first * 100 + more, used + 1 + and + extra),
        None => (first * 100, used + 1),
    })
}

fn below_hundred(words: &[&str]) -> Option<(u32, usize)> {
    let word = words.first()?;
    if let Some(value) = unit(word) {
        return Some((value, 1));
    }
    let value = tens(word)?;
    match words.get(1).and_then(|next| unit(next)) {
        Some(units @ 1..=9) => Some((value + units, 2)),
        _ => Some((value, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_punctuation_diacritics_and_articles_do_not_matter() {
        assert_eq!(normalise("  The MATRIX!! "), "the matrix");
        assert_eq!(normalise("Matrix, The"), "the matrix");
        assert_eq!(normalise("Matrix, The (1999)"), "the matrix 1999");
        assert_eq!(normalise("Amélie"), "amelie");
        assert_eq!(normalise("Schindler’s List"), "schindlers list");
        assert_eq!(normalise("Monsters, Inc."), "monsters inc");
        assert_eq!(normalise("Lilo & Stitch"), "lilo and stitch");
        assert_eq!(normalise("WALL·E"), "wall e");
    }

    #[test]
    fn numbers_meet_however_they_are_written() {
        for spoken in [
            "The Godfather Part II",
            "the godfather part two",
            "the godfather 2",
            "The Godfather: Part 2",
        ] {
            assert_eq!(normalise(spoken), "the godfather 2", "{spoken}");
        }
        assert_eq!(
            normalise("two thousand one a space odyssey"),
            "2001 a space odyssey"
        );
        assert_eq!(normalise("two thousand and one"), "2001");
        assert_eq!(normalise("nineteen eighty four"), "1984");
        assert_eq!(normalise("twenty twelve"), "2012");
        assert_eq!(
            normalise("One Hundred and One Dalmatians"),
            "101 dalmatians"
        );
        assert_eq!(normalise("three hundred"), "300");
        assert_eq!(normalise("Seven Samurai"), "7 samurai");
        assert_eq!(normalise("twenty one jump street"), "21 jump street");
        assert_eq!(normalise("Kill Bill: Vol. 1"), "kill bill 1");
        assert_eq!(normalise("Rocky IV"), "rocky 4");
    }

    #[test]
    fn a_pronoun_is_no_numeral_and_a_part_alone_stays() {
        assert_eq!(normalise("I, Robot"), "i robot");
        assert_eq!(normalise("Part I"), "part 1");
        assert_eq!(normalise("It Chapter Two"), "it 2");
        assert_eq!(normalise("The Best Part"), "the best part");
    }

    #[test]
    fn a_title_that_plays_with_digits_is_also_known_as_it_is_said() {
        let known = |title: &str| title_forms(title, "");
        assert!(known("Se7en").contains(&(normalise("seven"), TitleForm::Part)));
        assert_eq!(known("2 Fast 2 Furious").len(), 1);
    }

    #[test]
    fn a_title_is_known_whole_without_article_and_by_its_parts() {
        let forms = title_forms("The Lord of the Rings: The Two Towers", "");
        let texts: Vec<&str> = forms.iter().map(|(text, _)| text.as_str()).collect();
        assert!(texts.contains(&"the lord of the rings the 2 towers"));
        assert!(texts.contains(&"lord of the rings the 2 towers"));
        assert!(texts.contains(&"the 2 towers"));
        assert!(texts.contains(&"2 towers"));
    }

    proptest! {
        #[test]
        fn normalising_anything_gives_ascii_words_and_stays_put(text in "\\PC{0,60}") {
            let once = normalise(&text);
            prop_assert!(once.bytes().all(|b| b == b' ' || b.is_ascii_lowercase() || b.is_ascii_digit()));
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }
    }
}
