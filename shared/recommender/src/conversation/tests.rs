mod chosen;
mod opinions;

use super::{History, Mention, Reply, State, Turn, reply, understand};
use crate::fixture;
use crate::model::Model;
use crate::wording::{DEFAULT_LOCALE, Wording};
use proptest::prelude::*;

/// A person talking to the fixture.
struct Talk {
    model: Model,
    history: History,
    state: State,
}

impl Talk {
    fn new() -> Self {
        Self {
            model: fixture::model(),
            history: History::default(),
            state: State::default(),
        }
    }

    fn turn(&mut self, turn: &Turn) -> Reply {
        let wording = Wording::of(DEFAULT_LOCALE);
        let reply = reply(
            &self.model,
            wording,
            self.state.clone(),
            &self.history,
            turn,
        );
        // What a front carries is JSON.
        let json = serde_json::to_string(&reply.state).unwrap();
        self.state = serde_json::from_str(&json).unwrap();
        assert_eq!(reply.end, reply.reprompt.is_none());
        // The launch's words ask for a film without a question mark.
        if !reply.end && !reply.speech.starts_with("Welcome") {
            assert!(reply.speech.ends_with('?'), "{}", reply.speech);
        }
        reply
    }

    fn say(&mut self, text: &str) -> String {
        let turn = understand(&self.model, Wording::of(DEFAULT_LOCALE), text);
        self.turn(&turn).speech
    }
}

#[test]
fn the_words_that_must_stand_stand() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.turn(&Turn::Launch).speech,
        "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one."
    );
    assert_eq!(
        talk.say("I like the quiet comet"),
        "Based on The Quiet Comet, I recommend The Quiet Comet II. Would you like to hear more recommendations?"
    );
    assert_eq!(
        talk.say("yes"),
        "Another recommendation is Bread & Thunder. Would you like to hear more?"
    );
}

#[test]
fn yes_walks_down_the_list_without_repeats_and_ends_honestly() {
    let mut talk = Talk::new();
    talk.say("the quiet comet");
    for title in ["Bread & Thunder", "Harvest", "Harvest"] {
        assert!(talk.say("yes").contains(title));
    }
    assert_eq!(
        talk.say("yes"),
        "Those are all the recommendations I have for now. Which other movie do you like?"
    );
    // The list of another film goes on where that of the first was not heard yet.
    assert!(
        talk.say("Harvest 1962")
            .contains("I recommend Twelve Lanterns")
    );
}

#[test]
fn an_unknown_film_becomes_a_question_that_yes_and_no_answer() {
    let mut talk = Talk::new();
    let speech = talk.say("The Quiet Commute");
    assert_eq!(
        speech,
        "I don't know a movie called The Quiet Commute. Did you mean The Quiet Comet?"
    );
    assert!(
        talk.say("no")
            .starts_with("Okay. Did you mean The Quiet Comet II?")
    );
    assert!(
        talk.say("yes")
            .starts_with("Based on The Quiet Comet II, I recommend")
    );
    talk = Talk::new();
    let speech = talk.say("xylophone zebra quartz");
    assert!(
        speech.ends_with("Which other movie do you like?"),
        "{speech}"
    );
}

#[test]
fn genre_and_years_narrow_the_list() {
    let mut talk = Talk::new();
    talk.say("the quiet comet");
    assert!(talk.say("only comedies").contains("Bread & Thunder"));
    assert!(
        talk.say("something from the nineties")
            .contains("Twelve Lanterns")
    );
    assert!(
        talk.say("yes")
            .starts_with("I have no movie like that left to recommend.")
    );
    talk = Talk::new();
    talk.say("Salt");
    assert!(
        talk.say("classic films").contains("Bread & Thunder"),
        "before 1980"
    );
    let speech = talk.turn(&Turn::Genre("gardening".into())).speech;
    assert!(speech.starts_with("I don't know that genre."));
    let speech = talk.turn(&Turn::Period("tomorrow".into())).speech;
    assert!(speech.starts_with("I didn't understand which years you mean."));
}

#[test]
fn newer_means_newer_than_the_film_talked_about() {
    let mut talk = Talk::new();
    talk.say("Bread and Thunder");
    let reply = talk.turn(&Turn::Period("newer".into()));
    let movie = talk.model.catalogue.get(reply.movies[0]);
    // Harvest of 1962 was recommended last.
    assert!(movie.year().unwrap() > 1962);
}

#[test]
fn several_wishes_in_one_breath_are_understood() {
    let mut talk = Talk::new();
    let speech = talk.say("something like the quiet comet but newer");
    assert!(
        speech.starts_with("Based on The Quiet Comet, I recommend"),
        "{speech}"
    );
    assert_eq!(talk.state.year_from, Some(2000));
    talk = Talk::new();
    let speech = talk.say("show me comedies from the nineties");
    assert!(speech.contains("Twelve Lanterns"), "{speech}");
}

#[test]
fn the_last_wish_counts_most_when_both_leave_nothing() {
    let mut talk = Talk::new();
    talk.say("only comedies");
    talk.say("from the seventies");
    let speech = talk.say("science fiction");
    assert!(speech.starts_with("Here's one: I recommend"), "{speech}");
}

#[test]
fn a_remark_in_passing_keeps_the_list() {
    let mut talk = Talk::new();
    talk.say("the quiet comet");
    let speech = talk.say("qwertz uiop");
    assert!(
        speech.ends_with("Would you like to hear more recommendations?"),
        "{speech}"
    );
    assert!(
        talk.say("I've seen that")
            .starts_with("Okay, you've seen The Quiet Comet II. Another recommendation is")
    );
    assert!(talk.say("The Quiet Commute").contains("Did you mean"));
    let why = talk.say("why");
    assert!(
        why.ends_with("Would you like to hear more recommendations?"),
        "{why}"
    );
    assert!(talk.say("yes").starts_with("Another recommendation is"));
}

