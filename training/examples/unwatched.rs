//! How good the weights of films are that nobody has watched.
//!
//! `unwatched CATALOGUE MOVIELENS UNSEEN`: facts of films, the folder of a `MovieLens` set, and the
//! list of films to hide. Prints a line for each way to make weights: first means over hidings of
//! 20 % of the films that are not in the list, by which settings may be chosen, then of the list.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use matinee::taste::Millis;
use matinee_training::NoProgress;
use matinee_training::evaluate::{
    Catalogue, LikeRule, Likes, Method, Ranked, Scorer, Task, Test, evaluate, unseen_films,
};
use matinee_training::ingest::ImportOptions;
use matinee_training::interactions::InteractionOptions;
use matinee_training::preferences::Preferences;
use matinee_training::sparse::SparseRows;
use matinee_training::weights::{
    Linear, LinearSettings, SparseWeights, UnwatchedSettings, Watched, unwatched,
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

type Failure = Box<dyn Error>;

/// Hidings that figures are the means of.
const HIDINGS: u64 = 5;

/// The time now is told only to rows from the future: there are none.
const NOW: Millis = Millis(i64::MAX);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [catalogue, set, unseen] = arguments.as_slice() else {
        return Err("expected CATALOGUE MOVIELENS UNSEEN".into());
    };
    let options = ImportOptions::default();
    let likes = Likes::read(&[set], &InteractionOptions::at(NOW), &LikeRule::default())?;
    let catalogues = vec![Catalogue::read(Path::new(catalogue), &options)?];
    let unseen = Path::new(unseen);
    let (task, _) = unseen_films(unseen, &likes, Path::new(set), catalogues, options)?;
    let hidings: Vec<Task> = (0..HIDINGS).map(|seed| hiding(&task, seed)).collect();
    report("hidings of 20 % of the seen films", &hidings)?;
    report("the list", &[task])
}

/// The same task over the films that are not hidden, of which a fifth is.
fn hiding(task: &Task, seed: u64) -> Task {
    let Ranked::Unseen(unseen) = &task.ranked else {
        return task.clone();
    };
    let films = 0..task.films.len() as u32;
    let open: Vec<u32> = films
        .filter(|film| unseen.binary_search(film).is_err())
        .collect();
    let films: Vec<_> = open
        .iter()
        .map(|film| task.films[*film as usize].clone())
        .collect();
    let hidden = |film: &u32| {
        let id = films[*film as usize].id.as_str();
        xxh3_64_with_seed(id.as_bytes(), seed) < u64::MAX / 5
    };
    let (mut train, mut tests) = (Vec::new(), Vec::new());
    for row in task.train.columns_at(&open).rows() {
        let (films, row) = row.iter().partition::<Vec<u32>, _>(|film| hidden(film));
        if !films.is_empty() {
            let viewer = train.len() as u32;
            tests.push(Test {
                viewer,
                films,
                unknown: 0,
            });
        }
        train.push(row);
    }
    Task {
        train: Preferences::new(films.len(), train),
        ranked: Ranked::Unseen(
            (0..films.len() as u32)
                .filter(|film| hidden(film))
                .collect(),
        ),
        films,
        tests,
        ..task.clone()
    }
}

fn report(name: &str, tasks: &[Task]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{name}")?;
    let tfidf = |task: &Task| {
        let fitted = Method::TfIdf.fit(task, &|_| {}, &NoProgress)?;
        Ok(Made {
            scorer: fitted.scorer,
            scale: f64::NAN,
            seconds: 0.0,
        })
    };
    line(&mut out, "TF-IDF", tasks, tfidf)?;
    let few = UnwatchedSettings::default();
    let all = UnwatchedSettings {
        neighbours: usize::MAX,
        ..few
    };
    let ways = [
        ("all weights", all),
        (
            "all weights, not through watched films",
            UnwatchedSettings {
                smoothing: 0.0,
                ridge: 1.0,
                ..all
            },
        ),
        (
            "all weights, 2,000 landmarks",
            UnwatchedSettings {
                exact_films: 0,
                ..all
            },
        ),
        (
            "all weights, 1,000 landmarks",
            UnwatchedSettings {
                exact_films: 0,
                landmarks: 1000,
                ..all
            },
        ),
        ("200 weights", few),
    ];
    for (name, settings) in ways {
        line(&mut out, name, tasks, |task| {
            made(task, &settings, Clone::clone)
        })?;
    }
    line(&mut out, "200 weights of 8 bits", tasks, |task| {
        made(task, &few, in_8_bits)
    })
}

/// A model that was made.
struct Made {
    scorer: Box<dyn Scorer>,
    scale: f64,
    seconds: f64,
}

/// Means over the tasks of what a model reaches.
fn line(
    out: &mut impl io::Write,
    name: &str,
    tasks: &[Task],
    model: impl Fn(&Task) -> Result<Made, Failure>,
) -> Result<(), Failure> {
    let (mut ndcg, mut recall, mut scale, mut seconds) = (0.0, 0.0, 0.0, 0.0);
    for task in tasks {
        let made = model(task)?;
        let metrics = evaluate(made.scorer.as_ref(), task, &NoProgress)?;
        let at = metrics.at(20).ok_or("there is a cutoff of 20")?;
        ndcg += at.ndcg;
        recall += at.recall;
        scale += made.scale;
        seconds += made.seconds;
    }
    let [ndcg, recall, scale, seconds] =
        [ndcg, recall, scale, seconds].map(|sum| sum / tasks.len() as f64);
    let figures = format!("NDCG@20 {ndcg:.4}  Recall@20 {recall:.4}");
    writeln!(
        out,
        "  {name:40} {figures}  scale {scale:.3}  {seconds:.2} s"
    )?;
    Ok(())
}

/// Weights between watched films by EASE with weighted viewers, and those of unwatched films, which
/// `after` has the last word on. The time is that of the unwatched films.
fn made(
    task: &Task,
    settings: &UnwatchedSettings,
    after: impl Fn(&SparseRows) -> SparseRows,
) -> Result<Made, Failure> {
    let warm = LinearSettings {
        viewer_damping: 0.5,
        ..LinearSettings::ease(100.0)
    };
    let linear = Linear::new(&task.train, &[], &warm, 20_000, &NoProgress)?;
    let solution = linear.solve(&warm, &NoProgress)?;
    let weights = linear.sparse(&solution, 200, &NoProgress)?;
    let watched = Watched {
        preferences: &task.train,
        films: linear.films(),
        gram: linear.gram(),
        weights: &weights,
    };
    let start = Instant::now();
    let unwatched = unwatched(&task.films, &[], &watched, settings, &NoProgress)?;
    Ok(Made {
        scale: unwatched.scale,
        seconds: start.elapsed().as_secs_f64(),
        scorer: Box::new(SparseWeights::new(after(&unwatched.by_target))),
    })
}

/// Each target's weights as multiples of their largest magnitude over 127.
fn in_8_bits(weights: &SparseRows) -> SparseRows {
    let mut coarse = SparseRows::new(weights.width());
    for target in 0..weights.rows() {
        let largest = weights
            .row(target)
            .map(|(_, weight)| weight.abs())
            .fold(0.0, f32::max);
        let step = largest / 127.0;
        let row = weights.row(target).filter(|_| step > 0.0);
        coarse.push(row.map(|(source, weight)| (source, (weight / step).round() * step)));
    }
    coarse
}
