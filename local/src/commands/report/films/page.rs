//! The report of films as one page of HTML.

use std::collections::BTreeSet;

use matinee::taste::Millis;

use super::figures::{
    DIRECTOR_FILMS, DIRECTORS, Figures, GENRE_FILMS, Named, Stars, YEAR_FILMS, means,
};
use super::predicted::{Group, Predicted};
use crate::commands::report::grid::{Cell, grid, table};
use crate::commands::report::page::{Section, document, percent, summary};
use crate::commands::report::plot::{Mark, Words, against, columns, dots, line};

/// The page of these figures, made at some moment.
pub(super) fn html(figures: &Figures, made: Millis) -> String {
    let Stars {
        films,
        mean,
        deviation,
    } = figures.all;
    let mut entries = vec![
        ("Films", films.to_string()),
        ("Directors", figures.directors.to_string()),
    ];
    if let (Some((first, _)), Some((last, _))) = (
        figures.years.first_key_value(),
        figures.years.last_key_value(),
    ) {
        entries.push(("Years", format!("{first}–{last}")));
        entries.push(("Mean stars", format!("{mean:.2}")));
        entries.push(("Standard deviation", format!("{deviation:.2}")));
    }
    let mut body = summary(&entries);
    let sections = [
        years(figures),
        histogram(figures),
        genres(figures),
        by_year(figures),
        genres_by_decade(figures),
        directors(figures),
        predicted(figures.predicted.as_ref()),
    ];
    for section in sections {
        body.push_str(&section.html());
    }
    document("films", "Films and their stars", made, &body)
}

/// "12 films", "1 film".
fn films(count: usize) -> String {
    if count == 1 {
        "1 film".to_owned()
    } else {
        format!("{count} films")
    }
}

/// A mean with its interval, in words.
fn told(stars: &Stars) -> String {
    format!(
        "{:.2} ± {:.2} ({})",
        stars.mean,
        stars.margin(),
        films(stars.films)
    )
}

fn years(figures: &Figures) -> Section {
    let marks: Vec<Mark> = figures
        .years
        .iter()
        .map(|(year, stars)| Mark {
            at: f64::from(*year),
            value: stars.films as f64,
            margin: 0.0,
            name: year.to_string(),
            said: films(stars.films),
        })
        .collect();
    let words = Words {
        title: "Films by year",
        across: "Year of release",
        up: "Films",
    };
    let rows = figures
        .years
        .iter()
        .map(|(year, stars)| [year.to_string(), stars.films.to_string()]);
    Section::of(
        words.title,
        "How many films there are of each year.",
        !marks.is_empty(),
        || columns(words, &marks) + &table(["Year", "Films"], rows),
    )
}

fn histogram(figures: &Figures) -> Section {
    let all = figures.all.films;
    let share = |count: usize| percent(Some(count as f64 / all.max(1) as f64));
    let counts = || (1..).zip(figures.histogram);
    let marks: Vec<Mark> = counts()
        .map(|(stars, count)| Mark {
            at: f64::from(stars),
            value: count as f64,
            margin: 0.0,
            name: format!("{stars} stars"),
            said: format!("{} ({})", films(count), share(count)),
        })
        .collect();
    let words = Words {
        title: "Films by stars",
        across: "Stars",
        up: "Films",
    };
    let rows = counts().map(|(stars, count)| [stars.to_string(), count.to_string(), share(count)]);
    Section::of(
        words.title,
        "How many films got which rating.",
        all > 0,
        || columns(words, &marks) + &table(["Stars", "Films", "Share"], rows),
    )
}

