//! Numbers as they stand in titles and as they are said, brought to one wording.

use std::fmt;

/// A word of a title or phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Any other word.
    Word(String),
    /// A number, however it was written or said.
    Number(u32),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => f.write_str(&in_words(*number)),
        }
    }
}

/// Numbers of more digits are names, not quantities.
const MAX_DIGITS: usize = 6;

/// How much of a title is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// "part" before a number is left out.
    Short,
    /// Every word as it is written.
    AsWritten,
    /// As short, abbreviations in full.
    InFull,
}

/// Joins number words, Roman numerals and digits into numbers, and reads the rest as told.
pub(super) fn find_numbers(words: &[&str], reading: Reading) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let word = words[at];
        let after_part = at > 0 && is_part_word(words[at - 1]);
        let next_is_number = words
            .get(at + 1)
            .is_some_and(|next| starts_number(next, true));
        let drop_part = reading != Reading::AsWritten;
        if drop_part && is_part_word(word) && at > 0 && next_is_number {
            at += 1;
        } else if let Some((number, used)) = spoken_number(&words[at..]) {
            tokens.push(Token::Number(number));
            at += used;
        } else {
            let number = digits(word).or_else(|| roman(word, after_part));
            let word = || match reading {
                Reading::InFull => Token::Word(in_full(word).to_owned()),
                _ => Token::Word(word.to_owned()),
            };
            tokens.push(number.map_or_else(word, Token::Number));
            at += 1;
        }
    }
    tokens
}

fn digits(word: &str) -> Option<u32> {
    let digits = word.len() <= MAX_DIGITS && word.bytes().all(|b| b.is_ascii_digit());
    if digits { word.parse().ok() } else { None }
}

pub(super) fn is_part_word(word: &str) -> bool {
    matches!(word, "part" | "pt" | "vol" | "volume" | "chapter")
}

fn starts_number(word: &str, after_part: bool) -> bool {
    digits(word).is_some()
        || unit(word).is_some()
        || tens(word).is_some()
        || roman(word, after_part).is_some()
}

/// Abbreviations as they are said.
fn in_full(word: &str) -> &str {
    match word {
        "dr" => "doctor",
        "mr" => "mister",
        "mrs" => "missus",
        "st" => "saint",
        "vs" => "versus",
        "inc" => "incorporated",
        _ => word,
    }
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
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

fn unit(word: &str) -> Option<u32> {
    let position = UNITS.iter().position(|unit| *unit == word)?;
    Some(position as u32)
}

fn tens(word: &str) -> Option<u32> {
    let position = TENS.iter().position(|ten| *ten == word)?;
    Some((position as u32 + 2) * 10)
}

/// The number that `words` begin with, as a cardinal ("one hundred and one") or as a year is read
/// ("nineteen eighty four"), and how many words it took. Digits stand for themselves.
fn spoken_number(words: &[&str]) -> Option<(u32, usize)> {
    let (first, used) = below_thousand(words)?;
    let rest = &words[used..];
    if rest.first() == Some(&"thousand") {
        let and = usize::from(rest.get(1) == Some(&"and"));
        return Some(match below_thousand(&rest[1 + and..]) {
            Some((more, extra)) => (first * 1000 + more, used + 1 + and + extra),
            None => (first * 1000, used + 1),
        });
    }
    // A year: "nineteen eighty four", "nineteen oh five".
    if (10..=99).contains(&first) {
        let oh = matches!(rest.first(), Some(&"oh" | &"o" | &"zero"));
        match below_hundred(&rest[usize::from(oh)..]) {
            Some((second @ 1..=9, extra)) if oh => {
                return Some((first * 100 + second, used + 1 + extra));
            }
            Some((second @ 10.., extra)) if !oh => {
                return Some((first * 100 + second, used + extra));
            }
            _ => {}
        }
    }
    Some((first, used))
}

fn below_thousand(words: &[&str]) -> Option<(u32, usize)> {
    let (first, used) = below_hundred(words)?;
    if words.get(used) != Some(&"hundred") || first == 0 {
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

/// One wording for every number: four digits as a year is read, all others as a cardinal with
/// "and".
fn in_words(number: u32) -> String {
    let (century, rest) = (number / 100, number % 100);
    if (1000..10_000).contains(&number) && number % 1000 >= 10 {
        match rest {
            0 => return format!("{} hundred", cardinal(century)),
            10.. => return format!("{} {}", cardinal(century), cardinal(rest)),
            _ => {}
        }
    }
    cardinal(number)
}

fn cardinal(number: u32) -> String {
    let joined = |head: String, rest: u32| match rest {
        0 => head,
        1..100 => format!("{head} and {}", cardinal(rest)),
        _ => format!("{head} {}", cardinal(rest)),
    };
    match number {
        0..20 => UNITS[number as usize].to_owned(),
        20..100 if number.is_multiple_of(10) => TENS[number as usize / 10 - 2].to_owned(),
        20..100 => format!(
            "{} {}",
            TENS[number as usize / 10 - 2],
            cardinal(number % 10)
        ),
        100..1000 => joined(format!("{} hundred", cardinal(number / 100)), number % 100),
        _ => joined(
            format!("{} thousand", cardinal(number / 1000)),
            number % 1000,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, Token, find_numbers, in_words};
    use proptest::prelude::*;

    #[test]
    fn four_digits_are_read_as_a_year() {
        for (number, words) in [
            (1984, "nineteen eighty four"),
            (2012, "twenty twelve"),
            (2001, "two thousand and one"),
            (1900, "nineteen hundred"),
            (1905, "one thousand nine hundred and five"),
            (101, "one hundred and one"),
            (20_000, "twenty thousand"),
        ] {
            assert_eq!(in_words(number), words);
        }
    }

    proptest! {
        #[test]
        fn every_number_is_understood_from_its_own_words(number in 0u32..1_000_000) {
            let said = in_words(number);
            let words: Vec<&str> = said.split(' ').collect();
            prop_assert_eq!(find_numbers(&words, Reading::Short), [Token::Number(number)]);
        }
    }
}
