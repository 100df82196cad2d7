//! Our filters as the values of a filter of Personalize's.

use crate::catalogue::{Genre, MAX_YEAR};
use crate::ports::AppliedFilter;
use crate::recommend::Filters;

/// What the filter `arn` is told of `filters`: `GENRES`, of which an item shall have one, `YEAR_FROM` and
/// `YEAR_TO`. `None` where neither is asked for: then no filter is to be applied.
///
/// Every placeholder gets a value, as a filter that includes items needs it: all genres, and years that
/// bar nothing. The other conditions, and that a film shall have all genres, are looked at here alone.
pub(super) fn applied(arn: &str, filters: &Filters) -> Option<AppliedFilter> {
    if filters.genres.is_empty() && filters.year_from.is_none() && filters.year_to.is_none() {
        return None;
    }
    let genres: &[Genre] = if filters.genres.is_empty() {
        &Genre::ALL
    } else {
        &filters.genres
    };
    let genres: Vec<String> = genres
        .iter()
        .map(|genre| format!("\"{}\"", genre.name()))
        .collect();
    let values = [
        ("GENRES", genres.join(",")),
        ("YEAR_FROM", filters.year_from.unwrap_or(0).to_string()),
        ("YEAR_TO", filters.year_to.unwrap_or(MAX_YEAR).to_string()),
    ];
    Some(AppliedFilter {
        arn: arn.to_owned(),
        values: values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    })
}
