//! The weights section: how much each film of a viewer's history speaks for every other film.

use zerocopy::little_endian::{F32, U16};

use super::columns::{Column, Offsets};
use super::container::{Section, wrong};
use super::error::SectionFault;
use super::writer::SectionWriter;
use super::{ModelError, MovieIndex, SectionEntry, SectionKind};

/// What training hands over: weights by source film, and a few numbers a film.
///
/// All four lists have one entry a film, in the order of the catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WeightLists {
    /// For each film h, the films t that it speaks for (weight above 0) or against (below 0). What a
    /// viewer's history says of t is the sum of `signal · weight(h → t)` over the films h of that
    /// history. Every target is a film of the model, none stands twice in a list, and none in its
    /// own; the order does not matter. Weights are finite, at most 1e30 from 0.
    ///
    /// A weight is kept as one of 4,095 steps between plus and minus the largest weight *of its
    /// target* over all lists: it is off by at most 1/4094 of that, and dropped where it is nearer to
    /// 0.
    pub weights: Vec<Vec<(MovieIndex, f32)>>,
    /// How many viewers took up the film, from 0 (nobody) to 1 (as many as the most popular film
    /// has).
    pub prior: Vec<f32>,
    /// The same with every viewer counting the less the longer ago they took it up, 0 to 1.
    pub trending: Vec<f32>,
    /// Whether the weights towards the film were learned from viewers (warm); else they come from
    /// what the catalogue says of it (cold).
    pub learned: Vec<bool>,
}

/// Weights from film to film, learned from viewers, used in place.
#[derive(Debug)]
pub struct Weights {
    offsets: Offsets,
    steps: Steps,
    /// The upper eight bits of a level, its sign included.
    levels: Column<i8>,
    /// The lower four bits, of two levels a byte.
    fine: Column<u8>,
    /// The weight of the highest level, by target.
    scales: Column<F32>,
    priors: Column<F32>,
    trending: Column<F32>,
    learned: Column<u8>,
    /// Whether any film has been taken up.
    has_priors: bool,
}

/// How far a target lies behind the one before it in its list; the first, behind film 0.
#[derive(Debug)]
enum Steps {
    Narrow(Column<u8>),
    Wide(Column<U16>),
}

impl Steps {
    fn len(&self) -> usize {
        match self {
            Self::Narrow(column) => column.len(),
            Self::Wide(column) => column.len(),
        }
    }
}

const AT: &str = "weight_at";
const STEP: &str = "weight_step";
const LEVEL: &str = "weight_level";
const FINE: &str = "weight_fine";
const SCALE: &str = "weight_scale";
const PRIOR: &str = "prior";
const TRENDING: &str = "trending";
const LEARNED: &str = "learned";

/// The highest level; its negative is the lowest that is written.
const TOP: f32 = 2047.0;

/// The largest scale. What is computed from weights stays finite.
const MAX_SCALE: f32 = 1e30;

impl Weights {
    /// Verifies a weights section of a model with `movies` films and takes it into use.
    ///
    /// # Errors
    /// [`ModelError::Section`] naming the fault.
    pub fn open(
        bytes: bytes::Bytes,
        entry: &SectionEntry,
        movies: usize,
    ) -> Result<Self, ModelError> {
        let section = Section::open(bytes, SectionKind::Weights, entry)?;
        Self::read(&section, movies).map_err(|fault| SectionKind::Weights.refuse(fault))
    }

    fn read(section: &Section, movies: usize) -> Result<Self, SectionFault> {
        let steps = if section.width(STEP)? == 2 {
            Steps::Wide(section.values(STEP)?)
        } else {
            Steps::Narrow(section.values(STEP)?)
        };
        let count = steps.len();
        let mut weights = Self {
            offsets: section.offsets(AT, movies, count)?,
            levels: section.exactly(LEVEL, count)?,
            fine: section.exactly(FINE, count.div_ceil(2))?,
            scales: section.exactly(SCALE, movies)?,
            priors: section.exactly(PRIOR, movies)?,
            trending: section.exactly(TRENDING, movies)?,
            learned: section.exactly(LEARNED, movies)?,
            has_priors: false,
            steps,
        };
        weights.check(movies)?;
        weights.has_priors = weights.priors.iter().any(|prior| prior.get() > 0.0);
        Ok(weights)
    }

