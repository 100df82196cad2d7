//! What is liked, disliked or seen, and what is known from before.

use super::*;
use crate::fixture::row;
use crate::model::MovieIndex;
use crate::taste::Kind;

impl Talk {
    /// What is said, and what is to be kept.
    fn opinion(&mut self, text: &str) -> (String, Vec<(MovieIndex, Kind)>) {
        let turn = understand(&self.model, Wording::of(DEFAULT_LOCALE), text);
        let reply = self.turn(&turn);
        let said = reply.feedback.iter().map(|said| (said.movie, said.kind));
        (reply.speech.clone(), said.collect())
    }

    /// Says yes until there is no more, and gives everything that was recommended.
    fn everything(&mut self) -> Vec<MovieIndex> {
        let mut movies = Vec::new();
        while let Some(recommended) = self.turn(&Turn::Yes).recommendation {
            movies.push(recommended.movie);
        }
        movies
    }
}

fn of_history(avoid: &[u32], liked: Option<u32>) -> Talk {
    let history = History {
        avoid: avoid.iter().map(|number| row(*number)).collect(),
        liked: liked.map(row),
        ..History::default()
    };
    Talk {
        history,
        ..Talk::new()
    }
}

#[test]
fn an_opinion_is_about_the_film_just_recommended_and_the_list_goes_on() {
    for (words, acknowledged, kind) in [
        (
            "I liked it",
            "Glad you liked The Quiet Comet II.",
            Kind::Liked,
        ),
        (
            "I didn't like that one",
            "Okay, The Quiet Comet II wasn't for you.",
            Kind::Disliked,
        ),
        (
            "I've seen it",
            "Okay, you've seen The Quiet Comet II.",
            Kind::Watched(None),
        ),
    ] {
        let mut talk = Talk::new();
        talk.say("something like the quiet comet");
        let (speech, said) = talk.opinion(words);
        assert_eq!(
            speech,
            format!(
                "{acknowledged} Another recommendation is Bread & Thunder. Would you like to hear more?"
            )
        );
        assert_eq!(said, [(row(2), kind)]);
        assert_eq!(talk.say("repeat"), speech);
        // The next opinion is about the next film.
        assert_eq!(talk.opinion(words).1, [(row(3), kind)]);
    }
}

#[test]
fn a_film_named_with_an_opinion_is_the_one_that_is_meant() {
    let mut talk = Talk::new();
    talk.say("something like the quiet comet");
    let (speech, said) = talk.opinion("I hated bread and thunder");
    assert_eq!(
        speech,
        "Okay, Bread & Thunder wasn't for you. Another recommendation is Harvest. Would you like to hear more?"
    );
    assert_eq!(said, [(row(3), Kind::Disliked)]);
    let (speech, said) = talk.opinion("I've already seen Twelve Lanterns");
    assert!(
        speech.starts_with("Okay, you've seen Twelve Lanterns. Another"),
        "{speech}"
    );
    assert_eq!(said, [(row(6), Kind::Watched(None))]);
    let (speech, said) = Talk::new().opinion("I loved Salt");
    assert!(
        speech.starts_with("Based on Salt, I recommend "),
        "{speech}"
    );
    assert_eq!(said, [(row(9), Kind::Liked)]);
}

#[test]
fn who_answers_which_movie_they_like_likes_it_and_who_was_not_asked_only_starts_there() {
    let mut talk = Talk::new();
    talk.turn(&Turn::Launch);
    let (speech, said) = talk.opinion("Salt");
    assert!(
        speech.starts_with("Based on Salt, I recommend "),
        "{speech}"
    );
    assert_eq!(said, [(row(9), Kind::Liked)]);
    assert_eq!(talk.opinion("something like Twelve Lanterns").1, []);
    assert_eq!(Talk::new().opinion("something like Salt").1, []);
    assert_eq!(
        Talk::new().opinion("I liked Salt").1,
        [(row(9), Kind::Liked)]
    );

    talk = Talk::new();
    talk.turn(&Turn::Launch);
    let touched = Turn::Title(Mention {
        ids: vec!["tmdb:9".to_owned()],
        spoken: String::new(),
    });
    assert_eq!(talk.turn(&touched).feedback, []);
    talk = Talk::new();
    talk.turn(&Turn::Launch);
    assert_eq!(talk.opinion("Salt but older").1, [(row(9), Kind::Liked)]);
}

