//! Films chosen for whoever speaks.

use super::Talk;
use crate::conversation::{History, Speaker, State};
use crate::fixture::{model, rows_until};
use crate::recommend::Personal;
use crate::taste::{Kind, Millis, ViewerId};

const NOW: i64 = 1_769_909_400_000;

/// Somebody who did this with films by their number, the last one just now. Every film speaks for the
/// next two and against the third.
fn who_did(done: &[(u32, Kind)]) -> Talk {
    let (model, viewer): (_, ViewerId) = (model(), "ada".parse().unwrap());
    let speaker = Speaker {
        viewer: Some(&viewer),
        now: Millis(NOW),
        personal: Personal::default(),
    };
    let history = History::new(&model, speaker, &rows_until(NOW, done));
    Talk {
        model,
        history,
        state: State::default(),
    }
}

#[test]
fn what_is_chosen_comes_with_its_reason_and_the_list_goes_on() {
    let mut talk = who_did(&[(1, Kind::Liked)]);
    assert_eq!(
        talk.say("recommend something for me"),
        "For you, I recommend The Quiet Comet II. Because you liked The Quiet Comet; also directed by \
         Ada Moor and listed under Science Fiction. Would you like to hear more recommendations?"
    );
    let why = talk.say("why");
    assert!(
        why.contains("Because you liked The Quiet Comet; also directed by Ada Moor"),
        "{why}"
    );
    let another = talk.say("yes");
    assert!(
        another.starts_with("Another recommendation is Bread & Thunder."),
        "{another}"
    );
}

#[test]
fn what_is_said_meanwhile_counts_at_once() {
    let mut talk = who_did(&[(1, Kind::Liked)]);
    talk.say("something for me");
    let speech = talk.say("I liked Harvest from 1962");
    assert!(speech.contains("Harvest from 2018"), "{speech}");
    let mut talk = who_did(&[(1, Kind::Liked)]);
    talk.say("something for me");
    let speech = talk.say("I didn't like it");
    assert_eq!(
        speech,
        "Okay, The Quiet Comet II wasn't for you. Another recommendation is 2047: A Harbor Story. \
         Would you like to hear more?",
        "what was liked speaks for nothing that this does not speak against"
    );
    assert!(
        talk.say("why")
            .contains("It is one of the best known movies.")
    );
}

#[test]
fn of_whom_nothing_is_known_gets_a_top_pick_until_they_say_something() {
    let mut talk = Talk::new();
    assert!(
        talk.say("recommend something for me")
            .starts_with("A top pick is The Quiet Comet.")
    );
    assert!(
        talk.say("why")
            .contains("It is one of the best known movies.")
    );
    let speech = talk.say("I liked it");
    assert_eq!(
        speech,
        "Glad you liked The Quiet Comet. Another recommendation is The Quiet Comet II. Would you \
         like to hear more?"
    );
    assert!(
        talk.say("why")
            .contains("Because you liked The Quiet Comet;")
    );
}

#[test]
fn a_genre_narrows_what_is_chosen_and_top_picks_are_for_everybody_again() {
    let mut talk = who_did(&[(1, Kind::Liked)]);
    talk.say("something for me");
    let speech = talk.say("only comedies");
    assert!(
        speech.starts_with("Here's one: I recommend Bread & Thunder."),
        "{speech}"
    );
    let speech = talk.say("top picks");
    assert!(
        speech.starts_with("A top pick is 2047: A Harbor Story."),
        "{speech}"
    );
    assert!(
        talk.say("why")
            .contains("It is one of the best known movies.")
    );
}