    /// The rules that columns' shapes do not say.
    fn check(&self, movies: usize) -> Result<(), SectionFault> {
        match &self.steps {
            Steps::Narrow(steps) => check_steps(steps, usize::from, &self.offsets, movies)?,
            Steps::Wide(steps) => {
                check_steps(steps, |v| usize::from(v.get()), &self.offsets, movies)?;
            }
        }
        let count = self.levels.len();
        if let Some(last) = self.fine.last()
            && count % 2 == 1
            && *last >= 1 << 4
        {
            return Err(wrong(FINE, count / 2, "the unused half must be 0"));
        }
        let outside = |column: &Column<F32>, most: f32| {
            column
                .iter()
                .position(|value| !(0.0..=most).contains(&value.get()))
        };
        if let Some(row) = outside(&self.scales, MAX_SCALE) {
            return Err(wrong(SCALE, row, "must be 0..=1e30"));
        }
        for (tag, column) in [(PRIOR, &self.priors), (TRENDING, &self.trending)] {
            if let Some(row) = outside(column, 1.0) {
                return Err(wrong(tag, row, "must be 0..=1"));
            }
        }
        match self.learned.iter().position(|learned| *learned > 1) {
            Some(row) => Err(wrong(LEARNED, row, "must be 0 or 1")),
            None => Ok(()),
        }
    }

    /// How many films there are.
    pub fn movies(&self) -> usize {
        self.offsets.rows()
    }

    /// How many weights are stored, those that only bridge a gap included.
    pub fn stored(&self) -> usize {
        self.levels.len()
    }

    /// The films that `from` speaks for or against, in the order of the catalogue, with their
    /// weights, which are finite.
    pub fn row(&self, from: MovieIndex) -> Vec<(MovieIndex, f32)> {
        let mut row = Vec::new();
        self.visit(from, |target, level| {
            if level != 0.0 && target != from.row() {
                let weight = level * self.scales[target].get() / TOP;
                row.push((MovieIndex(target as u32), weight));
            }
        });
        row
    }

    /// For every film the sum of `factor · weight(film → it)` over `history`'s films and factors,
    /// which are finite: one score a film, finite. A film of a factor below 0 takes from those that it
    /// speaks for, and gives nothing to those that it speaks against.
    ///
    /// O(weights stored for the history's films + films).
    pub fn sums(&self, history: impl IntoIterator<Item = (MovieIndex, f32)>) -> Vec<f32> {
        let mut sums = vec![0.0f32; self.movies()];
        for (from, factor) in history {
            let mut add = |target: usize, level: f32| {
                if let Some(sum) = sums.get_mut(target) {
                    *sum += factor * level;
                }
            };
            if factor < 0.0 {
                self.visit(from, |target, level| add(target, level.max(0.0)));
            } else {
                self.visit(from, add);
            }
        }
        for (sum, scale) in sums.iter_mut().zip(self.scales.iter()) {
            *sum *= scale.get() / TOP;
        }
        sums
    }

    /// Shows the weights that `from` has towards `wanted`, which ascends, by their places in it.
    ///
    /// Of a list only the steps are looked at, but for those near what is wanted.
    pub(crate) fn towards(
        &self,
        from: MovieIndex,
        wanted: &[MovieIndex],
        mut visit: impl FnMut(usize, f32),
    ) {
        let range = self.offsets.range(from.row());
        let first = range.start;
        let found = |place: usize, at: usize| {
            let level = level(self.levels[at + first], half(&self.fine, at + first));
            let target = wanted[place].row();
            visit(place, level * self.scales[target].get() / TOP);
        };
        match &self.steps {
            Steps::Narrow(steps) => seek(&steps[range], u32::from, wanted, found),
            Steps::Wide(steps) => seek(&steps[range], |step| step.get().into(), wanted, found),
        }
    }

    /// Shows every stored target of a film with its level. A target that only bridges a gap has
    /// level 0.
    #[inline]
    fn visit(&self, from: MovieIndex, visit: impl FnMut(usize, f32)) {
        let range = self.offsets.range(from.row());
        let first = range.start;
        let levels = &self.levels[range.clone()];
        match &self.steps {
            Steps::Narrow(steps) => {
                show(&steps[range], u32::from, levels, &self.fine, first, visit);
            }
            Steps::Wide(steps) => {
                let step = |step: U16| step.get().into();
                show(&steps[range], step, levels, &self.fine, first, visit);
            }
        }
    }

    /// Whether any film was taken up by a viewer.
    pub fn has_priors(&self) -> bool {
        self.has_priors
    }

    /// How many viewers took a film up: 0, nobody, to 1, as many as the most popular one.
    pub fn prior(&self, movie: MovieIndex) -> f32 {
        self.priors[movie.row()].get()
    }

