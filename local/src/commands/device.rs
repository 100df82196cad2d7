//! `matinee device`

use std::time::Duration;

use anyhow::Context as _;
use fastrand::Rng;
use matinee_training::Progress as _;
use matinee_training::film_ratings::NONE;
use serde_json::json;

use crate::cli::DeviceArgs;
use crate::device::{
    Asking, Candidate, Device, Files, Films, Inventor, Link, LinkSettings, Played, Truth,
    client_config,
};
use crate::models::{SAMPLE, block_on};
use crate::output;
use crate::progress::Stages;
use crate::server::Stop;

pub(crate) fn run(args: &DeviceArgs) -> anyhow::Result<()> {
    let films = match &args.films {
        Some(path) => Films::read(path)?,
        None => Films::built_in(SAMPLE)?,
    };
    if films.bad_rows > 0 {
        let bad = films.bad_rows;
        output::say(format_args!("{bad} bad rows of the films were passed over"));
    }
    let asking = Asking {
        thing: args.thing.clone(),
        one_by_one: args.one_by_one,
        timeout: Duration::from_secs(args.timeout),
        attempts: args.attempts,
        run: format!(
            "{:016x}",
            getrandom::u64().context("no random number for request ids")?
        ),
    };
    let settings = link_settings(args, &asking)?;
    block_on(async {
        let mut stop = Stop::listen().context("cannot listen for Ctrl-C")?;
        let mut device = Device::new(Link::open(settings), asking);
        let outcome = tokio::select! {
            outcome = rounds(args, &films, &mut device) => outcome,
            () = stop.asked() => {
                output::say("stopped");
                Ok(())
            }
        };
        device.close().await;
        outcome
    })?
}

fn link_settings(args: &DeviceArgs, asking: &Asking) -> anyhow::Result<LinkSettings> {
    let tls = match (&args.ca, &args.cert, &args.key) {
        (Some(ca), Some(cert), Some(key)) => Some(client_config(Files { ca, cert, key })?),
        _ => None,
    };
    let (host, port) = args.broker();
    Ok(LinkSettings {
        host: host.to_owned(),
        port,
        client_id: args
            .client_id
            .clone()
            .unwrap_or_else(|| asking.thing.clone()),
        tls,
        filters: asking.filters(),
    })
}

async fn rounds(args: &DeviceArgs, films: &Films, device: &mut Device) -> anyhow::Result<()> {
    let (inventor, truth) = (Inventor::new(films), Truth::new(films));
    let mut rng = args.seed.map_or_else(Rng::new, Rng::with_seed);
    for number in 1..=args.rounds {
        let candidates = inventor.round(&mut rng);
        let stages = Stages::new();
        let name = format!("round {number} of {}", args.rounds);
        stages.stage(&name, 0);
        let draw = |film: &Candidate| truth.draw(film, &mut rng);
        let played = device.play(number, &candidates, draw).await?;
        stages.finish();
        if args.json {
            output::result(line(number, &candidates, &played))?;
        } else {
            output::result(shown(&name, &candidates, &played, args.show))?;
        }
    }
    if !args.one_by_one {
        let rounds = args.rounds;
        let heard = device.shadows(rounds as usize).await?;
        output::say(format_args!(
            "The shadow told of {heard} of {rounds} requests."
        ));
    }
    Ok(())
}

/// A round as a line of JSON.
fn line(number: u32, candidates: &[Candidate], played: &Played) -> String {
    let films = candidates
        .iter()
        .zip(&played.predicted)
        .map(|(film, predicted)| {
            let mut film = json!(film);
            film["expected_stars"] = predicted.expected_stars.into();
            film["label"] = predicted.label.into();
            film
        });
    json!({
        "round": number,
        "request_id": played.request_id,
        "model_version": played.model_version,
        "attempts": played.attempts,
        "answered_ms": (played.waited.as_secs_f64() * 1e6).round() / 1e3,
        "candidates": films.collect::<Vec<_>>(),
        "chosen": played.chosen,
        "stars": played.stars,
    })
    .to_string()
}

/// A round as a table, the best films first.
fn shown(name: &str, candidates: &[Candidate], played: &Played, show: usize) -> String {
    let mut films: Vec<_> = candidates
        .iter()
        .zip(&played.predicted)
        .enumerate()
        .collect();
    // In the candidates' order where they are equally good: the chosen one stands first.
    films.sort_by(|(_, (_, one)), (_, (_, other))| {
        other.expected_stars.total_cmp(&one.expected_stars)
    });
    let heading = [
        "TITLE", "DIRECTOR", "YEAR", "GENRES", "EXPECTED", "LABEL", "DRAWN",
    ];
    let mut rows = vec![heading.map(str::to_owned)];
    rows.extend(
        films
            .iter()
            .take(show.max(1))
            .map(|(place, (film, predicted))| {
                let genres = film.genres().into_iter().filter(|genre| *genre != NONE);
                let drawn = (*place == played.chosen).then(|| played.stars.to_string());
                [
                    film.title.clone(),
                    film.director.clone(),
                    film.year.to_string(),
                    genres.collect::<Vec<_>>().join(", "),
                    format!("{:.2}", predicted.expected_stars),
                    predicted.label.to_string(),
                    drawn.unwrap_or_default(),
                ]
            }),
    );
    let again = match played.attempts {
        1 => String::new(),
        attempts => format!(", asked {attempts} times"),
    };
    let model = played.model_version.as_deref().map(output::one_line);
    let model = model.map_or_else(String::new, |model| format!(", model {model}"));
    format!(
        "{name}: {} films answered in {:.0} ms{again}{model}\n{}",
        candidates.len(),
        played.waited.as_secs_f64() * 1e3,
        output::table(&rows)
    )
}
