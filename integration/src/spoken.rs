//! How a person says a title, and how a recogniser or a hasty hand gets it wrong. Written from
//! the description of spoken forms alone, so that it checks the finder instead of echoing it.

/// The spoken form of a title: lower case, diacritics folded, no apostrophes, other punctuation a
/// space, `&` as "and", numbers in words, lone II to VIII in words. `None` for a title that keeps
/// letters outside ASCII, or has none at all.
pub fn spoken(title: &str) -> Option<String> {
    let mut text = String::new();
    for c in title.chars() {
        match c {
            '\'' | '’' | '‘' | '`' => {}
            '&' => text.push_str(" and "),
            c if c.is_ascii_alphanumeric() => text.push(c),
            c if c.is_alphanumeric() => text.push_str(unaccented(c)?),
            _ => text.push(' '),
        }
    }
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    (!words.is_empty()).then(|| words.join(" ").to_lowercase())
}

fn word(word: &str) -> String {
    const ROMAN: [(&str, &str); 7] = [
        ("II", "two"),
        ("III", "three"),
        ("IV", "four"),
        ("V", "five"),
        ("VI", "six"),
        ("VII", "seven"),
        ("VIII", "eight"),
    ];
    if let Some((_, said)) = ROMAN.iter().find(|(numeral, _)| *numeral == word) {
        return (*said).to_owned();
    }
    match word.parse::<u32>() {
        Ok(number) if word.len() <= 6 => number_in_words(number, word.len() == 4),
        _ => word.to_owned(),
    }
}

/// Accented letters of European titles; letters of other scripts have no spoken form here.
fn unaccented(c: char) -> Option<&'static str> {
    const FOLDED: [(&str, &str); 18] = [
        ("àáâãäåāăą", "a"),
        ("æ", "ae"),
        ("çćčĉ", "c"),
        ("ďđð", "d"),
        ("èéêëēęěė", "e"),
        ("ğģ", "g"),
        ("ìíîïīıį", "i"),
        ("łľļĺ", "l"),
        ("ñńňņ", "n"),
        ("òóôõöøōő", "o"),
        ("œ", "oe"),
        ("řŕ", "r"),
        ("šśşș", "s"),
        ("ß", "ss"),
        ("ťţț", "t"),
        ("ùúûüūůűų", "u"),
        ("ýÿ", "y"),
        ("žźż", "z"),
    ];
    let lower = c.to_lowercase().next()?;
    FOLDED
        .iter()
        .find(|(letters, _)| letters.contains(lower))
        .map(|(_, plain)| *plain)
}

const BELOW_TWENTY: [&str; 20] = [
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
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// A cardinal with "and"; four digits as a year is read: "nineteen eighty four", "two thousand
/// and one", "twenty twelve", "nineteen hundred".
fn number_in_words(number: u32, four_digits: bool) -> String {
    if four_digits && number % 1000 >= 10 && number % 100 >= 10 {
        let (century, rest) = (number / 100, number % 100);
        return format!("{} {}", cardinal(century), cardinal(rest));
    }
    if four_digits && number.is_multiple_of(100) && !number.is_multiple_of(1000) {
        return format!("{} hundred", cardinal(number / 100));
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
        0..20 => BELOW_TWENTY[number as usize].to_owned(),
        20..100 => {
            let ten = TENS[number as usize / 10];
            match number % 10 {
                0 => ten.to_owned(),
                unit => format!("{ten} {}", cardinal(unit)),
            }
        }
        100..1000 => joined(format!("{} hundred", cardinal(number / 100)), number % 100),
        _ => joined(
            format!("{} thousand", cardinal(number / 1000)),
            number % 1000,
        ),
    }
}

/// A small generator of chance, the same on every machine (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Chance that begins with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap_or_default()
    }

    /// One letter inserted, deleted or replaced anywhere in `text`, which is ASCII.
    pub fn edit(&mut self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let letter = b'a' + self.below(26) as u8;
        match self.below(3) {
            0 => bytes.insert(self.below(bytes.len() + 1), letter),
            1 => drop(bytes.remove(self.below(bytes.len()))),
            _ => {
                let at = self.below(bytes.len());
                bytes[at] = letter;
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::spoken;

    #[test]
    fn titles_are_said_as_people_say_them() {
        for (title, said) in [
            (
                "2001: A Space Odyssey",
                "two thousand and one a space odyssey",
            ),
            ("Ocean's Eleven", "oceans eleven"),
            ("Amélie", "amelie"),
            ("101 Dalmatians", "one hundred and one dalmatians"),
            ("Rocky IV", "rocky four"),
            ("Lilo & Stitch", "lilo and stitch"),
            ("1984", "nineteen eighty four"),
            ("2012", "twenty twelve"),
            ("1900", "nineteen hundred"),
        ] {
            assert_eq!(spoken(title).as_deref(), Some(said));
        }
        assert_eq!(spoken("Брат"), None);
    }
}