    /// The same, where a viewer counts the less the longer ago that was.
    pub fn trending(&self, movie: MovieIndex) -> f32 {
        self.trending[movie.row()].get()
    }

    /// Whether viewers taught the weights towards a film, instead of what the catalogue says of it.
    pub fn learned(&self, movie: MovieIndex) -> bool {
        self.learned[movie.row()] == 1
    }
}

/// A level of its upper bits and the lower four.
#[inline]
fn level(upper: i8, lower: u8) -> f32 {
    f32::from(i16::from(upper) << 4 | i16::from(lower))
}

/// One of the halves of `fine`, two of which are a byte.
#[inline]
fn half(fine: &[u8], at: usize) -> u8 {
    fine[at / 2] >> (at % 2 * 4) & 0x0f
}

/// Levels put together at a time, an even number: what is done in one go is done several at once by
/// the processor.
const BLOCK: usize = 32;

/// A whole block of levels.
#[inline]
fn levels_of(upper: &[i8; BLOCK], lower: &[u8; BLOCK / 2]) -> [f32; BLOCK] {
    let mut levels = [0.0; BLOCK];
    let (pairs, _) = upper.as_chunks::<2>();
    let (out, _) = levels.as_chunks_mut::<2>();
    for ((out, [first, second]), lower) in out.iter_mut().zip(pairs).zip(lower) {
        *out = [level(*first, lower & 0x0f), level(*second, lower >> 4)];
    }
    levels
}

/// Walks through one list, which begins at half byte `first` of `fine`.
#[inline]
fn show<T: Copy>(
    steps: &[T],
    step: impl Fn(T) -> u32,
    levels: &[i8],
    fine: &[u8],
    first: usize,
    mut visit: impl FnMut(usize, f32),
) {
    let mut target = 0;
    let mut go = |next: &T, level: f32| {
        target += step(*next) as usize;
        visit(target, level);
    };
    // The other half of the first byte may belong to the list before.
    let odd = first % 2 * usize::from(!levels.is_empty());
    if odd == 1 {
        go(&steps[0], level(levels[0], half(fine, first)));
    }
    let start = first.div_ceil(2);
    let (step_blocks, last_steps) = steps[odd..].as_chunks::<BLOCK>();
    let (level_blocks, last_levels) = levels[odd..].as_chunks::<BLOCK>();
    let (fine_blocks, _) = fine[start..].as_chunks::<{ BLOCK / 2 }>();
    for ((steps, upper), lower) in step_blocks.iter().zip(level_blocks).zip(fine_blocks) {
        let levels = levels_of(upper, lower);
        for (next, level) in steps.iter().zip(levels) {
            go(next, level);
        }
    }
    let rest = first + levels.len() - last_levels.len();
    for ((next, upper), at) in last_steps.iter().zip(last_levels).zip(rest..) {
        go(next, level(*upper, half(fine, at)));
    }
}

/// Looks for `wanted`, which ascends, in one list, and tells its places there and in the list.
fn seek<T: Copy>(
    steps: &[T],
    step: impl Fn(T) -> u32,
    wanted: &[MovieIndex],
    mut found: impl FnMut(usize, usize),
) {
    let mut wanted = wanted.iter().map(|movie| movie.0).enumerate().peekable();
    let mut target = 0;
    for (number, block) in steps.chunks(BLOCK).enumerate() {
        let Some((_, next)) = wanted.peek() else {
            return;
        };
        let distance: u32 = block.iter().map(|next| step(*next)).sum();
        if target + distance < *next {
            target += distance;
            continue;
        }
        for (at, next) in block.iter().enumerate() {
            target += step(*next);
            while wanted.next_if(|(_, movie)| *movie < target).is_some() {}
            if let Some((place, _)) = wanted.next_if(|(_, movie)| *movie == target) {
                found(place, number * BLOCK + at);
            }
        }
    }
}

/// Every list's targets ascend and are films of the model.
fn check_steps<T: Copy>(
    steps: &[T],
    step: impl Fn(T) -> usize,
    lists: &Offsets,
    movies: usize,
) -> Result<(), SectionFault> {
    for range in lists.ranges() {
        let start = range.start;
        let list = &steps[range];
        // Looking at every step is faster than stopping at the first wrong one.
        let end: usize = list.iter().map(|v| step(*v)).sum();
        let later = list.get(1..).unwrap_or_default();
        let stands = later.iter().fold(false, |any, v| any | (step(*v) == 0));
        if stands {
            let at = later.iter().position(|v| step(*v) == 0).unwrap_or_default();
            return Err(wrong(STEP, start + 1 + at, "targets must ascend"));
        }
        if !list.is_empty() && end >= movies {
            let mut target = 0;
            let beyond = list.iter().position(|v| {
                target += step(*v);
                target >= movies
            });
            let at = start + beyond.unwrap_or_default();
            return Err(wrong(STEP, at, "leads to a film that is not there"));
        }
    }
    Ok(())
}

