//! The choice of settings: a few moves from a good start, each only where it shows.

use super::WeightsError;
use super::gram::Side;
use super::linear::{Linear, LinearSettings, Solution};
use crate::evaluate::Scorer;
use crate::preferences::Preferences;
use crate::{NoProgress, Progress};
use std::rc::Rc;

/// How well a model does for each viewer of a validation part, more is better; always the same viewers
/// in the same order.
pub type Figure<'a> = &'a dyn Fn(&dyn Scorer) -> Result<Vec<f64>, WeightsError>;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The settings.
    pub settings: LinearSettings,
    /// The mean figure they reach.
    pub figure: f64,
    /// How many settings were tried.
    pub tried: usize,
}

/// The ridges that are tried first; the best of them is refined.
const RIDGES: [f64; 6] = [10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0];

/// How far the ridge is moved, as a factor, one round after the other.
const RIDGE_STEPS: [f64; 2] = [1.75, 4.0 / 3.0];

/// How many standard errors a gain must be above to be taken for more than chance. Of two moves that
/// change nothing one is above 1 in nearly three of ten cases, above 1.5 in one of eight.
const CLEAR: f64 = 1.5;

/// Past so many settings no further move is begun.
const MOST: usize = 38;

/// A setting that is moved: how it is reached, its range, its step in the first round (half of it in
/// the second).
struct Knob {
    at: fn(&mut LinearSettings) -> &mut f64,
    least: f64,
    most: f64,
    step: f64,
    /// Whether it changes nothing where there are no features.
    of_features: bool,
}

const KNOBS: [Knob; 5] = [
    Knob {
        at: |settings| &mut settings.viewer_damping,
        least: 0.0,
        most: 1.0,
        step: 0.3,
        of_features: false,
    },
    Knob {
        at: |settings| &mut settings.target_popularity,
        least: -0.3,
        most: 0.6,
        step: 0.15,
        of_features: false,
    },
    Knob {
        at: |settings| &mut settings.ridge_popularity,
        least: -0.35,
        most: 1.05,
        step: 0.35,
        of_features: false,
    },
    Knob {
        at: |settings| &mut settings.source_popularity,
        least: -0.5,
        most: 0.3,
        step: 0.2,
        of_features: false,
    },
    Knob {
        at: |settings| &mut settings.side,
        least: 0.0,
        most: 3.0,
        step: 0.4,
        of_features: true,
    },
];

/// What settings are chosen for.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    /// What models learn from: nothing that `figure` looks for.
    pub train: &'a Preferences,
    /// Features of the films.
    pub sides: &'a [Side<'a>],
    /// How many films, the most-watched ones, settings are tried on.
    pub films: usize,
    /// What is made as large as possible.
    pub figure: Figure<'a>,
}

/// The ridge that does best with nothing else: what EASE needs. Ten to twelve settings are tried; of
/// equally good ones the largest ridge is taken.
///
/// # Errors
/// What [`Linear::new`], [`Linear::solve`] and the figure refuse.
pub fn search_ridge(choice: Choice<'_>, progress: &dyn Progress) -> Result<Found, WeightsError> {
    let mut search = Search::new(choice, LinearSettings::ease(RIDGES[0]), progress);
    search.ridge(&RIDGES)?;
    search.ridge_around(RIDGE_STEPS[0])?;
    search.ridge_around(RIDGE_STEPS[1])?;
    search.found()
}

/// The settings that do best, from `start` on: first the ridge, then in two rounds each exponent and
/// the features' factor by its step up or down, and the ridge again. At most about forty settings
/// are tried.
///
/// A move other than the ridge's is made only when the mean gain over the viewers is above one and a
/// half of its standard errors: on a small validation part most small gains are chance.
///
/// # Errors
/// What [`Linear::new`], [`Linear::solve`] and the figure refuse.
pub fn search(
    choice: Choice<'_>,
    start: LinearSettings,
    progress: &dyn Progress,
) -> Result<Found, WeightsError> {
    let mut search = Search::new(choice, start, progress);
    search.ridge(&RIDGES)?;
    search.ridge_around(RIDGE_STEPS[0])?;
    let features = !choice.sides.is_empty();
    for (round, ridge_step) in RIDGE_STEPS.into_iter().enumerate() {
        for knob in KNOBS.iter().filter(|knob| features || !knob.of_features) {
            search.turn(knob, knob.step / f64::from(1 << round))?;
        }
        if search.tried.len() <= MOST {
            search.ridge_around(ridge_step)?;
        }
    }
    search.found()
}

/// The ridge that does best around that of `settings`, with everything else as it is. Four settings
/// and these are tried: few enough for more films than settings as a whole are searched on. It is the
/// films that few have, which a search on the most-watched ones does not see, that need a large ridge.
///
/// # Errors
/// What [`Linear::new`], [`Linear::solve`] and the figure refuse.
pub(super) fn settle_ridge(
    choice: Choice<'_>,
    settings: LinearSettings,
    progress: &dyn Progress,
) -> Result<Found, WeightsError> {
    let mut search = Search::new(choice, settings, progress);
    search.ridge_around(RIDGE_STEPS[0])?;
    search.ridge_around(RIDGE_STEPS[1])?;
    search.found()
}

