use std::collections::HashSet;

use crate::model::{Model, MovieIndex};
use crate::recommend::Personal;
use crate::taste::{self, Kind, Likes, Millis, Recorded, ViewerId};

/// What is known of somebody from before the conversation; the default knows nothing and nobody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Films never to be offered.
    pub(super) avoid: HashSet<MovieIndex>,
    /// The film liked last.
    pub(super) liked: Option<MovieIndex>,
    /// What they like, whenever they said so.
    pub(super) likes: Likes,
    /// What counts for films that are chosen for them.
    pub(super) taste: taste::History,
    /// Who it is.
    pub(super) viewer: Option<ViewerId>,
    /// The time of the turn.
    pub(super) now: Millis,
    /// How films are chosen.
    pub(super) personal: Personal,
}

/// Whose turn it is, and when.
#[derive(Clone, Copy, Debug)]
pub struct Speaker<'a> {
    /// Who; `None` where nobody is known to speak.
    pub viewer: Option<&'a ViewerId>,
    /// The time of the turn.
    pub now: Millis,
    /// How films are chosen for viewers.
    pub personal: Personal,
}

impl History {
    /// The history in what a viewer did, newest first. Films that the model does not have are
    /// passed over.
    ///
    /// Whoever watched, liked, disliked or rated a film knows it: it is never offered, whatever the
    /// opinion. To have clicked a film, or watched a little of it, or passed it over, is neither to
    /// know it nor an opinion that lasts: it may be offered.
    ///
    /// The film liked last is the first whose newest opinion is good: liked, or rated in the upper
    /// third of the scale, 3.5 stars of five or more.
    pub fn new(model: &Model, speaker: Speaker<'_>, newest_first: &[Recorded]) -> Self {
        let Speaker {
            viewer,
            now,
            personal,
        } = speaker;
        let mut history = Self {
            likes: Likes::of(newest_first, &model.catalogue),
            taste: taste::History::of(newest_first, &model.catalogue, now, &personal.taste),
            viewer: viewer.cloned(),
            now,
            personal,
            ..Self::default()
        };
        let mut judged = HashSet::new();
        for row in newest_first {
            let Some(movie) = model.catalogue.by_id(row.interaction.movie.as_str()) else {
                continue;
            };
            let movie = movie.index();
            let opinion = match row.interaction.kind {
                Kind::Clicked(_) | Kind::Skipped => continue,
                Kind::Watched(_) => None,
                Kind::Liked => Some(true),
                Kind::Disliked => Some(false),
                Kind::Rated(rating) => Some(rating.share() > 0.65),
            };
            history.avoid.insert(movie);
            let newest = opinion.filter(|_| judged.insert(movie));
            if history.liked.is_none() && newest == Some(true) {
                history.liked = Some(movie);
            }
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::taste::{Rating, Scale, Source, Submission, WATCHED_FRACTION};

    /// The history of somebody who did this, newest first, with films by their number.
    fn history(model: &Model, did: &[(u32, Kind)]) -> History {
        let viewer: ViewerId = "ada".parse().unwrap();
        let submission = Submission {
            viewer: &viewer,
            source: Source::Http,
            now: Millis(1_769_860_800_000),
            watched_fraction: WATCHED_FRACTION,
            catalogue: &model.catalogue,
        };
        let rows: Vec<Recorded> = did
            .iter()
            .map(|(film, kind)| {
                let movie = format!("tmdb:{film}").parse().unwrap();
                submission.record(None, movie, *kind, None, None, false)
            })
            .collect();
        let speaker = Speaker {
            viewer: Some(&viewer),
            now: submission.now,
            personal: Personal::default(),
        };
        History::new(model, speaker, &rows)
    }

    fn stars(stars: f64) -> Kind {
        Kind::Rated(Rating::new(stars, Scale::Five).unwrap())
    }

    #[test]
    fn who_knows_a_film_is_not_offered_it_and_who_passed_it_over_may_be() {
        let model = fixture::model();
        let history = history(
            &model,
            &[
                (1, Kind::Watched(None)),
                (2, Kind::Liked),
                (3, Kind::Disliked),
                (4, stars(1.0)),
                (5, stars(5.0)),
                (6, Kind::Clicked(None)),
                (7, Kind::Skipped),
                (404, Kind::Disliked),
            ],
        );
        let mut avoided: Vec<&str> = history
            .avoid
            .iter()
            .map(|movie| model.catalogue.get(*movie).id())
            .collect();
        avoided.sort_unstable();
        assert_eq!(avoided, ["tmdb:1", "tmdb:2", "tmdb:3", "tmdb:4", "tmdb:5"]);
    }

    #[test]
    fn the_film_liked_last_is_one_that_is_still_liked() {
        let model = fixture::model();
        let liked = |did: &[(u32, Kind)]| {
            let liked = history(&model, did).liked;
            liked.map(|movie| model.catalogue.get(movie).id().to_owned())
        };
        let first = Some("tmdb:1".to_owned());
        assert_eq!(liked(&[(1, Kind::Liked), (2, Kind::Liked)]), first);
        assert_eq!(liked(&[(2, stars(2.0)), (1, stars(4.0))]), first);
        let changed = [(2, Kind::Disliked), (2, Kind::Liked), (1, Kind::Liked)];
        assert_eq!(liked(&changed), first);
        let seen_again = [(1, Kind::Watched(None)), (1, Kind::Liked)];
        assert_eq!(liked(&seen_again), first);
        assert_eq!(liked(&[(1, Kind::Watched(None))]), None);
        assert_eq!(liked(&[]), None);
    }
}