fn genres(figures: &Figures) -> Section {
    let mut enough: Vec<&Named> = figures
        .genres
        .iter()
        .filter(|genre| genre.stars.films >= GENRE_FILMS)
        .collect();
    enough.sort_by(|one, other| other.stars.mean.total_cmp(&one.stars.mean));
    let marks: Vec<Mark> = enough
        .iter()
        .map(|genre| Mark {
            at: 0.0,
            value: genre.stars.mean,
            margin: genre.stars.margin(),
            name: genre.name.clone(),
            said: format!("{:.2} ({})", genre.stars.mean, films(genre.stars.films)),
        })
        .collect();
    let rows = figures.genres.iter().map(|genre| {
        let Stars {
            films,
            mean,
            deviation,
        } = genre.stars;
        [
            genre.name.clone(),
            films.to_string(),
            format!("{mean:.2}"),
            format!("{deviation:.2}"),
        ]
    });
    let about = format!(
        "The mean stars of genres with at least {GENRE_FILMS} films, with the interval that holds the mean \
         with 95 %. A film of several genres is one of each. The dashed line is the mean of all films."
    );
    Section::of("Stars by genre", &about, !marks.is_empty(), || {
        dots("Stars by genre", &marks, figures.all.mean)
            + &table(["Genre", "Films", "Mean stars", "Standard deviation"], rows)
    })
}

fn by_year(figures: &Figures) -> Section {
    let enough = || {
        figures
            .years
            .iter()
            .filter(|(_, stars)| stars.films >= YEAR_FILMS)
    };
    let marks: Vec<Mark> = enough()
        .map(|(year, stars)| Mark {
            at: f64::from(*year),
            value: stars.mean,
            margin: stars.margin(),
            name: year.to_string(),
            said: told(stars),
        })
        .collect();
    let words = Words {
        title: "Stars by year",
        across: "Year of release",
        up: "Mean stars",
    };
    let rows = enough().map(|(year, stars)| {
        [
            year.to_string(),
            stars.films.to_string(),
            format!("{:.2}", stars.mean),
            format!("{:.2}", stars.margin()),
        ]
    });
    let about = format!(
        "The mean stars of years with at least {YEAR_FILMS} films, with the interval that holds the mean with \
         95 %. The axis does not begin at 0."
    );
    Section::of(words.title, &about, !marks.is_empty(), || {
        line(words, &marks) + &table(["Year", "Films", "Mean stars", "±"], rows)
    })
}

fn genres_by_decade(figures: &Figures) -> Section {
    let means = means(&figures.genre_decades);
    let decades: BTreeSet<u16> = means.keys().map(|(_, decade)| *decade).collect();
    let least = means
        .values()
        .map(|stars| stars.mean)
        .fold(f64::INFINITY, f64::min);
    let most = means
        .values()
        .map(|stars| stars.mean)
        .fold(f64::NEG_INFINITY, f64::max);
    let spread = if most > least { most - least } else { 1.0 };
    let cell = |genre: &str, decade: u16| {
        let stars = means.get(&(genre, decade))?;
        Some(Cell {
            shade: (stars.mean - least) / spread,
            text: format!("{:.1}", stars.mean),
            said: told(stars),
        })
    };
    let rows = figures.genres.iter().map(|genre| {
        let cells = decades.iter().map(|decade| cell(&genre.name, *decade));
        (genre.name.clone(), cells.collect::<Vec<_>>())
    });
    let rows: Vec<_> = rows
        .filter(|(_, cells)| cells.iter().any(Option::is_some))
        .collect();
    let names: Vec<String> = decades.iter().map(|decade| format!("{decade}s")).collect();
    let listed = figures
        .genre_decades
        .iter()
        .filter(|cell| cell.stars.films >= YEAR_FILMS)
        .map(|cell| {
            let Stars { films, mean, .. } = cell.stars;
            [
                cell.genre.clone(),
                format!("{}s", cell.decade),
                films.to_string(),
                format!("{mean:.2}"),
            ]
        });
    let title = "Stars by genre and decade";
    let about = format!(
        "The mean stars of a genre's films of ten years, where there are at least {YEAR_FILMS}: the darker, the \
         more. The genres with most films stand first."
    );
    Section::of(title, &about, !rows.is_empty(), || {
        grid(title, &names, &rows) + &table(["Genre", "Decade", "Films", "Mean stars"], listed)
    })
}

