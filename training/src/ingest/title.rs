//! Film titles as MovieLens writes them: "City of Lost Children, The (Cité des enfants perdus, La)
//! (1995)".

use super::fields;

/// Brackets that say how a film was released, behind the year in the older sets.
const RELEASES: [&str; 3] = ["V", "TV", "VG"];

/// Articles that MovieLens moves behind a title. They keep their capital there, which tells them
/// from ordinary last words.
const ARTICLES: [&str; 32] = [
    "The", "A", "An", "La", "Le", "Les", "L'", "Un", "Une", "Il", "Lo", "I", "Gli", "Una", "Uno",
    "El", "Los", "Las", "Der", "Die", "Das", "Ein", "Eine", "Det", "Den", "De", "En", "Et", "Het",
    "O", "Os", "As",
];

/// A title taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The title people know the film by.
    pub(super) title: String,
    /// The title in the film's own language, empty when none is given.
    pub(super) original: String,
    /// The year in brackets, not yet checked against the years films can have.
    pub(super) year: Option<String>,
}

/// Takes a title apart. Of several titles in brackets the last is the original one; those after
/// "a.k.a." are other names and dropped.
pub(super) fn parse(raw: &str) -> Parts {
    let raw = fields::text(raw);
    let mut rest = raw.as_str();
    let mut year = None;
    let mut original = "";
    while let Some((before, inner)) = last_bracket(rest) {
        match year_in(inner) {
            Some(_) if year.is_some() => break,
            Some(found) => year = Some(found.to_owned()),
            None if RELEASES.contains(&inner) || is_other_name(inner) => {}
            None if belongs_to_title(before, inner) => break,
            None if original.is_empty() => original = inner,
            None => {}
        }
        rest = before;
    }
    let title = article_first(rest);
    let mut original = article_first(original);
    if original == title {
        original.clear();
    }
    Parts {
        title,
        original,
        year,
    }
}