#[test]
fn why_tells_the_reason_and_keeps_the_question_open() {
    let mut talk = Talk::new();
    assert!(
        talk.say("why")
            .starts_with("I haven't recommended a movie yet.")
    );
    talk.say("the quiet comet");
    assert_eq!(
        talk.say("why"),
        "I recommended The Quiet Comet II for this reason. Like The Quiet Comet, it is directed by Ada Moor and listed under Science Fiction. Would you like to hear more recommendations?"
    );
    assert!(talk.say("yes").starts_with("Another recommendation is"));
}

#[test]
fn top_picks_need_no_film_and_more_like_this_starts_from_the_last_one() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.say("what should I watch"),
        "A top pick is The Quiet Comet. Would you like to hear more recommendations?"
    );
    assert!(
        talk.say("more like this")
            .starts_with("Based on The Quiet Comet, I recommend")
    );
}

#[test]
fn repeat_says_the_same_again_and_help_keeps_the_question() {
    let mut talk = Talk::new();
    let first = talk.say("Salt");
    assert_eq!(talk.say("repeat that"), first);
    assert!(
        talk.say("help")
            .ends_with("Would you like to hear more recommendations?")
    );
    assert!(talk.say("yes").starts_with("Another recommendation is"));
}

#[test]
fn stop_cancel_and_no_end_without_a_question() {
    for goodbye in ["stop", "cancel", "no"] {
        let mut talk = Talk::new();
        talk.say("Salt");
        let turn = understand(&talk.model, Wording::of(DEFAULT_LOCALE), goodbye);
        let reply = talk.turn(&turn);
        assert!(reply.end && !reply.speech.contains('?'), "{goodbye}");
    }
}

#[test]
fn two_films_of_one_title_are_told_apart_by_their_year() {
    let mut talk = Talk::new();
    let mut speech = talk.say("Harvest from 1962");
    assert!(
        speech.starts_with("Based on Harvest, I recommend Harvest from 2018."),
        "{speech}"
    );
    speech = talk.say("no I meant harvest 2018");
    assert!(
        speech.starts_with("Based on Harvest, I recommend Twelve"),
        "{speech}"
    );
}

#[test]
fn announced_titles_wishes_and_phrases_are_told_apart() {
    let model = fixture::model();
    let hear = |text: &str| understand(&model, Wording::of(DEFAULT_LOCALE), text);
    let title = |text: &str| {
        Turn::Title(Mention {
            ids: Vec::new(),
            spoken: text.to_owned(),
        })
    };
    assert_eq!(
        hear("Something like Twelve Lanterns, please"),
        title("twelve lanterns")
    );
    assert_eq!(hear("Twelve Lanterns"), title("Twelve Lanterns"));
    assert_eq!(hear("Salt please"), title("salt"));
    assert_eq!(hear("uh, how about, um, Salt"), title("salt"));
    assert_eq!(hear("I like comedies"), Turn::Genre("comedies".into()));
    assert_eq!(
        hear("show me some scary movies"),
        Turn::Genre("scary".into())
    );
    assert_eq!(hear("films from the 90s"), Turn::Period("the 90s".into()));
    assert_eq!(hear("YES!"), Turn::Yes);
    assert_eq!(hear("another one"), Turn::Yes);
    assert_eq!(hear("\u{0}\u{7}"), Turn::Fallback);
}

#[test]
fn a_state_stays_small_however_long_people_talk() {
    let mut state = State::default();
    for number in 0..10_000 {
        let id = format!("film:a-rather-long-title-that-goes-on-and-on-{number}");
        state.hear(&id.parse().unwrap());
    }
    let token = state.to_token();
    assert!(token.len() <= 24 * 1024);
    let carried = State::from_token(&token).unwrap();
    assert!(carried.heard.len() > 100 && state.heard.ends_with(&carried.heard));
}

#[test]
fn a_state_of_another_model_or_a_forged_one_does_no_harm() {
    for json in [
        r#"{"seed":"tmdb:404","offered":"tmdb:405","question":"more"}"#,
        r#"{"question":{"did_you_mean":[]}}"#,
        r#"{"question":{"did_you_mean":["tmdb:404"]},"year_from":65535,"year_to":0}"#,
        r#"{"question":{"like_last":"tmdb:404"},"judged":[{"movie":"tmdb:404","verdict":"liked"}]}"#,
        r#"{"question":{"which":"seen"},"verdict":"disliked"}"#,
    ] {
        let state: State = serde_json::from_str(json).unwrap();
        for turn in [
            Turn::Yes,
            Turn::No,
            Turn::Why,
            Turn::MoreLikeThis,
            Turn::Repeat,
            Turn::Help,
            Turn::Disliked(None),
        ] {
            let mut talk = Talk::new();
            talk.state = state.clone();
            talk.turn(&turn);
        }
    }
    assert!(State::from_token("nonsense").is_err());
}

proptest! {
    #[test]
    fn whatever_is_said_there_is_an_answer(texts in prop::collection::vec("\\PC{0,40}", 1..6)) {
        let mut talk = Talk::new();
        for text in texts {
            let speech = talk.say(&text);
            prop_assert!(!speech.is_empty() && speech.len() < 8000);
        }
    }
}
