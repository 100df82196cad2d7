//! What a sound model says.

use futures_util::FutureExt as _;

use super::forge::{load_now, movies, stored};
use crate::catalogue::Genre;
use crate::fixture::{self, row};
use crate::model::{MovieIndex, NeighbourList, publish};
use crate::ports::MemoryBlobs;

#[test]
fn a_published_model_reads_back_what_was_written() {
    let (blobs, manifest) = stored();
    let model = load_now(&blobs).unwrap();
    assert_eq!(model.manifest, manifest);
    assert_eq!(model.catalogue.len(), 9);
    for (written, read) in movies().iter().zip(model.catalogue.iter()) {
        assert_eq!(read.id(), written.id.as_str());
        assert_eq!(read.title(), written.title);
        assert_eq!(read.original_title(), Some(&*written.original_title));
        assert_eq!(read.year(), written.year);
        assert_eq!(read.runtime(), written.runtime);
        assert_eq!(read.genres().collect::<Vec<Genre>>(), written.genres);
        assert_eq!(read.directors().collect::<Vec<_>>(), written.directors);
        assert_eq!(read.cast().collect::<Vec<_>>(), written.cast);
        assert_eq!(read.keywords().collect::<Vec<_>>(), written.keywords);
        assert_eq!(read.countries().collect::<Vec<_>>(), written.countries);
        assert_eq!(read.overview(), written.overview);
        assert_eq!(read.poster(), Some(&*written.poster));
        assert_eq!(read.votes(), written.votes);
        assert_eq!(read.vote_average(), written.vote_average);
        assert_eq!(read.language(), written.language);
        for id in written.aliases.iter().chain([&written.id]) {
            let found = model.catalogue.by_id(id.as_str()).unwrap();
            assert_eq!(found.index(), read.index());
        }
    }
    assert!(model.catalogue.by_id("tmdb:99").is_none());
    let neighbours: Vec<MovieIndex> = model
        .similar
        .neighbours(NeighbourList::Blended, row(1))
        .map(|neighbour| neighbour.movie)
        .collect();
    assert_eq!(neighbours, [row(2), row(3), row(4), row(5)]);
}

#[test]
fn what_a_catalogue_does_not_know_stays_unknown() {
    let mut films = fixture::movies();
    films[3].year = None;
    films[3].vote_average = None;
    films[3].votes = 0;
    films[3].language = String::new();
    let model = publish(&MemoryBlobs::default(), &fixture::draft(&films))
        .now_or_never()
        .unwrap()
        .unwrap();
    let film = model.catalogue.get(row(4));
    assert_eq!((film.year(), film.runtime()), (None, None));
    assert_eq!((film.vote_average(), film.votes()), (None, 0));
    assert_eq!((film.original_title(), film.poster()), (None, None));
    assert_eq!((film.language(), film.cast().len()), ("", 0));
}

#[test]
fn quantised_scores_stay_within_a_510th_of_the_lists_range() {
    let (blobs, _) = stored();
    let model = load_now(&blobs).unwrap();
    let written = fixture::ring(9, 4);
    let read = model.similar.neighbours(NeighbourList::TfIdf, row(1));
    for (written, read) in written[0].iter().zip(read) {
        assert!((written.score - read.score).abs() <= 0.75 / 510.0 + 1e-6);
    }
}