/// Lays out the weights section; [`WeightLists`] says what it is given.
///
/// The same lists, in whatever order within each, give the same bytes. What breaks the rules of
/// [`WeightLists`] gives a section that is refused when it is opened.
pub fn write_weights(lists: &WeightLists) -> Vec<u8> {
    let scales = scales(&lists.weights);
    let rows: Vec<Vec<(u32, i16)>> = lists
        .weights
        .iter()
        .map(|list| levels(list, &scales))
        .collect();
    // Narrow steps take less unless the films lie so far apart that many gaps must be bridged.
    let bytes = |width: usize, widest: u32| {
        let stored: usize = rows.iter().map(|row| bridged(row, widest).count()).sum();
        stored * (2 * width + 3)
    };
    let narrow = bytes(1, u8::MAX.into()) <= bytes(2, u16::MAX.into());
    let widest = if narrow {
        u8::MAX.into()
    } else {
        u16::MAX.into()
    };
    let lengths: Vec<usize> = rows
        .iter()
        .map(|row| bridged(row, widest).count())
        .collect();
    let entries: Vec<(u32, i16)> = rows.iter().flat_map(|row| bridged(row, widest)).collect();
    let mut writer = SectionWriter::new(SectionKind::Weights);
    writer.offsets(AT, lengths);
    if narrow {
        let steps: Vec<u8> = entries.iter().map(|(step, _)| *step as u8).collect();
        writer.values(STEP, &steps);
    } else {
        let steps: Vec<U16> = entries
            .iter()
            .map(|(step, _)| U16::new(*step as u16))
            .collect();
        writer.values(STEP, &steps);
    }
    let upper: Vec<i8> = entries
        .iter()
        .map(|(_, level)| (level >> 4) as i8)
        .collect();
    writer.values(LEVEL, &upper);
    let lower = |entry: &(u32, i16)| entry.1.to_le_bytes()[0] & 0x0f;
    let fine: Vec<u8> = entries
        .chunks(2)
        .map(|pair| lower(&pair[0]) | pair.get(1).map_or(0, lower) << 4)
        .collect();
    writer.values(FINE, &fine);
    let floats = |values: &[f32]| -> Vec<F32> { values.iter().copied().map(F32::new).collect() };
    writer.values(SCALE, &floats(&scales));
    writer.values(PRIOR, &floats(&lists.prior));
    writer.values(TRENDING, &floats(&lists.trending));
    let learned: Vec<u8> = lists.learned.iter().copied().map(u8::from).collect();
    writer.values(LEARNED, &learned);
    writer.finish()
}

/// The largest weight of each target.
fn scales(weights: &[Vec<(MovieIndex, f32)>]) -> Vec<f32> {
    let mut scales = vec![0.0f32; weights.len()];
    for (target, weight) in weights.iter().flatten() {
        if let Some(scale) = scales.get_mut(target.row()) {
            *scale = scale.max(weight.abs());
        }
    }
    scales
}

/// One list's targets in ascending order with their levels, without those that come to 0.
fn levels(list: &[(MovieIndex, f32)], scales: &[f32]) -> Vec<(u32, i16)> {
    let level = |target: MovieIndex, weight: f32| -> i16 {
        // A film that is not there is kept, for the section to be refused.
        scales.get(target.row()).map_or(1, |scale| {
            (weight / scale * TOP).round().clamp(-TOP, TOP) as i16
        })
    };
    let mut row: Vec<(u32, i16)> = list
        .iter()
        .map(|(target, weight)| (target.0, level(*target, *weight)))
        .filter(|(_, level)| *level != 0)
        .collect();
    row.sort_unstable();
    row
}

/// A list as steps and levels: gaps wider than the widest step are bridged by targets of level 0.
fn bridged(row: &[(u32, i16)], widest: u32) -> impl Iterator<Item = (u32, i16)> {
    let befores = std::iter::once(0).chain(row.iter().map(|(target, _)| *target));
    row.iter()
        .zip(befores)
        .flat_map(move |((target, level), before)| {
            let gap = target - before;
            let bridges = gap.saturating_sub(1) / widest;
            let bridge = std::iter::repeat_n((widest, 0), bridges as usize);
            bridge.chain([(gap - bridges * widest, *level)])
        })
}
