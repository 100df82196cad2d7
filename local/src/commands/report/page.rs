//! The report as one page of HTML.

use std::collections::BTreeMap;

use matinee::taste::{Millis, Uptake};

use super::Figures;
use super::chart::{Bar, bars, escaped};

/// Colours in which text and bars stand out from the ground, by day and by night.
const STYLE: &str = "
:root { color-scheme: light dark; --ground: #fbfaf8; --ink: #22201d; --faint: #66615a;
  --line: #dcd7cf; --bar: #a3421f; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #191816; --ink: #edeae4; --faint: #a9a39a; --line: #3b3833; --bar: #f0916b; } }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1rem 4rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
p { margin: .25rem 0 .75rem; color: var(--faint); }
dl { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1.5rem 0; }
dt { color: var(--faint); font-size: .9rem; } dd { margin: 0; font-size: 1.5rem; }
svg { display: block; width: 100%; height: auto; font-size: 13px; }
svg text { fill: var(--ink); } svg .value { fill: var(--faint); } svg rect { fill: var(--bar); }
svg .small { font-size: 11px; } svg circle { fill: var(--bar); fill-opacity: .85; }
svg .line { fill: none; stroke: var(--bar); stroke-width: 1.5; }
svg .interval { stroke: var(--bar); stroke-width: 1.5; stroke-opacity: .55; }
svg .grid { stroke: var(--line); } svg .reference { stroke: var(--faint); stroke-dasharray: 4 3; }
details { margin: .5rem 0; } summary { color: var(--faint); cursor: pointer; font-size: .9rem; }
table { border-collapse: collapse; margin: .5rem 0; font-size: .85rem; }
th { text-align: left; } th, td { border-bottom: 1px solid var(--line); padding: .15rem .9rem .15rem 0; }
td + td, th + th { font-variant-numeric: tabular-nums; }
";

/// A page with a heading, made at some moment.
pub(super) fn document(name: &str, heading: &str, made: Millis, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Matinee: {name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{heading}</h1>\n<p>As of {made}</p>\n{body}</body>\n</html>"
    )
}

/// A chart under a heading.
pub(super) struct Section {
    title: String,
    about: String,
    /// HTML; `None` where there is nothing to show.
    chart: Option<String>,
}

impl Section {
    /// Draws the chart if there is something to show.
    pub(super) fn of(title: &str, about: &str, any: bool, chart: impl FnOnce() -> String) -> Self {
        Self {
            title: title.to_owned(),
            about: about.to_owned(),
            chart: any.then(chart),
        }
    }

    pub(super) fn html(&self) -> String {
        let (title, about) = (escaped(&self.title), escaped(&self.about));
        let chart = self.chart.as_deref().unwrap_or("<p>Nothing yet.</p>");
        format!("<section>\n<h2>{title}</h2>\n<p>{about}</p>\n{chart}\n</section>\n")
    }
}

/// Names and what is to be said of each, in words.
pub(super) fn summary(entries: &[(&str, String)]) -> String {
    let entries = entries.iter();
    let entries = entries.map(|(name, value)| {
        let value = escaped(value);
        format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
    });
    format!("<dl>{}</dl>\n", entries.collect::<String>())
}

/// The page of these figures, made at some moment.
pub(super) fn html(figures: &Figures, made: Millis) -> String {
    let mut page = overview(figures);
    let acceptance = &figures.acceptance;
    let shares = "Of the films that were recommended in the last 30 days, the share that was then \
                  watched, liked or rated above the middle.";
    section(
        &mut page,
        "Accepted by day",
        shares,
        &uptakes(&acceptance.by_day),
    );
    let front = "By the front that the list was served through.";
    section(
        &mut page,
        "Accepted by source",
        front,
        &uptakes(&acceptance.by_source),
    );
    let model = "By the model that made the list.";
    section(
        &mut page,
        "Accepted by model",
        model,
        &uptakes(&acceptance.by_model),
    );
    let films =
        "Films watched or rated, once for each viewer; a film of several genres is one of each.";
    section(&mut page, "Films watched by genre", films, &genres(figures));
    let stars = "The mean of each month's ratings, in stars from 0.5 to 5.";
    section(&mut page, "Ratings over time", stars, &ratings(figures));
    document("viewers", "Viewers", made, &page)
}

fn overview(figures: &Figures) -> String {
    let all = figures.acceptance.all;
    let entries = [
        ("Viewers", figures.viewers.to_string()),
        ("Interactions", figures.interactions.to_string()),
        ("Films watched", figures.watching.films().to_string()),
        ("Lists served", all.lists.to_string()),
        ("Lists accepted", percent(all.list_share())),
        ("Films accepted", percent(all.film_share())),
    ];
    summary(&entries)
}

/// A share as a person reads it; a dash where there is none.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

fn section(page: &mut String, title: &str, about: &str, chart: &[Bar]) {
    let most = chart.iter().map(|bar| bar.value).fold(0.0, f64::max);
    // Where all are 0 the bars have no length, whatever they are parts of.
    let most = if most > 0.0 { most } else { 1.0 };
    let section = Section::of(title, about, !chart.is_empty(), || bars(title, chart, most));
    page.push_str(&section.html());
}

fn uptakes<K: ToString>(map: &BTreeMap<K, Uptake>) -> Vec<Bar> {
    let bar = |(key, uptake): (&K, &Uptake)| Bar {
        name: key.to_string(),
        value: uptake.film_share().unwrap_or(0.0),
        said: format!(
            "{} ({} of {})",
            percent(uptake.film_share()),
            uptake.accepted_films,
            uptake.films
        ),
    };
    map.iter().map(bar).collect()
}

fn genres(figures: &Figures) -> Vec<Bar> {
    let genres = figures.watching.genres().into_iter();
    let bars = genres.map(|of| Bar {
        name: of.genre.to_owned(),
        value: of.films as f64,
        said: of.films.to_string(),
    });
    bars.collect()
}

fn ratings(figures: &Figures) -> Vec<Bar> {
    let months = figures.watching.ratings().into_iter();
    let bars = months.map(|of| Bar {
        value: of.mean_stars,
        said: format!("{:.2} ({} ratings)", of.mean_stars, of.ratings),
        name: of.month,
    });
    bars.collect()
}
