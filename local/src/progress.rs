//! How far long work has come: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};
use matinee_training::Progress;

use crate::output;

/// How often a bar is redrawn where nothing advances it.
const TICK: Duration = Duration::from_millis(120);

/// Shows the stages of one piece of work and remembers how long each took.
pub(crate) struct Stages {
    terminal: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    done: Vec<(String, Duration)>,
}

struct Running {
    name: String,
    since: Instant,
    bar: ProgressBar,
}

impl Stages {
    pub(crate) fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            state: Mutex::default(),
        }
    }

    /// Ends the last stage. The stages' names and durations, in order.
    pub(crate) fn finish(&self) -> Vec<(String, Duration)> {
        let mut state = self.lock();
        state.end_stage();
        state.done.clone()
    }

    /// Whether the running stage has this name.
    pub(crate) fn is_at(&self, name: &str) -> bool {
        let state = self.lock();
        state
            .running
            .as_ref()
            .is_some_and(|running| running.name == name)
    }

    /// A stage that moves bytes begins, of which `done` were moved before; the stage before it is
    /// done. Each step is a byte.
    pub(crate) fn transfer(&self, name: &str, done: u64, whole: Option<u64>) {
        let mut state = self.lock();
        state.end_stage();
        let bar = if self.terminal {
            let (bar, template) = match whole {
                None => (
                    ProgressBar::new_spinner(),
                    "  {msg:<28} {spinner} {decimal_bytes} {decimal_bytes_per_sec}",
                ),
                Some(whole) => (
                    ProgressBar::new(whole),
                    "  {msg:<28} [{bar:30}] {decimal_bytes}/{decimal_total_bytes} \
                     {decimal_bytes_per_sec} {eta}",
                ),
            };
            // What was there before says nothing about how quick it goes now.
            shown(
                bar.with_position(done).with_elapsed(Duration::ZERO),
                template,
                name,
            )
        } else {
            let size = whole.map(|whole| format!(", {}", DecimalBytes(whole)));
            let before = (done > 0).then(|| format!(", {} are there", DecimalBytes(done)));
            output::say(format_args!(
                "{name}{}{} …",
                size.unwrap_or_default(),
                before.unwrap_or_default()
            ));
            ProgressBar::hidden()
        };
        bar.reset_eta();
        state.running = Some(Running {
            name: name.to_owned(),
            since: Instant::now(),
            bar,
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bar(&self, name: &str, steps: u64) -> ProgressBar {
        if !self.terminal {
            output::say(format_args!("{name} …"));
            return ProgressBar::hidden();
        }
        let (bar, template) = match steps {
            0 => (ProgressBar::new_spinner(), "  {msg:<28} {spinner}"),
            _ => (
                ProgressBar::new(steps),
                "  {msg:<28} [{bar:30}] {pos}/{len} {eta}",
            ),
        };
        shown(bar, template, name)
    }
}

/// A bar that is seen and lives.
fn shown(bar: ProgressBar, template: &str, name: &str) -> ProgressBar {
    // A template that indicatif cannot read leaves its own style in place.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(name.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

impl State {
    fn end_stage(&mut self) {
        if let Some(Running { name, since, bar }) = self.running.take() {
            bar.finish_and_clear();
            self.done.push((name, since.elapsed()));
        }
    }
}

impl Progress for Stages {
    fn stage(&self, name: &str, steps: u64) {
        let mut state = self.lock();
        state.end_stage();
        state.running = Some(Running {
            name: name.to_owned(),
            since: Instant::now(),
            bar: self.bar(name, steps),
        });
    }

    fn advance(&self, steps: u64) {
        if !self.terminal {
            return;
        }
        if let Some(running) = &self.lock().running {
            running.bar.inc(steps);
        }
    }
}

impl Drop for Stages {
    /// Work that failed leaves no bar behind.
    fn drop(&mut self) {
        self.lock().end_stage();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_remembered_in_order() {
        let stages = Stages {
            terminal: false,
            state: Mutex::default(),
        };
        stages.stage("first", 2);
        stages.advance(2);
        stages.stage("second", 0);
        let names: Vec<String> = stages.finish().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["first", "second"]);
    }
}
