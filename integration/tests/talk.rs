//! The conversation in a terminal, through pipes.

use matinee_integration::run;

const WELCOME: &str =
    "Welcome to Movie Recommender. Give me a movie that you like and I'll recommend another one.";

#[test]
fn a_conversation_goes_from_a_film_to_a_goodbye() {
    let dir = tempfile::tempdir().unwrap();
    let said = "I like The Matrix\nyes\nwhy\nstop\nyes\n";
    let outcome = run(dir.path(), &["talk"], said).done();
    let lines = outcome.lines();
    assert_eq!(
        lines.len(),
        5,
        "nothing is answered after the end: {lines:#?}"
    );
    assert_eq!(lines[0], WELCOME);
    let first = lines[1]
        .strip_prefix("Based on The Matrix, I recommend ")
        .and_then(|rest| rest.strip_suffix(". Would you like to hear more recommendations?"));
    let second = lines[2]
        .strip_prefix("Another recommendation is ")
        .and_then(|rest| rest.strip_suffix(". Would you like to hear more?"));
    let (Some(first), Some(second)) = (first, second) else {
        panic!("{lines:#?}")
    };
    assert_ne!(first, second);
    assert!(
        lines[3].contains(second) && lines[3].contains("reason"),
        "{lines:#?}"
    );
    assert_eq!(lines[4], "Goodbye!");
    assert!(
        !outcome.stderr.contains("> "),
        "no prompt without a terminal"
    );
}

#[test]
fn silence_noise_and_the_end_of_input_are_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let said = b"\n\xff\xfe\nqwertzuiop asdfghjkl\nI like Heat";
    let outcome = run(dir.path(), &["talk", "--locale", "en-us"], said).done();
    let lines = outcome.lines();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert_eq!(lines[1], "Which movie do you like?");
    assert!(
        lines[4].starts_with("Based on Heat, I recommend "),
        "{lines:#?}"
    );

    let outcome = run(dir.path(), &["talk"], "").done();
    assert_eq!(outcome.lines(), [WELCOME]);
}