struct Search<'a> {
    choice: Choice<'a>,
    progress: &'a dyn Progress,
    best: LinearSettings,
    tried: Vec<(LinearSettings, Rc<Vec<f64>>)>,
    linear: Option<(LinearSettings, Rc<Linear>)>,
    /// The last ones: a move of a scale alone needs no new one.
    solutions: Vec<(LinearSettings, Solution)>,
}

impl<'a> Search<'a> {
    fn new(choice: Choice<'a>, start: LinearSettings, progress: &'a dyn Progress) -> Self {
        progress.stage("choosing settings", MOST as u64);
        Self {
            choice,
            progress,
            best: start,
            tried: Vec::new(),
            linear: None,
            solutions: Vec::new(),
        }
    }

    fn found(mut self) -> Result<Found, WeightsError> {
        let figures = self.figures(&self.best.clone())?;
        Ok(Found {
            settings: self.best,
            figure: mean(&figures),
            tried: self.tried.len(),
        })
    }

    /// The figures of some settings, computed once.
    fn figures(&mut self, settings: &LinearSettings) -> Result<Rc<Vec<f64>>, WeightsError> {
        if let Some((_, figures)) = self.tried.iter().find(|(tried, _)| tried == settings) {
            return Ok(Rc::clone(figures));
        }
        let linear = self.linear(settings)?;
        let unscaled = LinearSettings {
            source_popularity: 0.0,
            target_popularity: 0.0,
            ..*settings
        };
        let solution = match self.solutions.iter().position(|(of, _)| *of == unscaled) {
            Some(at) => self.solutions.remove(at).1,
            None => linear.solve(&unscaled, &NoProgress)?,
        };
        let solution = linear.scaled(solution, settings);
        let figures = Rc::new((self.choice.figure)(&linear.dense(&solution))?);
        self.solutions.truncate(1);
        self.solutions.insert(0, (unscaled, solution));
        self.tried.push((*settings, Rc::clone(&figures)));
        self.progress.advance(1);
        Ok(figures)
    }

    fn linear(&mut self, settings: &LinearSettings) -> Result<Rc<Linear>, WeightsError> {
        let same = |of: &LinearSettings| {
            let (viewer_damping, side) = (settings.viewer_damping, settings.side);
            *of == LinearSettings {
                viewer_damping,
                side,
                ..*of
            }
        };
        if let Some((of, linear)) = &self.linear
            && same(of)
        {
            return Ok(Rc::clone(linear));
        }
        let Choice {
            train,
            sides,
            films,
            ..
        } = self.choice;
        let linear = Rc::new(Linear::new(train, sides, settings, films, &NoProgress)?);
        self.linear = Some((*settings, Rc::clone(&linear)));
        Ok(linear)
    }

    /// Takes the best of some ridges, the largest of equals.
    fn ridge(&mut self, ridges: &[f64]) -> Result<(), WeightsError> {
        let mut best: Option<(f64, f64)> = None;
        for ridge in ridges {
            let settings = LinearSettings {
                ridge: *ridge,
                ..self.best
            };
            let candidate = (mean(&self.figures(&settings)?), *ridge);
            if best.is_none_or(|best| candidate > best) {
                best = Some(candidate);
            }
        }
        if let Some((_, ridge)) = best {
            self.best.ridge = ridge;
        }
        Ok(())
    }

    fn ridge_around(&mut self, factor: f64) -> Result<(), WeightsError> {
        let ridge = self.best.ridge;
        self.ridge(&[ridge / factor, ridge, ridge * factor])
    }

    /// Moves a setting a step up or down, and a second one if the first was good.
    fn turn(&mut self, knob: &Knob, step: f64) -> Result<(), WeightsError> {
        let from = *(knob.at)(&mut self.best);
        if self.tried.len() < MOST && self.take(knob, &[from - step, from + step])? {
            let to = *(knob.at)(&mut self.best);
            if self.tried.len() < MOST {
                self.take(knob, &[2.0 * to - from])?;
            }
        }
        Ok(())
    }

    /// Takes the best of some values of a setting, if one is clearly better than what is.
    fn take(&mut self, knob: &Knob, values: &[f64]) -> Result<bool, WeightsError> {
        let before = self.figures(&self.best.clone())?;
        let mut better: Option<(f64, LinearSettings)> = None;
        for value in values {
            // Steps of decimal fractions come back to where they were.
            let value = (value * 1e4).round() / 1e4;
            if !(knob.least..=knob.most).contains(&value) {
                continue;
            }
            let mut settings = self.best;
            *(knob.at)(&mut settings) = value;
            let gain = clear_gain(&before, &self.figures(&settings)?);
            if let Some(gain) = gain
                && better.is_none_or(|(best, _)| gain > best)
            {
                better = Some((gain, settings));
            }
        }
        if let Some((_, settings)) = better {
            self.best = settings;
        }
        Ok(better.is_some())
    }
}

/// The mean gain, if it is above 0 and above [`CLEAR`] of its standard errors.
fn clear_gain(before: &[f64], after: &[f64]) -> Option<f64> {
    let gains: Vec<f64> = before.iter().zip(after).map(|(a, b)| b - a).collect();
    let gain = mean(&gains);
    let squares: Vec<f64> = gains.iter().map(|one| (one - gain).powi(2)).collect();
    let error = (mean(&squares) / gains.len().max(1) as f64).sqrt();
    (gain > 0.0 && gain > CLEAR * error).then_some(gain)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
