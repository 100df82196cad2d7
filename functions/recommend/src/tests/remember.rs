//! Lists that were served, on their way to be remembered.

use std::sync::Arc;

use matinee::ports::{StoreCause, StoreError};
use matinee::recommend::{Filters, Personal, top_picks};
use matinee::taste::{
    Audience, Message, Millis, Pending, Properties, Recorded, ServedPage, Source, ViewerId,
    WATCHED_FRACTION,
};

use super::fixture::{House, model, now};
use crate::Access;
use crate::recommender::Recommender;
use crate::router::Front;

/// Does with a page what a test wants.
struct Other(fn() -> Pending<'static, ()>);

impl Audience for Other {
    fn now(&self) -> Millis {
        now()
    }

    fn watched_fraction(&self) -> f64 {
        WATCHED_FRACTION
    }

    fn personal(&self) -> Personal {
        Personal::default()
    }

    fn submit<'a>(&'a self, _: &'a [Recorded]) -> Pending<'a, ()> {
        unreachable!("nothing was done")
    }

    fn newest<'a>(&'a self, _: &'a ViewerId, _: usize) -> Pending<'a, Vec<Recorded>> {
        unreachable!("nobody asks")
    }

    fn remember<'a>(&'a self, _: &'a ServedPage) -> Pending<'a, ()> {
        self.0()
    }

    fn served<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, Vec<ServedPage>> {
        unreachable!("nobody asks")
    }

    fn describe<'a>(&'a self, _: &'a [(ViewerId, Properties)]) -> Pending<'a, ()> {
        unreachable!("nothing was said")
    }

    fn properties<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, Option<Properties>> {
        unreachable!("nobody asks")
    }

    fn forget<'a>(&'a self, _: &'a ViewerId) -> Pending<'a, ()> {
        unreachable!("nobody wants it")
    }
}

async fn remember(audience: Arc<dyn Audience>, films: usize) {
    let front = Front {
        audience,
        access: Access::Open,
        personalize: Arc::default(),
        backend: None,
    };
    let model = model();
    let page = top_picks(&model, &Filters::default(), 0, films);
    let (viewer, list) = ("ada".parse().unwrap(), "list-1".parse().unwrap());
    let list = (Source::Http, &list);
    front
        .remember(
            &model,
            &viewer,
            list,
            (Recommender::Matinee, &page.recommendations),
        )
        .await;
}

#[tokio::test]
async fn the_films_of_a_page_go_into_the_queue_in_their_order() {
    let house = House::new(Access::Open);
    remember(Arc::clone(&house.audience), 0).await;
    assert!(house.queue.bodies().is_empty());
    remember(Arc::clone(&house.audience), 3).await;
    let [body] = &house.queue.bodies()[..] else {
        panic!("one message");
    };
    let Ok(Message::Served(page)) = Message::read(body) else {
        panic!("{body}");
    };
    assert_eq!(
        (page.viewer.as_str(), page.recommendation.as_str()),
        ("ada", "list-1")
    );
    assert_eq!(
        (page.source, page.model_version.as_str()),
        (Source::Http, model().version())
    );
    let picks = top_picks(&model(), &Filters::default(), 0, 3).recommendations;
    let picks = picks
        .iter()
        .map(|film| model().catalogue.get(film.movie).movie_id());
    assert_eq!(page.movies, picks.collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_goes_out_whatever_becomes_of_its_list() {
    let outcomes: [fn() -> Pending<'static, ()>; 3] = [
        || Box::pin(std::future::pending()),
        || failing(StoreCause::Unavailable),
        || failing(StoreCause::NotConfigured),
    ];
    for outcome in outcomes {
        remember(Arc::new(Other(outcome)), 3).await;
    }
}

fn failing(cause: StoreCause) -> Pending<'static, ()> {
    let error = StoreError {
        action: "send to",
        what: "the queue".to_owned(),
        cause,
        source: "as the test wants it".into(),
    };
    Box::pin(std::future::ready(Err(error)))
}