#[test]
fn after_the_film_to_start_from_is_disliked_it_is_nothing_to_go_by() {
    let mut talk = Talk::new();
    talk.say("something like Salt");
    let (speech, said) = talk.opinion("I don't like Salt");
    assert_eq!(
        speech,
        "Okay, Salt wasn't for you. A top pick is 2047: A Harbor Story. Would you like to hear more recommendations?"
    );
    assert_eq!(said, [(row(9), Kind::Disliked)]);

    let mut talk = Talk::new();
    talk.say("I liked The Quiet Comet");
    talk.say("something like Salt");
    let (speech, _) = talk.opinion("I hated Salt");
    assert!(
        speech.starts_with("Okay, Salt wasn't for you. Based on The Quiet Comet, I recommend "),
        "{speech}"
    );
    let mut talk = of_history(&[6], Some(6));
    let (speech, _) = talk.opinion("I hated Salt");
    assert!(
        speech.contains("Based on Twelve Lanterns, I recommend "),
        "{speech}"
    );
}

#[test]
fn what_was_said_counts_until_the_conversation_ends() {
    let mut talk = Talk::new();
    talk.say("something like the quiet comet");
    talk.say("I didn't like it");
    talk.say("I've seen Harvest from 1962");
    for again in ["start over", "hello"] {
        talk.say(again);
        talk.say("only films from the sixties");
        talk.say("top picks");
        let offered = talk.everything();
        assert!(
            !offered.contains(&row(2)) && !offered.contains(&row(4)),
            "{offered:?}"
        );
        assert_eq!(
            offered.len(),
            6,
            "the other films but the one in top picks' first answer"
        );
    }
}

#[test]
fn with_nothing_to_refer_to_it_is_asked_which_film_is_meant() {
    for (words, question, kind) in [
        ("I loved it", "Which movie did you like?", Kind::Liked),
        ("I hated it", "Which movie didn't you like?", Kind::Disliked),
        (
            "I've seen it",
            "Which movie have you seen?",
            Kind::Watched(None),
        ),
    ] {
        let mut talk = Talk::new();
        talk.turn(&Turn::Launch);
        assert_eq!(talk.opinion(words), (question.to_owned(), vec![]));
        assert_eq!(talk.say("yes"), format!("Okay. {question}"));
        assert!(talk.say("help").ends_with(question));
        assert_eq!(talk.opinion("Salt").1, [(row(9), kind)], "{words}");
        talk = Talk::new();
        talk.opinion(words);
        assert_eq!(talk.say("no"), "Okay. Which other movie do you like?");
    }
}

#[test]
fn a_film_that_was_guessed_at_is_judged_once_it_is_confirmed() {
    let mut talk = Talk::new();
    let (speech, said) = talk.opinion("I hated The Quiet Commute");
    assert!(
        speech.ends_with("Did you mean The Quiet Comet?"),
        "{speech}"
    );
    assert_eq!(said, []);
    assert_eq!(talk.opinion("no").1, []);
    let (speech, said) = talk.opinion("yes");
    assert!(
        speech.starts_with("Okay, The Quiet Comet II wasn't for you. "),
        "{speech}"
    );
    assert_eq!(said, [(row(2), Kind::Disliked)]);

    // "It" is the film recommended before, not the one that was only guessed at.
    talk = Talk::new();
    talk.say("something like Salt");
    talk.say("The Quiet Commute");
    let (speech, said) = talk.opinion("I've seen it");
    assert!(speech.contains("Another recommendation is "), "{speech}");
    assert_eq!(said, [(row(1), Kind::Watched(None))]);
}

#[test]
fn a_liked_top_pick_is_something_to_go_by() {
    let mut talk = Talk::new();
    talk.say("top picks");
    let (speech, said) = talk.opinion("I liked it");
    assert!(
        speech
            .starts_with("Glad you liked The Quiet Comet. Based on The Quiet Comet, I recommend "),
        "{speech}"
    );
    assert_eq!(said, [(row(1), Kind::Liked)]);
    talk = Talk::new();
    talk.say("top picks");
    assert!(
        talk.say("I've seen it")
            .contains("Another recommendation is ")
    );
}

