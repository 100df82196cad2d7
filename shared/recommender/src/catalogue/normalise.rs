//! Titles and phrases reduced to one spelling, so that both sides of a comparison meet.

use deunicode::deunicode;

use super::numbers::{Reading, Token, find_numbers, is_part_word};

/// Reduces a title or a spoken phrase to lower-case ASCII words separated by single spaces.
///
/// Diacritics are folded, apostrophes vanish, other punctuation separates, `&` is "and", a trailing
/// article ("Matrix, The") moves to the front, and numbers become words in one way however they
/// were written or said: "II", "two" and "2" meet, "2001", "two thousand one" and "two thousand and
/// one" too. The words "part", "volume" and "chapter" before a number vanish.
pub fn normalise(text: &str) -> String {
    read(text, Reading::Short)
}

/// The title's words as [`normalise`] gives them, numbers left out.
pub fn words_without_numbers(title: &str) -> Vec<String> {
    tokens(title, Reading::Short)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word),
            Token::Number(_) => None,
        })
        .collect()
}

/// The longest year in words: "one thousand nine hundred and sixty two".
const YEAR_WORDS: usize = 7;

/// The normalised phrase before a year that ends it, and that year, 1870 to 2100.
pub(super) fn split_year(phrase: &str) -> Option<(String, u16)> {
    let folded = fold(&article_first(phrase));
    let words: Vec<&str> = folded.split_ascii_whitespace().collect();
    // Looked for from behind: "oceans eleven nineteen sixty" ends in a year of two words.
    (1..=YEAR_WORDS.min(words.len())).rev().find_map(|count| {
        let (before, year) = words.split_at(words.len() - count);
        match find_numbers(year, Reading::Short)[..] {
            [Token::Number(year @ 1870..=2100)] => {
                Some((normalise(&before.join(" ")), year as u16))
            }
            _ => None,
        }
    })
}

fn read(text: &str, reading: Reading) -> String {
    join(&tokens(text, reading))
}

fn tokens(text: &str, reading: Reading) -> Vec<Token> {
    let folded = initials_as_words(&fold(&article_first(text)));
    let words: Vec<&str> = folded.split_ascii_whitespace().collect();
    find_numbers(&words, reading)
}

/// "e t" and "l a" become "et" and "la": initials are written with and without dots.
fn initials_as_words(folded: &str) -> String {
    let mut joined = String::with_capacity(folded.len());
    let mut after_initial = false;
    for word in folded.split_ascii_whitespace() {
        let initial = word.len() == 1 && word.bytes().all(|b| b.is_ascii_lowercase());
        if !(joined.is_empty() || after_initial && initial) {
            joined.push(' ');
        }
        joined.push_str(word);
        after_initial = initial;
    }
    joined
}

