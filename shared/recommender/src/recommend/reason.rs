use serde::Serialize;

use crate::model::{Model, MovieIndex, MovieRef};
use crate::wording::Wording;

/// Why a film is recommended, as data; [`Reason::sentence`] says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// How the film got onto the list.
    pub ground: Ground,
    /// The films it is recommended for, the strongest first.
    pub because: Vec<Because>,
    /// What it shares with the first of them.
    pub shared: Vec<Shared>,
}

/// How a film got onto a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// It is one of the nearest films.
    #[default]
    Near,
    /// The nearest films were exhausted: its facts are alike.
    AlikeFacts,
    /// It is well known.
    Renown,
}

/// One film's part in a recommendation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Because {
    /// The film.
    pub movie: MovieIndex,
    /// Its share of the score, 0..=1.
    pub share: f32,
}

/// A feature that two films have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// What kind of feature.
    pub kind: SharedKind,
    /// The name, genre, keyword or decade.
    pub value: String,
}

/// Kinds of shared features, in the order of their weight in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedKind {
    /// A keyword that names a series of films.
    Series,
    /// A director's name.
    Director,
    /// A leading actor's name.
    Cast,
    /// A theme, setting or plot device.
    Keyword,
    /// A genre.
    Genre,
    /// A decade such as "1990s".
    Decade,
}

/// How many shared features of one kind are named in a sentence.
const NAMED: usize = 2;

/// What two films have in common, the weightiest kinds first.
pub fn shared_features(a: MovieRef<'_>, b: MovieRef<'_>) -> Vec<Shared> {
    let mut shared = Vec::new();
    let mut add = |kind, value: &str| {
        shared.push(Shared {
            kind,
            value: value.to_owned(),
        });
    };
    let mut common = |kind, of: &dyn Fn(&str) -> bool, values: &mut dyn Iterator<Item = &str>| {
        for value in values.filter(|value| of(value)) {
            add(kind, value);
        }
    };
    let series = |word: &str| is_series(word) && b.keywords().any(|k| k == word);
    let keyword = |word: &str| !is_series(word) && b.keywords().any(|k| k == word);
    common(SharedKind::Series, &series, &mut a.keywords());
    common(
        SharedKind::Director,
        &|name| b.directors().any(|d| d == name),
        &mut a.directors(),
    );
    common(
        SharedKind::Cast,
        &|name| b.cast().any(|c| c == name),
        &mut a.cast(),
    );
    common(SharedKind::Keyword, &keyword, &mut a.keywords());
    common(
        SharedKind::Genre,
        &|name| b.genres().any(|g| g.name() == name),
        &mut a.genres().map(crate::catalogue::Genre::name),
    );
    if let (Some(x), Some(y)) = (a.year(), b.year())
        && x / 10 == y / 10
    {
        add(SharedKind::Decade, &format!("{}s", x / 10 * 10));
    }
    shared
}

/// Keywords that name a series of films end in "series" or "collection"; TMDB's keywords on
/// television series do too.
fn is_series(keyword: &str) -> bool {
    let named = keyword.ends_with(" series") || keyword.ends_with(" collection");
    let kind = ["tv", "television", "web", "mini", "anime", "based on"]
        .iter()
        .any(|word| keyword.starts_with(word));
    named && !kind
}

impl Reason {
    /// The reason for recommending `movie` to somebody who likes `seed`.
    pub fn alike(seed: MovieRef<'_>, movie: MovieRef<'_>, ground: Ground) -> Self {
        if ground == Ground::Renown {
            return Self::renown();
        }
        Self {
            ground,
            because: vec![Because {
                movie: seed.index(),
                share: 1.0,
            }],
            shared: shared_features(seed, movie),
        }
    }

    /// The reason for recommending a film on its renown alone.
    pub fn renown() -> Self {
        Self {
            ground: Ground::Renown,
            ..Self::default()
        }
    }

    /// The reason in one sentence of the wording's language.
    pub fn sentence(&self, model: &Model, wording: &Wording) -> String {
        let Some(because) = self.because.first() else {
            return wording.say("reason.renown", &[]);
        };
        let title = model.catalogue.get(because.movie).title();
        let clauses = self.clauses(wording);
        if clauses.is_empty() {
            return wording.say("reason.text_only", &[("title", title)]);
        }
        let key = match self.ground {
            Ground::AlikeFacts => "reason.alike_facts",
            _ => "reason.near",
        };
        wording.say(key, &[("title", title), ("clauses", &clauses)])
    }

    /// The clauses of the two weightiest kinds: what is shared, in words.
    fn clauses(&self, wording: &Wording) -> String {
        const KINDS: [(SharedKind, &str); 6] = [
            (SharedKind::Series, "reason.series"),
            (SharedKind::Director, "reason.director"),
            (SharedKind::Cast, "reason.cast"),
            (SharedKind::Keyword, "reason.keyword"),
            (SharedKind::Genre, "reason.genre"),
            (SharedKind::Decade, "reason.decade"),
        ];
        let clauses: Vec<String> = KINDS
            .iter()
            .filter_map(|(kind, key)| {
                let values: Vec<&str> = self
                    .shared
                    .iter()
                    .filter(|shared| shared.kind == *kind)
                    .map(|shared| shared.value.as_str())
                    .take(NAMED)
                    .collect();
                (!values.is_empty())
                    .then(|| wording.say(key, &[("values", &wording.list(&values))]))
            })
            .take(NAMED)
            .collect();
        let clauses: Vec<&str> = clauses.iter().map(String::as_str).collect();
        wording.list(&clauses)
    }
}
