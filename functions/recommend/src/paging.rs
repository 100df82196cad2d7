use std::fmt::Write as _;

use matinee::model::{Model, MovieIndex};
use matinee::recommend::{DatedPage, Filters, GivenPage, PageToken};
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

/// A list that another recommender may make, each page by itself, and where in it a request begins.
pub(crate) struct SharedPaging {
    /// Everything that shapes the list but the moment.
    pub(crate) key: String,
    /// The moment that the list is made at, where it is one for a viewer.
    moment: Option<Millis>,
    pub(crate) place: Place,
}

/// Where in a list a request begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At its beginning.
    Beginning,
    /// Behind these films, which another recommender gave.
    Behind(Vec<MovieIndex>),
    /// In our own list, which has none of these films, at this offset.
    Own(usize, Vec<MovieIndex>),
}

impl SharedPaging {
    /// As [`Paging::of`], for a list that is the same whenever it is made.
    ///
    /// # Errors
    /// A token of another list or model, or none at all.
    pub(crate) fn of(model: &Model, name: &str, wanted: &Wanted) -> Result<Self, Problem> {
        Self::read(model, name, wanted, None)
    }

    /// As [`Paging::of`], for a list for a viewer: it begins with what is known `now`.
    ///
    /// # Errors
    /// A token of another list or model, or none at all.
    pub(crate) fn dated(
        model: &Model,
        name: &str,
        wanted: &Wanted,
        now: Millis,
    ) -> Result<Self, Problem> {
        Self::read(model, name, wanted, Some(now))
    }

    fn read(
        model: &Model,
        name: &str,
        wanted: &Wanted,
        now: Option<Millis>,
    ) -> Result<Self, Problem> {
        let key = key(model, name, &wanted.filters);
        let Some(token) = wanted.page.as_deref() else {
            let place = Place::Beginning;
            return Ok(Self {
                key,
                moment: now,
                place,
            });
        };
        let behind = GivenPage::decode(token, &key).map(|page| match page.offset {
            Some(offset) => (page.as_of, Place::Own(offset, page.given)),
            None => (page.as_of, Place::Behind(page.given)),
        });
        let own = || match now {
            Some(_) => DatedPage::decode(token, &key)
                .map(|page| (page.as_of, Place::Own(page.offset, Vec::new()))),
            None => PageToken::decode(token, &key)
                .map(|offset| (Millis(0), Place::Own(offset, Vec::new()))),
        };
        let (as_of, place) = behind.or_else(|_| own()).map_err(|_| no_such_page())?;
        Ok(Self {
            key,
            moment: now.map(|_| as_of),
            place,
        })
    }

    /// The moment that the list is made at.
    pub(crate) fn as_of(&self) -> Millis {
        self.moment.unwrap_or(Millis(0))
    }

    /// The films that were given by another recommender.
    pub(crate) fn given(&self) -> &[MovieIndex] {
        match &self.place {
            Place::Beginning => &[],
            Place::Behind(given) | Place::Own(_, given) => given,
        }
    }

    /// The token of the page behind `next` of our own list.
    pub(crate) fn own_token(&self, next: Option<usize>) -> Option<String> {
        let offset = next?;
        let given = self.given();
        if !given.is_empty() {
            return Some(self.given_token(Some(offset), given.to_vec()));
        }
        Some(match self.moment {
            Some(as_of) => DatedPage { offset, as_of }.encode(&self.key),
            None => PageToken::new(offset, &self.key).encode(),
        })
    }

    /// The token of the page behind those that another recommender made, the last of which has `films`.
    pub(crate) fn behind(&self, films: impl Iterator<Item = MovieIndex>) -> String {
        let given = self.given().iter().copied().chain(films);
        self.given_token(None, given.collect())
    }

    fn given_token(&self, offset: Option<usize>, given: Vec<MovieIndex>) -> String {
        let page = GivenPage {
            as_of: self.as_of(),
            offset,
            given,
        };
        page.encode(&self.key)
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
        // Nothing that a query can say sets it.
        only: _,
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