fn directors(figures: &Figures) -> Section {
    let best = &figures.best_directors;
    let marks: Vec<Mark> = best
        .directors
        .iter()
        .map(|director| Mark {
            at: 0.0,
            value: director.shrunken_mean,
            margin: director.margin,
            name: director.name.clone(),
            said: format!(
                "{:.2} ({}, {:.2})",
                director.shrunken_mean,
                films(director.films),
                director.mean
            ),
        })
        .collect();
    let rows = best.directors.iter().map(|director| {
        [
            director.name.clone(),
            director.films.to_string(),
            format!("{:.2}", director.mean),
            format!("{:.2}", director.shrunken_mean),
            format!("{:.2}", director.margin),
        ]
    });
    let k = best.films_at_the_mean.unwrap_or_default();
    let about = format!(
        "The {DIRECTORS} directors with the highest shrunken means, of those with at least {DIRECTOR_FILMS} \
         films. A few films say little of a director: {k:.1} films with the mean of all films (the dashed line) \
         are counted as if they were among theirs. That number follows from how far films of one director, and \
         how far directors are apart. The interval holds with 95 %. In brackets: how many films there are, and \
         their own mean."
    );
    Section::of("Best directors", &about, !marks.is_empty(), || {
        dots("Best directors", &marks, figures.all.mean)
            + &table(
                ["Director", "Films", "Mean stars", "Shrunken mean", "±"],
                rows,
            )
    })
}

fn predicted(predicted: Option<&Predicted>) -> Section {
    const TITLE: &str = "Predicted against actual stars";
    let Some(predicted) = predicted else {
        let about = "What the live model expects of these films, beside what they got. There is no model that \
                     predicts, or there are no films: matinee train makes one.";
        return Section::of(TITLE, about, false, String::new);
    };
    let (model, learned) = (&predicted.model_version, predicted.learned_from);
    let knowledge = match learned {
        0 => "It has not learned from any rating, and says the same of every film.".to_owned(),
        _ => format!(
            "It learned from {learned} ratings, and these may be among them: films that it has not seen it \
             predicts less well (matinee evaluate ratings measures that)."
        ),
    };
    let about = format!(
        "Films by the stars that model {model} expects of them, in steps of half a star: what they got on \
         average, with the interval that holds the mean with 95 %. On the dashed line the model is right; a larger \
         dot stands for more films. {knowledge}"
    );
    let marks: Vec<Mark> = predicted
        .groups
        .iter()
        .map(|group| Mark {
            at: group.predicted,
            value: group.actual,
            margin: group.margin,
            name: format!("{:.2} expected", group.predicted),
            said: format!(
                "{:.2} ± {:.2} ({})",
                group.actual,
                group.margin,
                films(group.films)
            ),
        })
        .collect();
    let weights: Vec<f64> = predicted
        .groups
        .iter()
        .map(|group| group.films as f64)
        .collect();
    let words = Words {
        title: TITLE,
        across: "Expected stars",
        up: "Actual stars",
    };
    let metrics = &predicted.metrics;
    let figures = [
        ("RMSE", format!("{:.3}", metrics.rmse)),
        ("Mean error", format!("{:.3}", metrics.mae)),
        ("Label right", percent(Some(metrics.accuracy))),
        ("Within one star", percent(Some(metrics.within_one))),
        ("Log loss", format!("{:.3}", metrics.log_loss)),
        (
            "Calibration error",
            format!("{:.3}", metrics.calibration_error),
        ),
    ];
    let row = |group: &Group| {
        [
            format!("{:.2}", group.predicted),
            format!("{:.2}", group.actual),
            format!("{:.2}", group.margin),
            group.films.to_string(),
        ]
    };
    let rows = predicted.groups.iter().map(row);
    Section::of(TITLE, &about, !marks.is_empty(), || {
        summary(&figures)
            + &against(words, &marks, &weights)
            + &table(["Expected stars", "Actual stars", "±", "Films"], rows)
    })
}
