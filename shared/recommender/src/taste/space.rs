//! The taste vector: what a viewer likes in films, as numbers that can be compared.

use serde::Serialize;

use crate::catalogue::Genre;
use crate::model::MovieRef;

/// What sort of thing a [`Trait`] is.
///
/// The discriminant is the number stored in a model; it never changes once released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TraitKind {
    /// A genre, by its name.
    Genre = 0,
    /// A decade such as "1990s".
    Decade = 1,
    /// A theme, setting or plot device.
    Keyword = 2,
    /// A country of production, ISO 3166-1 alpha-2.
    Country = 3,
    /// The original language, ISO 639.
    Language = 4,
}

impl TraitKind {
    /// Every kind, in the order of its stored number.
    pub const ALL: [Self; 5] = [
        Self::Genre,
        Self::Decade,
        Self::Keyword,
        Self::Country,
        Self::Language,
    ];
}

/// Something that a film has or has not, and that viewers like or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Trait {
    /// What sort.
    pub kind: TraitKind,
    /// Which: a name, a decade, a code.
    pub value: String,
}

/// Shows every trait of a film; one that the film has twice is shown twice.
pub fn traits_of(movie: MovieRef<'_>, mut show: impl FnMut(TraitKind, &str)) {
    for genre in movie.genres().map(Genre::name) {
        show(TraitKind::Genre, genre);
    }
    if let Some(year) = movie.year() {
        show(TraitKind::Decade, &format!("{}s", year / 10 * 10));
    }
    for keyword in movie.keywords() {
        show(TraitKind::Keyword, keyword);
    }
    for country in movie.countries() {
        show(TraitKind::Country, country);
    }
    if !movie.language().is_empty() {
        show(TraitKind::Language, movie.language());
    }
}

/// One dimension of the taste vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// What it is about.
    pub about: Trait,
    /// The part of the films that the average viewer likes which has the trait, 0 to 1.
    pub mean: f32,
    /// What one's own part less the mean is multiplied by, 0 to [`Dimension::MAX_FACTOR`].
    pub factor: f32,
}

impl Dimension {
    /// The largest factor. What is computed from it stays finite.
    pub const MAX_FACTOR: f32 = 1e6;
}

/// What the numbers of a taste vector stand for.
///
/// A viewer's vector has for every trait its part of the films that they like, less the average
/// viewer's part, times the trait's factor; then all of it is brought to length 1, so that it tells
/// the direction of a taste and not how pronounced it is or how many films it was seen by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TasteSpace {
    dimensions: Vec<Dimension>,
}

impl TasteSpace {
    /// The space of these dimensions, in the order of their traits; of a trait that stands twice the
    /// first is taken.
    pub fn new(mut dimensions: Vec<Dimension>) -> Self {
        dimensions.sort_by(|a, b| a.about.cmp(&b.about));
        dimensions.dedup_by(|b, a| a.about == b.about);
        Self { dimensions }
    }

    /// The dimensions, in the order of their traits.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// How many numbers a vector has.
    pub fn len(&self) -> usize {
        self.dimensions.len()
    }

    /// Whether taste is told by nothing.
    pub fn is_empty(&self) -> bool {
        self.dimensions.is_empty()
    }

    /// The places of the dimensions whose traits a film has, ascending, each once.
    ///
    /// O(t log d) for t traits and d dimensions.
    pub fn places(&self, movie: MovieRef<'_>) -> Vec<u32> {
        let mut places = Vec::new();
        traits_of(movie, |kind, value| {
            let found = self.dimensions.binary_search_by(|dimension| {
                let about = &dimension.about;
                about.kind.cmp(&kind).then(about.value.as_str().cmp(value))
            });
            places.extend(found.ok().map(|place| place as u32));
        });
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The parts of the films liked that have each trait, 0 to 1, one number a dimension: from the
    /// [`places`](Self::places) of each film, below [`len`](Self::len), and how much it is liked,
    /// finite and above 0. `None` where nothing is liked.
    pub fn parts(
        &self,
        liked: impl IntoIterator<Item = (impl AsRef<[u32]>, f64)>,
    ) -> Option<Vec<f64>> {
        let mut parts = vec![0.0; self.len()];
        let mut all = 0.0;
        for (places, weight) in liked {
            all += weight;
            for place in places.as_ref() {
                if let Some(part) = parts.get_mut(*place as usize) {
                    *part += weight;
                }
            }
        }
        for part in &mut parts {
            *part /= all;
        }
        (all > 0.0).then_some(parts)
    }

    /// The taste vector of whoever likes these films, given as to [`parts`](Self::parts): of length
    /// 1, or all 0 where they like exactly what the average viewer likes. `None` where nothing is
    /// liked.
    pub fn vector(
        &self,
        liked: impl IntoIterator<Item = (impl AsRef<[u32]>, f64)>,
    ) -> Option<Vec<f32>> {
        let mut vector = self.parts(liked)?;
        for (value, dimension) in vector.iter_mut().zip(&self.dimensions) {
            *value = (*value - f64::from(dimension.mean)) * f64::from(dimension.factor);
        }
        let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        let unit = |value: &f64| {
            // So short a vector is rounding alone.
            let value = if length > 1e-6 { value / length } else { 0.0 };
            value as f32
        };
        Some(vector.iter().map(unit).collect())
    }
}

/// The squared distance of two vectors of one space.
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
