//! "What kind of viewer am I?", by a model that has learned from viewers of two tastes.

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt as _;
use matinee::catalogue::{Genre, Movie, MovieId};
use matinee::model::Model;
use matinee::ports::Interactions as _;
use matinee::taste::{Interaction, InteractionId, Kind, Millis, Source};
use matinee_training::preferences::Preferences;
use matinee_training::viewers::Viewers;

use super::house::{House, NOW, WELCOME, key};
use super::support::{sample_movies, trained};

const QUESTION: &str = "PersonaIntent";

/// The rows of the first films of a genre.
fn rows(movies: &[Movie], genre: Genre) -> Vec<u32> {
    let rows = (0..).zip(movies);
    let rows = rows.filter(|(_, movie)| movie.genres.contains(&genre));
    rows.map(|(row, _)| row).take(10).collect()
}

/// Of forty viewers one half likes science fiction and the other half romances: eight films of ten.
static MODEL: LazyLock<Arc<Model>> = LazyLock::new(|| {
    let movies = sample_movies();
    let tastes = [Genre::ScienceFiction, Genre::Romance].map(|genre| rows(&movies, genre));
    let viewers = (0..40).map(|viewer: usize| {
        let films = tastes[viewer % 2].iter().cycle();
        films.skip(viewer / 2).take(8).copied().collect()
    });
    let viewers = Viewers {
        preferences: Preferences::new(movies.len(), viewers),
        ..Viewers::default()
    };
    trained(&movies, Some(&viewers))
});

/// Somebody liked a film, the nth after others.
fn like(house: &House, user: &str, movie: &MovieId, nth: i64) {
    let at = Millis(NOW.0 - 1_000_000 + nth);
    let row = Interaction {
        id: InteractionId::derived([user, movie.as_str()]),
        viewer: key().alexa(user),
        movie: movie.clone(),
        kind: Kind::Liked,
        at,
        source: Source::Http,
        recommendation: None,
    }
    .accepted(at);
    let put = house.tables.put(&[row]).now_or_never().unwrap();
    assert!(put.iter().all(Result::is_ok));
}

#[test]
fn from_five_interactions_on_the_persona_is_told_and_before_how_many_are_missing() {
    let movies = sample_movies();
    let mut told = Vec::new();
    for (user, genre, likes) in [
        ("account-of-ada", Genre::ScienceFiction, "science fiction"),
        ("account-of-bo", Genre::Romance, "romances"),
    ] {
        let house = House::serving(Arc::clone(&MODEL));
        let mut visit = house.enter(user, None);
        visit.launch();
        for (done, row) in (0..5).zip(rows(&movies, genre)) {
            let speech = visit.say(QUESTION);
            let missing = match 5 - done {
                1 => "one more movie that you like".to_owned(),
                missing => format!("{missing} more movies"),
            };
            assert!(
                speech.starts_with("I don't know you well enough yet. ")
                    && speech.contains(&missing),
                "after {done}: {speech}"
            );
            like(&house, user, &movies[row as usize].id, done);
        }
        let speech = visit.say(QUESTION);
        let said = speech.strip_prefix("You are The ").unwrap_or_default();
        let (name, sentence) = said.split_once(". Such viewers like ").unwrap_or_default();
        assert!(!name.is_empty(), "{speech}");
        assert!(sentence.contains(likes), "{speech}");
        assert!(
            sentence.contains(" more than most viewers do. "),
            "{speech}"
        );
        // The conversation goes on where it was.
        assert!(visit.say("AMAZON.RepeatIntent").contains(name), "{speech}");
        told.push(name.to_owned());
    }
    assert_ne!(told[0], told[1]);
}

#[test]
fn a_stranger_is_told_what_is_missing_and_a_model_without_viewers_knows_no_kinds() {
    let speech = House::serving(Arc::clone(&MODEL))
        .enter("stranger", None)
        .say(QUESTION);
    assert!(speech.contains("5 more movies"), "{speech}");
    let mut visit = House::new().enter("account", None);
    assert_eq!(visit.launch(), WELCOME);
    let speech = visit.say(QUESTION);
    assert!(
        speech.starts_with("I don't know yet what kinds of viewers there are. "),
        "{speech}"
    );
}
