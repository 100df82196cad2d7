//! scratch
use matinee_training::NoProgress;
use matinee_training::evaluate::*;
use matinee_training::weights::*;
use std::path::Path;
use std::time::Instant;
fn main() {
    let root = Path::new("/work/shared/data/splits");
    let films: usize = std::env::args().nth(1).map_or(4000, |a| a.parse().unwrap());
    for (name, va) in [("ml100k", true), ("mls-likes", false)] {
        let v = root.join("ml100k-validation.txt");
        let (task, _, _) = user_lists(
            ListFiles {
                train: &root.join(format!("{name}-train.txt")),
                test: &root.join(format!("{name}-test.txt")),
                validation: va.then_some(&v),
                lenient: false,
            },
            &KnownFilms::default(),
        )
        .unwrap();
        let validation = match &task.validation {
            Some(held_back) => Validation {
                train: task.train.clone(),
                held_back: held_back.clone(),
            },
            None => Validation::carve(&task.train, 0.1, 1, usize::MAX),
        };
        let figure = |scorer: &dyn Scorer| validation.ndcg(scorer);
        let choice = Choice {
            train: &validation.train,
            sides: &[],
            films,
            figure: &figure,
        };
        let t = Instant::now();
        let ease = search_ridge(choice, &NoProgress).unwrap();
        println!("{name} ease {ease:?} {:?}", t.elapsed());
        let t = Instant::now();
        let mut start = LinearSettings::start();
        start.side = 0.0;
        let ours = search(choice, start, &NoProgress).unwrap();
        println!("{name} ours {ours:?} {:?}", t.elapsed());
        for (what, s) in [("ease", ease.settings), ("ours", ours.settings)] {
            let t = Instant::now();
            let linear = Linear::new(&task.train, &[], &s, 20_000, &NoProgress).unwrap();
            let gram = t.elapsed();
            let t = Instant::now();
            let solution = linear.solve(&s, &NoProgress).unwrap();
            let solve = t.elapsed();
            println!(
                "{what} gram {gram:?} solve {solve:?} {:.1} GFlop/s",
                (linear.films().len() as f64).powi(3) / solve.as_secs_f64() / 1e9
            );
            let show = |label: &str, scorer: &dyn Scorer| {
                let m = evaluate(scorer, &task, &NoProgress).unwrap();
                let va = if va {
                    validation.ndcg(scorer).unwrap()
                } else {
                    vec![0.0]
                };
                println!(
                    "  {label}: test ndcg {:.4} recall {:.4} validation {:.4}",
                    m.0[2].ndcg,
                    m.0[2].recall,
                    va.iter().sum::<f64>() / va.len() as f64
                );
            };
            show("dense", &linear.dense(&solution));
            for k in [50, 100, 150, 200] {
                let t = Instant::now();
                let few = linear.sparse(&solution, k, &NoProgress).unwrap();
                show(&format!("{k} in {:?}", t.elapsed()), &few);
            }
        }
    }
}
