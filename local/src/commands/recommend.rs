//! `matinee recommend`

use matinee::catalogue::find;
use matinee::model::{Model, MovieIndex, MovieRef};
use matinee::recommend::{Extend, Filters, Recommendation, SimilarQuery, similar};
use matinee::wording::{DEFAULT_LOCALE, Wording};
use serde::Serialize;

use crate::cli::RecommendArgs;
use crate::movie::{DescribedMovie, NamedMovie, Recommended, titled, titled_list};
use crate::{models, output};

pub(crate) fn run(args: &RecommendArgs) -> anyhow::Result<()> {
    let model = models::open(&args.models)?;
    let film = args.film.join(" ");
    let (seed, others) = named(&model, &film)?;
    let filters = Filters {
        genres: args.genres.clone(),
        year_from: args.year_from,
        year_to: args.year_to,
        ..Filters::default()
    };
    let query = SimilarQuery {
        movie: seed.index(),
        list: args.model.list(),
        filters: &filters,
        extend: Extend::WithAlike,
    };
    let page = similar(&model, &query, 0, args.limit.into());
    let wording = Wording::of(DEFAULT_LOCALE);
    if args.json {
        return output::json(&Answer {
            movie: DescribedMovie::of(seed),
            did_you_mean: NamedMovie::list(&model, &others),
            recommendations: page
                .recommendations
                .iter()
                .map(|recommendation| Recommended::of(&model, wording, recommendation))
                .collect(),
            model_version: model.version(),
        });
    }
    if !others.is_empty() {
        let others = titled_list(&model, &others);
        output::say(format_args!("Or did you mean: {others}?"));
    }
    if page.recommendations.is_empty() {
        output::say("No film passes the filters.");
        return Ok(());
    }
    output::say(format_args!("Based on {}:", titled(seed)));
    let table = table(&model, wording, &page.recommendations);
    Ok(output::result(table)?)
}

/// The film of this id or title, and others that may be meant.
fn named<'a>(model: &'a Model, film: &str) -> anyhow::Result<(MovieRef<'a>, Vec<MovieIndex>)> {
    if let Some(movie) = model.catalogue.by_id(film.trim()) {
        return Ok((movie, Vec::new()));
    }
    let found = find(model, film);
    if let Some(index) = found.movie {
        return Ok((model.catalogue.get(index), found.did_you_mean));
    }
    let unknown = format!("this model has no film called {:?}", output::one_line(film));
    if found.did_you_mean.is_empty() {
        anyhow::bail!(unknown);
    }
    let nearest = titled_list(model, &found.did_you_mean);
    anyhow::bail!("{unknown}; did you mean: {nearest}?")
}

/// The answer of `GET /recommend`, all of it on one page.
#[derive(Serialize)]
struct Answer<'a> {
    movie: DescribedMovie<'a>,
    did_you_mean: Vec<NamedMovie<'a>>,
    recommendations: Vec<Recommended<'a>>,
    model_version: &'a str,
}

fn table(model: &Model, wording: &Wording, recommendations: &[Recommendation]) -> String {
    let mut rows = vec![["Title", "Year", "Reason"].map(str::to_owned)];
    rows.extend(recommendations.iter().map(|recommendation| {
        let movie = model.catalogue.get(recommendation.movie);
        let reason = recommendation.reason.sentence(model, wording);
        [
            output::one_line(movie.title()).into_owned(),
            movie.year().map_or_else(String::new, |y| y.to_string()),
            output::one_line(&reason).into_owned(),
        ]
    }));
    output::table(&rows)
}
