//! Filters, judged against an obvious slow reading of them.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;

use super::*;
use crate::catalogue::MovieId;
use crate::model::Model;
use crate::taste::{KindName, Millis, Properties};

proptest! {
    #[test]
    fn no_text_makes_the_reading_of_filters_fail(text in "[A-Za-z0-9 .,()|<>=!*$\"\\\\é-]{0,80}") {
        let _ = text.parse::<Filter>();
        let _ = format!("INCLUDE ItemID WHERE {text}").parse::<Filter>();
        let _ = format!("INCLUDE ItemID WHERE Items.GENRES {text}").parse::<Filter>();
    }

    #[test]
    fn filters_give_what_looking_at_every_film_gives(
        expressions in prop::collection::vec(expression(), 1..4),
        done in prop::collection::vec((1u32..10, 0usize..6), 0..12),
        said in prop::option::of(properties()),
    ) {
        let model = fixture::model();
        let deeds = [
            Deed::Watched(None), Deed::Clicked(None), Deed::Liked, Deed::Disliked,
            Deed::Rated(crate::taste::Rating::new(4.0, crate::taste::Scale::Five).unwrap()), Deed::Skipped,
        ];
        let done: Vec<(u32, Deed)> = done.into_iter().map(|(film, deed)| (film, deeds[deed])).collect();
        let rows = fixture::rows_until(NOW, &done);
        let known = said.as_ref().map(|said| {
            Properties::of_json(Millis(NOW), &said.json()).unwrap()
        });
        let who = WhoAsks {
            viewer: Some("ada"), rows: &rows, properties: known.as_ref(), ..WhoAsks::default()
        };
        let text: Vec<String> = expressions.iter().map(Slow::text).collect();
        let text = text.join(" | ");
        let fast = passing(&text, &[], &who);
        prop_assert_eq!(fast, slow(&model, &expressions, &rows, said.as_ref()), "{}", text);
    }
}

/// An expression as it is meant: include, what must hold (one of these, with all of its tests).
#[derive(Clone, Debug)]
struct Slow {
    include: bool,
    any: Vec<Vec<SlowTest>>,
    least_interactions: Option<usize>,
    property: Option<SlowProperty>,
}

/// A test of a property: its name, the sign, and what it is compared with.
#[derive(Clone, Debug)]
struct SlowProperty {
    name: &'static str,
    sign: &'static str,
    with: Vec<SlowValue>,
}