#[test]
fn what_somebody_knows_is_never_recommended() {
    let known = [2, 3, 8];
    let rows = known.map(row);
    for opening in [
        "top picks",
        "the quiet comet",
        "only science fiction",
        "from the seventies",
    ] {
        let mut talk = of_history(&known, None);
        let turn = understand(&talk.model, Wording::of(DEFAULT_LOCALE), opening);
        let first = talk.turn(&turn).recommendation.map(|first| first.movie);
        let offered: Vec<MovieIndex> = first.into_iter().chain(talk.everything()).collect();
        assert!(
            offered.iter().all(|movie| !rows.contains(movie)),
            "{opening}: {offered:?}"
        );
        assert!(
            opening == "from the seventies" || !offered.is_empty(),
            "{opening}"
        );
    }
    // Who names such a film starts from it.
    let speech = of_history(&known, None).say("Bread and Thunder");
    assert!(
        speech.starts_with("Based on Bread & Thunder, I recommend "),
        "{speech}"
    );
}

#[test]
fn the_opening_knows_what_was_liked_last_time() {
    let launch = "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one.";
    let mut talk = of_history(&[1, 9], Some(9));
    let reply = talk.turn(&Turn::Launch);
    assert_eq!(
        reply.speech,
        format!("{launch} Last time you liked Salt. Shall I recommend something like it?")
    );
    assert_eq!(
        reply.reprompt.unwrap(),
        "Shall I recommend something like Salt?"
    );
    let speech = talk.say("yes");
    assert!(
        speech.starts_with("Based on Salt, I recommend The Quiet Comet II."),
        "{speech}"
    );

    for (answer, begins) in [
        ("no", "Okay. Which other movie do you like?"),
        ("something like that", "Based on Salt, I recommend "),
        ("Twelve Lanterns", "Based on Twelve Lanterns, I recommend "),
        ("top picks", "A top pick is "),
        (
            "I didn't like it",
            "Okay, Salt wasn't for you. A top pick is ",
        ),
        ("what can I say", "Tell me a movie that you like"),
    ] {
        talk = of_history(&[9], Some(9));
        talk.turn(&Turn::Launch);
        let speech = talk.say(answer);
        assert!(speech.starts_with(begins), "{answer}: {speech}");
    }
    assert_eq!(of_history(&[9], Some(9)).turn(&Turn::Home).speech, launch);
    assert_eq!(of_history(&[9], None).turn(&Turn::Launch).speech, launch);
    talk = of_history(&[9], Some(9));
    talk.say("I hated Salt");
    assert_eq!(
        talk.turn(&Turn::Launch).speech,
        launch,
        "an opinion that has changed"
    );
}

#[test]
fn opinions_are_told_from_wishes_and_titles() {
    let model = fixture::model();
    let hear = |text: &str| understand(&model, Wording::of(DEFAULT_LOCALE), text);
    let film = |title: &str| {
        Some(Mention {
            ids: Vec::new(),
            spoken: title.to_owned(),
        })
    };
    assert_eq!(hear("uh, I liked, um, Salt"), Turn::Liked(film("salt")));
    assert_eq!(hear("Salt was great"), Turn::Liked(film("salt")));
    assert_eq!(hear("Salt was terrible"), Turn::Disliked(film("salt")));
    assert_eq!(
        hear("I didn't like Salt, please"),
        Turn::Disliked(film("salt"))
    );
    assert_eq!(hear("I have seen Salt already"), Turn::Seen(film("salt")));
    for (text, turn) in [
        ("I like it", Turn::Liked(None)),
        ("I really loved that movie", Turn::Liked(None)),
        ("that was great", Turn::Liked(None)),
        ("I don't like that one", Turn::Disliked(None)),
        ("no, I hated it", Turn::Disliked(None)),
        ("not for me", Turn::Disliked(None)),
        ("I've already seen that one", Turn::Seen(None)),
        ("We've seen it already", Turn::Seen(None)),
        ("I saw it", Turn::Seen(None)),
        ("I know it", Turn::Yes),
        ("I like comedies", Turn::Genre("comedies".into())),
        (
            "I like comedies from the nineties",
            Turn::Wish {
                title: None,
                genre: Some("comedies".into()),
                period: Some("nineties".into()),
            },
        ),
        ("I don't like comedies", Turn::Fallback),
        (
            "I don't like horror films from the nineties",
            Turn::Fallback,
        ),
    ] {
        assert_eq!(hear(text), turn, "{text}");
    }
}

#[test]
fn what_could_not_be_kept_is_admitted_first() {
    let mut talk = Talk::new();
    talk.say("something like Salt");
    let mut reply = talk.turn(&Turn::Liked(None));
    reply.admit_not_noted(Wording::of(DEFAULT_LOCALE));
    let expected = "Sorry, I couldn't note that down. Glad you liked The Quiet Comet. Another ";
    assert!(reply.speech.starts_with(expected), "{}", reply.speech);
}
