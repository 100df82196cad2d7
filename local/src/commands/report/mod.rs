//! `matinee report`

mod chart;
mod films;
mod grid;
mod page;
mod plot;

use std::collections::{BTreeMap, HashMap};

use matinee::model::Catalogue;
use matinee::ports::Viewers as _;
use matinee::taste::{Acceptance, Millis, Recorded, ServedPage, Uptake, ViewerId, Watching};
use matinee_local::embedded::{Embedded, FILE, now};
use serde_json::{Value, json};

use crate::cli::{Report, ReportArgs, ReportViewersArgs};
use crate::models::{self, block_on};
use crate::output;

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    match &args.report {
        Report::Viewers(args) => viewers(args),
        Report::Films(args) => films::run(args),
    }
}

fn viewers(args: &ReportViewersArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        args.data.is_dir(),
        "there is no data folder at {}: --data names the one that `matinee serve` keeps",
        args.data.display()
    );
    let model = match models::find(&args.models, &args.data)? {
        Some(model) => model,
        None => models::train_first(&args.models, &args.data)?,
    };
    let kept = kept(args)?;
    let figures = Figures::of(&kept, &model.catalogue);
    if args.json {
        return output::json(&figures.json());
    }
    Ok(output::result(page::html(&figures, now()))?)
}

/// What is kept of one viewer.
#[derive(Default)]
struct Kept {
    rows: Vec<Recorded>,
    pages: Vec<ServedPage>,
}

/// What is kept of each viewer, without what they want forgotten.
fn kept(args: &ReportViewersArgs) -> anyhow::Result<HashMap<ViewerId, Kept>> {
    // Whoever only looks makes no file.
    if !args.data.join(FILE).try_exists()? {
        return Ok(HashMap::new());
    }
    let tables = Embedded::open(&args.data)?.tables();
    block_on(async {
        let mut viewers: HashMap<ViewerId, Kept> = HashMap::new();
        for row in tables.all_interactions().await? {
            let viewer = row.interaction.viewer.clone();
            viewers.entry(viewer).or_default().rows.push(row);
        }
        for page in tables.all_served().await? {
            let viewer = page.viewer.clone();
            viewers.entry(viewer).or_default().pages.push(page);
        }
        for (viewer, kept) in &mut viewers {
            if let Some(until) = tables.forgotten(viewer).await? {
                kept.forget(until);
            }
        }
        viewers.retain(|_, kept| !kept.rows.is_empty() || !kept.pages.is_empty());
        Ok(viewers)
    })?
}

impl Kept {
    fn forget(&mut self, until: Millis) {
        self.rows.retain(|row| row.accepted > until);
        self.pages.retain(|page| page.at > until);
    }
}

/// What the report tells, of all viewers together.
#[derive(Default)]
struct Figures {
    viewers: usize,
    interactions: usize,
    watching: Watching,
    acceptance: Acceptance,
}

impl Figures {
    fn of(viewers: &HashMap<ViewerId, Kept>, catalogue: &Catalogue) -> Self {
        let mut figures = Self {
            viewers: viewers.len(),
            ..Self::default()
        };
        // In one order, so that the same data give the same sums.
        let viewers: BTreeMap<&ViewerId, &Kept> = viewers.iter().collect();
        for kept in viewers.into_values() {
            figures.interactions += kept.rows.len();
            figures.watching.count(&kept.rows, catalogue);
            let acceptance = &mut figures.acceptance;
            acceptance.count(&kept.pages, &kept.rows, catalogue);
        }
        figures
    }

    fn json(&self) -> Value {
        let genres = self.watching.genres().into_iter();
        let genres = genres.map(|of| json!({"genre": of.genre, "films": of.films}));
        let ratings = self.watching.ratings().into_iter().map(
            |of| json!({"month": of.month, "ratings": of.ratings, "mean_stars": of.mean_stars}),
        );
        let Acceptance {
            all,
            by_source,
            by_day,
            by_model,
        } = &self.acceptance;
        json!({
            "viewers": self.viewers,
            "interactions": self.interactions,
            "watched": {
                "films": self.watching.films(),
                "genres": genres.collect::<Vec<_>>(),
            },
            "ratings": ratings.collect::<Vec<_>>(),
            "recommendations": {
                "all": accepted(*all),
                "by_source": each(by_source),
                "by_day": each(by_day),
                "by_model": each(by_model),
            },
        })
    }
}

