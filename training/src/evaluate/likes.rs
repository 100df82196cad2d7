//! Which films each viewer likes, from interactions.

use std::collections::HashMap;
use std::path::Path;

use matinee::catalogue::MovieId;
use matinee::taste::{Kind, Millis, Rating, Recorded, ViewerId};

use super::EvaluateError;
use crate::interactions::{InteractionOptions, InteractionReport, for_each};

/// What counts as a like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikeRule {
    /// The stars of five from which a rating is one; of ten stars twice as many.
    pub min_stars: f64,
    /// Whether a film that was only clicked is one.
    pub clicks: bool,
}

impl Default for LikeRule {
    /// Four stars or more; clicks are none.
    fn default() -> Self {
        Self {
            min_stars: 4.0,
            clicks: false,
        }
    }
}

impl LikeRule {
    /// Whether an interaction speaks for its film or against it; `None` where it says nothing.
    fn verdict(&self, kind: Kind) -> Option<bool> {
        match kind {
            Kind::Watched(_) | Kind::Liked => Some(true),
            Kind::Clicked(_) => self.clicks.then_some(true),
            Kind::Disliked => Some(false),
            Kind::Rated(rating) => Some(of_five(rating) >= self.min_stars),
            Kind::Skipped => None,
        }
    }
}

/// A rating in stars of five.
fn of_five(rating: Rating) -> f64 {
    rating.stars * 5.0 / f64::from(rating.scale.most())
}

/// That a viewer likes a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Like {
    /// The film's number in [`Likes::films`].
    pub film: u32,
    /// When it was last said.
    pub at: Millis,
}

/// Which films each viewer likes.
#[derive(Clone, Debug, Default)]
pub struct Likes {
    /// The viewers who like something, in the order in which they first came.
    pub viewers: Vec<ViewerId>,
    /// Their likes, a film at most once, the oldest first; of one time the one that stood first.
    pub likes: Vec<Vec<Like>>,
    /// The films that somebody did something with, in the order in which they first came.
    pub films: Vec<MovieId>,
    /// Interactions read.
    pub interactions: u64,
    /// Viewers of whom no interaction is a like.
    pub viewers_without_likes: u64,
    /// One for every file, in the order given.
    pub reports: Vec<InteractionReport>,
}

impl Likes {
    /// Reads the interactions of several files or folders. A film is liked when the last interaction
    /// that says something about it speaks for it: a later dislike, or a rating of fewer stars, takes
    /// a like back.
    ///
    /// Memory is 24 bytes an interaction, besides the ids.
    ///
    /// # Errors
    /// [`EvaluateError::Import`], [`EvaluateError::NoLikes`].
    pub fn read<P: AsRef<Path>>(
        paths: &[P],
        options: &InteractionOptions,
        rule: &LikeRule,
    ) -> Result<Self, EvaluateError> {
        let mut gathered = Gathered::default();
        let mut reports = Vec::new();
        for path in paths {
            let report = for_each(path.as_ref(), options, |row| gathered.add(&row, rule))?;
            reports.push(report);
        }
        if let Some(error) = gathered.nothing_liked(rule) {
            return Err(error);
        }
        Ok(Self {
            reports,
            ..gathered.into_likes()
        })
    }

    /// What interactions that were read already say.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Recorded>, rule: &LikeRule) -> Self {
        let mut gathered = Gathered::default();
        for row in rows {
            gathered.add(row, rule);
        }
        gathered.into_likes()
    }

    /// How many pairs of a viewer and a film there are.
    pub fn len(&self) -> usize {
        self.likes.iter().map(Vec::len).sum()
    }

    /// Whether nobody likes anything.
    pub fn is_empty(&self) -> bool {
        self.likes.is_empty()
    }

    /// Rows that were skipped because something in them is wrong.
    pub fn bad_rows(&self) -> u64 {
        self.reports.iter().map(|report| report.bad_rows).sum()
    }
}

/// What interactions say, gathered one after the other. 24 bytes an interaction, besides the ids.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    viewers: Numbers<ViewerId>,
    films: Numbers<MovieId>,
    said: Vec<Said>,
    interactions: u64,
    /// The highest rating, in stars of five.
    most_stars: Option<f64>,
}

/// What an interaction says about its film.
#[derive(Clone, Debug)]
struct Said {
    viewer: u32,
    film: u32,
    at: Millis,
    /// Its place among those that say something.
    order: u32,
    like: bool,
}

impl Gathered {
    /// Takes what an interaction says.
    pub fn add(&mut self, row: &Recorded, rule: &LikeRule) {
        let interaction = &row.interaction;
        self.interactions += 1;
        if let Kind::Rated(rating) = interaction.kind {
            let stars = of_five(rating);
            self.most_stars = Some(self.most_stars.map_or(stars, |most| most.max(stars)));
        }
        let viewer = self.viewers.number(&interaction.viewer);
        let film = self.films.number(&interaction.movie);
        if let Some(like) = rule.verdict(interaction.kind) {
            self.said.push(Said {
                viewer,
                film,
                at: interaction.at,
                order: self.said.len() as u32,
                like,
            });
        }
    }

    fn nothing_liked(&self, rule: &LikeRule) -> Option<EvaluateError> {
        let nothing = !self.said.iter().any(|said| said.like);
        nothing.then_some(EvaluateError::NoLikes {
            interactions: self.interactions,
            min_stars: rule.min_stars,
            most_stars: self.most_stars,
        })
    }

    /// What was known at a moment: interactions that happened until then, that moment included.
    #[must_use]
    pub fn until(&self, moment: Millis) -> Self {
        let said = self.said.iter().filter(|said| said.at <= moment);
        Self {
            viewers: self.viewers.clone(),
            films: self.films.clone(),
            said: said.cloned().collect(),
            ..*self
        }
    }

    /// Which films each viewer likes, by what was gathered.
    pub fn into_likes(mut self) -> Likes {
        let order = |said: &Said| (said.viewer, said.film, said.at, said.order);
        self.said.sort_unstable_by_key(order);
        let mut by_viewer: Vec<Vec<(Like, u32)>> = vec![Vec::new(); self.viewers.names.len()];
        let pairs = self
            .said
            .chunk_by(|a, b| (a.viewer, a.film) == (b.viewer, b.film));
        for last in pairs.filter_map(<[Said]>::last).filter(|said| said.like) {
            let like = Like {
                film: last.film,
                at: last.at,
            };
            by_viewer[last.viewer as usize].push((like, last.order));
        }
        let all = by_viewer.len();
        let (viewers, likes): (Vec<ViewerId>, Vec<Vec<Like>>) = self
            .viewers
            .names
            .into_iter()
            .zip(by_viewer)
            .filter(|(_, likes)| !likes.is_empty())
            .map(|(viewer, mut likes)| {
                likes.sort_unstable_by_key(|(like, order)| (like.at, *order));
                (viewer, likes.into_iter().map(|(like, _)| like).collect())
            })
            .unzip();
        Likes {
            viewers_without_likes: (all - viewers.len()) as u64,
            viewers,
            likes,
            films: self.films.names,
            interactions: self.interactions,
            reports: Vec::new(),
        }
    }
}

/// Numbers ids from 0 in the order in which they first come.
#[derive(Clone, Debug)]
struct Numbers<T> {
    numbers: HashMap<T, u32>,
    names: Vec<T>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            names: Vec::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.numbers.insert(name.clone(), number);
        self.names.push(name.clone());
        number
    }
}