#[derive(Clone, Debug)]
enum SlowValue {
    Number(i8),
    Text(&'static str),
}

/// What was said about a user: a word or null, a number, and a number in quotes.
#[derive(Clone, Debug)]
struct SlowSaid {
    level: Option<&'static str>,
    age: i8,
    videos_watched: i8,
}

impl SlowSaid {
    fn json(&self) -> String {
        let videos = self.videos_watched.to_string();
        serde_json::json!({"level": self.level, "age": self.age, "videosWatched": videos})
            .to_string()
    }
}

#[derive(Clone, Debug)]
enum SlowTest {
    Genres(BTreeSet<&'static str>, bool),
    Year(&'static str, u16),
    Events(BTreeSet<&'static str>, bool),
}

const GENRES: [&str; 4] = ["Comedy", "Drama", "Science Fiction", "Western"];
const EVENTS: [&str; 7] = [
    "watch", "Click", "like", "dislike", "rating", "skip", "purchase",
];
const SIGNS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];

const WORDS: [&str; 3] = ["gold", "silver", "5"];

fn properties() -> impl Strategy<Value = SlowSaid> {
    let word = prop::option::of(prop::sample::select(&WORDS[..]));
    (word, 3i8..8, 3i8..8).prop_map(|(level, age, videos_watched)| SlowSaid {
        level,
        age,
        videos_watched,
    })
}

fn property() -> impl Strategy<Value = SlowProperty> {
    let name = || prop::sample::select(&["LEVEL", "age", "VIDEOS_WATCHED", "TOWN"][..]);
    let number = (3i8..8).prop_map(SlowValue::Number);
    let value = prop_oneof![
        number.clone(),
        prop::sample::select(&WORDS[..]).prop_map(SlowValue::Text)
    ];
    let orders = (name(), prop::sample::select(&SIGNS[2..]), number);
    let is = (name(), prop::sample::select(&SIGNS[..2]), value.clone());
    let one = |(name, sign, with)| SlowProperty {
        name,
        sign,
        with: vec![with],
    };
    let list = (
        name(),
        prop::sample::select(&["IN", "NOT IN"][..]),
        prop::collection::vec(value, 1..3),
    );
    prop_oneof![
        orders.prop_map(one),
        is.prop_map(one),
        list.prop_map(|(name, sign, with)| SlowProperty { name, sign, with }),
    ]
}

impl SlowProperty {
    fn text(&self) -> String {
        let with = self.with.iter().map(|value| match value {
            SlowValue::Number(number) => number.to_string(),
            SlowValue::Text(text) => format!("{text:?}"),
        });
        let with: Vec<String> = with.collect();
        format!(
            "CurrentUser.{} {} ({})",
            self.name,
            self.sign,
            with.join(", ")
        )
    }

    fn holds(&self, said: &SlowSaid) -> bool {
        // What it is in words, and as a number.
        let (word, number) = match self.name {
            "LEVEL" => match said.level {
                Some(level) => (level.to_owned(), level.parse().ok()),
                None => return false,
            },
            "age" => (said.age.to_string(), Some(said.age)),
            "VIDEOS_WATCHED" => (said.videos_watched.to_string(), Some(said.videos_watched)),
            _ => return false,
        };
        let equals = self.with.iter().any(|with| match with {
            SlowValue::Number(with) => number == Some(*with),
            SlowValue::Text(with) => word == *with,
        });
        let order = match self.with[..] {
            [SlowValue::Number(with)] => number.map(|number: i8| number.cmp(&with)),
            _ => None,
        };
        match self.sign {
            "IN" | "=" => equals,
            "NOT IN" | "!=" => !equals,
            "<" => order.is_some_and(Ordering::is_lt),
            "<=" => order.is_some_and(Ordering::is_le),
            ">" => order.is_some_and(Ordering::is_gt),
            _ => order.is_some_and(Ordering::is_ge),
        }
    }
}

fn expression() -> impl Strategy<Value = Slow> {
    let genres = (prop::sample::subsequence(&GENRES[..], 1..4), any::<bool>())
        .prop_map(|(of, not)| SlowTest::Genres(of.into_iter().collect(), not));
    let year = (prop::sample::select(&SIGNS[..]), 1960u16..2024)
        .prop_map(|(sign, year)| SlowTest::Year(sign, year));
    let events = (prop::sample::subsequence(&EVENTS[..], 1..4), any::<bool>())
        .prop_map(|(of, not)| SlowTest::Events(of.into_iter().collect(), not));
    let chains = |test: BoxedStrategy<SlowTest>| {
        prop::collection::vec(prop::collection::vec(test, 1..3), 1..3)
    };
    let tests = prop_oneof![
        chains(prop_oneof![genres, year].boxed()),
        chains(events.boxed()),
    ];
    let least = prop::option::of(0usize..8);
    let property = prop::option::of(property());
    (any::<bool>(), tests, least, property).prop_map(
        |(include, any, least_interactions, property)| Slow {
            include,
            any,
            least_interactions,
            property,
        },
    )
}

impl Slow {
    fn text(&self) -> String {
        let all = |tests: &Vec<SlowTest>| {
            let tests: Vec<String> = tests.iter().map(SlowTest::text).collect();
            tests.join(" AND ")
        };
        let any: Vec<String> = self.any.iter().map(all).collect();
        let action = if self.include { "INCLUDE" } else { "EXCLUDE" };
        let least = self.least_interactions;
        let least = least.map(|least| format!("CurrentUser.INTERACTIONS >= {least}"));
        let property = self.property.as_ref().map(SlowProperty::text);
        let only_if: Vec<String> = least.into_iter().chain(property).collect();
        let text = format!("{action} ItemID WHERE {}", any.join(" OR "));
        if only_if.is_empty() {
            return text;
        }
        format!("{text} IF {}", only_if.join(" AND "))
    }

    fn holds(&self, movie: MovieRef<'_>, rows: &[Recorded]) -> bool {
        let tests = self.any.iter();
        let mut chains = tests.map(|tests| {
            if matches!(tests[0], SlowTest::Events(..)) {
                let id: MovieId = movie.movie_id();
                let mut of = rows.iter().filter(|row| row.interaction.movie == id);
                return of.any(|row| {
                    let kind = row.interaction.kind.name();
                    tests.iter().all(|test| test.of_event(kind))
                });
            }
            tests.iter().all(|test| test.of_film(movie))
        });
        chains.any(|holds| holds)
    }
}

impl SlowTest {
    fn text(&self) -> String {
        let list = |of: &BTreeSet<&str>, not: bool| {
            let of: Vec<String> = of.iter().map(|value| format!("{value:?}")).collect();
            format!("{}IN ({})", if not { "NOT " } else { "" }, of.join(", "))
        };
        match self {
            Self::Genres(of, not) => format!("Items.GENRES {}", list(of, *not)),
            Self::Year(sign, year) => format!("Items.YEAR {sign} {year}"),
            Self::Events(of, not) => format!("Interactions.EVENT_TYPE {}", list(of, *not)),
        }
    }

    fn of_film(&self, movie: MovieRef<'_>) -> bool {
        match self {
            Self::Genres(of, not) => {
                let has: HashSet<&str> =
                    movie.genres().map(crate::catalogue::Genre::name).collect();
                of.iter().any(|genre| has.contains(genre)) != *not
            }
            Self::Year(sign, other) => {
                let year = movie.year().unwrap();
                match *sign {
                    "=" => year == *other,
                    "!=" => year != *other,
                    "<" => year < *other,
                    "<=" => year <= *other,
                    ">" => year > *other,
                    _ => year >= *other,
                }
            }
            Self::Events(..) => unreachable!("an expression is about one dataset"),
        }
    }

    fn of_event(&self, kind: KindName) -> bool {
        let Self::Events(of, not) = self else {
            unreachable!("an expression is about one dataset");
        };
        let names = |name: &&str| match kind {
            KindName::Watched => *name == "watch",
            KindName::Clicked => *name == "Click",
            KindName::Liked => *name == "like",
            KindName::Disliked => *name == "dislike",
            KindName::Rated => *name == "rating",
            KindName::Skipped => *name == "skip",
        };
        of.iter().any(names) != *not
    }
}

fn slow(
    model: &Model,
    expressions: &[Slow],
    rows: &[Recorded],
    said: Option<&SlowSaid>,
) -> Vec<u32> {
    let counting: Vec<&Slow> = expressions
        .iter()
        .filter(|one| {
            one.least_interactions
                .is_none_or(|least| rows.len() >= least)
        })
        .filter(|one| {
            let property = one.property.as_ref();
            property.is_none_or(|test| said.is_some_and(|said| test.holds(said)))
        })
        .collect();
    let includes = counting.iter().any(|one| one.include);
    let passes = |movie: &MovieRef<'_>| {
        let any = |include: bool| {
            let mut of = counting.iter().filter(|one| one.include == include);
            of.any(|one| one.holds(*movie, rows))
        };
        (!includes || any(true)) && !any(false)
    };
    let movies = model.catalogue.iter().filter(passes);
    movies.map(|movie| movie.index().0 + 1).collect()
}