fn each<K: ToString>(map: &BTreeMap<K, Uptake>) -> Value {
    let entries = map.iter();
    entries
        .map(|(key, uptake)| (key.to_string(), accepted(*uptake)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn accepted(uptake: Uptake) -> Value {
    json!({
        "lists": uptake.lists,
        "accepted_lists": uptake.accepted_lists,
        "list_share": uptake.list_share(),
        "films": uptake.films,
        "accepted_films": uptake.accepted_films,
        "film_share": uptake.film_share(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser as _;
    use matinee::ports::{Interactions, Recommendations, Viewers};
    use matinee::taste::{Interaction, Kind, Source};

    use super::*;
    use crate::cli::{Cli, Command};

    fn args(data: &Path) -> ReportViewersArgs {
        let data = data.to_str().unwrap();
        let cli = ["matinee", "report", "viewers", "--data", data];
        let Command::Report(args) = Cli::try_parse_from(cli).unwrap().checked().unwrap() else {
            panic!("it is the command report");
        };
        let Report::Viewers(args) = args.report else {
            panic!("it is the report of viewers");
        };
        args
    }

    fn liked(viewer: &str, at: Millis) -> Recorded {
        Interaction {
            id: "1".parse().unwrap(),
            viewer: viewer.parse().unwrap(),
            movie: "tmdb:603".parse().unwrap(),
            kind: Kind::Watched(None),
            at,
            source: Source::Http,
            recommendation: None,
        }
        .accepted(at)
    }

    fn served(viewer: &str, at: Millis) -> ServedPage {
        ServedPage {
            viewer: viewer.parse().unwrap(),
            recommendation: "list".parse().unwrap(),
            at,
            source: Source::Voice,
            model_version: "<v1>".to_owned(),
            movies: vec!["tmdb:603".parse().unwrap(), "tmdb:604".parse().unwrap()],
        }
    }

    #[test]
    fn everybody_is_counted_but_who_is_forgotten_and_looking_makes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let args = args(&dir.path().join("data"));
        assert!(kept(&args).unwrap().is_empty());
        assert!(!args.data.exists());
        let tables = Embedded::open(&args.data).unwrap().tables();
        let at = now();
        let fill = async {
            for viewer in ["ada", "bo", "cy"] {
                Recommendations::put(&tables, &served(viewer, at))
                    .await
                    .unwrap();
            }
            Interactions::put(&tables, &[liked("ada", at), liked("cy", at)]).await;
            Viewers::forget(&tables, &"cy".parse().unwrap(), at)
                .await
                .unwrap();
        };
        block_on(fill).unwrap();
        let model = models::train_first(&args.models, &args.data).unwrap();
        let figures = Figures::of(&kept(&args).unwrap(), &model.catalogue);
        let json = figures.json();
        assert_eq!(
            (&json["viewers"], &json["interactions"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(json["watched"]["films"], 1);
        let expected = json!({"lists": 2, "accepted_lists": 1, "list_share": 0.5, "films": 4,
            "accepted_films": 1, "film_share": 0.25});
        let told = &json["recommendations"];
        assert_eq!(told["all"], expected);
        assert_eq!(told["by_source"], json!({"voice": expected}));
        assert_eq!(told["by_model"], json!({"<v1>": expected}));
        assert_eq!(told["by_day"], json!({at.day(): expected}));

        let html = page::html(&figures, at);
        assert!(
            html.contains("&lt;v1&gt;") && !html.contains("<v1>"),
            "{html}"
        );
        assert!(html.contains("25.0 %") && html.contains("<svg"), "{html}");
        for foreign in ["<script", "http://", "https://", "url(", "@import", "src="] {
            assert!(!html.contains(foreign), "{foreign}");
        }
        assert!(html.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn a_report_of_nothing_says_so() {
        let html = page::html(&Figures::default(), Millis(0));
        assert_eq!(html.matches("Nothing yet.").count(), 5, "{html}");
        assert!(!html.contains("<svg") && !html.contains("NaN"), "{html}");
        let json = Figures::default().json();
        assert_eq!(json["recommendations"]["all"]["film_share"], Value::Null);
    }
}
