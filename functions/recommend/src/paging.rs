use std::fmt::Write as _;

use matinee::model::{Model, MovieIndex};
use matinee::recommend::{Filters, PageToken};

use crate::params::{Param, Wanted};
use crate::problem::Problem;

/// A list that is given page by page, and where in it a request begins.
pub(crate) struct Paging {
    /// Everything that shapes the list: tokens are sealed with it.
    key: String,
    /// Films of the list before this page.
    pub(crate) offset: usize,
}

impl Paging {
    /// Continues the list called `name` where the request's token says, else begins it. `name`
    /// must hold everything besides the filters and the model that shapes the list.
    ///
    /// # Errors
    /// A token of another list or model, or none at all.
    pub(crate) fn of(model: &Model, name: &str, wanted: &Wanted) -> Result<Self, Problem> {
        let key = key(model, name, &wanted.filters);
        let offset = match &wanted.page {
            Some(token) => PageToken::decode(token, &key).map_err(|_| {
                Problem::of_parameter(
                    Param::Page.name(),
                    "must be next_page of the same call, parameters and model: leave it out to \
                     begin again",
                )
            })?,
            None => 0,
        };
        Ok(Self { key, offset })
    }

    /// The token of the page that begins at `next`.
    pub(crate) fn token(&self, next: Option<usize>) -> Option<String> {
        next.map(|next| PageToken::new(next, &self.key).encode())
    }
}

/// One line a part, so that none can be taken for another.
fn key(model: &Model, name: &str, filters: &Filters) -> String {
    let Filters {
        genres,
        all_genres,
        year_from,
        year_to,
        language,
        min_rating,
        exclude,
    } = filters;
    let mut excluded: Vec<MovieIndex> = exclude.iter().copied().collect();
    excluded.sort_unstable();
    let version = model.version();
    let mut key = String::with_capacity(128);
    // Writing into a string cannot fail.
    let _ = write!(
        key,
        "{version}\n{name:?}\n{genres:?} {all_genres}\n{year_from:?} {year_to:?}\n{language:?}\n\
         {min_rating:?}\n{excluded:?}"
    );
    key
}
