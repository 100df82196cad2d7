use std::fmt::Write as _;

use matinee::model::{Model, MovieIndex};
use matinee::recommend::{DatedPage, Filters, PageToken};
use matinee::taste::Millis;

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
            Some(token) => PageToken::decode(token, &key).map_err(|_| no_such_page())?,
            None => 0,
        };
        Ok(Self { key, offset })
    }

    /// The token of the page that begins at `next`.
    pub(crate) fn token(&self, next: Option<usize>) -> Option<String> {
        next.map(|next| PageToken::new(next, &self.key).encode())
    }
}

/// A list for a viewer, made from what was known at one moment, that is given page by page.
pub(crate) struct DatedPaging {
    /// Everything that shapes the list but the moment.
    pub(crate) key: String,
    /// The moment, and where in the list a request begins.
    pub(crate) page: DatedPage,
}

impl DatedPaging {
    /// As [`Paging::of`]; a list begins with what is known `now`.
    ///
    /// # Errors
    /// A token of another list or model, or none at all.
    pub(crate) fn of(
        model: &Model,
        name: &str,
        wanted: &Wanted,
        now: Millis,
    ) -> Result<Self, Problem> {
        let key = key(model, name, &wanted.filters);
        let begin = || {
            Ok(DatedPage {
                offset: 0,
                as_of: now,
            })
        };
        let token = wanted.page.as_deref();
        let page = token.map_or_else(begin, |token| DatedPage::decode(token, &key));
        let page = page.map_err(|_| no_such_page())?;
        Ok(Self { key, page })
    }

    /// The token of the page that begins at `next`.
    pub(crate) fn token(&self, next: Option<usize>) -> Option<String> {
        let as_of = self.page.as_of;
        next.map(|offset| DatedPage { offset, as_of }.encode(&self.key))
    }
}

fn no_such_page() -> Problem {
    Problem::of_parameter(
        Param::Page.name(),
        "must be next_page of the same call, parameters and model: leave it out to begin again",
    )
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
