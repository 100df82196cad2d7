use serde::Serialize;

use crate::model::{Model, MovieIndex, MovieRef};
use crate::taste::KindName;
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
    /// The viewer's history speaks for it.
    ForYou,
    /// Viewers who liked a film liked it too.
    AlsoLiked,
    /// Many viewers took it up.
    Popular,
    /// Many viewers took it up of late.
    Trending,
    /// Another recommender chose it for the viewer.
    Chosen,
}

/// One film's part in a recommendation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Because {
    /// The film.
    pub movie: MovieIndex,
    /// Its share of all that speaks for the recommendation, 0..=1.
    pub share: f32,
    /// What the viewer did with it; `None` where it is not of their history. A rating is liked, or
    /// watched where it lies in the middle.
    pub deed: Option<KindName>,
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
pub(super) fn is_series(keyword: &str) -> bool {
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
            return Self::of(ground);
        }
        Self {
            ground,
            because: vec![Because {
                movie: seed.index(),
                share: 1.0,
                deed: None,
            }],
            shared: shared_features(seed, movie),
        }
    }

    /// The reason for recommending a film for no other film.
    pub fn of(ground: Ground) -> Self {
        Self {
            ground,
            ..Self::default()
        }
    }

    /// The reason for recommending `movie` to a viewer for whose history each of `because` speaks, the
    /// strongest first.
    pub fn for_viewer(model: &Model, movie: MovieRef<'_>, because: Vec<Because>) -> Self {
        let shared = because
            .first()
            .map(|kin| shared_features(model.catalogue.get(kin.movie), movie));
        Self {
            ground: Ground::ForYou,
            because,
            shared: shared.unwrap_or_default(),
        }
    }

    /// The reason in one sentence of the wording's language.
    pub fn sentence(&self, model: &Model, wording: &Wording) -> String {
        if self.ground == Ground::ForYou {
            return self.for_viewer_sentence(model, wording);
        }
        let Some(because) = self.because.first() else {
            let key = match self.ground {
                Ground::Popular => "reason.popular",
                Ground::Trending => "reason.trending",
                Ground::Chosen => "reason.chosen",
                _ => "reason.renown",
            };
            return wording.say(key, &[]);
        };
        let title = model.catalogue.get(because.movie).title();
        if self.ground == Ground::AlsoLiked {
            return wording.say("reason.also_liked", &[("title", title)]);
        }
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

    /// "Because you liked Heat; also directed by Michael Mann."
    fn for_viewer_sentence(&self, model: &Model, wording: &Wording) -> String {
        let Some(because) = self.because.first() else {
            return wording.say("reason.renown", &[]);
        };
        let key = match because.deed {
            Some(KindName::Watched) => "reason.you_watched",
            Some(KindName::Clicked) => "reason.you_clicked",
            _ => "reason.you_liked",
        };
        let title = model.catalogue.get(because.movie).title();
        let deed = wording.say(key, &[("title", title)]);
        let clauses = self.clauses(wording);
        if clauses.is_empty() {
            return wording.say("reason.because", &[("deed", &deed)]);
        }
        let values = [("deed", deed.as_str()), ("clauses", &clauses)];
        wording.say("reason.because_also", &values)
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