/// Splits "Heat (1995)" into "Heat" and "1995". Brackets inside a word, as in "Frontière(s)", are
/// part of the title, and so are brackets around all of it.
fn last_bracket(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    if !text.ends_with(')') {
        return None;
    }
    let mut depth = 0_usize;
    let open = text.rfind(|c| {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let inner = text[open..].strip_prefix('(')?.strip_suffix(')')?.trim();
    let before = &text[..open];
    let stands_apart = before.ends_with(char::is_whitespace) || year_in(inner).is_some();
    (!before.trim().is_empty() && stands_apart).then_some((before.trim_end(), inner))
}

/// The first year of "1995", "2006–2007" or "2005-".
fn year_in(inner: &str) -> Option<&str> {
    let (year, rest) = inner.split_at_checked(4)?;
    let is_year = |text: &str| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    let rest = rest.trim_start();
    let is_range = rest
        .strip_prefix(['-', '–', '—'])
        .map(str::trim)
        .is_some_and(|end| end.is_empty() || is_year(end));
    (is_year(year) && (rest.is_empty() || is_range)).then_some(year)
}

fn is_other_name(inner: &str) -> bool {
    let start: String = inner
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect();
    start.eq_ignore_ascii_case("aka")
}

/// Whether the bracket goes on with the title ("Birdman: Or (The Unexpected Virtue of Ignorance)")
/// instead of giving another one.
fn belongs_to_title(before: &str, inner: &str) -> bool {
    let last = before.rsplit(' ').next().unwrap_or_default();
    let first = inner.split([' ', ',']).next().unwrap_or_default();
    last.eq_ignore_ascii_case("or")
        || last.ends_with(':')
        || ["or", "and", "but"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
}

/// "Matrix, The" -> "The Matrix", and "Crow, The: Wicked Prayer" -> "The Crow: Wicked Prayer".
fn article_first(title: &str) -> String {
    let title = title.trim();
    for (comma, _) in title.match_indices(',') {
        let (name, behind) = (title[..comma].trim(), &title[comma + 1..]);
        let (article, rest) = behind.split_at(behind.find(':').unwrap_or(behind.len()));
        let article = article.trim();
        if ARTICLES.contains(&article) && !name.is_empty() {
            let gap = if article.ends_with('\'') { "" } else { " " };
            return format!("{article}{gap}{name}{rest}");
        }
    }
    title.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(raw: &str) -> (String, String, Option<String>) {
        let Parts {
            title,
            original,
            year,
        } = parse(raw);
        (title, original, year)
    }

    fn expected(title: &str, original: &str, year: &str) -> (String, String, Option<String>) {
        let year = (!year.is_empty()).then(|| year.to_owned());
        (title.to_owned(), original.to_owned(), year)
    }

    #[test]
    fn the_year_leaves_and_the_article_comes_first() {
        for (raw, title, original, year) in [
            ("Lighthouse, The (1999)", "The Lighthouse", "", "1999"),
            (
                "Town of Tall Chimneys, The (Ville des cheminées, La) (1995)",
                "The Town of Tall Chimneys",
                "La Ville des cheminées",
                "1995",
            ),
            (
                "Bee, The (Abeille, L') (2001)",
                "The Bee",
                "L'Abeille",
                "2001",
            ),
            (
                "Keeper, The: Second Storm (2001)",
                "The Keeper: Second Storm",
                "",
                "2001",
            ),
            (
                "Wind, Rain, and Sea, A (2001)",
                "A Wind, Rain, and Sea",
                "",
                "2001",
            ),
            ("Winter, Summer (1950)", "Winter, Summer", "", "1950"),
            ("Salt (1999) ", "Salt", "", "1999"),
            ("Salt(1999)", "Salt", "", "1999"),
            ("Salt ( 1999 )", "Salt", "", "1999"),
            ("Salt", "Salt", "", ""),
        ] {
            assert_eq!(parts(raw), expected(title, original, year), "{raw}");
        }
    }

    #[test]
    fn a_range_of_years_starts_the_film() {
        for raw in [
            "Tides (2006–2007)",
            "Tides (2006-2007)",
            "Tides (2006-)",
            "Tides (2006– )",
        ] {
            assert_eq!(parts(raw), expected("Tides", "", "2006"), "{raw}");
        }
    }

    #[test]
    fn other_names_are_dropped_and_the_last_title_is_the_original() {
        for (raw, original) in [
            ("Tides (a.k.a. Ebb) (2006)", ""),
            ("Tides (a.k.a Ebb and Flow) (Marées) (2006)", "Marées"),
            ("Tides (Marées) (aka Ebb) (2006)", "Marées"),
            (
                "Tides (Great Tides, The) (Marées, Les) (2006)",
                "Les Marées",
            ),
            ("Tides (Marées (Ebbe)) (2006)", "Marées (Ebbe)"),
            ("Tides (Tides) (2006)", ""),
        ] {
            assert_eq!(parts(raw), expected("Tides", original, "2006"), "{raw}");
        }
    }

    #[test]
    fn release_brackets_behind_the_year_are_dropped() {
        assert_eq!(
            parts("Tides III (1995) (V)"),
            expected("Tides III", "", "1995")
        );
        assert_eq!(parts("Tides (TV) (1995)"), expected("Tides", "", "1995"));
    }

    #[test]
    fn brackets_that_are_part_of_the_title_stay() {
        for title in [
            "Border(s)",
            "(300) Nights of Rain",
            "You Shall (Not) Pass",
            "Fishman: Or (The Virtue of Gills)",
            "Goodbye Tomorrow (and Thank You)",
            "Bracket ( left open",
            "Bracket closed)",
            "1984",
        ] {
            let raw = format!("{title} (2009)");
            assert_eq!(parts(&raw), expected(title, "", "2009"), "{raw}");
        }
        assert_eq!(parts("(2009)"), expected("(2009)", "", ""));
        assert_eq!(
            parts("Twice (1962) (1964)"),
            expected("Twice (1962)", "", "1964")
        );
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart(raw in "[a-z,A-Z (19)é–.]{0,40}") {
            let parts = parse(&raw);
            prop_assert_eq!(parts.title.is_empty(), raw.trim().is_empty());
        }
    }
}