fn join(tokens: &[Token]) -> String {
    let words: Vec<String> = tokens.iter().map(ToString::to_string).collect();
    words.join(" ")
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
    for reading in [digits_as_letters(title), thousands_as_one_number(title)] {
        add(normalise(&reading.unwrap_or_default()), TitleForm::Part);
    }
    for reading in [Reading::AsWritten, Reading::InFull] {
        add(read(title, reading), TitleForm::Part);
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
/// alone: a short word or "Part II" names no film.
fn parts(title: &str) -> Vec<&str> {
    let split = title
        .split_once(": ")
        .or_else(|| title.split_once(" - "))
        .or_else(|| title.split_once(" or: "));
    split.map_or_else(Vec::new, |(before, behind)| {
        [before, behind]
            .into_iter()
            .filter(|part| {
                let first = part.split_whitespace().next().unwrap_or_default();
                part.chars().filter(|c| c.is_alphanumeric()).count() >= 4
                    && !is_part_word(&first.to_lowercase())
            })
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

/// "10,000 BC" with its number in one piece.
fn thousands_as_one_number(title: &str) -> Option<String> {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let whole: String = title
        .char_indices()
        .filter(|(at, c)| {
            let between = digit(title[..*at].chars().next_back())
                && title[*at + c.len_utf8()..]
                    .chars()
                    .take(3)
                    .filter(char::is_ascii_digit)
                    .count()
                    == 3;
            !(*c == ',' && between)
        })
        .map(|(_, c)| c)
        .collect();
    (whole != title).then_some(whole)
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
pub(super) fn fold(text: &str) -> String {
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
            '½' => " and a half".chars().for_each(&mut push),
            '²' => " 2".chars().for_each(&mut push),
            '³' => " 3".chars().for_each(&mut push),
            c if c.is_ascii() => push(c),
            // Hearts, stars and degrees are not spoken.
            c if !c.is_alphanumeric() => push(' '),
            c => deunicode(c.encode_utf8(&mut [0; 4]))
                .chars()
                .for_each(&mut push),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_punctuation_diacritics_and_articles_do_not_matter() {
        assert_eq!(normalise("  The MATRIX!! "), "the matrix");
        assert_eq!(normalise("Matrix, The"), "the matrix");
        assert_eq!(
            normalise("Matrix, The (1999)"),
            "the matrix nineteen ninety nine"
        );
        assert_eq!(normalise("Amélie"), "amelie");
        assert_eq!(normalise("Schindler’s List"), "schindlers list");
        assert_eq!(normalise("Monsters, Inc."), "monsters inc");
        assert_eq!(normalise("Lilo & Stitch"), "lilo and stitch");
        assert_eq!(normalise("WALL·E"), "wall e");
        assert_eq!(
            normalise("E.T. the Extra-Terrestrial"),
            "et the extra terrestrial"
        );
        assert_eq!(normalise("8½"), normalise("eight and a half"));
        assert_eq!(normalise("Alien³"), normalise("alien three"));
    }

    #[test]
    fn numbers_meet_however_they_are_written() {
        for spoken in [
            "The Godfather Part II",
            "the godfather part two",
            "the godfather two",
            "The Godfather: Part 2",
        ] {
            assert_eq!(normalise(spoken), "the godfather two", "{spoken}");
        }
        assert_eq!(
            normalise("two thousand one a space odyssey"),
            "two thousand and one a space odyssey"
        );
        assert_eq!(normalise("two thousand and one"), "two thousand and one");
        assert_eq!(normalise("nineteen eighty four"), "nineteen eighty four");
        assert_eq!(normalise("twenty twelve"), "twenty twelve");
        assert_eq!(
            normalise("One Hundred and One Dalmatians"),
            "one hundred and one dalmatians"
        );
        assert_eq!(normalise("three hundred"), "three hundred");
        assert_eq!(normalise("Seven Samurai"), "seven samurai");
        assert_eq!(
            normalise("twenty one jump street"),
            "twenty one jump street"
        );
        assert_eq!(normalise("Kill Bill: Vol. 1"), "kill bill one");
        assert_eq!(normalise("Rocky IV"), "rocky four");
    }

    #[test]
    fn a_pronoun_is_no_numeral_and_a_part_alone_stays() {
        assert_eq!(normalise("I, Robot"), "i robot");
        assert_eq!(normalise("Part I"), "part one");
        assert_eq!(normalise("It Chapter Two"), "it two");
        assert_eq!(normalise("The Best Part"), "the best part");
    }

    #[test]
    fn a_title_that_plays_with_digits_is_also_known_as_it_is_said() {
        let known = |title: &str| title_forms(title, "");
        assert!(known("Se7en").contains(&(normalise("seven"), TitleForm::Part)));
        assert_eq!(known("2 Fast 2 Furious").len(), 1);
    }

    #[test]
    fn a_title_is_also_known_with_its_part_and_with_abbreviations_in_full() {
        let forms = title_forms("Dr. No vs. Mr. Yes: Part II", "");
        for said in [
            "dr no vs mr yes two",
            "dr no vs mr yes part two",
            "doctor no versus mister yes two",
        ] {
            assert!(forms.iter().any(|(form, _)| form == said), "{forms:?}");
        }
    }

    #[test]
    fn a_title_is_known_whole_without_article_and_by_its_parts() {
        let forms = title_forms("The Lord of the Rings: The Two Towers", "");
        let texts: Vec<&str> = forms.iter().map(|(text, _)| text.as_str()).collect();
        assert!(texts.contains(&"the lord of the rings the two towers"));
        assert!(texts.contains(&"lord of the rings the two towers"));
        assert!(texts.contains(&"the two towers"));
        assert!(texts.contains(&"two towers"));
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
